"""Named value converters that any mapping table may use: pure, total, and tolerant.

A converter returns None for "no value" and never raises on what a vendor may send: a value that
does not fit its attribute stays out of it, and the mapping keeps the raw text elsewhere.
"""

import hashlib
import ipaddress
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import orjson

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)

EMAIL: Final = r"[a-zA-Z0-9!#$%&'*+\-,./=?^_`{|}~]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+"
"""An address as OCSF's ``email_t`` defines it."""
is_email_address: Final[Callable[[str], object]] = re.compile(EMAIL).fullmatch
"""Whether a text is such an address; asked several times for each event."""
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s*([Zz]|[+-]\d{2}:?\d{2})?"
)
_MAILBOX_SPECIALS = re.compile(r"[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]")
_HUGE_NUMBER = re.compile(r"[:\[,\s]-?\d{20,}")
_PLAIN_URL = re.compile(
    r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::([0-9]{1,4}))?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?([A-Za-z0-9._~!$&'()*+,;=:@%/?-]*))?"
)
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""First digit of a UUID's fourth group -> the same with the bits of RFC 9562's variant."""
_DEEPEST = 64
"""Levels of a JSON value that are kept apart; what is deeper stays text, as writers give up."""

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def remembered(
    size: int,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Remember the results of a converter; arguments that cannot be keys are converted anew.

    For results that nobody can change: every event made from the same text shares them.
    """

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        cached = lru_cache(maxsize=size)(function)

        @wraps(function)
        def converter(*args: Any) -> _Result:
            try:
                return cached(*args)
            except TypeError:  # unhashable
                return cast("Callable[..., _Result]", function)(*args)

        return cast("Callable[_Parameters, _Result]", converter)

    return decorate


def timestamp(text: str) -> tuple[int, str] | None:
    """Milliseconds since 1970 UTC, and the same moment as RFC 3339 text cut to milliseconds.

    Takes 0 to 9 fraction digits, ``Z``, an offset with or without colon, or none (UTC).

    >>> timestamp("2026-11-01T09:30:00.1234567Z")
    (1793525400123, '2026-11-01T09:30:00.123Z')
    >>> timestamp("2026-11-01T09:30:00Z")
    (1793525400000, '2026-11-01T09:30:00Z')
    """
    if len(text) == 20 and text[7::3] == "-T::Z":
        try:  # as nearly all mail is stamped; a moment with a zone would cost twice as much
            span = datetime.fromisoformat(text[:19]) - _NAIVE_EPOCH
        except ValueError:
            return None
        return (span.days * 86_400 + span.seconds) * 1_000, text
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
    written = moment.isoformat()[:19]
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


def email_address(text: str) -> str | None:
    """The text when it is an address as OCSF's ``email_t`` defines it, else None.

    >>> email_address("user@example.com"), email_address("MAILER-DAEMON")
    ('user@example.com', None)
    """
    return text if is_email_address(text) else None


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


def url(text: str) -> dict[str, Any]:
    """An OCSF URL object; parts are filled only when the text can be parsed.

    Never holds user and password of the address part outside `url_string`.

    >>> url("https://login.example.net:8443/a?b=c")["port"]
    8443
    """
    scheme, hostname, port, path, query = url_parts(text)
    found = {
        "url_string": text,
        "scheme": scheme,
        "hostname": hostname,
        "port": port,
        "path": path,
        "query_string": query,
    }
    return {key: value for key, value in found.items() if value is not None}


UrlParts = tuple[str | None, str | None, int | None, str | None, str | None]


@lru_cache(maxsize=16_384)
def url_parts(text: str) -> UrlParts:
    """Scheme, host, port, path and query of an absolute URL; None for each that it has not.

    >>> url_parts("https://user:secret@[2001:db8::1]/a")
    ('https', '2001:db8::1', None, '/a', None)
    """
    if plain := _PLAIN_URL.fullmatch(text):  # nearly all links; a tenth of the price
        scheme, host, digits, path, query = plain.groups()
        return (scheme, host, int(digits or 0) or None, path or None, query or None)
    try:
        parts = urlsplit(text)
        port, hostname = parts.port, parts.hostname
    except ValueError:
        return (None, None, None, None, None)
    if not parts.scheme or not hostname:
        return (None, None, None, None, None)
    return (parts.scheme, hostname, port or None, parts.path or None, parts.query or None)


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
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANTS[h[16]]}{h[17:20]}-{h[20:32]}"

    return uid


def json_value(text: str) -> Any:
    """The value of a JSON text; the text itself when it is not JSON.

    A number that Python's JSON reader would round keeps its text, and so does all around it.

    >>> json_value('{"SPF":"pass"}'), json_value("pass")
    ({'SPF': 'pass'}, 'pass')
    """
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        return text
    return text if _HUGE_NUMBER.search(text) or isinstance(value, float) else value


def kept_json(value: Any) -> Any:
    """A JSON column as it is kept under `unmapped`: parsed, without its empty parts.

    None when nothing is left: null, ``""``, ``[]`` and ``{}`` all mean "no value". Text that is
    not JSON stays as it is. Takes text, or a value that was decoded already.

    >>> kept_json('{"CompAuth": "pass", "SPF": null, "List": []}'), kept_json("[]")
    ({'CompAuth': 'pass'}, None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and _is_kept_whole(value):
        return orjson.loads(value)  # a new value each time: nothing is shared between events
    return _pruned(value)


@lru_cache(maxsize=4_096)
def _is_kept_whole(text: str) -> bool:
    """Whether reading the JSON is all there is to do; few texts make up most of a column."""
    try:
        return bool(_pruned(text) == orjson.loads(text))
    except (orjson.JSONDecodeError, RecursionError):
        return False


def _pruned(value: Any) -> Any:
    parsed = json_value(value) if isinstance(value, str) else value
    try:
        return _without_empty(parsed, _DEEPEST)
    except RecursionError:
        return value if isinstance(value, str) else json.dumps(value)


def _without_empty(value: Any, levels: int) -> Any:
    if levels == 0:
        raise RecursionError
    if isinstance(value, dict):
        parts = {key: _without_empty(part, levels - 1) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if isinstance(value, list | tuple):
        items = [_without_empty(part, levels - 1) for part in value]
        return [item for item in items if item is not None] or None
    return None if value == "" else value


def json_object(value: Any) -> dict[str, Any]:
    """The object that a JSON text holds, or that was decoded already; ``{}`` for anything else.

    >>> json_object(""), json_object("[1]"), json_object('{"a": 1}')
    ({}, {}, {'a': 1})
    """
    if isinstance(value, str):
        value = json_value(value) if value else None
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
    if not isinstance(value, list | tuple):
        return []
    return [item for item in value if isinstance(item, str) and item]
