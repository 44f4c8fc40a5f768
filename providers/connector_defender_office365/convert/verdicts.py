"""What the product thought of a message: threats, confidence, malware families."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from connector_core.convert import json_value, kept_json, remembered, text_list
from connector_core.mapping import own_word
from connector_core.ocsf.enums import Confidence, MalwareClassification
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


_RANKS: Final = {"malware": 0, "phish": 1, "spam": 3}
"""Threat type in lower case -> how bad it is, the worst first; one that nobody knows is 2."""


def worst_first(threats: Iterable[str]) -> list[str]:
    """Threat types, the worst first.

    >>> worst_first(["Spam", "Hoax", "Malware", "Phish"])
    ['Malware', 'Phish', 'Hoax', 'Spam']
    """
    return sorted(threats, key=lambda threat: (_RANKS.get(threat.lower(), 2), threat))


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
    """The confidence in the worst threat (malware, phish, any other, spam), none where only a
    lesser one has it: High 3, Normal 2, Low 1; for spam the SCL 9 is 3, 5 and 6 are 2, 0 and 1 are
    1, -1 is 0, with the SCL as score; else 99 with the text.
    """
    named = worst_first({word.lower() for word in words(threats)})
    if not named:
        return None
    parsed = json_value(level) if isinstance(level, str) and level else level
    if not isinstance(parsed, dict):  # a level without the name of its threat
        return _confidence(parsed, spam=named == ["spam"])
    found = {key.lower(): value for key, value in parsed.items()}
    return _confidence(found.get(named[0]), spam=named[0] == "spam")


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
