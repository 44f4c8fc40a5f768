"""What both connectors know and decide, without any I/O: questions in, flows of answers out."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from connector_core.clock import Clock, SystemClock
from connector_core.cursor import CursorSealer, CursorState, Scope
from connector_core.errors import ProviderError, QueryError, ResponseInvalidError
from connector_core.filter.parser import parse_all
from connector_core.filter.planner import describe
from connector_core.filter.resolve import resolve
from connector_core.filter.tree import Filter
from connector_core.opening import open_provider
from connector_core.page import Detail, Explanation, Meta, Page
from connector_core.paging import Gathered, Listing, gather, window_of
from connector_core.provider import (
    CheckReport,
    EmailSecurityProvider,
    Flow,
    Notice,
    OperationCapabilities,
    ProviderSpec,
)
from connector_core.query import Operation, Order, Query, Window
from connector_core.retry import Budget, RawReply
from connector_core.telemetry import Observer, Watch, Watched, watch
from connector_core.transport import Network

if TYPE_CHECKING:
    from connector_core.ocsf.models import DetectionFinding, EmailActivity

Filters = Iterable[str | Filter] | str | Filter
"""Filters as callers give them: one, or several that must all hold."""
MAX_THREAT_ID: Final = 1024
"""Characters."""
AUDIT_EVENT: Final = "connector_core.page"
"""Raised through `sys.audit` with the operation and the events of every answer handed out."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """A listing operation, ready to be asked."""

    operation: Listing
    query: Query
    notices: list[Notice]
    scope: Scope


@dataclass(slots=True, kw_only=True)
class Desk:
    """Turns what callers say into flows, and what flows return into pages."""

    spec: ProviderSpec
    provider: EmailSecurityProvider
    clock: Clock
    network: Network
    sealer: CursorSealer
    observers: Sequence[Observer] = ()

    def watch(self, operation: Watched, *, raw: bool = False) -> AbstractContextManager[Watch]:
        """Around one operation: what it may spend, its span, and who is told of its end."""
        return watch(self.spec.id, operation, self.budget(raw=raw), self.observers)

    def budget(self, *, raw: bool = False) -> Budget:
        """What one operation may spend from now on; with `raw` it keeps the vendor's replies."""
        until = self.clock.monotonic() + self.network.deadline
        return Budget(self.clock, until, replies=[] if raw else None)

    def question(
        self,
        operation: Listing,
        filters: Filters,
        limit: int | None,
        cursor: str,
        order: Order | None,
    ) -> Question:
        """Check and resolve everything that a listing operation is asked with."""
        capabilities = self._offered(operation)
        limit = capabilities.page_limit_default if limit is None else limit
        if type(limit) is not int or not 1 <= limit <= capabilities.page_limit_max:
            raise QueryError(
                f"The limit must be an integer from 1 to {capabilities.page_limit_max},"
                f" not {limit!r}.",
                parameter="limit",
                remediation="Use the cursor, or iterate, to read more than one page.",
            )
        order = order or capabilities.orders[0]
        if order not in capabilities.orders:
            raise QueryError(
                f"Unknown order {order!r}.",
                parameter="order",
                remediation=f"Known: {', '.join(capabilities.orders)}.",
            )
        fields = {field.name: field for field in capabilities.filters}
        predicate = resolve(parse_all(filters), fields)
        scope = Scope(
            provider=self.spec.id,
            identity=self.provider.identity,
            operation=operation,
            order=order,
            filters=describe(predicate),
        )
        notices: list[Notice] = []
        if cursor:
            state = self.sealer.open(cursor, scope)
            window, resume = Window(state.start, state.end), state.resume
        else:
            now = int(self.clock.now() * 1_000)
            window, notices = window_of(predicate, capabilities, now)
            resume = None
        query = Query(window=window, predicate=predicate, limit=limit, order=order, resume=resume)
        return Question(operation, query, notices, scope)

    def page(self, question: Question, budget: Budget) -> "Flow[Page[Any]]":
        """One page. Half of the time used, it is handed out as it is, with its cursor."""
        gathered = yield from self._attributed(
            question.operation,
            gather(
                self.provider,
                question.operation,
                question.query,
                enough=lambda: budget.left < self.network.deadline / 2,
            ),
        )
        return self._page(question, gathered, budget)

    def _page(self, question: Question, gathered: Gathered, budget: Budget) -> Page[Any]:
        notices = [*question.notices, *gathered.notices]
        window = question.query.window
        cursor = ""
        if gathered.resume is not None:
            state = CursorState(resume=gathered.resume, start=window.start, end=window.end)
            cursor = self.sealer.seal(state, question.scope)
        meta = _meta(notices, budget)
        meta.effective_range = window
        meta.native_query = gathered.native_query
        meta.filters = self.provider.explain(question.operation, question.query).filters
        meta.rows_read, meta.rows_kept = gathered.rows_read, len(gathered.events)
        meta.drift = dict(gathered.drift)
        sys.audit(AUDIT_EVENT, question.operation, gathered.events)
        return Page(
            events=gathered.events,
            cursor=cursor,
            meta=meta,
            messages=notices,
            raw=_raw(budget),
            model=_finding if question.operation == "query_threats" else _activity,
        )

    def detail(self, threat_id: str, budget: Budget) -> Flow[Detail]:
        """One finding in full."""
        if not threat_id or len(threat_id) > MAX_THREAT_ID or not threat_id.isprintable():
            raise QueryError(
                f"A threat id has 1 to {MAX_THREAT_ID} printable characters.",
                parameter="threat_id",
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        self._offered("get_threat")
        batch = yield from self._attributed("get_threat", self.provider.get_threat(threat_id))
        if len(batch.records) != 1:
            raise ResponseInvalidError(
                f"The provider returned {len(batch.records)} findings instead of one.",
                remediation="Report this to the authors of the provider.",
            )
        event = batch.records[0].event
        notices = list(batch.notices)
        meta = _meta(notices, budget)
        meta.native_query, meta.rows_read, meta.rows_kept = batch.native_query, batch.rows_read, 1
        meta.drift = dict(batch.drift)
        sys.audit(AUDIT_EVENT, "get_threat", [event])
        return Detail(event=event, meta=meta, messages=notices, raw=_raw(budget))

    def check(self) -> Flow[CheckReport]:
        """Whether the vendor can be reached, and with which rights."""
        return self.provider.check()

    def explain(
        self, operation: Listing, filters: Filters, limit: int | None, order: Order | None
    ) -> Explanation:
        """What a listing operation would do."""
        question = self.question(operation, filters, limit, "", order)
        plan = self.provider.explain(operation, question.query)
        meta = Meta(effective_range=question.query.window, filters=plan.filters).as_dict()
        return Explanation(
            plan.native_query,
            {
                "operation": operation,
                "provider": self.spec.id,
                "effective_range": meta["effective_range"],
                "order": question.query.order,
                "limit": question.query.limit,
                "filters": meta["filters"],
                "calls_per_batch": plan.calls,
                "rate_budget": self.spec.capabilities.rate_budget,
                "notices": [n.message for n in (*question.notices, *plan.notices)],
            },
        )

    def _offered(self, operation: Operation) -> OperationCapabilities:
        capabilities = self.spec.capabilities.operations.get(operation)
        if capabilities is None or not capabilities.supported:
            raise QueryError(
                f"Provider {self.spec.id} does not offer {operation}.", parameter="operation"
            )
        return capabilities

    def _attributed(self, operation: Operation, flow: Flow[T]) -> Flow[T]:
        """The same flow; its errors say which provider and operation they come from."""
        try:
            return (yield from flow)
        except ProviderError as error:
            error.origin = replace(
                error.origin,
                provider=error.origin.provider or self.spec.id,
                operation=error.origin.operation or operation,
            )
            raise


def open_desk(
    provider: str,
    config: Mapping[str, Any] | None,
    settings: Mapping[str, Any],
    clock: Clock | None,
    cursor_key: bytes | Sequence[bytes] | None,
    network: Network | None,
    observers: Sequence[Observer] = (),
) -> tuple[Desk, Any]:
    """A desk for a provider's id and settings, and the transport that the provider brings along."""
    clock = clock or SystemClock()
    spec, opened, transport = open_provider(provider, {**(config or {}), **settings}, clock)
    key, *previous = (
        [cursor_key] if isinstance(cursor_key, bytes) else cursor_key or [os.urandom(32)]
    )
    desk = Desk(
        spec=spec,
        provider=opened,
        clock=clock,
        network=network or Network(),
        sealer=CursorSealer(key, clock, previous=previous),
        observers=observers,
    )
    return desk, transport


def _meta(notices: list[Notice], budget: Budget) -> Meta:
    reasons = [notice.message for notice in notices if notice.incomplete]
    return Meta(
        complete=not reasons,
        reasons=reasons,
        calls=budget.calls,
        retries=budget.retries,
        throttled_ms=round(budget.waited * 1_000),
    )


def _raw(budget: Budget) -> list[RawReply]:
    return sorted(budget.replies or (), key=lambda reply: reply.number)


def _finding(event: dict[str, Any]) -> "DetectionFinding":
    from connector_core.ocsf.models import DetectionFinding

    return DetectionFinding.model_validate(event)


def _activity(event: dict[str, Any]) -> "EmailActivity":
    from connector_core.ocsf.models import EmailActivity

    return EmailActivity.model_validate(event)
