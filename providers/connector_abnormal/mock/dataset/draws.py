"""Values that look drawn and are functions of their name alone."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of numbers named by its parts, the same in every process and on every day.

    Only `Random.getrandbits` is used: its stream for a text is the same on every Python version.

    >>> Draw(7, "2026-11-01").below(100) == Draw(7, "2026-11-01").below(100)
    True
    """

    def __init__(self, *parts: object) -> None:
        self._bits = Random("/".join(map(str, parts))).getrandbits  # noqa: S311

    def below(self, end: int) -> int:
        """From 0 up to, not including, `end`, which is less than 2**64."""
        return self._bits(96) * end >> 96

    def pick(self, values: Sequence[T]) -> T:
        """One of the values."""
        return values[self.below(len(values))]


def dealt(values: Sequence[T], ordinal: int, place: int, per_day: int) -> T:
    """Values in turn over the days: `place` counts from 0 to `per_day` within one day."""
    return values[(ordinal * per_day + place) % len(values)]
