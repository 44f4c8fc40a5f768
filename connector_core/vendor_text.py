"""Reads what vendors' answers say about themselves, and keeps only what is safe to show."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

MAX_MESSAGE: Final = 300
"""Most characters of a vendor's message that are kept."""
MAX_ERROR_BODY: Final = 1_048_576
"""Bytes above which an error's body is not looked into."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
# An opening quote does not follow a word, a closing one is not followed by a word, so that the
# apostrophe of "don't" is neither. A quote that is never closed runs to the end.
_QUOTED: Final = re.compile(r"(?<!\w)(['\"`])(.*?)(?:\1(?!\w)|\Z)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(?:\.[A-Z][A-Za-z0-9_]{0,63})*", re.ASCII)
_ADDRESS: Final = re.compile(r"\S+@\S+")
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:\-]{0,99}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def shown(text: object) -> str:
    """A vendor's message on one line, without what it may quote from a question or a mail.

    Quoted names stay, such as those of columns and of permissions; other quotes and addresses go.

    >>> shown("Unknown name 'Colour' near 'secret plan' of a@b.example; needs 'Mail.Read'.")
    "Unknown name 'Colour' near '…' of … needs 'Mail.Read'."
    """
    if not isinstance(text, str):
        return ""
    line = _QUOTED.sub(_without_values, _CONTROL.sub(" ", text[:8_192])).strip()
    line = _ADDRESS.sub("…", line)
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"


def _without_values(match: re.Match[str]) -> str:
    return match[0] if _NAME.fullmatch(match[2]) else f"{match[1]}…{match[1]}"


def safe_id(value: object) -> str:
    """A request or trace id, or nothing when it does not look like one."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object in an error's body; empty for anything else."""
    import msgspec

    if len(content) > MAX_ERROR_BODY:
        return {}
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def http_date(value: str | None) -> float | None:
    """Seconds since 1970 UTC of a date in a header; None for anything else."""
    try:
        moment = parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def retry_after(headers: "httpx.Headers") -> float | None:
    """Seconds that `Retry-After` asks to wait; None when it is absent or makes no sense.

    A date is measured against the answer's own `Date`, because the local clock may be wrong.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until, sent = http_date(value), http_date(headers.get("Date"))
    return None if until is None or sent is None else max(0.0, until - sent)
