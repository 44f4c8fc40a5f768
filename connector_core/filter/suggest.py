"""What a caller may have meant by a word that nothing declares."""

from collections.abc import Iterable

EVERYDAY: dict[str, tuple[str, ...]] = {
    "sender": ("email.from",),
    "from": ("email.from",),
    "recipient": ("email.to",),
    "recipients": ("email.to",),
    "rcpt": ("email.to",),
    "to": ("email.to",),
    "subject": ("email.subject",),
    "title": ("finding_info.title", "email.subject"),
    "message_id": ("email.message_uid",),
    "messageid": ("email.message_uid",),
    "ip": ("src_endpoint.ip",),
    "sender_ip": ("src_endpoint.ip",),
    "url": ("email.urls.url_string",),
    "link": ("email.urls.url_string",),
    "domain": ("email.urls.hostname", "email.from"),
    "host": ("email.urls.hostname",),
    "hash": ("email.files.hashes.value",),
    "sha256": ("email.files.hashes.value",),
    "md5": ("email.files.hashes.value",),
    "file": ("email.files.name",),
    "filename": ("email.files.name",),
    "attachment": ("email.files.name",),
    "date": ("time",),
    "timestamp": ("time",),
    "received": ("time",),
    "created": ("time",),
    "verdict": ("finding_info.types",),
    "threat_type": ("finding_info.types",),
}
"""Everyday words and the OCSF fields that they mean here."""


def nearest(word: str, choices: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return the choices written most like the word, best first, case ignored."""
    import difflib

    spelled = {choice.lower(): choice for choice in choices}
    # The comparison is quadratic in the length, and nobody misspells by more than this.
    close = difflib.get_close_matches(word[:100].lower(), spelled, count, 0.6)
    return tuple(spelled[match] for match in close)


def nearest_fields(word: str, declared: Iterable[str]) -> tuple[str, ...]:
    """Return the declared fields that a caller may have meant, best first, at most five.

    >>> nearest_fields("sender", ["time", "email.from", "email.to"])
    ('email.from',)
    """
    names = list(declared)
    lower = word.lower()
    last = lower.rpartition(".")[2]
    everyday = EVERYDAY.get(lower, ()) or EVERYDAY.get(last, ())
    found = [name for name in names if name.lower() == lower]
    found += [name for name in everyday if name in names]
    found += [name for name in names if last and name.lower().rpartition(".")[2] == last]
    found += nearest(word, names)
    return tuple(dict.fromkeys(found))[:5]
