"""Which technologies found a threat: a text for people, and OCSF's analytics."""

from collections.abc import Iterable
from typing import Any, Final

from connector_core.convert import json_value, kept_json, remembered, text_list
from connector_core.mapping import own_word
from connector_core.ocsf.enums import AnalyticType
from connector_defender_office365.convert.verdicts import worst_first

Analytic = dict[str, Any]
Methods = dict[str, list[str]]
"""Threat -> technologies that found it; the empty name for those without a threat."""


def methods_by_threat(columns: Iterable[Any]) -> Methods:
    """What DetectionMethods of several rows say together, every technology of a threat once.

    >>> methods_by_threat(['{"Phish":["Bulk"]}', '{"Spam":["Bulk"],"Phish":["Spoof DMARC"]}'])
    {'Phish': ['Bulk', 'Spoof DMARC'], 'Spam': ['Bulk']}
    """
    found: dict[str, dict[str, None]] = {}
    for methods in columns:
        value = json_value(methods) if isinstance(methods, str) and methods else methods
        for threat, names in (value if isinstance(value, dict) else {"": value}).items():
            if listed := text_list(names):
                found.setdefault(threat, {}).update(dict.fromkeys(listed))
    return {threat: list(names) for threat, names in found.items()}


def methods_text(methods: Methods) -> str | None:
    """Each threat with the technologies that found it."""
    named = ((threat, ", ".join(names)) for threat, names in methods.items())
    return "; ".join(f"{threat}: {text}" if threat else text for threat, text in named) or None


@remembered(4_096)
def methods_message(methods: Any) -> str | None:
    """Each threat with the technologies that found it: "Phish: URL detonation, Spoof DMARC; Spam:
    ...".
    """
    return methods_text(methods_by_threat((methods,)))


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


def analytics_of(methods: Methods) -> tuple[Analytic | None, list[Analytic] | None]:
    """The first technology of the worst threat, and all others, each once."""
    names = dict.fromkeys(name for threat in worst_first(methods) for name in methods[threat])
    found = [_analytic(name) for name in names]
    return found[0] if found else None, found[1:] or None


def _analytic(name: str) -> Analytic:
    lowered = name.lower()
    for part, kind in _ANALYTICS:
        if part in lowered:
            return {"name": name, "type_id": int(kind), "type": kind.caption}
    return {"name": name, "type_id": 99, "type": own_word(name)}


def analytics(methods: Any) -> tuple[Analytic | None, list[Analytic] | None]:
    """The first detection technology of the worst threat (malware, phish, any other, spam) with the
    kind of analytic it is, 99 with its name when not known; all other technologies as related.
    """
    return analytics_of(methods_by_threat((methods,)))


Detected = tuple[str | None, Analytic | None, list[Analytic] | None, Any]


def methods_and_analytics(methods: Any) -> Detected | None:
    """All technologies as text; the first of the worst threat as analytic, the others as related;
    and the column parsed.
    """
    raw = kept_json(methods)
    return None if raw is None else (methods_message(methods), *analytics(methods), raw)
