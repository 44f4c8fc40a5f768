"""The part of a query that one request covers: its span of time, its order, where it goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from connector_core.query import Query, ResumePoint, Window
from connector_defender_office365 import kql
from connector_defender_office365.filters import Child, Columns
from connector_defender_office365.inverse import clamped, instant_text

DAY_MS: Final = 86_400_000
MARGIN_MS: Final = DAY_MS
"""Parts of a message carry clocks of their own: they are looked for a day around the window."""
SMALLEST_SPAN_MS: Final = 1_000
SMALLEST_TAKE: Final = 2
"""One row to give out, and one that tells whether more follow."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a query's window that one request covers."""

    start: int
    end: int
    after: ResumePoint | None = None
    """Of the last row given out: (time text, key), or with a third part the number of rows given
    out of several with that time and key; (time text, None) goes on with everything beyond."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One request's worth of a query: its span, and how many rows to take."""

    query: Query
    span: Span
    take: int
    least: int = SMALLEST_TAKE
    """Never take fewer: so many rows share one place in the order."""

    @property
    def descending(self) -> bool:
        """Whether newer rows come first."""
        return self.query.order == "newest_first"

    @property
    def whole(self) -> bool:
        """Whether the span is the query's window, not a part of it."""
        window = self.query.window
        return (self.span.start, self.span.end) == (window.start, window.end)

    def narrower(self, from_ms: int | None, *, slow: bool) -> "Slice | None":
        """A smaller request after one that was too much; None when it cannot be smaller.

        `from_ms` is the time that `span.after` names. `slow` asks for a shorter span alone.
        """
        take = self.take if slow else max(self.least, self.take // 4)
        span, lower, upper = self.span, self.span.start, self.span.end
        if from_ms is not None and self.descending:
            upper = min(upper, from_ms + 1)
        elif from_ms is not None:
            lower = max(lower, from_ms)
        if upper - lower > SMALLEST_SPAN_MS:
            middle = (upper + lower) // 2
            span = replace(span, start=middle) if self.descending else replace(span, end=middle)
        elif take == self.take:
            return None
        return replace(self, take=take, span=span)

    def wider(self) -> "Slice":
        """Twice the rows: all that were taken share one place in the order."""
        return replace(self, take=self.take * 2, least=self.take * 2)


def slice_of(query: Query, rows: int) -> Slice:
    """The whole rest of a query as one slice of `rows` rows, and one more that tells of others."""
    window, resume = query.window, query.resume
    again = int(resume[2] or 0) if resume is not None and len(resume) > 2 else 0
    return Slice(query, Span(window.start, window.end, resume), rows + again + 1)


@lru_cache(maxsize=256)
def within(start: int, end: int) -> kql.Lasting:
    """Rows of the half-open span, in milliseconds UTC; the pages of a query share theirs."""
    return kql.Lasting(kql.Where(inside(start, end)))


def inside(start: int, end: int) -> kql.Expr:
    """Whether a row is one of the half-open span, in milliseconds UTC."""
    time = kql.Column("Timestamp")
    return kql.all_of(
        kql.Binary(">=", time, kql.Instant(instant_text(clamped(start)))),
        kql.Binary("<", time, kql.Instant(instant_text(clamped(end)))),
    )


def around(table: str, window: Window, margin: int = MARGIN_MS) -> kql.Pipeline:
    """A table in the query's whole window and a margin on both sides of it."""
    return _between(table, window.start - margin, window.end + margin)


@lru_cache(maxsize=256)
def _between(table: str, start: int, end: int) -> kql.Pipeline:
    return kql.Pipeline(kql.TableRef(table), (within(start, end),))


def beyond(part: Slice, key: str) -> tuple[kql.Where, ...]:
    """Rows after the resume point, in the order of the query."""
    if part.span.after is None:
        return ()
    text, last, *given = part.span.after
    time, at = kql.Column("Timestamp"), kql.Instant(str(text))
    further = kql.Binary("<" if part.descending else ">", time, at)
    if last is None:
        edge = further if part.descending else kql.Binary(">=", time, at)
        return (kql.Where(edge),)
    order = kql.call("strcmp", kql.Column(key), kql.Text(str(last)))
    if part.descending:
        tie = kql.Binary("<=" if given else "<", order, kql.Long(0))
    else:
        tie = kql.Binary(">=" if given else ">", order, kql.Long(0))
    return (kql.Where(kql.any_of(further, kql.all_of(kql.Binary("==", time, at), tie))),)


def in_order(part: Slice, key: str) -> kql.Lasting:
    """Sort by time, then by the key."""
    return _sorted(part.descending, key)


@lru_cache(maxsize=8)
def _sorted(descending: bool, key: str) -> kql.Lasting:
    keys = (kql.SortKey("Timestamp", descending), kql.SortKey(key, descending))
    return kql.Lasting(kql.Sort(keys))


def children(schema: Mapping[str, Mapping[str, str]], query: Query) -> Child:
    """Rows of another table, in the query's whole window and a margin around it."""

    def child(table: str) -> tuple[Callable[[], kql.Pipeline], Columns] | None:
        if table not in schema:
            return None
        return lambda: around(table, query.window), Columns(table, schema[table])

    return child
