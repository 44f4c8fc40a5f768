"""Times inside one UTC day, as the tables spell them."""

import datetime
from typing import Final

from .draws import Draw

SECONDS: Final = 86_400
TICKS_PER_SECOND: Final = 10_000_000
"""A tick is 100 ns, the resolution of a Kusto datetime."""

# Weight of each UTC hour: the tenant works in Europe and a little in America.
_WEEKDAY: Final = (1, 1, 1, 1, 1, 2, 4, 9, 12, 12, 11, 9, 7, 10, 11, 10, 8, 6, 4, 3, 3, 2, 2, 1)
_WEEKEND: Final = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1)
_HOURS: Final = tuple(
    tuple(hour for hour, weight in enumerate(weights) for _ in range(weight))
    for weights in (_WEEKDAY, _WEEKEND)
)


def is_weekend(day: datetime.date) -> bool:
    return day.weekday() >= 5


def second_of_day(draw: Draw, day: datetime.date) -> int:
    """A random second of the day, likely in working hours."""
    return draw.pick(_HOURS[is_weekend(day)]) * 3600 + draw.below(3600)


def at_second(day: datetime.date, second: int) -> str:
    """`2026-11-01T09:30:00Z`; a second outside the day is moved to the day's nearest edge."""
    second = min(max(second, 0), SECONDS - 1)
    return f"{day.isoformat()}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def at_tick(day: datetime.date, tick: int) -> str:
    """Like `at_second`, with up to 7 fraction digits and no trailing zeros."""
    tick = min(max(tick, 0), SECONDS * TICKS_PER_SECOND - 1)
    second, fraction = divmod(tick, TICKS_PER_SECOND)
    text = at_second(day, second)
    return text if fraction == 0 else f"{text[:-1]}.{fraction:07d}".rstrip("0") + "Z"
