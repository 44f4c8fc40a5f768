"""What the product thinks of a message: types, tags, techniques, malware."""

from typing import Any, Final

from connector_core.ocsf.enums import MalwareClassification, Verdict

Attacks = list[dict[str, Any]]

_PHISHING: Final = {"uid": "T1566", "name": "Phishing"}
_BY_VECTOR: Final = {
    "link": {"uid": "T1566.002", "name": "Spearphishing Link"},
    "qr code": {"uid": "T1566.002", "name": "Spearphishing Link"},
    "attachment": {"uid": "T1566.001", "name": "Spearphishing Attachment"},
    "attachment with zipped file": {"uid": "T1566.001", "name": "Spearphishing Attachment"},
}
_INTERNAL: Final = {"uid": "T1534", "name": "Internal Spearphishing"}


_VERDICTS: Final = {
    "attack": Verdict.TRUE_POSITIVE,
    "attacks": Verdict.TRUE_POSITIVE,
    "borderline": Verdict.SUSPICIOUS,
    "spam": Verdict.SECURITY_RISK,
    "graymail": Verdict.BENIGN,
    "safe": Verdict.BENIGN,
}


def verdict(source: str) -> tuple[int, str, str | None]:
    """The judgement: Attack 2 True Positive, Borderline 4 Suspicious, Spam 8 Security Risk,
    Graymail and Safe 5 Benign, any other word 0 Unknown; the word under unmapped.
    """
    found = _VERDICTS.get(source.lower(), Verdict.UNKNOWN)
    return int(found), found.caption, source or None


def types(kind: str, vector: str) -> list[str] | None:
    """The type of the attack, then its vector; over all messages, each word once."""
    return list(dict.fromkeys(filter(None, (kind, vector)))) or None


def title(kind: str, subject: str) -> str:
    """The type and the subject of the first message: "Malware: subject"."""
    return f"{kind or 'Threat'}: {subject}"


def tags(
    strategy: str, impersonated: str, attacked: str, source: str
) -> list[dict[str, Any]] | None:
    """A tag for each field, with its words over all messages as values."""
    named = {
        "attackStrategy": strategy,
        "impersonatedParty": impersonated,
        "attackedParty": attacked,
        "source": source,
    }
    return [{"name": name, "values": [word]} for name, word in named.items() if word] or None


def attacks(kind: str, vector: str) -> tuple[Attacks, Attacks] | None:
    """Derived: phishing is T1566, by link or QR code T1566.002, by attachment T1566.001; an
    internal-to-internal attack is T1534. In both places, as the schema asks.
    """
    folded = kind.lower()
    if folded.startswith("phishing"):
        sub = _BY_VECTOR.get(vector.lower())
        found = {"technique": _PHISHING} | ({"sub_technique": sub} if sub else {})
    elif folded.startswith("internal-to-internal"):
        found = {"technique": _INTERNAL}
    else:
        return None
    return [_copy(found)], [_copy(found)]


def _copy(found: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {name: dict(part) for name, part in found.items()}


def malware(kind: str) -> list[dict[str, Any]] | None:
    """Where the type is Malware: one object without a family, which the product does not tell."""
    if kind.lower() != "malware":
        return None
    unknown = MalwareClassification.UNKNOWN
    return [
        {
            "name": "Malware",
            "classification_ids": [int(unknown)],
            "classifications": [unknown.caption],
        }
    ]
