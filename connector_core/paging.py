"""How batches of a provider become pages: windows, re-checks, cuts, resume points, statements.

Everything here is a flow like a provider's own, so that the sync and the async connector share it
to the last line.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from connector_core.convert import timestamp_text
from connector_core.errors import QueryError, ResponseInvalidError
from connector_core.filter.evaluate import compile_predicate
from connector_core.filter.planner import time_bounds
from connector_core.filter.predicate import Predicate
from connector_core.provider import (
    Batch,
    EmailSecurityProvider,
    Flow,
    Notice,
    OperationCapabilities,
)
from connector_core.query import Query, ResumePoint, Window

Listing = Literal["query_threats", "query_events"]

DAY_MS: Final = 86_400_000
MAX_BATCHES: Final = 40
"""A page that still lacks events after so many batches is handed out short, with its cursor."""
MAX_BATCH: Final = 5_000
"""Records of one batch where few of those read are selected: batches grow up to this."""


@dataclass(slots=True)
class Gathered:
    """The raw material of one page."""

    events: list[dict[str, Any]] = field(default_factory=list)
    resume: ResumePoint | None = None
    notices: list[Notice] = field(default_factory=list)
    rows_read: int = 0
    native_query: str = ""
    drift: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Take over what a batch says beside its records."""
        self.notices += [notice for notice in batch.notices if notice not in self.notices]
        self.rows_read += batch.rows_read
        self.native_query = self.native_query or batch.native_query
        self.drift.update(batch.drift)


def gather(
    provider: EmailSecurityProvider,
    operation: Listing,
    query: Query,
    *,
    enough: Callable[[], bool] = lambda: False,
) -> Flow[Gathered]:
    """Read batches until `query.limit` events are selected or the stream ends.

    Every event is checked against the whole predicate and the window, whatever the provider
    claims. `enough` is asked between batches and may stop early.
    """
    ask = provider.query_threats if operation == "query_threats" else provider.query_events
    selects = _selection(query)
    page, resume, size = Gathered(), query.resume, query.limit
    for _ in range(MAX_BATCHES):
        batch = yield from ask(replace(query, limit=size, resume=resume))
        page.add(batch)
        if batch.resume is not None and batch.resume == resume and not batch.records:
            raise ResponseInvalidError("The provider makes no progress: it resumes where it began.")
        resume, before = batch.resume, len(page.events)
        for index, record in enumerate(batch.records):
            if selects(record.event):
                page.events.append(record.event)
                if len(page.events) == query.limit:
                    last = index + 1 == len(batch.records)
                    page.resume = batch.resume if last else record.resume
                    return page
        if resume is None or enough():
            break
        dropped = len(batch.records) - (len(page.events) - before)
        size = min(size * 4, MAX_BATCH) if dropped else query.limit - len(page.events)
    page.resume = resume
    return page


def _selection(query: Query) -> Callable[[Mapping[str, Any]], bool]:
    holds = compile_predicate(query.predicate)
    start, end = query.window.start, query.window.end
    return lambda event: start <= event["time"] < end and holds(event)


def window_of(
    predicate: Predicate, capabilities: OperationCapabilities, now: int
) -> tuple[Window, list[Notice]]:
    """The frozen window of a query, and a notice when the vendor cannot reach back far enough.

    `now` in milliseconds UTC. Without filters on ``time`` the window is the operation's default
    range. Raises `QueryError` for a window that can hold nothing.
    """
    start, end = time_bounds(predicate)
    if start is not None and end is not None and start >= end:
        raise QueryError(
            f"The time range is empty: it starts at {timestamp_text(start)}"
            f" and ends at {timestamp_text(end)}.",
            parameter="filter",
            remediation="Swap the two times, or widen the range.",
        )
    if start is not None and start > now:
        raise QueryError(
            f"The time range starts in the future ({timestamp_text(start)}).",
            parameter="filter",
            remediation=f"It is now {timestamp_text(now)}.",
        )
    until = min(end if end is not None else now + 1, now + 1)
    floor = now - capabilities.max_range_days * DAY_MS
    default = max(until - capabilities.default_range_days * DAY_MS, min(floor, until - 1))
    since = start if start is not None else default
    if since >= floor:
        return Window(since, until), []
    if until <= floor:
        raise QueryError(
            f"The time range ends before {timestamp_text(floor)}: the vendor keeps no older data.",
            parameter="filter",
            remediation=f"Ask for the last {capabilities.max_range_days} days.",
        )
    notice = Notice(
        code="time_range_clamped",
        message=f"The range starts at {timestamp_text(floor)} instead of {timestamp_text(since)}:"
        f" the vendor keeps {capabilities.max_range_days} days.",
        incomplete=True,
    )
    return Window(floor, until), [notice]
