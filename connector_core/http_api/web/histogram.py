"""How the events of a page lie in time, as bars to draw."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from connector_core.convert import timestamp_text

WIDTH: Final = 720
HEIGHT: Final = 120
"""Of the drawing, in its own units."""
MOST_BARS: Final = 40
GAP: Final = 1.5

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_STEPS: Final = (
    *((count * _SECOND, f"{count} s") for count in (1, 5, 15, 30)),
    *((count * _MINUTE, f"{count} min") for count in (1, 5, 15, 30)),
    *((count * _HOUR, f"{count} h") for count in (1, 3, 6, 12)),
    *((count * _DAY, f"{count} d") for count in (1, 7, 30, 365, 3_650)),
)
"""Spans that a bar may stand for, milliseconds, all beginning with 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The events of one span of time; `x`, `y`, `width`, `height` in units of the drawing."""

    start: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars from the first event to the last."""

    bars: tuple[Bar, ...]
    step: str
    """The span of a bar, such as ``15 min``."""
    highest: int
    total: int
    first: str
    last: str
    """When the first and the last bar begin, RFC 3339 UTC."""
    width: int = WIDTH
    height: int = HEIGHT


def histogram(times: Iterable[object]) -> Histogram | None:
    """Count moments (milliseconds since 1970 UTC) in spans of equal length; None without any."""
    known = [time for time in times if isinstance(time, int)]
    if not known:
        return None
    earliest, latest = min(known), max(known)
    step, name = next(
        (one for one in _STEPS if latest // one[0] - earliest // one[0] < MOST_BARS), _STEPS[-1]
    )
    first = earliest // step
    counts = [0] * (latest // step - first + 1)
    for time in known:
        counts[time // step - first] += 1
    highest, each = max(counts), WIDTH / len(counts)
    bars = tuple(
        _bar(index, count, HEIGHT * count / highest, each, (first + index) * step)
        for index, count in enumerate(counts)
    )
    return Histogram(bars, name, highest, len(known), bars[0].start, bars[-1].start)


def _bar(index: int, count: int, height: float, each: float, start: int) -> Bar:
    return Bar(
        timestamp_text(start),
        count,
        round(index * each + GAP / 2, 1),
        round(HEIGHT - height, 1),
        round(max(each - GAP, 1), 1),
        round(height, 1),
    )
