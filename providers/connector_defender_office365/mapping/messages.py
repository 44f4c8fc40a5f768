"""EmailEvents again: all copies of a message with a verdict are one Detection Finding.

The table maps the copy that fared worst; `findings/message.py` folds the other copies in. The
attributes under `evidences` make up its first evidence.
"""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import computed, decided, direct, static, table, unmapped
from connector_core.ocsf.enums import ClassUid
from connector_defender_office365 import convert
from connector_defender_office365.mapping.shared import (
    DEFENDER,
    DELIVERY_OUTCOME,
    DELIVERY_SEVERITY,
    FINDING,
    IS_ALERT,
    frame,
)

PER_COPY: Final = "differs from copy to copy; kept for each under unmapped.EmailEvents"

# fmt: off
MESSAGES: Final = table("EmailEvents", "detection_finding", (
    *frame("EmailEvents", ClassUid.DETECTION_FINDING),
    DEFENDER,
    *FINDING,
    #         OCSF attribute                              column
    computed("time time_dt metadata.original_time",      "Timestamp",             convert.moment),
    decided ("severity_id",                              DELIVERY_SEVERITY),
    decided ("is_alert",                                 IS_ALERT),
    decided ("action_id disposition_id",                 DELIVERY_OUTCOME),
    computed("message finding_info.analytic finding_info.related_analytics unmapped.DetectionMethods", "DetectionMethods", convert.methods_and_analytics),
    computed("confidence_id confidence confidence_score", "",                     convert.confidence, "ConfidenceLevel ThreatTypes"),
    unmapped("ConfidenceLevel",                          "raw form of confidence, all threats", kept_json),
    computed("malware unmapped.ThreatNames",             "ThreatNames",           convert.malware, "ThreatTypes"),
    computed("policy unmapped.EmailAction",              "EmailActionPolicy EmailActionPolicyGuid EmailAction", convert.policy),
    computed("authorizations",                           "OrgLevelAction OrgLevelPolicy UserLevelAction UserLevelPolicy", convert.authorizations),
    direct  ("finding_info.uid metadata.correlation_uid evidences.uid", "NetworkMessageId"),
    computed("metadata.uid",                             "",                      convert.message_finding_uid, "NetworkMessageId"),
    computed("finding_info.title",                       "",                      convert.message_title, "ThreatTypes Subject"),
    computed("finding_info.types",                       "ThreatTypes",           convert.types),
    static  ("finding_info.data_sources",                ["EmailEvents", "EmailAttachmentInfo", "EmailUrlInfo"]),
    static  ("evidences.name",                           "MailMessage"),
    computed("evidences.email.from evidences.email.from_mailbox unmapped.SenderFromAddress", "SenderFromAddress SenderDisplayName", convert.sender),
    computed("evidences.email.to evidences.email.to_mailboxes unmapped.To", "To", convert.header_to, "RecipientEmailAddress"),
    computed("evidences.email.cc evidences.email.cc_mailboxes unmapped.Cc", "Cc", convert.header_cc),
    direct  ("evidences.email.subject",                  "Subject",               keep_empty=True),
    direct  ("evidences.email.message_uid",              "InternetMessageId"),
    direct  ("evidences.email.size",                     "EmailSize"),
    computed("evidences.src_endpoint.ip unmapped.SenderIPv4 unmapped.SenderIPv6", "SenderIPv4 SenderIPv6", convert.sender_ip),
    unmapped("AuthenticationDetails",                    "a finding has no e-mail authentication", kept_json),
    unmapped("SenderMailFromAddress",                    "a finding has no envelope"),
    unmapped("SenderFromDomain SenderMailFromDomain",    "part of the address"),
    unmapped("SenderObjectId",                           "the sender is not a user of this tenant"),
    unmapped("EmailDirection AttachmentCount UrlCount EmailLanguage EmailClusterId Connectors BulkComplaintLevel", "no attribute"),
    unmapped("DistributionList ExchangeTransportRule Context ThreatClassification Topics IsFirstContact", "no attribute"),
    unmapped("OriginalThreatTypes",                      "the verdict at delivery, before it changed"),
    unmapped("OriginalConfidenceLevel",                  "the verdict at delivery, before it changed", kept_json),
    unmapped("OriginalDetectionMethods",                 "the verdict at delivery, before it changed", kept_json),
    unmapped("ForwardingInformation",                    "no attribute", kept_json),
    unmapped("AdditionalFields",                         "no attribute", kept_json),
    unmapped("RecipientEmailAddress RecipientObjectId RecipientDomain DeliveryAction DeliveryLocation "
             "LatestDeliveryAction LatestDeliveryLocation ReportId", PER_COPY),
), "EmailEvents (message finding)")
# fmt: on
