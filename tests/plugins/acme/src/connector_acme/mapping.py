"""How Acme's records become OCSF events: one table for each kind of record."""

from typing import Final

from connector_core.mapping import (
    Row,
    Rule,
    Word,
    computed,
    decided,
    direct,
    empty,
    enum,
    is_,
    static,
    table,
    to_markdown,
    unmapped,
)
from connector_core.ocsf.enums import (
    OCSF_VERSION,
    Action,
    CategoryUid,
    ClassUid,
    DetectionFindingActivity,
    DetectionStatus,
    Direction,
    Disposition,
    EmailActivityKind,
    Severity,
)

from . import convert

LISTS: Final = frozenset({"recipients", "urls", "attachments"})
NUMBERS: Final = frozenset({"size_bytes", "confidence"})
"""Fields that hold no text."""

# fmt: off
VERDICTS: Final = {
    "clean":    Severity.INFORMATIONAL,
    "spam":     Severity.LOW,
    "phishing": Severity.HIGH,
    "malware":  Severity.CRITICAL,
}
"""How bad a message is: Acme gives a severity to detections only."""
SEVERITIES: Final = {
    "low":      Severity.LOW,
    "medium":   Severity.MEDIUM,
    "high":     Severity.HIGH,
    "critical": Severity.CRITICAL,
}
STATUSES: Final = {"open": DetectionStatus.NEW, "closed": DetectionStatus.RESOLVED}
DIRECTIONS: Final = {
    "inbound":  Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "internal": Direction.INTERNAL,
}
OUTCOME: Final = (
    Rule((is_("action", "delivered"),),   (Action.ALLOWED, Disposition.ALLOWED)),
    Rule((is_("action", "quarantined"),), (Action.DENIED,  Disposition.QUARANTINED)),
    Rule((is_("action", "rejected"),),    (Action.DENIED,  Disposition.REJECTED)),
    Rule((empty("action"),),              (Action.UNKNOWN, Disposition.UNKNOWN)),
    Rule((),                              (Word("action"), Word("action"))),
)
ALERT: Final = (
    Rule((is_("verdict", "phishing", "malware"),), (True,)),
    Rule((),                                       (False,)),
)


def _frame(name: str) -> tuple[Row, ...]:
    return (
        static("metadata.version",             OCSF_VERSION),
        static("metadata.profiles",            ["security_control", "datetime"]),
        static("metadata.product.name",        "Mail Guard"),
        static("metadata.product.vendor_name", "Acme"),
        static("metadata.log_name",            name),
    )


def _mail(under: str = "") -> tuple[Row, ...]:
    """The rows of a message, which stand in an event or `under` the evidence of a finding."""
    email = f"{under}email"
    return (
        computed(f"{email}.from {email}.from_mailbox",
                 "sender sender_name", convert.sender),
        computed(f"{email}.to {email}.to_mailboxes unmapped.recipients",
                 "recipients", convert.recipients),
        direct  (f"{email}.subject",     "subject", keep_empty=True),
        direct  (f"{email}.message_uid", "message_id"),
        computed(f"{email}.urls unmapped.urls", "urls", convert.urls),
        computed(f"{email}.files unmapped.attachments", "attachments", convert.files),
        computed(f"{under}src_endpoint.ip unmapped.sender_ip", "sender_ip", convert.ip),
    )


MESSAGES: Final = table("messages", "email_activity", (
    *_frame("messages"),
    static  ("category_uid", CategoryUid.NETWORK_ACTIVITY),
    static  ("class_uid",    ClassUid.EMAIL_ACTIVITY),
    static  ("activity_id",  EmailActivityKind.SCAN),
    static  ("type_uid",     400903),
    static  ("type_name",    "Email Activity: Scan"),
    computed("time time_dt metadata.original_time", "received_at", convert.moment),
    direct  ("metadata.uid message_trace_uid", "id"),
    enum    ("direction_id", "direction", DIRECTIONS, Direction.UNKNOWN),
    enum    ("severity_id",  "verdict",   VERDICTS,   Severity.UNKNOWN),
    decided ("is_alert", ALERT),
    decided ("action_id disposition_id", OUTCOME, home="action"),
    *_mail(),
    direct  ("email.size", "size_bytes"),
    unmapped("folder", "OCSF 1.8.0 knows no folder of a mailbox"),
))

DETECTIONS: Final = table("detections", "detection_finding", (
    *_frame("detections"),
    static  ("category_uid", CategoryUid.FINDINGS),
    static  ("class_uid",    ClassUid.DETECTION_FINDING),
    static  ("activity_id",  DetectionFindingActivity.CREATE),
    static  ("type_uid",     200401),
    static  ("type_name",    "Detection Finding: Create"),
    computed("time time_dt metadata.original_time", "detected_at", convert.moment),
    direct  ("metadata.uid finding_info.uid", "id"),
    computed("finding_info.title", "", convert.title, "verdict subject"),
    computed("finding_info.types", "verdict", convert.types),
    computed("finding_info.analytic", "engine", convert.analytic),
    enum    ("severity_id", "severity", SEVERITIES, Severity.UNKNOWN),
    enum    ("status_id",   "status",   STATUSES,   DetectionStatus.UNKNOWN),
    decided ("is_alert", ALERT),
    direct  ("confidence_score", "confidence"),
    static  ("evidences.name", "Message"),
    direct  ("evidences.uid",  "message"),
    *_mail("evidences."),
    unmapped("campaign", "the campaign's own API is not read"),
))
# fmt: on


def markdown() -> str:
    """The mapping for people."""
    return f"{to_markdown(MESSAGES)}\n{to_markdown(DETECTIONS)}"
