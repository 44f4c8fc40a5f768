"""What callers hold: pages, one finding, an explanation, and how an answer came about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from connector_core.convert import timestamp_text
from connector_core.provider import FilterDisposition, Notice
from connector_core.query import Window
from connector_core.retry import RawReply

if TYPE_CHECKING:
    from connector_core.ocsf.models import DetectionFinding, EmailActivity

Model = TypeVar("Model", bound="DetectionFinding | EmailActivity")


@dataclass(slots=True, kw_only=True)
class Meta:
    """How an answer came about, and whether it is whole."""

    complete: bool = True
    """Whether everything that the vendor has for this part of the stream is in the answer."""
    reasons: list[str] = field(default_factory=list)
    """Why not, one sentence each."""
    effective_range: Window | None = None
    """The window that was really searched."""
    native_query: str = ""
    """The vendor's query behind the first batch of the answer."""
    filters: Sequence[FilterDisposition] = ()
    calls: int = 0
    """HTTP requests of the operation, retries included, sign-in not."""
    retries: int = 0
    rows_read: int = 0
    """Rows of the vendor's answer."""
    rows_kept: int = 0
    """Events in this answer."""
    throttled_ms: int = 0
    """Time spent waiting because the vendor asked for it."""
    drift: dict[str, int] = field(default_factory=dict)
    """Columns and values that the mapping does not know, and how often each was met."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form; times as RFC 3339 text."""
        window = self.effective_range
        return {
            "complete": self.complete,
            "reasons": list(self.reasons),
            "effective_range": {
                "start": timestamp_text(window.start),
                "end": timestamp_text(window.end),
            }
            if window
            else None,
            "native_query": self.native_query,
            "filters": [
                {"filter": item.filter, "disposition": item.disposition} for item in self.filters
            ],
            "calls": self.calls,
            "retries": self.retries,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "throttled_ms": self.throttled_ms,
            "drift": dict(self.drift),
        }

    def joined(self, later: "Meta") -> "Meta":
        """How this part of a stream and a later one came about, taken together."""
        drift = dict(self.drift)
        for key, count in later.drift.items():
            drift[key] = drift.get(key, 0) + count
        return Meta(
            complete=self.complete and later.complete,
            reasons=list(dict.fromkeys([*self.reasons, *later.reasons])),
            effective_range=self.effective_range or later.effective_range,
            native_query=self.native_query or later.native_query,
            filters=self.filters or later.filters,
            calls=self.calls + later.calls,
            retries=self.retries + later.retries,
            rows_read=self.rows_read + later.rows_read,
            rows_kept=self.rows_kept + later.rows_kept,
            throttled_ms=self.throttled_ms + later.throttled_ms,
            drift=drift,
        )


@dataclass(kw_only=True)
class _Answer:
    meta: Meta
    messages: list[Notice] = field(default_factory=list)
    """What the caller should know although the answer stands."""
    raw: list[RawReply] = field(default_factory=list, repr=False)
    """The vendor's replies in the order of asking, when they were asked for with ``raw=True``."""

    def _envelope(self) -> dict[str, Any]:
        return {
            "meta": self.meta.as_dict(),
            "messages": {"problems": [problem(notice) for notice in self.messages]},
        }


@dataclass(kw_only=True)
class Page(_Answer, Generic[Model]):
    """One page of a query."""

    events: list[dict[str, Any]]
    """OCSF objects as plain JSON-ready dicts, in the order of the query.

    To be read: parts that many events have in common, such as the product, are shared between them.
    Take a `copy.deepcopy` of what you want to change."""
    cursor: str = ""
    """Asks for the next page; empty on the last one."""
    model: "Callable[[dict[str, Any]], Model]" = field(repr=False)
    """Makes a typed model of an event."""

    @cached_property
    def result(self) -> "list[Model]":
        """The same as typed models, made and validated on first use."""
        return [self.model(event) for event in self.events]

    def json(self) -> bytes:
        """The answer envelope ``{result, cursor, meta, messages}`` as JSON; builds no model."""
        head = {"result": self.events, "cursor": self.cursor}
        return orjson.dumps(head | self._envelope())


@dataclass(kw_only=True)
class Detail(_Answer):
    """One finding in full."""

    event: dict[str, Any]

    @cached_property
    def result(self) -> "DetectionFinding":
        """The same as a typed model."""
        from connector_core.ocsf.models import DetectionFinding

        return DetectionFinding.model_validate(self.event)

    def json(self) -> bytes:
        """The answer envelope ``{result, meta, messages}`` as JSON."""
        return orjson.dumps({"result": self.event} | self._envelope())


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a query would do; nothing was sent."""

    native_query: str
    plan: Mapping[str, Any]

    def json(self) -> bytes:
        """``{native_query, plan}`` as JSON."""
        return orjson.dumps({"native_query": self.native_query, "plan": self.plan})


def problem(notice: Notice) -> dict[str, Any]:
    """A notice in the form of a Problem of the HTTP contract."""
    context = {"context": {"provider_details": dict(notice.details)}} if notice.details else {}
    return {"message": notice.message, "type": f"urn:connector:notice:{notice.code}", **context}
