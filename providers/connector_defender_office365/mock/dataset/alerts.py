"""Alerts of every service that a tenant sees, with their evidence."""

import json
from dataclasses import dataclass
from typing import Final

from .clock import SECONDS, TICKS_PER_SECOND, at_tick
from .draws import Deck
from .evidence import KINDS, Scene
from .mail import BLANK, Mail, Row
from .today import Today

MDO: Final = "Microsoft Defender for Office 365"
MDE: Final = "Microsoft Defender for Endpoint"
XDR: Final = "Microsoft Defender XDR"
_OLD: Final = "Microsoft 365 Defender"
_ENTRA: Final = "AAD Identity Protection"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of alert. `evidence` names kinds of evidence.KINDS; `id_prefix` is a habit."""

    title: str
    severity: str
    category: str
    service: str
    source: str
    techniques: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    id_prefix: str = "fa"
    group: str = ""


_A = Shape
_LINK: Final = ("Spearphishing Link (T1566.002)",)
_BOTH: Final = (
    "Phishing (T1566)",
    "Spearphishing Attachment (T1566.001)",
    "User Execution (T1204)",
)
_VALID: Final = ("Valid Accounts (T1078)", "Cloud Accounts (T1078.004)")
# fmt: off
SHAPES: Final = Deck(
    (
        _A("Email reported by user as malware or phish", "Low", "InitialAccess", MDO, MDO,
           ("Phishing (T1566)",), ("mail_full", "mailbox", "user", "mail_full", "user")),
        _A("Email messages containing malicious URL removed after delivery", "Informational",
           "InitialAccess", MDO, MDO, _LINK, ("mail_full", "mail_other", "mailbox", "url")),
        _A("Email messages containing malicious file removed after delivery", "Informational",
           "InitialAccess", MDO, MDO, _BOTH, ("mail_full", "mailbox", "file", "mail_cluster")),
        _A("A potentially malicious URL click was detected", "High", "InitialAccess", MDO, MDO,
           ("Phishing (T1566)",), ("mail_full", "user", "url", "ip_source")),
        _A("Suspicious email sending patterns detected", "Medium", "SuspiciousActivity", MDO, MDO,
           (), ("user", "mailbox", "mail_bare")),
        _A("Creation of forwarding or redirect rule", "Informational", "Collection", MDO, MDO,
           ("Email Forwarding Rule (T1114.003)",), ("user", "mailbox")),
        _A("Phish delivered due to a transport rule", "Informational", "InitialAccess",
           "MicrosoftDefenderforOffice365", "MicrosoftDefenderforOffice365",
           ("Phishing(T1566)",), ("mail_full", "mailbox")),
        _A("Tenant restricted from sending email", "High", "Impact",
           "Office 365 Advanced Threat Protection", "Office 365 ATP", (), ("mailbox",)),
        _A("User accessed a link in an email later moved to quarantine", "Medium", "InitialAccess",
           XDR, _OLD, _LINK, ("mail_xdr", "user", "url", "ip"), ""),
        _A("Campaign of mail and sign-ins from one network", "High", "CredentialAccess", _OLD, XDR,
           _VALID, ("mail_xdr", "user", "ip_source", "logon", "url_prefixed"), ""),
        _A("eDiscovery search started or exported", "Medium", "Exfiltration", MDO, MDO, (), ()),
        _A("Link in mail opened a suspicious file", "Medium", "Execution", MDE, "EDR",
           ("User Execution (T1204)",),
           ("machine", "process_with_id", "process", "file", "mail_xdr", "user", "url_prefixed"),
           "da", "Windows - remediate automatically"),
        _A("'Tailpop' unwanted software was prevented", "Informational", "UnwantedSoftware", MDE,
           "Antivirus", (), ("machine", "file", "file"), "da", "Kiosks"),
        _A('[Team "Blue"] user passed a warning; see C:\\runbooks', "Low", "DefenseEvasion", MDE,
           "Custom detection", (), ("url_prefixed", "machine", "user_by_sid"), "ed"),
        _A("Anomalous registry value", "Medium", "Persistence", MDE, "EDR",
           ("Registry Run Keys (T1547.001)",), ("machine", "registry", "process"), "da"),
        _A("Malicious IP address", "High", "InitialAccess", _ENTRA, _ENTRA, (),
           ("user", "ip_source", "ip_source", "logon"), "ad"),
        _A("Unfamiliar sign-in properties", "Medium", "CredentialAccess", _ENTRA,
           "Microsoft Entra ID Protection", _VALID, ("user", "ip", "logon"), "ad"),
        _A("Unusual consent to an application", "Medium", "Persistence",
           "Microsoft Defender for Cloud Apps", "Microsoft Cloud App Security",
           ("Steal Application Access Token (T1528)",), ("oauth", "user", "ip_destination"), "ca"),
        _A("Suspected reconnaissance of accounts", "Medium", "Discovery",
           "Microsoft Defender for Identity", "Azure ATP", ("Account Discovery (T1087)",),
           ("machine", "user_by_sid", "ip_destination"), "aa"),
        _A("Archive of mail was read from outside", "High", "Exfiltration", "Microsoft Sentinel",
           "Scheduled Alerts", (), ("cloud", "ip_source", "user"), "sn"),
        _A("Policy match: payroll data in mail", "Low", "Exfiltration",
           "Microsoft Data Loss Prevention", "Data loss prevention", (),
           ("mail_bare", "user", "file_name_only"), "dl"),
        _A("Lateral movement from mailbox host", "High", "LateralMovement", XDR, "Automated"
           " investigation", ("Remote Services (T1021)", "SMB (T1021.002)"), ("machine", "ip"), ""),
        _A("Beacon after macro", "High", "CommandAndControl", MDE, "EDR", ("(T1071)", "odd entry"),
           ("machine", "process_with_id", "ip_destination"), "da"),
        _A("Files encrypted on a share", "High", "Ransomware", MDE, "SmartScreen", (),
           ("machine", "file"), "da"),
        _A("Privileges raised", "Low", "PrivilegeEscalation", MDE, "EDR", (), ("machine",), "da"),
        _A("Malware campaign detected after delivery", "Low", "Malware", MDO, MDO, (),
           ("mail_full", "file_name_only", "mailbox")),
    ),
    unlisted=(
        _A("", "", "", "", "", (), ("unknown",), ""),
        _A("Severity outside the list", "UnSpecified", "Quantum", MDO, "Sensor of tomorrow", (),
           ("mail_full", "unknown", "mailbox")),
        _A("'; DROP TABLE AlertInfo; -- \u202etitle\n", "medium", "initialAccess", MDO, MDO,
           ("Phishing (T1566)",), ("mail_full", "url")),
    ),
    per_day=10,
)
# fmt: on


def alert_rows(today: Today, mails: list[Mail]) -> tuple[list[Row], list[Row]]:
    """AlertInfo and AlertEvidence of the day: ten alerts, each about one of the day's messages."""
    suspects = [m for m in mails if m.columns.get("ThreatTypes") and m.copies[0].upn]
    by_upn = {person.upn: person for person in today.staff}
    infos: list[Row] = []
    evidence: list[Row] = []
    for number in range(SHAPES.per_day):
        shape = today.deal(SHAPES)
        mail, other = today.draw.some(suspects, 2)
        person = by_upn[mail.copies[0].upn]
        second = min(mail.second + today.draw.between(60, 5_000), SECONDS - 3)
        fraction = 0 if number % 5 == 0 else today.draw.below(TICKS_PER_SECOND)
        tick = second * TICKS_PER_SECOND + fraction
        info = _info(today, shape) | {"Timestamp": at_tick(today.day, tick)}
        infos.append(info)
        scene = Scene(today, mail, other, person, today.ordinal + number)
        evidence += _evidence(shape, scene, info, tick)
    return infos, evidence


