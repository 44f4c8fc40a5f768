"""What Defender's texts mean: named converters for the mapping tables.

Facts from Microsoft's advanced hunting table pages (August 2026) and from rows seen in live
tenants. Every set of values is open: an unknown one becomes 99 with the vendor's word, or stays in
`unmapped`; it is never guessed.
"""

import re
import uuid
from functools import lru_cache
from typing import Any, Final

from connector_core.convert import (
    deterministic_uid,
    email_address,
    ip_address,
    json_object,
    json_value,
    mailbox,
    text_list,
    timestamp,
    url,
)
from connector_core.errors import MappingError
from connector_core.ocsf.enums import (
    AnalyticType,
    Confidence,
    FileType,
    HashAlgorithm,
    MalwareClassification,
    ResourceRole,
    UrlCategory,
)

PRODUCT: Final = "Microsoft Defender for Office 365"
NAMESPACE: Final = uuid.UUID("6f0f1f5e-9a43-5f0e-8d57-2f6b3d7f4a11")
"""Namespace of the event ids that this mapping makes (UUID version 5)."""

event_uid = deterministic_uid(NAMESPACE)

# -- time, ids ---------------------------------------------------------------------------------


def moment(text: str) -> tuple[int, str, str]:
    """Milliseconds UTC, its RFC 3339 twin cut to milliseconds, and the text as received."""
    found = timestamp(text)
    if found is None:
        raise MappingError("Timestamp is not a time.", column="Timestamp")
    return (*found, text)


def email_event_uid(message: str, recipient: str) -> str:
    """UUIDv5 of table, NetworkMessageId and recipient: the same on every read."""
    return event_uid(f"EmailEvents|{message}|{recipient.lower()}")


def post_delivery_uid(message: str, recipient: str, time: str, kind: str, action: str) -> str:
    """UUIDv5 of table, message, recipient, time, ActionType and Action."""
    moment_text = timestamp(time)
    stamp = str(moment_text[0]) if moment_text else time
    return event_uid(
        f"EmailPostDeliveryEvents|{message}|{recipient.lower()}|{stamp}|{kind}|{action}"
    )


# -- addresses ---------------------------------------------------------------------------------


def sender(address: str, name: str) -> tuple[str | None, str | None, str | None]:
    """The address if valid, else the raw text as mailbox; the display name beside it."""
    if not address:
        return None, name or None, None
    if email_address(address):
        return address, mailbox(name, address) if name else None, None
    return None, mailbox(name, address) if name else address, address


def envelope_sender(address: str) -> tuple[str | None, str | None] | None:
    """The address if it is valid, else kept under unmapped."""
    if not address:
        return None
    return (address, None) if email_address(address) else (None, address)


def envelope_recipient(address: str) -> tuple[list[str] | None, str | None] | None:
    """A list of the one address if it is valid, else kept under unmapped."""
    if not address:
        return None
    return ([address], None) if email_address(address) else (None, address)


Recipients = tuple[list[str] | None, list[str] | None, Any]


def header_to(header: Any, recipient: str) -> Recipients:
    """The valid addresses of the To header, or else the recipient; the rest as mailboxes."""
    return _recipients(text_list(header) or ([recipient] if recipient else []), header)


def header_cc(header: Any) -> Recipients:
    """The valid addresses of the Cc header; the rest as mailboxes."""
    return _recipients(text_list(header), header)


def _recipients(texts: list[str], raw: Any) -> Recipients:
    valid = [text for text in texts if email_address(text)]
    odd = [text for text in texts if not email_address(text)]
    unread = raw if raw and not texts else None
    return (
        valid or None,
        odd or None,
        json_value(raw) if odd and isinstance(raw, str) and raw else unread,
    )


def sender_ip(ipv4: str, ipv6: str) -> tuple[str | None, str | None, str | None]:
    """The IPv4 address of the last relay, or else its IPv6 address."""
    four, six = ip_address(ipv4), ip_address(ipv6)
    return (
        four or six,
        None if four or not ipv4 else ipv4,
        None if (six and not four) or not ipv6 else ipv6,
    )


# -- verdicts ----------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def words(text: str) -> tuple[str, ...]:
    """The items of a list separated by commas, semicolons or bars.

    >>> words("Phish, Malware")
    ('Phish', 'Malware')
    """
    return tuple(dict.fromkeys(item.strip() for item in re.split(r"[,;|]", text) if item.strip()))


