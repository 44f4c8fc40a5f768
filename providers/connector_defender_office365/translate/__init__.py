"""From a query to KQL: which rows make a page, and which rows make a finding whole.

The shapes are few: one page of events with attachments and links joined for that page alone; one
page of the ids of threats from three sources; all rows of one table for given ids. Each window is
half-open and literal, the time test comes first, and a page goes on after (time, key), since many
rows share one second.
"""

from .events import event_sources, page_of_events
from .predicates import dispositions
from .slices import Slice, Span, slice_of
from .threats import (
    DETAIL_TABLES,
    LISTED_IN,
    RETENTION_MS,
    Kind,
    in_scope,
    page_of_threats,
    risky,
    rows_of,
    threat_sources,
)

__all__ = [
    "DETAIL_TABLES",
    "LISTED_IN",
    "RETENTION_MS",
    "Kind",
    "Slice",
    "Span",
    "dispositions",
    "event_sources",
    "in_scope",
    "page_of_events",
    "page_of_threats",
    "risky",
    "rows_of",
    "slice_of",
    "threat_sources",
]
