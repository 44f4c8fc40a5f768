"""Named value converters that any mapping table may use: pure, total, and tolerant.

A converter returns None for "no value" and never raises on what a vendor may send: a value that
does not fit its attribute stays out of it, and the mapping keeps the raw text elsewhere.
"""

import hashlib
import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+\-,./=?^_`{|}~]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+")
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s*([Zz]|[+-]\d{2}:?\d{2})?"
)
_MAILBOX_SPECIALS = re.compile(r"[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]")


@lru_cache(maxsize=65_536)
def timestamp(text: str) -> tuple[int, str] | None:
    """Milliseconds since 1970 UTC, and the same moment as RFC 3339 text cut to milliseconds.

    Takes 0 to 9 fraction digits, ``Z``, an offset with or without colon, or none (UTC).

    >>> timestamp("2026-11-01T09:30:00.1234567Z")
    (1793525400123, '2026-11-01T09:30:00.123Z')
    >>> timestamp("2026-11-01T09:30:00Z")
    (1793525400000, '2026-11-01T09:30:00Z')
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    date, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    span = moment - EPOCH
    milliseconds = (span.days * 86_400 + span.seconds) * 1_000
    written = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    cut = (fraction or "")[:3].ljust(3, "0")
    if cut == "000":
        return milliseconds, f"{written}Z"
    return milliseconds + int(cut), f"{written}.{cut}Z"


def timestamp_text(milliseconds: int) -> str:
    """The RFC 3339 text of a moment given in milliseconds since 1970 UTC.

    >>> timestamp_text(1793525400123)
    '2026-11-01T09:30:00.123Z'
    """
    moment = datetime.fromtimestamp(milliseconds // 1_000, UTC)
    rest = milliseconds % 1_000
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{rest:03d}Z" if rest else "Z")


@lru_cache(maxsize=65_536)
def email_address(text: str) -> str | None:
    """The text when it is an address as OCSF's ``email_t`` defines it, else None.

    >>> email_address("user@example.com"), email_address("MAILER-DAEMON")
    ('user@example.com', None)
    """
    return text if _EMAIL.fullmatch(text) else None


def mailbox(name: str, address: str) -> str:
    """A display name and an address as one RFC 5322 mailbox.

    >>> mailbox("Doe, Jo", "jo@example.com")
    '"Doe, Jo" <jo@example.com>'
    """
    if not name:
        return address
    if _MAILBOX_SPECIALS.search(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    return f"{name} <{address}>" if address else name


@lru_cache(maxsize=65_536)
def ip_address(text: str) -> str | None:
    """The text when it is an IP address that says something: not empty, not 0.0.0.0, not ``::``.

    >>> ip_address("192.0.2.7"), ip_address("0.0.0.0"), ip_address("192.0.2.7:25")
    ('192.0.2.7', None, None)
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.is_unspecified or "%" in text or len(text) > 40:
        return None
    return text


@lru_cache(maxsize=16_384)
def url(text: str) -> dict[str, Any]:
    """An OCSF URL object; parts are filled only when the text can be parsed.

    Never holds user and password of the address part outside `url_string`. Treat as read-only.

    >>> url("https://login.example.net:8443/a?b=c")["port"]
    8443
    """
    result: dict[str, Any] = {"url_string": text}
    try:
        parts = urlsplit(text)
        port, hostname = parts.port, parts.hostname
    except ValueError:
        return result
    if not parts.scheme or not parts.netloc:
        return result
    found = {
        "scheme": parts.scheme,
        "hostname": hostname,
        "port": port,
        "path": parts.path,
        "query_string": parts.query,
    }
    result.update({key: value for key, value in found.items() if value})
    return result


def deterministic_uid(namespace: uuid.UUID) -> Callable[[str], str]:
    """A function from text to the UUIDv5 of that text in `namespace`.

    >>> deterministic_uid(uuid.NAMESPACE_DNS)("example.com")
    'cfbff0d1-9375-5685-968c-48ce8b15ae17'
    """
    start = hashlib.sha1(namespace.bytes, usedforsecurity=False)

    def uid(text: str) -> str:
        digest = start.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        h = digest.hexdigest()
        variant = "89ab"[int(h[16], 16) & 3]
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"

    return uid


@lru_cache(maxsize=16_384)
def json_value(text: str) -> Any:
    """The value of a JSON text; the text itself when it is not JSON. Treat as read-only.

    >>> json_value('{"SPF":"pass"}'), json_value("pass")
    ({'SPF': 'pass'}, 'pass')
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def json_object(text: Any) -> dict[str, Any]:
    """The object that a JSON text holds, or that was decoded already; ``{}`` for anything else.

    >>> json_object(""), json_object("[1]"), json_object('{"a": 1}')
    ({}, {}, {'a': 1})
    """
    value = json_value(text) if isinstance(text, str) and text else text
    return value if isinstance(value, dict) else {}


def text_list(value: Any) -> list[str]:
    """The texts of a list given as JSON text, as a list, or as one plain text.

    >>> text_list('["a@example.com"]'), text_list("a@example.com"), text_list("")
    (['a@example.com'], ['a@example.com'], [])
    """
    if isinstance(value, str):
        value = json_value(value) if value else []
    if isinstance(value, str):
        value = [value]
    return [item for item in value if isinstance(item, str) and item] if _is_list(value) else []


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
