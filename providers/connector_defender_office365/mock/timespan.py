"""The `Timespan` of a hunting request: ISO 8601 forms to a pair of moments.

Moments are counted in ticks of 100 ns since 1970 UTC, the resolution of a Kusto datetime.

Source: the `runHuntingQuery` page of the Graph documentation (2026) lists five forms: start/end,
duration/end, start/duration, duration (back from now) and start alone (until now).
"""

import re
from datetime import UTC, datetime
from typing import Final

SECOND: Final = 10_000_000
"""Ticks in a second."""
DAY: Final = 86_400 * SECOND
RETENTION: Final = 30 * DAY
"""How far back advanced hunting keeps data, and the default timespan."""

_DURATION: Final = re.compile(
    r"P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,7}))?S)?)?",
    re.ASCII,
)
_UNITS: Final = (7 * DAY, DAY, 3600 * SECOND, 60 * SECOND, SECOND)
_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)(?:(?<=:\d\d:\d\d)\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def ticks(seconds: float) -> int:
    """Seconds since 1970 UTC in ticks, to the microsecond."""
    return round(seconds * 1_000_000) * 10


def moment(at: int) -> str:
    """Ticks as ISO 8601 text with 7 decimals."""
    seconds, fraction = divmod(at, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:07d}Z"


def parse_timespan(text: str, now: int) -> tuple[int, int]:
    """Start and end of the timespan; raises ValueError for any other form.

    Years and months are refused: their length is not fixed. A moment without offset is UTC.

    >>> [moment(at) for at in parse_timespan("P7D", ticks(1_793_577_600))]
    ['2026-10-26T00:00:00.0000000Z', '2026-11-02T00:00:00.0000000Z']
    """
    match text.split("/"):
        case [one] if one.startswith("P"):
            start, end = now - _duration(one), now
        case [one]:
            start, end = _instant(one), now
        case [first, second] if first.startswith("P"):
            end = _instant(second)
            start = end - _duration(first)
        case [first, second] if second.startswith("P"):
            start = _instant(first)
            end = start + _duration(second)
        case [first, second]:
            start, end = _instant(first), _instant(second)
        case _:
            raise ValueError("more than one slash")
    if start > end:
        raise ValueError("the start is after the end")
    return start, end


def _duration(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError("not an ISO 8601 duration of weeks to seconds")
    *whole, fraction = found.groups()
    total = sum(int(part or 0) * unit for part, unit in zip(whole, _UNITS, strict=True))
    return total + int((fraction or "").ljust(7, "0"))


def _instant(text: str) -> int:
    found = _INSTANT.fullmatch(text)
    if not found:
        raise ValueError("not an ISO 8601 moment")
    local, fraction, offset = found.groups()
    try:
        at = datetime.fromisoformat(local + (offset or "Z" if "T" in local else ""))
    except ValueError:
        raise ValueError("not a moment of the calendar") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(at.timestamp()) * SECOND + int((fraction or "").ljust(7, "0"))
