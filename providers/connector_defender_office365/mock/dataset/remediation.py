"""What happens to copies after delivery: automatic purges, people's work, and their failures."""

from dataclasses import dataclass
from typing import Final

from .draws import Deck
from .mail import Copy, Mail, Move
from .today import Today


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of move: the action, who caused it, how it ended, from where to where."""

    type: str
    action: str
    trigger: str
    result: str
    source: str
    location: str
    threats: str = ""
    method: str = ""


_ZAP, _ADMIN = "SpecialAction", "AdminAction"
_M = Shape
# fmt: off
SHAPES: Final = Deck(
    (
        _M("Phish ZAP", "Moved to quarantine", _ZAP, "Success", "Inbox/folder", "Quarantine",
           "Phish", "URL detonation"),
        _M("Malware ZAP", "Moved to quarantine", _ZAP, "Success", "Inbox/folder", "Quarantine",
           "Malware", "File detonation"),
        _M("Manual remediation", "Moved to deleted items", _ADMIN, "Success", "Inbox/folder",
           "Deleted items", "Phish", "Advanced filter"),
        _M("Manual remediation", "Soft delete", _ADMIN, "Success", "Inbox/folder", "Deleted items"),
        _M("Manual remediation", "Hard delete", _ADMIN, "Success", "Junk folder", ""),
        _M("Manual remediation", "Moved to junk folder", _ADMIN, "Success", "Inbox/folder", "Junk"),
        _M("Manual remediation", "Quarantine release", _ADMIN, "Success", "Quarantine",
           "Inbox/Folder"),
        _M("Manual remediation", "Soft delete", _ADMIN, "Error", "Inbox/folder", "Inbox/folder"),
        _M("Manual remediation", "Soft delete", _ADMIN, "Failed", "On-premises/external",
           "On-premises/External"),
        _M("Phish ZAP", "Moved to quarantine", _ZAP, "UserTriaged", "Inbox/folder", "Inbox/folder",
           "Phish", "General filter"),
        _M("Phish ZAP", "Moved to quarantine", _ZAP, "Error", "Inbox/folder", "Failed", "Phish",
           "General filter"),
    ),
    seen=(
        _M("Spam ZAP", "Moved to junk folder", _ZAP, "Success", "Inbox/folder", "Junk folder",
           "Spam", "Fingerprint matching"),
        _M("Spam ZAP", "Moved to quarantine", _ZAP, "Success", "Junk folder", "Quarantine", "Spam",
           "Bulk"),
        _M("Redelivery", "Reprocessed", _ZAP, "Success", "Quarantine", "Inbox"),
        _M("Redelivery", "Reprocessed", _ZAP, "Success", "", "Forwarded"),
        _M("Redelivery", "Reprocessed", _ZAP, "Success", "Quarantine", "On-premises/external"),
        _M("Manual remediation", "Moved to quarantine", _ZAP, "Success", "", "Quarantine",
           "Phish, Malware", "Campaign"),
        _M("Manual remediation", "Moved to inbox", _ADMIN, "Success", "Quarantine", "Inbox"),
    ),
    unlisted=(
        _M("Weekly cleanup", "Moved to archive", "UserAction", "Pending", "Deleted items",
           "Unknown"),
        _M("", "", "", "", "", "Dropped"),
        _M("phish zap", "moved to quarantine", "specialaction", "success", "inbox/folder",
           "quarantine", "phish"),
    ),
    per_day=14,
)
# fmt: on
LATE_MOVES: Final = tuple(
    shape for shape in SHAPES.values if shape.threats in {"Phish", "Phish, Malware"}
)
_RELEASE: Final = Shape(
    "Manual remediation", "Quarantine release", _ADMIN, "Success", "Quarantine", "Inbox"
)


def apply(copy: Copy, shape: Shape, delay: int) -> None:
    """Move a copy, and let its row show the move as the latest one."""
    kind = shape.threats.partition(",")[0]
    copy.moves.append(
        Move(
            delay=delay,
            columns={
                "Action": shape.action,
                "ActionType": shape.type,
                "ActionTrigger": shape.trigger,
                "ActionResult": shape.result,
                "DeliveryLocation": shape.location,
                "SourceLocation": shape.source,
                "ThreatTypes": shape.threats,
                "DetectionMethods": f'{{"{kind}":["{shape.method}"]}}' if shape.method else "",
            },
        )
    )
    copy.columns["LatestDeliveryAction"] = shape.action
    if shape.result in {"Success", "success"}:
        copy.columns["LatestDeliveryLocation"] = shape.location


def remediate(today: Today, mails: list[Mail]) -> None:
    """Move 16 copies of the day's delivered mail; three of them are released again."""
    reached = [
        (mail, copy)
        for mail in mails
        if mail.second < 75_000
        for copy in mail.copies[:2]
        if copy.columns["DeliveryAction"] == "Delivered" and copy.upn
    ]
    for number, (mail, copy) in enumerate(today.draw.some(reached, 16)):
        shape = today.deal(SHAPES)
        apply(copy, shape, delay=30 + today.draw.below(5_000))
        if shape.threats and not mail.columns.get("ThreatTypes"):  # clean when it was delivered
            methods = copy.moves[0].columns["DetectionMethods"]
            mail.columns |= {"ThreatTypes": shape.threats, "DetectionMethods": methods}
        if number % 5 == 0:
            apply(copy, _RELEASE, delay=6_000 + today.draw.below(4_000))
        if number % 3 == 0:  # newer columns that older rows leave empty
            copy.moves[0].columns |= {"EmailDirection": "", "SenderFromAddress": ""}
        if number % 4 == 0:
            copy.moves[0].columns["SourceLocation"] = ""