@lru_cache(maxsize=4_096)
def methods_message(methods: str) -> str | None:
    """ "Threat: technology, technology; ..." from DetectionMethods."""
    parts = [
        f"{threat}: {', '.join(text_list(found))}"
        for threat, found in json_object(methods).items()
        if text_list(found)
    ]
    return "; ".join(parts) or None


_WORST_FIRST: Final = ("malware", "phish", "spam")
_LEVELS: Final = {
    "high": Confidence.HIGH,
    "normal": Confidence.MEDIUM,
    "medium": Confidence.MEDIUM,
    "low": Confidence.LOW,
}
_SPAM_LEVELS: Final = {
    -1: Confidence.UNKNOWN,
    0: Confidence.LOW,
    1: Confidence.LOW,
    5: Confidence.MEDIUM,
    6: Confidence.MEDIUM,
    9: Confidence.HIGH,
}
"""Spam confidence level (SCL) -> confidence."""


@lru_cache(maxsize=4_096)
def confidence(level: str, threats: str) -> tuple[int, str, int | None] | None:
    """The confidence of the worst threat; for spam also its SCL as score."""
    found = {key.lower(): value for key, value in json_object(level).items()}
    named = {word.lower() for word in words(threats)}
    for threat in _WORST_FIRST:
        value = found.get(threat)
        if threat in named and value not in (None, "", [], {}):
            return _confidence(str(value), spam=threat == "spam")
    if named and level and not found:
        return _confidence(level, spam=named == {"spam"})
    return None


def _confidence(text: str, *, spam: bool) -> tuple[int, str, int | None]:
    if spam and re.fullmatch(r"-?\d{1,3}", text):
        score = int(text)
        known = _SPAM_LEVELS.get(score)
        kept = score if score >= 0 else None
        return (int(known), known.caption, kept) if known is not None else (99, text, kept)
    known = _LEVELS.get(text.strip().lower())
    return (int(known), known.caption, None) if known is not None else (99, text, None)


_FAMILIES: Final = (
    ("trojandownloader", MalwareClassification.DOWNLOADER),
    ("trojandropper", MalwareClassification.DROPPER),
    ("trojan", MalwareClassification.TROJAN),
    ("ransom", MalwareClassification.RANSOMWARE),
    ("worm", MalwareClassification.WORM),
    ("virus", MalwareClassification.VIRUS),
    ("backdoor", MalwareClassification.BACKDOOR),
    ("adware", MalwareClassification.ADWARE),
    ("spyware", MalwareClassification.SPYWARE),
    ("pws", MalwareClassification.SPYWARE),
    ("exploit", MalwareClassification.EXPLOIT_KIT),
)
"""Prefix of a family name in Microsoft's naming scheme -> classification."""


@lru_cache(maxsize=4_096)
def malware(names: str, threats: str) -> tuple[tuple[str, int, str], ...]:
    """Name, classification id and caption of each malware family named."""
    if "malware" not in (word.lower() for word in words(threats)):
        return ()
    return tuple((name, *_family(name)) for name in words(names))


def _family(name: str) -> tuple[int, str]:
    lowered = name.lower()
    for prefix, family in _FAMILIES:
        if lowered.startswith(prefix):
            return int(family), family.caption
    return int(MalwareClassification.UNKNOWN), MalwareClassification.UNKNOWN.caption


def malware_objects(names: str, threats: str) -> list[dict[str, Any]] | None:
    """One malware object per family in ThreatNames, when the verdict says malware."""
    return [
        {
            "name": name,
            "provider": PRODUCT,
            "classification_ids": [uid],
            "classifications": [caption],
        }
        for name, uid, caption in malware(names, threats)
    ] or None


# -- policies ----------------------------------------------------------------------------------


def policy(name: str, uid: str, action: str) -> tuple[dict[str, Any] | None, str | None] | None:
    """The policy that acted, with what it did; without a policy the action goes to unmapped."""
    if not (name or uid):
        return (None, action) if action else None
    found = {"name": name, "uid": uid, "desc": action}
    return {key: value for key, value in found.items() if value} | {"is_applied": True}, None


def authorizations(
    org: str, org_policy: str, user: str, user_policy: str
) -> list[dict[str, Any]] | None:
    """The organization's and the mailbox's own override, each with the policy that decided."""
    found = []
    for decision, name, scope in ((org, org_policy, "Organization"), (user, user_policy, "User")):
        if decision or name:
            entry: dict[str, Any] = {"decision": decision} if decision else {}
            entry["policy"] = {"name": name} if name else {}
            entry["policy"] |= {"type": scope, "is_applied": True}
            found.append(entry)
    return found or None


