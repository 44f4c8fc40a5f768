"""What an alert says of itself: its techniques, its source, its product, its page in the portal."""

import re
from typing import Any, Final
from urllib.parse import quote

from connector_core.convert import kept_json
from connector_core.ocsf.enums import AnalyticType
from connector_defender_office365.convert.identity import PRODUCT

_TECHNIQUE: Final = re.compile(r"(.*?)\s*\((T[0-9]{4})(?:\.([0-9]{3}))?\)\s*", re.DOTALL)
_TACTICS: Final = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resourcedevelopment": ("TA0042", "Resource Development"),
    "initialaccess": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilegeescalation": ("TA0004", "Privilege Escalation"),
    "defenseevasion": ("TA0005", "Defense Evasion"),
    "credentialaccess": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateralmovement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "commandandcontrol": ("TA0011", "Command and Control"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}
"""Category without blanks -> MITRE ATT&CK tactic (attack.mitre.org, Enterprise matrix)."""

Attacks = list[dict[str, Any]]


def attacks(techniques: Any, category: str) -> tuple[Attacks | None, Attacks | None, Any] | None:
    """MITRE ATT&CK techniques by name and id, a sub-technique under its technique, with the tactic
    that the category names; in both places, as the schema asks.
    """
    raw = kept_json(techniques)
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    found = [_technique(item) for item in listed if isinstance(item, str)]
    left = [item for item in listed if not isinstance(item, str)]
    tactic = _TACTICS.get(category.replace(" ", "").lower())
    if tactic:
        entry = {"uid": tactic[0], "name": tactic[1]}
        found = [attack | {"tactic": dict(entry)} for attack in found] or [{"tactic": entry}]
    if not (found or left):
        return None
    return found or None, [dict(attack) for attack in found] or None, left or None


def _technique(text: str) -> dict[str, Any]:
    match = _TECHNIQUE.fullmatch(text)
    if match is None:
        return {"technique": {"name": text}}
    name, uid, sub = match.groups()
    named = {"name": name} if name else {}
    if sub:
        return {"technique": {"uid": uid}, "sub_technique": named | {"uid": f"{uid}.{sub}"}}
    return {"technique": named | {"uid": uid}}


def alert_analytic(source: str) -> dict[str, Any] | None:
    """What raised the alert: a custom detection is 1 Rule, anything else 0 Unknown."""
    if not source:
        return None
    rule = _plain(source) == "customdetection"
    kind = AnalyticType.RULE if rule else AnalyticType.UNKNOWN
    return {"name": source, "type_id": int(kind), "type": kind.caption}


def is_defender_for_office(service: str) -> bool:
    """Whether a ServiceSource means Defender for Office 365, in any of its spellings."""
    return _plain(service) == _plain(PRODUCT)


def product(service: str) -> tuple[str, dict[str, str]]:
    """Defender for Office 365 under its full name, also when no service is named; another service
    under its own.
    """
    name = service if service and not is_defender_for_office(service) else PRODUCT
    return name, {"name": name, "vendor_name": "Microsoft"}


def _plain(name: str) -> str:
    """A service's name without the blanks that some rows lack."""
    return name.replace(" ", "").lower()


def portal(region: str) -> str:
    """Where the alerts of a region are looked at.

    >>> portal("gcc_high")
    'https://security.microsoft.us'
    """
    return f"https://security.microsoft.{'us' if region in ('gcc_high', 'dod') else 'com'}"


def alert_page(origin: str, alert: str) -> str:
    """The alert's page in the portal at `origin`."""
    return f"{origin}/alerts/{quote(alert, safe='')}"
