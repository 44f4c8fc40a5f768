"""What both kinds of event say alike: the frame, and the decisions on words."""

from typing import Final

from connector_core.mapping import Other, Row, Rule, Word, empty, has, is_, static, true
from connector_core.ocsf.enums import (
    OCSF_VERSION,
    Action,
    CategoryUid,
    ClassUid,
    DetectionStatus,
    Disposition,
    Severity,
    Status,
)

VENDOR: Final = "Abnormal AI"
PRODUCT: Final = "Abnormal Email Security"
PROFILES: Final = ["security_control", "datetime"]


# fmt: off
def frame(resource: str, kind: ClassUid) -> tuple[Row, ...]:
    """The rows that say what kind of event this is and where it was read."""
    finding = kind is ClassUid.DETECTION_FINDING
    return (
        static("category_uid",                  CategoryUid.FINDINGS if finding else CategoryUid.NETWORK_ACTIVITY),
        static("class_uid",                     kind),
        static("timezone_offset",               0),
        static("metadata.version",              OCSF_VERSION),
        static("metadata.profiles",             PROFILES),
        static("metadata.product.vendor_name",  VENDOR),
        static("metadata.product.name",         PRODUCT),
        static("metadata.product.feature.name", resource),
        static("metadata.log_name",             resource),
        static("metadata.log_provider",         "Abnormal Security REST API"),
        static("metadata.log_format",           "JSON"),
    )


ATTACK_SEVERITY: Final = (
    Rule((is_("attackType", "Malware", "Phishing: Credential", "Invoice/Payment Fraud (BEC)",
              "Internal-to-Internal Attacks (Email Account Takeover)"),), (Severity.HIGH,)),
    Rule((is_("attackType", "Social Engineering (BEC)", "Extortion", "Scam",
              "Phishing: Sensitive Data"),),              (Severity.MEDIUM,)),
    Rule((is_("attackType", "Reconnaissance", "Spam"),),  (Severity.LOW,)),
    Rule((),                                              (Severity.UNKNOWN,)),
)
"""How bad a message is, derived from the type of the attack: the product has no severity."""

THREAT_IS_ALERT: Final = (
    Rule((is_("source", "Spam", "Borderline", "Graymail", "Safe"),), (False,)),
    Rule((),                                                         (True,)),
)
"""A threat is an alert unless the product itself judges it less than an attack."""

_OWN_WORD = Word("remediationStatus", expected=True)
_UNTOUCHED = has("remediationStatus", "not remediated", "no action", "not attempted")
_ATTEMPTED = has("remediationStatus", "attempted")
_REMEDIATED = is_("remediationStatus", "Auto-Remediated", "Auto Remediated", "Post-Remediated", "Post Remediated", "Remediated")

REMEDIATION: Final = (
    Rule((_UNTOUCHED,),                                       (DetectionStatus.NEW,         Action.ALLOWED,  Disposition.ALLOWED)),
    Rule((_ATTEMPTED,),                                       (DetectionStatus.IN_PROGRESS, Action.MODIFIED, Other("Remediation attempted"))),
    Rule((_REMEDIATED,),                                      (DetectionStatus.RESOLVED,    Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((empty("remediationStatus"), true("autoRemediated")), (DetectionStatus.RESOLVED,   Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((empty("remediationStatus"), true("postRemediated")), (DetectionStatus.RESOLVED,   Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((empty("remediationStatus"),),                       (DetectionStatus.UNKNOWN,     Action.UNKNOWN,  Disposition.UNKNOWN)),
    Rule((),                         (_OWN_WORD,                   Action.UNKNOWN,  _OWN_WORD)),
)
"""What became of a message: remediation takes it out of the mailbox."""

MAIL_SEVERITY: Final = (
    Rule((is_("judgement", "attack"),),                       (Severity.HIGH,)),
    Rule((is_("judgement", "borderline"),),                   (Severity.MEDIUM,)),
    Rule((is_("judgement", "spam"),),                         (Severity.LOW,)),
    Rule((is_("judgement", "graymail", "safe"),),             (Severity.INFORMATIONAL,)),
    Rule((is_("decision_category", "malicious", "attack"),),  (Severity.HIGH,)),
    Rule((is_("decision_category", "borderline"),),           (Severity.MEDIUM,)),
    Rule((is_("decision_category", "spam"),),                 (Severity.LOW,)),
    Rule((is_("decision_category", "graymail", "safe"),),     (Severity.INFORMATIONAL,)),
    Rule((),                                                  (Severity.UNKNOWN,)),
)
"""How bad a mail is, derived from the judgement, or where there is none from its category."""

MAIL_IS_ALERT: Final = (
    Rule((is_("judgement", "attack"),),                                 (True,)),
    Rule((is_("judgement", "borderline", "spam", "graymail", "safe"),), (False,)),
    Rule((is_("decision_category", "malicious", "attack"),),            (True,)),
    Rule((),                                                            (False,)),
)

_RELEASED = is_("quarantine_release_status", "released")
_IN_QUARANTINE = is_("searched_source", "quarantine")
_FOLDER = "current_folder_name"

MAIL_OUTCOME: Final = (
    Rule((_IN_QUARANTINE, _RELEASED),                   (Action.MODIFIED, Disposition.RESTORED,    Status.SUCCESS)),
    Rule((_IN_QUARANTINE,),                             (Action.DENIED,   Disposition.QUARANTINED, Status.FAILURE)),
    Rule((has(_FOLDER, "quarantine"),),                 (Action.DENIED,   Disposition.QUARANTINED, Status.FAILURE)),
    Rule((has(_FOLDER, "deleted", "trash", "recoverable"),), (Action.MODIFIED, Disposition.DELETED, Status.SUCCESS)),
    Rule((has(_FOLDER, "junk", "spam"),),               (Action.MODIFIED, Other("Junked"),         Status.SUCCESS)),
    Rule((has(_FOLDER, "inbox"),),                      (Action.ALLOWED,  Disposition.ALLOWED,     Status.SUCCESS)),
    Rule((),                                            (Action.UNKNOWN,  Disposition.UNKNOWN,     Status.UNKNOWN)),
)
"""Where a mail is now, by the source and the name of its folder."""
# fmt: on
