"""Moments as the vendor writes them: RFC 3339 text, up to nine digits of a second, always UTC."""

import re
from datetime import UTC, datetime
from typing import Final

SECOND: Final = 1_000_000_000
"""Moments are whole nanoseconds since 1970 UTC, so that nine digits survive."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ANY = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def whole_second(text: str) -> int:
    """The moment of `2026-11-01T00:00:00Z`; raises ValueError for every other form."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a UTC time in whole seconds")
    return moment(text)


def moment(text: str) -> int:
    """The moment of an RFC 3339 text; raises ValueError.

    >>> moment("1970-01-01T00:00:01.000000005Z")
    1000000005
    """
    found = _ANY.fullmatch(text)
    if not found:
        raise ValueError("not an RFC 3339 time")
    whole, fraction, offset = found.groups()
    at = datetime.fromisoformat(whole + offset.replace("Z", "+00:00"))
    return int(at.timestamp()) * SECOND + int((fraction or "").ljust(9, "0"))


def spelled(at: int, digits: int = 0) -> str:
    """The text of a moment with `digits` digits of a second, cut, not rounded.

    >>> spelled(1_500_000_000, 3)
    '1970-01-01T00:00:01.500Z'
    """
    seconds, fraction = divmod(at, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:09d}"[: len(text) + 1 + digits].removesuffix(".") + "Z"
