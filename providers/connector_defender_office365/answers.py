"""The rows of one page query: which are given out, and where the stream goes on after them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import msgspec

from connector_core.convert import timestamp
from connector_core.query import ResumePoint
from connector_defender_office365.inverse import instant_text
from connector_defender_office365.translate import Slice


@dataclass(slots=True)
class PageRows:
    """What one request brought.

    Rows with the same time and key share one place in the order. They are given out together or
    not at all, so that no page begins in the middle of a place whose end was never seen.
    """

    part: Slice
    text: str
    bad: Sequence[tuple[int, str]]
    """Rows that could not be read."""
    capped: bool
    rows_read: int
    more: bool
    """Whether rows may follow after those that came."""
    given: list[tuple[Any, ResumePoint]] = field(default_factory=list)
    """Rows to give out, each with the place right after it."""
    reached: ResumePoint | None = None
    """The last place of which every row came."""

    @property
    def stuck(self) -> bool:
        """Whether all rows share one place, and more of them may follow."""
        return self.more and self.reached is None

    @classmethod
    def read(
        cls,
        part: Slice,
        text: str,
        rows: Sequence[Any],
        bad: Sequence[tuple[int, str]],
        capped: bool,
        key: str,
    ) -> "PageRows":
        """Settle the rows of an answer, whose places are their time and the column `key`."""
        count = len(rows) + len(bad)
        page = cls(part, text, bad, capped, count, more=count >= part.take)
        places = [
            (place, _settled(list(group)))
            for place, group in groupby(rows, key=lambda row: (row.Timestamp, getattr(row, key)))
        ]
        if page.more and places:
            places.pop()  # its end was not seen
        after = part.span.after or ()
        for place, group in places:
            page.reached = place
            before = int(after[2] or 0) if after[:2] == place and len(after) > 2 else 0
            if before >= len(group):  # some of those given out are gone: rather twice than never
                before = 0
            page.given += [
                (row, place if number == len(group) else (*place, number))
                for number, row in enumerate(group, 1)
                if number > before
            ]
        return page

    def resume(self) -> ResumePoint | None:
        """After the last place that came whole; at the edge of the span; None at the stream's end.

        A page that is `stuck` has no such place and is to be asked for again.
        """
        if self.more:
            return self.reached
        window, span = self.part.query.window, self.part.span
        if self.part.descending and span.start > window.start:
            return (instant_text(span.start), None)
        if not self.part.descending and span.end < window.end:
            return (instant_text(span.end), None)
        return None


_KINDS: Final = {
    "EventKey": frozenset(("delivery", "action")),
    "ThreatKey": frozenset(("message", "alert", "click")),
}
"""What the page queries write into the column `Kind`, by the column that orders them."""


def sound(rows: Sequence[Any], key: str) -> tuple[list[Any], list[tuple[int, str]]]:
    """The rows that hold what the page query itself put into them, and the others as unreadable.

    An answer that lost such a cell on the way must not be taken for one that says something else.
    """
    good, bad = [], []
    for index, row in enumerate(rows):
        when, place, kind, uid = (
            getattr(row, name, None) for name in ("Timestamp", key, "Kind", "Id")
        )
        agrees = key != "ThreatKey" or place == f"{kind}|{uid}"
        if when and place and kind in _KINDS[key] and agrees:
            good.append(row)
        else:
            bad.append((index, "a column that the query makes is not filled"))
    return good, bad


def milliseconds(text: str) -> int:
    """The moment of a time cell."""
    found = timestamp(text)
    return found[0] if found else 0


def _settled(group: list[Any]) -> list[Any]:
    """Rows of one place in an order that every read repeats; a row that came twice comes once."""
    for row in group:
        for name in _LISTS:
            if getattr(row, name, None):
                setattr(row, name, sorted(getattr(row, name), key=_written))
    if len(group) == 1:
        return group
    return list(_without_repetitions(sorted(group, key=repr)))


_LISTS: Final = ("Files", "Links")


def _written(item: object) -> bytes:
    return msgspec.json.encode(item)


def _without_repetitions(rows: Sequence[Any]) -> Iterator[Any]:
    previous = None
    for row in rows:
        if row != previous:
            yield row
        previous = row
