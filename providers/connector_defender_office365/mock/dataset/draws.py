"""Two sources of values: a random stream that never varies, and decks that deal every card."""

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Draw:
    """A random stream named by its parts; equal parts give equal values everywhere.

    Only `Random.getrandbits` is used: seeding from text and its bit stream are the same on every
    Python version, process and machine.

    >>> Draw("seed", "2026-11-01").below(6) == Draw("seed", "2026-11-01").below(6)
    True
    """

    def __init__(self, *parts: object) -> None:
        self.bits = random.Random(":".join(str(part) for part in parts)).getrandbits  # noqa: S311

    def below(self, end: int) -> int:
        """An int from 0 up to, not including, `end`."""
        return (self.bits(32) * end) >> 32

    def between(self, first: int, last: int) -> int:
        """An int from `first` to `last`, both included."""
        return first + self.below(last - first + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """`count` different positions of `values` (all of them when there are fewer)."""
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def hex(self, digits: int) -> str:
        return f"{self.bits(4 * digits):0{digits}x}"

    def guid(self) -> str:
        """A version 4 GUID in lower case."""
        text = self.hex(30)
        variant = "89ab"[self.bits(2)]
        return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-{variant}{text[15:18]}-{text[18:]}"


class Deck(Generic[T]):
    """Values that are dealt in turn, so that no value is ever missing for long.

    A day starts `per_day` cards after the day before. When every day deals at least `per_day`
    cards, any run of `len(deck.values) / per_day` days holds each value.

    Args:
        documented: values of Microsoft's own tables, or any table of ours.
        seen: values that no table of Microsoft lists and published rows hold.
        unlisted: values of ours that stand in no list, because every value set is open.
        per_day: how many cards each day deals at least.
    """

    __slots__ = ("per_day", "values")

    def __init__(
        self,
        documented: Sequence[T],
        *,
        seen: Sequence[T] = (),
        unlisted: Sequence[T] = (),
        per_day: int,
    ) -> None:
        self.values = (*documented, *seen, *unlisted)
        self.per_day = per_day


class Dealer:
    """Deals one day's cards.

    Args:
        ordinal: number of the day, as `date.toordinal()` gives it.
    """

    def __init__(self, ordinal: int) -> None:
        self._ordinal = ordinal
        self._dealt: dict[object, int] = {}

    def deal(self, deck: Deck[T]) -> T:
        place = self._dealt.get(deck, self._ordinal * deck.per_day)
        self._dealt[deck] = place + 1
        return deck.values[place % len(deck.values)]