@lru_cache(maxsize=4_096)
def email_auth(details: str) -> tuple[str | None, str | None, str | None, Any]:
    """SPF, DKIM and DMARC in lower case; the rest (CompAuth) under unmapped."""
    found = json_object(details)
    taken = [_auth(found, key) for key in ("SPF", "DKIM", "DMARC")]
    rest: Any = {key: value for key, value in found.items() if key not in ("SPF", "DKIM", "DMARC")}
    rest |= {
        key: found[key]
        for key, value in zip(("SPF", "DKIM", "DMARC"), taken, strict=True)
        if value is None and key in found and found[key] is not None
    }
    if details and not found:
        rest = json_value(details) or None
    return taken[0], taken[1], taken[2], rest or None


def _auth(found: dict[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value.lower() if isinstance(value, str) and value else None


# -- files -------------------------------------------------------------------------------------

_EXECUTABLE: Final = frozenset(
    ("exe", "dll", "scr", "com", "msi", "js", "vbs", "ps1", "bat", "cmd", "jar")
)


def file_name(name: str) -> str:
    """The file's name; "unknown" when there is none."""
    return name or "unknown"


def file_kind(kinds: str, name: str, extension: str) -> tuple[int, str]:
    """8 Executable File when name or content say so, else 1 Regular File."""
    known = {file_extension(extension, name) or "", *(k.strip().lower() for k in kinds.split(";"))}
    found = FileType.EXECUTABLE_FILE if known & _EXECUTABLE else FileType.REGULAR_FILE
    return int(found), found.caption


def file_extension(extension: str, name: str) -> str | None:
    """The extension without its dot, or else the last part of the name."""
    found = extension.lstrip(".") or (name.rpartition(".")[2] if "." in name.strip(".") else "")
    return found.lower() or None


def sha256(value: str) -> list[dict[str, Any]] | None:
    """The SHA-256 as fingerprint."""
    return [fingerprint(HashAlgorithm.SHA_256, value)] if value else None


def fingerprint(algorithm: HashAlgorithm, value: str) -> dict[str, Any]:
    """An OCSF fingerprint object."""
    return {"algorithm_id": int(algorithm), "algorithm": algorithm.caption, "value": value}


# -- findings ----------------------------------------------------------------------------------

_ANALYTICS: Final = (
    ("fingerprint matching", AnalyticType.FINGERPRINTING),
    ("detonation reputation", AnalyticType.RULE),
    ("detonation", AnalyticType.BEHAVIORAL),
    ("llm content analysis", AnalyticType.LEARNING_ML_DL),
    ("mailbox intelligence", AnalyticType.LEARNING_ML_DL),
    ("advanced filter", AnalyticType.LEARNING_ML_DL),
    ("reputation", AnalyticType.RULE),
    ("spoof", AnalyticType.RULE),
    ("general filter", AnalyticType.RULE),
    ("bulk", AnalyticType.RULE),
)
"""Part of a detection technology's name -> kind of analytic; the first that fits."""


def analytic(methods: str) -> dict[str, Any] | None:
    """The first detection technology, with what kind of analytic it is."""
    for found in json_object(methods).values():
        for name in text_list(found):
            return _analytic(name)
    return None


def _analytic(name: str) -> dict[str, Any]:
    lowered = name.lower()
    for part, kind in _ANALYTICS:
        if part in lowered:
            return {"name": name, "type_id": int(kind), "type": kind.caption}
    return {"name": name, "type_id": 99, "type": name}


# -- parts of a message ------------------------------------------------------------------------


def only_recipient(address: str) -> tuple[list[str] | None, list[str] | None] | None:
    """The recipient if it is a valid address, else the raw text as mailbox."""
    if not address:
        return None
    return ([address], None) if email_address(address) else (None, [address])


def only_sender(address: str) -> tuple[str | None, str | None, str | None]:
    """The address if valid, else the raw text as mailbox."""
    return sender(address, "")


UrlParts = tuple[str | None, str | None, int | None, str | None, str | None]


def url_parts(text: str) -> UrlParts:
    """The link as received, and its parts when it can be parsed; never user and password."""
    if not text:
        return (None, None, None, None, None)
    found = url(text)
    return (
        text,
        found.get("scheme"),
        found.get("port"),
        found.get("path"),
        found.get("query_string"),
    )


# -- findings: parts ---------------------------------------------------------------------------


def message_finding_uid(message: str) -> str:
    """UUIDv5 of the message's id."""
    return event_uid(f"message|{message}")


def alert_finding_uid(alert: str) -> str:
    """UUIDv5 of the alert's id."""
    return event_uid(f"alert|{alert}")


def click_finding_uid(report: str) -> str:
    """UUIDv5 of the click's ReportId."""
    return event_uid(f"click|{report}")


def methods_and_analytic(methods: str) -> tuple[str | None, dict[str, Any] | None, Any]:
    """All technologies as text, the first as analytic, and the raw value."""
    return methods_message(methods), analytic(methods), json_value(methods) if methods else None


def message_title(threats: str, subject: str) -> str:
    """The threat types and the subject: "Phish: subject"."""
    return f"{', '.join(words(threats)) or 'Threat'}: {subject}"


def types(threats: str) -> list[str] | None:
    """The words of the list."""
    return list(words(threats)) or None


_TECHNIQUE: Final = re.compile(r"(.*?)\s*\((T\d{4})(?:\.(\d{3}))?\)\s*")
_TACTICS: Final = {"initialaccess": ("TA0001", "Initial Access")}


@lru_cache(maxsize=1_024)
def _attacks(techniques: str, category: str) -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for text in text_list(techniques):
        match = _TECHNIQUE.fullmatch(text)
        if match is None:
            continue
        name, uid, sub = match.groups()
        if sub:
            found.append(
                {"technique": {"uid": uid}, "sub_technique": {"name": name, "uid": f"{uid}.{sub}"}}
            )
        else:
            found.append({"technique": {"name": name, "uid": uid}})
    tactic = _TACTICS.get(category.lower())
    if tactic:
        entry = {"uid": tactic[0], "name": tactic[1]}
        found = [attack | {"tactic": entry} for attack in found] or [{"tactic": entry}]
    return tuple(found)


def attacks(
    techniques: str, category: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
    """MITRE ATT&CK techniques as named, and the tactic when the category names one."""
    found = list(_attacks(techniques, category))
    return (found, found) if found else None


def alert_analytic(source: str) -> dict[str, Any] | None:
    """What detected it: a custom detection is 1 Rule, anything else 0 Unknown."""
    if not source:
        return None
    rule = source.replace(" ", "").lower() == "customdetection"
    kind = AnalyticType.RULE if rule else AnalyticType.UNKNOWN
    return {"name": source, "type_id": int(kind), "type": kind.caption}


def is_defender_for_office(service: str) -> bool:
    """Whether a ServiceSource means Defender for Office 365, in any of its spellings."""
    return service.replace(" ", "").lower() == PRODUCT.replace(" ", "").lower()


def product(service: str) -> tuple[str, dict[str, str]]:
    """Defender for Office 365 under its full name; another service under its own."""
    name = PRODUCT if is_defender_for_office(service) or not service else service
    return name, {"name": name, "vendor_name": "Microsoft"}


def click_message(action: str, threats: str) -> str:
    """ "ActionType: ThreatTypes"."""
    return f"{action}: {threats}" if threats else action


_NO_MESSAGE: Final = str(uuid.UUID(int=0))


def clicked_message(message: str) -> tuple[str | None, str | None]:
    """The message the link was in; a default value names none and stays in unmapped."""
    if not message:
        return None, None
    return (None, message) if message == _NO_MESSAGE else (message, None)


_URL_CATEGORIES: Final = {
    "phish": UrlCategory.PHISHING,
    "malware": UrlCategory.MALICIOUS_SOURCES_MALNETS,
    "spam": UrlCategory.SPAM,
}


def clicked_url(text: str, threats: str) -> dict[str, Any] | None:
    """The link with its verdict: Phish 18, Malware 43, Spam 101."""
    if not text:
        return None
    known = (_URL_CATEGORIES.get(word.lower()) for word in words(threats))
    found = [category for category in known if category is not None]
    if not found:
        return url(text)
    return url(text) | {
        "category_ids": [int(category) for category in found],
        "categories": [category.caption for category in found],
    }


def clicking_user(upn: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]] | None]:
    """Who clicked, as user and as the targeted resource."""
    if not upn:
        return None, None
    found = {"name": upn} | ({"email_addr": upn} if email_address(upn) else {})
    return found, [resource(upn, "", "User", ResourceRole.TARGET)]


def click_ip(text: str) -> tuple[str | None, str | None]:
    """The address clicked from, if it is one."""
    found = ip_address(text)
    return found, text if text and not found else None


def resource(name: str, uid: str, kind: str, role: ResourceRole) -> dict[str, Any]:
    """An OCSF resource: who or what a finding is about."""
    found = {"name": name, "uid": uid, "type": kind}
    return {key: value for key, value in found.items() if value} | {
        "role_id": int(role),
        "role": role.caption,
    }
