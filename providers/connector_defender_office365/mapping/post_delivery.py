"""EmailPostDeliveryEvents: one action on one delivered copy is one Email Activity."""

from typing import Final

from connector_core.convert import kept_json
from connector_core.mapping import (
    Rule,
    Word,
    computed,
    decided,
    direct,
    empty,
    enum,
    table,
    unmapped,
)
from connector_core.ocsf.enums import ClassUid, Direction, EmailActivityKind
from connector_defender_office365 import convert
from connector_defender_office365.mapping.shared import (
    DEFENDER,
    DIRECTIONS,
    IS_ALERT,
    POST_DELIVERY_OUTCOME,
    POST_DELIVERY_SEVERITY,
    POST_DELIVERY_STATUS,
    frame,
)

# fmt: off
ACTIVITY: Final = (
    Rule((empty("ActionType"),), (EmailActivityKind.UNKNOWN, 400900, "Email Activity: Unknown")),
    Rule((),             (Word("ActionType", expected=True), 400999, "Email Activity: Other")),
)

EMAIL_POST_DELIVERY_EVENTS: Final = table("EmailPostDeliveryEvents", "email_activity", (
    *frame("EmailPostDeliveryEvents", ClassUid.EMAIL_ACTIVITY),
    DEFENDER,
    #         OCSF attribute                              column
    decided ("activity_id type_uid type_name",           ACTIVITY),
    direct  ("metadata.event_code",                      "ActionType"),
    computed("time time_dt metadata.original_time",      "Timestamp",           convert.moment),
    decided ("severity_id",                              POST_DELIVERY_SEVERITY),
    decided ("is_alert",                                 IS_ALERT),
    decided ("action_id disposition_id",                 POST_DELIVERY_OUTCOME),
    decided ("status_id",                                POST_DELIVERY_STATUS),
    direct  ("status_code",                              "ActionResult"),
    direct  ("status_detail",                            "Action"),
    enum    ("direction_id",                             "EmailDirection",      DIRECTIONS, Direction.UNKNOWN),
    computed("message",                                  "",                    convert.methods_message, "DetectionMethods"),
    direct  ("message_trace_uid metadata.correlation_uid", "NetworkMessageId"),
    computed("metadata.uid",                             "",                    convert.post_delivery_uid, "NetworkMessageId RecipientEmailAddress Timestamp ActionType Action ActionTrigger ActionResult DeliveryLocation ReportId"),
    direct  ("metadata.original_event_uid",              "ReportId"),
    computed("to unmapped.RecipientEmailAddress",        "RecipientEmailAddress", convert.envelope_recipient),
    computed("email.to email.to_mailboxes",              "",                    convert.only_recipient, "RecipientEmailAddress"),
    computed("email.from email.from_mailbox unmapped.SenderFromAddress", "SenderFromAddress", convert.only_sender),
    direct  ("email.message_uid",                        "InternetMessageId"),
    unmapped("ActionTrigger DeliveryLocation SourceLocation", "no attribute"),
    unmapped("ThreatTypes",                              "a list of words; its meaning is in severity and is_alert"),
    unmapped("DetectionMethods",                         "raw form of message", kept_json),
))
# fmt: on
