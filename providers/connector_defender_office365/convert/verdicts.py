"""What the product thought of a message: threats, technologies, confidence, malware families."""

import re
from functools import lru_cache
from typing import Any, Final

from connector_core.convert import json_value, kept_json, remembered, text_list
from connector_core.mapping import own_word
from connector_core.ocsf.enums import AnalyticType, Confidence, MalwareClassification
from connector_defender_office365.convert.identity import PRODUCT


@remembered(4_096)
def words(text: Any) -> tuple[str, ...]:
    """The items of a JSON list, or of a text with commas, semicolons or bars between them.

    >>> words("Phish, Malware"), words('["InitialAccess"]')
    (('Phish', 'Malware'), ('InitialAccess',))
    """
    listed = json_value(text) if isinstance(text, str) and text[:1] == "[" else text
    if isinstance(text, str) and not _are_texts(listed):
        listed = text
    items = re.split(r"[,;|]", listed) if isinstance(listed, str) else text_list(listed)
    return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def types(threats: Any) -> list[str] | None:
    """The words of the list, which commas, semicolons or bars separate."""
    return list(words(threats)) or None


def message_title(threats: Any, subject: str) -> str:
    """The threat types and the subject: "Phish: subject"."""
    return f"{', '.join(words(threats)) or 'Threat'}: {subject}"


@remembered(4_096)
def methods_message(methods: Any) -> str | None:
    """Each threat with the technologies that found it: "Phish: URL detonation, Spoof DMARC; Spam:
    ...".
    """
    value = json_value(methods) if isinstance(methods, str) else methods
    if not isinstance(value, dict):
        return ", ".join(text_list(value)) or None
    parts = [
        f"{threat}: {', '.join(text_list(found))}"
        for threat, found in value.items()
        if text_list(found)
    ]
    return "; ".join(parts) or None


def methods_and_analytic(methods: Any) -> tuple[str | None, dict[str, Any] | None, Any] | None:
    """All technologies as text, the first one as analytic, and the column parsed."""
    raw = kept_json(methods)
    return None if raw is None else (methods_message(methods), analytic(methods), raw)


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


def analytic(methods: Any) -> dict[str, Any] | None:
    """The first detection technology and the kind of analytic it is; 99 with its name when not
    known.
    """
    value = json_value(methods) if isinstance(methods, str) and methods else methods
    for found in value.values() if isinstance(value, dict) else (value,):
        for name in text_list(found):
            return _analytic(name)
    return None


def _analytic(name: str) -> dict[str, Any]:
    lowered = name.lower()
    for part, kind in _ANALYTICS:
        if part in lowered:
            return {"name": name, "type_id": int(kind), "type": kind.caption}
    return {"name": name, "type_id": 99, "type": own_word(name)}


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


@remembered(4_096)
def confidence(level: Any, threats: Any) -> tuple[int, str, int | None] | None:
    """The confidence in the worst threat (malware, phish, spam): High 3, Normal 2, Low 1; for spam
    the SCL 9 is 3, 5 and 6 are 2, 0 and 1 are 1, -1 is 0, with the SCL as score; else 99 with the
    text.
    """
    named = {word.lower() for word in words(threats)}
    if not named:
        return None
    parsed = json_value(level) if isinstance(level, str) and level else level
    if not isinstance(parsed, dict):  # a level without the name of its threat
        return _confidence(parsed, spam=named == {"spam"})
    found = {key.lower(): value for key, value in parsed.items()}
    for threat in _WORST_FIRST:
        if threat in named and found.get(threat) not in (None, "", [], {}):
            return _confidence(found[threat], spam=threat == "spam")
    return None


def _confidence(value: Any, *, spam: bool) -> tuple[int, str, int | None] | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if not text:
        return None
    if spam and re.fullmatch(r"-?[0-9]{1,3}", text):
        score = int(text)
        known = _SPAM_LEVELS.get(score)
        kept = score if score >= 0 else None
        return (int(known), known.caption, kept) if known is not None else (99, text, kept)
    known = _LEVELS.get(text.lower())
    return (int(known), known.caption, None) if known is not None else (99, own_word(text), None)


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
def _family(name: str) -> tuple[int, str]:
    lowered = name.lower()
    for prefix, family in _FAMILIES:
        if lowered.startswith(prefix):
            return int(family), family.caption
    return int(MalwareClassification.UNKNOWN), MalwareClassification.UNKNOWN.caption


def is_malware(threats: Any) -> bool:
    """Whether malware is among the threat types."""
    return "malware" in (word.lower() for word in words(threats))


def malware(names: Any, threats: Any) -> tuple[list[dict[str, Any]] | None, Any] | None:
    """One malware object for each family named, when the verdict is malware, classified by the
    prefix of its name; else the names stand under unmapped.
    """
    if not names:
        return None
    if not is_malware(threats):
        return None, kept_json(names)
    found = []
    for name in words(names):
        uid, caption = _family(name)
        found.append(
            {
                "name": name,
                "provider": PRODUCT,
                "classification_ids": [uid],
                "classifications": [caption],
            }
        )
    return (found, None) if found else (None, kept_json(names))
