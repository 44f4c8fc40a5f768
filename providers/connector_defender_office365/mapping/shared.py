"""What every table of mail says alike: the frame of an event, and the decisions on verdicts."""

from typing import Final

from connector_core.mapping import Other, Row, Rule, Word, empty, has, is_, static
from connector_core.ocsf.enums import (
    OCSF_VERSION,
    Action,
    CategoryUid,
    ClassUid,
    DetectionFindingActivity,
    Direction,
    Disposition,
    Severity,
    Status,
)
from connector_defender_office365.convert import PRODUCT

PROFILES: Final = ["security_control", "datetime"]


# fmt: off
def frame(table: str, kind: ClassUid) -> tuple[Row, ...]:
    """The rows that say what kind of event this is and where it was read."""
    finding = kind is ClassUid.DETECTION_FINDING
    return (
        static("category_uid",                  CategoryUid.FINDINGS if finding else CategoryUid.NETWORK_ACTIVITY),
        static("class_uid",                     kind),
        static("timezone_offset",               0),
        static("metadata.version",              OCSF_VERSION),
        static("metadata.profiles",             PROFILES),
        static("metadata.product.vendor_name",  "Microsoft"),
        static("metadata.product.feature.name", table),
        static("metadata.log_name",             table),
        static("metadata.log_provider",         "Microsoft Graph security API"),
        static("metadata.log_format",           "JSON"),
    )
# fmt: on


DEFENDER: Final = static("metadata.product.name", PRODUCT)
"""The product, for tables that only Defender for Office 365 fills."""

FINDING: Final = (
    static("activity_id", DetectionFindingActivity.CREATE),
    static("type_uid", 200401),
    static("type_name", "Detection Finding: Create"),
)

DIRECTIONS: Final = {
    "Inbound": Direction.INBOUND,
    "Outbound": Direction.OUTBOUND,
    "Intra-org": Direction.INTERNAL,
    "Unknown": Direction.UNKNOWN,
}

# fmt: off
_BAD       = has("ThreatTypes", "Phish", "Malware")
_JUNKED    = is_("DeliveryAction", "Junked")
_DELIVERED = is_("DeliveryAction", "Delivered")
_BLOCKED   = is_("DeliveryAction", "Blocked")
_TO_JUNK   = has("DeliveryLocation", "junk")
_TAGGED    = is_("EmailAction", "Add X-header", "Modify subject")

IS_ALERT: Final = (
    Rule((_BAD,), (True,)),
    Rule((),      (False,)),
)

DELIVERY_SEVERITY: Final = (
    Rule((empty("ThreatTypes"),),                      (Severity.INFORMATIONAL,)),
    Rule((is_("DeliveryAction", "Blocked", "Replaced"),), (Severity.LOW,)),
    Rule((_BAD, _JUNKED),                              (Severity.MEDIUM,)),
    Rule((_BAD, _TO_JUNK),                             (Severity.MEDIUM,)),
    Rule((_BAD,),                                      (Severity.HIGH,)),
    Rule((has("ThreatTypes", "Spam"),),                (Severity.LOW,)),
    Rule((),                                           (Severity.MEDIUM,)),
)
"""How bad a copy is by where it ended; the hunting tables know no severity of mail."""

DELIVERY_OUTCOME: Final = (
    Rule((empty("DeliveryAction"),),                        (Action.UNKNOWN,  Disposition.UNKNOWN)),
    Rule((_DELIVERED, _TAGGED),                             (Action.MODIFIED, Disposition.TAGGED)),
    Rule((_JUNKED, _TAGGED),                                (Action.MODIFIED, Disposition.TAGGED)),
    Rule((_JUNKED,),                                        (Action.MODIFIED, Other("Junked"))),
    Rule((_DELIVERED, _TO_JUNK),                            (Action.MODIFIED, Other("Junked"))),
    Rule((_DELIVERED,),                                     (Action.ALLOWED,  Disposition.ALLOWED)),
    Rule((is_("DeliveryAction", "Replaced"),),              (Action.MODIFIED, Disposition.CORRECTED)),
    Rule((_BLOCKED, has("DeliveryLocation", "quarantine")), (Action.DENIED,   Disposition.QUARANTINED)),
    Rule((_BLOCKED, has("DeliveryLocation", "dropped")),    (Action.DENIED,   Disposition.DROPPED)),
    Rule((_BLOCKED,),                                       (Action.DENIED,   Disposition.BLOCKED)),
    Rule((),                             (Word("DeliveryAction"), Word("DeliveryAction"))),
)
"""What became of the copy when it arrived; a later move is an event of its own."""

