"""What a provider is asked for: a predicate, a frozen window, a limit and a place to go on from."""

from dataclasses import dataclass
from typing import Literal

from connector_core.filter.predicate import EVERYTHING, Predicate

Operation = Literal["query_threats", "get_threat", "query_events"]
Order = Literal["newest_first", "oldest_first", "as_listed"]
"""By time, or as the vendor lists: then only that every page goes on where the last one ended."""
ResumePoint = tuple[str | int | None, ...]
"""Where a stream goes on: flat, JSON-ready, understood by the provider that made it alone."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time: `start` <= t < `end`, in milliseconds since 1970 UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to a provider; frozen, so that every page of it asks the same."""

    window: Window
    predicate: Predicate = EVERYTHING
    """All filters; the provider narrows by what it can say, the core checks the rest."""
    limit: int = 1000
    """How many records are still wanted: a hint for the size of a batch."""
    order: Order = "newest_first"
    resume: ResumePoint | None = None
    """None at the start, else what an earlier record or batch carried."""