def _info(today: Today, shape: Shape) -> Row:
    match shape.id_prefix:
        case "da" | "ed":
            uid = f"{shape.id_prefix}{today.draw.bits(59):018d}_{today.draw.bits(31)}"
        case "ad":
            uid = f"ad{today.draw.hex(64)}"
        case prefix:
            uid = prefix + today.draw.guid()
    return BLANK["AlertInfo"] | {
        "AlertId": uid,
        "Title": shape.title,
        "Category": shape.category,
        "Severity": shape.severity,
        "ServiceSource": shape.service,
        "DetectionSource": shape.source,
        "AttackTechniques": _array(shape.techniques),
        "MachineGroup": shape.group,
    }


def _array(values: tuple[str, ...]) -> str:
    return json.dumps(values, separators=(",", ":")) if values else ""


def _evidence(shape: Shape, scene: Scene, info: Row, tick: int) -> list[Row]:
    shared = {key: value for key, value in info.items() if key != "Category"}
    categories = (shape.category,) if scene.number % 4 else (shape.category, "SuspiciousActivity")
    shared["Categories"] = _array(categories if shape.category else ())
    # A second after the alert in some alerts: the two tables do not keep one clock.
    late = TICKS_PER_SECOND if scene.number % 4 == 1 else 0
    shared["Timestamp"] = at_tick(scene.today.day, tick + late)
    # A kind that stands twice in a shape is one entity told twice.
    return [BLANK["AlertEvidence"] | shared | KINDS[kind](scene) for kind in shape.evidence]