DELIVERY_STATUS: Final = (
    Rule((_BLOCKED,),                                           (Status.FAILURE,)),
    Rule((has("DeliveryLocation", "failed", "dropped"),),       (Status.FAILURE,)),
    Rule((is_("DeliveryAction", "Delivered", "Junked", "Replaced"),), (Status.SUCCESS,)),
    Rule((),                                                    (Status.UNKNOWN,)),
)

_DELETING = ("soft delete", "hard delete", "to deleted items")
_FAILED   = has("ActionResult", "fail", "error")
_DONE     = is_("ActionResult", "Success", "UserTriaged", "")
_RELEASED = has("Action", "release")
_RELEASE  = has("ActionType", "release")
_RETURNED = is_("ActionType", "Redelivery")
_AT_LARGE = has("DeliveryLocation", "inbox", "external", "forwarded")

POST_DELIVERY_SEVERITY: Final = (
    Rule((empty("ThreatTypes"),),                                      (Severity.INFORMATIONAL,)),
    Rule((_BAD, _RELEASED),                                            (Severity.HIGH,)),
    Rule((_BAD, _RELEASE),                                             (Severity.HIGH,)),
    Rule((_BAD, _AT_LARGE),                                            (Severity.HIGH,)),
    Rule((_BAD, _DONE, has("DeliveryLocation", "quarantine", "deleted")), (Severity.LOW,)),
    Rule((_BAD, _DONE, _TO_JUNK),                                      (Severity.MEDIUM,)),
    Rule((_BAD, _DONE, has("Action", "to quarantine", *_DELETING)),    (Severity.LOW,)),
    Rule((_BAD, _DONE, has("Action", "to junk")),                      (Severity.MEDIUM,)),
    Rule((_BAD,),                                                      (Severity.HIGH,)),
    Rule((has("ThreatTypes", "Spam"),),                                (Severity.LOW,)),
    Rule((_RELEASED,),                                                 (Severity.MEDIUM,)),
    Rule((_RELEASE,),                                                  (Severity.MEDIUM,)),
    Rule((_AT_LARGE,),                                                 (Severity.MEDIUM,)),
    Rule((_DONE, has("DeliveryLocation", "quarantine", "deleted")),    (Severity.LOW,)),
    Rule((_DONE, _TO_JUNK),                                            (Severity.MEDIUM,)),
    Rule((_DONE, has("Action", "to quarantine", *_DELETING)),          (Severity.LOW,)),
    Rule((),                                                           (Severity.MEDIUM,)),
)
"""How bad a copy is by where the action left it. It was stopped only where the result is a word
that Microsoft documents for success, or none, and neither action nor place says otherwise."""

POST_DELIVERY_OUTCOME: Final = (
    Rule((_FAILED,),                                      (Action.MODIFIED, Disposition.UNCORRECTED)),
    Rule((_DONE, _RELEASED),                              (Action.MODIFIED, Disposition.RESTORED)),
    Rule((_DONE, _RELEASE),                               (Action.MODIFIED, Disposition.RESTORED)),
    Rule((_DONE, _RETURNED, has("DeliveryLocation", "inbox")), (Action.MODIFIED, Disposition.RESTORED)),
    Rule((_DONE, _AT_LARGE, has("Action", "to quarantine", "to junk", *_DELETING)),
                                                          (Action.MODIFIED, Disposition.UNCORRECTED)),
    Rule((_DONE, has("DeliveryLocation", "quarantine")),  (Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((_DONE, has("DeliveryLocation", "deleted")),     (Action.MODIFIED, Disposition.DELETED)),
    Rule((_DONE, _TO_JUNK),                               (Action.MODIFIED, Other("Junked"))),
    Rule((_DONE, has("Action", "to inbox", "restore")),   (Action.MODIFIED, Disposition.RESTORED)),
    Rule((_DONE, has("Action", "to quarantine")),         (Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((_DONE, has("Action", *_DELETING)),              (Action.MODIFIED, Disposition.DELETED)),
    Rule((_DONE, has("Action", "to junk")),               (Action.MODIFIED, Other("Junked"))),
    Rule((_DONE, empty("Action")),                        (Action.UNKNOWN,  Disposition.UNKNOWN)),
    Rule((_DONE,),                                        (Action.UNKNOWN,  Word("Action"))),
    Rule((),                                              (Action.UNKNOWN,  Word("ActionResult"))),
)
"""What became of the copy: where it ended goes before what was to be done with it."""

POST_DELIVERY_STATUS: Final = (
    Rule((is_("ActionResult", "Success"),), (Status.SUCCESS,)),
    Rule((_FAILED,),                        (Status.FAILURE,)),
    Rule((empty("ActionResult"),),          (Status.UNKNOWN,)),
    Rule((),                                (Word("ActionResult"),)),
)
# fmt: on
