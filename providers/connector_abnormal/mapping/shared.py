"""What both kinds of event say alike: the frame, and the decisions on words."""

from typing import Final

from connector_abnormal.schema import HELD, RELEASED
from connector_core.mapping import Other, Row, Rule, When, Word, empty, is_, static, true
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


_ATTACK: Final = ("Attack", "Attacks", "Malicious")
_LESS: Final = ("Borderline", "Spam", "Graymail", "Safe")
"""Judgements that are less than an attack."""


def _judged(column: str, *when: When) -> tuple[Rule, ...]:
    """Severity by the words of a judgement; the same for mail and for threats."""
    return (
        Rule((*when, is_(column, *_ATTACK)),              (Severity.HIGH,)),
        Rule((*when, is_(column, "Borderline")),          (Severity.MEDIUM,)),
        Rule((*when, is_(column, "Spam")),                (Severity.LOW,)),
        Rule((*when, is_(column, "Graymail", "Safe")),    (Severity.INFORMATIONAL,)),
    )


ATTACK_SEVERITY: Final = (
    Rule((is_("attackType", "Malware", "Phishing: Credential", "Invoice/Payment Fraud (BEC)",
              "Internal-to-Internal Attacks (Email Account Takeover)"),), (Severity.HIGH,)),
    Rule((is_("attackType", "Social Engineering (BEC)", "Extortion", "Scam",
              "Phishing: Sensitive Data"),),              (Severity.MEDIUM,)),
    Rule((is_("attackType", "Reconnaissance", "Spam"),),  (Severity.LOW,)),
    *_judged("source"),
    Rule((empty("attackType"), empty("source")),          (Severity.UNKNOWN,)),
    Rule((),                                              (Severity.MEDIUM,)),
)
"""How bad a message is, derived from the type of the attack: the product has no severity.

A type that tells nothing leaves it to the judgement; words that nobody knows are Medium.
"""

THREAT_IS_ALERT: Final = (
    Rule((is_("source", *_LESS),), (False,)),
    Rule((),                       (True,)),
)
"""A threat is an alert unless the product itself judges it less than an attack."""

_STATUS: Final = "remediationStatus"
_OWN_STATUS: Final = Word(_STATUS, expected=True)
_NO_STATUS: Final = empty(_STATUS)
_UNTOUCHED: Final = is_(_STATUS, "Not remediated", "Remediation not attempted", "Not attempted",
                        "No action", "No action taken", "No action needed")
_ATTEMPTED: Final = is_(_STATUS, "Remediation attempted")
_REMEDIATED: Final = is_(_STATUS, "Auto-Remediated", "Auto Remediated", "Post-Remediated",
                         "Post Remediated", "Remediated")

REMEDIATION: Final = (
    Rule((_UNTOUCHED,),                         (DetectionStatus.NEW,         Action.ALLOWED,  Disposition.ALLOWED)),
    Rule((_ATTEMPTED,),                         (DetectionStatus.IN_PROGRESS, Action.UNKNOWN,  Other("Remediation attempted"))),
    Rule((_REMEDIATED,),                        (DetectionStatus.RESOLVED,    Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((_NO_STATUS, true("autoRemediated")),  (DetectionStatus.RESOLVED,    Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((_NO_STATUS, true("postRemediated")),  (DetectionStatus.RESOLVED,    Action.MODIFIED, Disposition.QUARANTINED)),
    Rule((_NO_STATUS,),                         (DetectionStatus.UNKNOWN,     Action.UNKNOWN,  Disposition.UNKNOWN)),
    Rule((),                                    (_OWN_STATUS,                 Action.UNKNOWN,  _OWN_STATUS)),
)
"""What became of a message: remediation takes it out of the mailbox, an attempt may not have."""

_NO_JUDGEMENT: Final = empty("judgement")
_NOTHING: Final = (_NO_JUDGEMENT, empty("decision_category"))

MAIL_SEVERITY: Final = (
    *_judged("judgement"),
    Rule((is_("decision_category", *_ATTACK),), (Severity.HIGH,)),
    *_judged("decision_category", _NO_JUDGEMENT),
    Rule(_NOTHING,                              (Severity.UNKNOWN,)),
    Rule((),                                    (Severity.MEDIUM,)),
)
"""How bad a mail is, derived from the judgement, or where there is none from its category.

A word that nobody knows is Medium, or High where the category tells of an attack.
"""

MAIL_IS_ALERT: Final = (
    Rule((is_("judgement", *_ATTACK),),                         (True,)),
    Rule((is_("judgement", *_LESS),),                           (False,)),
    Rule((_NO_JUDGEMENT, is_("decision_category", *_LESS)),     (False,)),
    Rule(_NOTHING,                                              (False,)),
    Rule((),                                                    (True,)),
)
"""Mail is an alert unless it is judged less than an attack, or not at all."""

_RELEASE: Final = "quarantine_release_status"
_FOLDER: Final = "current_folder_name"
_QUARANTINE: Final = is_("searched_source", "quarantine")

MAIL_OUTCOME: Final = (
    Rule((_QUARANTINE, is_(_RELEASE, *RELEASED)),   (Action.MODIFIED, Disposition.RESTORED,    Status.SUCCESS)),
    Rule((_QUARANTINE, is_(_RELEASE, *HELD)),       (Action.DENIED,   Disposition.QUARANTINED, Status.FAILURE)),
    Rule((_QUARANTINE, empty(_RELEASE)),            (Action.DENIED,   Disposition.QUARANTINED, Status.FAILURE)),
    Rule((_QUARANTINE,),                            (Action.UNKNOWN,  Word(_RELEASE),          Status.UNKNOWN)),
    Rule((is_(_FOLDER, "Inbox"),),                  (Action.ALLOWED,  Disposition.ALLOWED,     Status.SUCCESS)),
    Rule((is_(_FOLDER, "Junk Email", "Junk E-mail", "Junk", "Spam"),),
                                                    (Action.MODIFIED, Other("Junked"),         Status.SUCCESS)),
    Rule((is_(_FOLDER, "Deleted Items", "Recoverable Items", "Trash"),),
                                                    (Action.UNKNOWN,  Disposition.UNKNOWN,     Status.SUCCESS)),
    Rule((is_(_FOLDER, "Quarantine"),),             (Action.DENIED,   Disposition.QUARANTINED, Status.FAILURE)),
    Rule((),                                        (Action.UNKNOWN,  Disposition.UNKNOWN,     Status.UNKNOWN)),
)
"""Where a mail is now, by the source and the name of its folder, if that is one of the folders
that Exchange and Gmail make themselves. Whoever deleted a mail, the folder does not tell.
"""
# fmt: on
