"""EmailEvents: one copy of a message, for one recipient, is one Email Activity."""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import computed, decided, direct, enum, static, table, unmapped
from connector_core.ocsf.enums import ClassUid, Direction, EmailActivityKind
from connector_defender_office365 import convert
from connector_defender_office365.mapping.shared import (
    DEFENDER,
    DELIVERY_OUTCOME,
    DELIVERY_SEVERITY,
    DELIVERY_STATUS,
    DIRECTIONS,
    IS_ALERT,
    frame,
)

# fmt: off
EMAIL_EVENTS: Final = table("EmailEvents", "email_activity", (
    *frame("EmailEvents", ClassUid.EMAIL_ACTIVITY),
    DEFENDER,
    static  ("activity_id",                              EmailActivityKind.SCAN),
    static  ("type_uid",                                 400903),
    static  ("type_name",                                "Email Activity: Scan"),
    #         OCSF attribute                              column
    computed("time time_dt metadata.original_time",      "Timestamp",             convert.moment),
    decided ("severity_id",                              DELIVERY_SEVERITY),
    decided ("is_alert",                                 IS_ALERT),
    decided ("action_id disposition_id",                 DELIVERY_OUTCOME),
    decided ("status_id",                                DELIVERY_STATUS),
    direct  ("status_code",                              "DeliveryAction"),
    direct  ("status_detail",                            "DeliveryLocation"),
    enum    ("direction_id",                             "EmailDirection",        DIRECTIONS, Direction.UNKNOWN),
    computed("message",                                  "",                      convert.methods_message, "DetectionMethods"),
    computed("confidence_id confidence confidence_score", "",                     convert.confidence, "ConfidenceLevel ThreatTypes"),
    computed("malware unmapped.ThreatNames",             "ThreatNames",           convert.malware, "ThreatTypes"),
    computed("policy unmapped.EmailAction",              "EmailActionPolicy EmailActionPolicyGuid EmailAction", convert.policy),
    computed("authorizations",                           "OrgLevelAction OrgLevelPolicy UserLevelAction UserLevelPolicy", convert.authorizations),
    direct  ("message_trace_uid metadata.correlation_uid", "NetworkMessageId"),
    computed("metadata.uid",                             "",                      convert.email_event_uid, "NetworkMessageId RecipientEmailAddress"),
    direct  ("metadata.original_event_uid",              "ReportId"),
    computed("from unmapped.SenderMailFromAddress",      "SenderMailFromAddress", convert.envelope_sender),
    computed("to unmapped.RecipientEmailAddress",        "RecipientEmailAddress", convert.envelope_recipient),
    computed("src_endpoint.ip unmapped.SenderIPv4 unmapped.SenderIPv6", "SenderIPv4 SenderIPv6", convert.sender_ip),
    computed("email_auth.spf email_auth.dkim email_auth.dmarc unmapped.AuthenticationDetails", "AuthenticationDetails", convert.email_auth),
    computed("email.from email.from_mailbox unmapped.SenderFromAddress", "SenderFromAddress SenderDisplayName", convert.sender),
    computed("email.to email.to_mailboxes unmapped.To",  "To",                    convert.header_to, "RecipientEmailAddress"),
    computed("email.cc email.cc_mailboxes unmapped.Cc",  "Cc",                    convert.header_cc),
    direct  ("email.subject",                            "Subject",               keep_empty=True),
    direct  ("email.message_uid",                        "InternetMessageId"),
    direct  ("email.size",                               "EmailSize"),
    unmapped("ThreatTypes",                              "a list of words; its meaning is in severity, is_alert and malware"),
    unmapped("DetectionMethods",                         "raw form of message",                kept_json),
    unmapped("ConfidenceLevel",                          "raw form of confidence, all threats", kept_json),
    unmapped("AttachmentCount UrlCount",                 "OCSF 1.8.0 counts neither"),
    unmapped("EmailLanguage EmailClusterId Connectors BulkComplaintLevel", "no attribute"),
    unmapped("LatestDeliveryLocation LatestDeliveryAction", "later than the event: a move is an event of its own"),
    unmapped("OriginalThreatTypes",                      "the verdict at delivery, before it changed"),
    unmapped("OriginalConfidenceLevel",                  "the verdict at delivery, before it changed", kept_json),
    unmapped("OriginalDetectionMethods",                 "the verdict at delivery, before it changed", kept_json),
    unmapped("DistributionList ExchangeTransportRule Context ThreatClassification Topics IsFirstContact", "no attribute"),
    unmapped("ForwardingInformation",                    "no attribute", kept_json),
    unmapped("AdditionalFields",                         "no attribute", kept_json),
    unmapped("SenderObjectId RecipientObjectId",         "a user's id has no place in an Email Activity"),
    unmapped("SenderFromDomain SenderMailFromDomain RecipientDomain", "part of the address"),
), "EmailEvents (event)")
# fmt: on
