"""The facade that hosts hold: `Connector`, and `AsyncConnector`, the same with ``await``."""

import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from connector_core.clock import Clock, SystemClock
from connector_core.cursor import CursorSealer, CursorState, Scope
from connector_core.errors import QueryError
from connector_core.filter.parser import parse_all
from connector_core.filter.planner import describe
from connector_core.filter.resolve import resolve
from connector_core.filter.tree import Filter
from connector_core.flow import AsyncDriver, Driver
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
from connector_core.query import Order, Query, Window
from connector_core.retry import Budget
from connector_core.transport import Network, make_async_client, make_client

if TYPE_CHECKING:
    import httpx

    from connector_core.ocsf.models import DetectionFinding, EmailActivity

Filters = Iterable[str | Filter] | str | Filter
MAX_THREAT_ID: Final = 1024


@dataclass(frozen=True, slots=True)
class _Question:
    """A listing operation, ready to be asked."""

    operation: Listing
    query: Query
    notices: list[Notice]
    scope: Scope


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What both connectors know and decide, without any I/O."""

    spec: ProviderSpec
    provider: EmailSecurityProvider
    clock: Clock
    network: Network
    sealer: CursorSealer

    def budget(self) -> Budget:
        return Budget(self.clock, self.clock.monotonic() + self.network.deadline)

    def capabilities(self, operation: Listing) -> OperationCapabilities:
        return self.spec.capabilities.operations[operation]

    def question(
        self, operation: Listing, filters: Filters, limit: int | None, cursor: str, order: Order
    ) -> _Question:
        capabilities = self.capabilities(operation)
        limit = capabilities.page_limit_default if limit is None else limit
        if isinstance(limit, bool) or not 1 <= limit <= capabilities.page_limit_max:
            raise QueryError(
                f"The limit must be from 1 to {capabilities.page_limit_max}, not {limit}.",
                parameter="limit",
                remediation="Use the cursor, or iterate, to read more than one page.",
            )
        if order not in capabilities.orders:
            raise QueryError(
                f"There is no order {order!r}.",
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
        return _Question(operation, query, notices, scope)

    def page(self, question: _Question, budget: Budget) -> "Flow[Page[Any]]":
        gathered = yield from gather(
            self.provider,
            question.operation,
            question.query,
            enough=lambda: budget.left < self.network.deadline / 2,
        )
        return self._finish(question, gathered, budget)

    def _finish(self, question: _Question, gathered: Gathered, budget: Budget) -> Page[Any]:
        notices = [*question.notices, *gathered.notices]
        cursor = ""
        window = question.query.window
        if gathered.resume is not None:
            state = CursorState(resume=gathered.resume, start=window.start, end=window.end)
            cursor = self.sealer.seal(state, question.scope)
        meta = _meta(notices, budget)
        meta.effective_range = window
        meta.native_query = gathered.native_query
        meta.filters = self.provider.explain(question.operation, question.query).filters
        meta.rows_read, meta.rows_kept = gathered.rows_read, len(gathered.events)
        meta.drift = dict(gathered.drift)
        sys.audit("connector_core.page", question.operation, gathered.events)
        return Page(
            events=gathered.events,
            cursor=cursor,
            meta=meta,
            messages=notices,
            model=_finding if question.operation == "query_threats" else _activity,
        )

    def detail(self, threat_id: str, budget: Budget) -> Flow[Detail]:
        if not threat_id or len(threat_id) > MAX_THREAT_ID or not threat_id.isprintable():
            raise QueryError(
                f"A threat id has 1 to {MAX_THREAT_ID} printable characters.",
                parameter="threat_id",
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        batch = yield from self.provider.get_threat(threat_id)
        (record,) = batch.records
        notices = list(batch.notices)
        meta = _meta(notices, budget)
        meta.native_query, meta.rows_read, meta.rows_kept = batch.native_query, batch.rows_read, 1
        meta.drift = dict(batch.drift)
        sys.audit("connector_core.page", "get_threat", [record.event])
        return Detail(event=record.event, meta=meta, messages=notices)

    def explain(
        self, operation: Listing, filters: Filters, limit: int | None, order: Order
    ) -> Explanation:
        question = self.question(operation, filters, limit, "", order)
        plan = self.provider.explain(operation, question.query)
        meta = Meta(effective_range=question.query.window).as_dict()
        return Explanation(
            plan.native_query,
            {
                "operation": operation,
                "provider": self.spec.id,
                "effective_range": meta["effective_range"],
                "order": order,
                "limit": question.query.limit,
                "filters": [
                    {"filter": item.filter, "disposition": item.disposition}
                    for item in plan.filters
                ],
                "calls_per_batch": plan.calls,
                "rate_budget": self.spec.capabilities.rate_budget,
                "notices": [n.message for n in (*question.notices, *plan.notices)],
            },
        )


def _meta(notices: list[Notice], budget: Budget) -> Meta:
    reasons = [notice.message for notice in notices if notice.incomplete]
    return Meta(
        complete=not reasons,
        reasons=reasons,
        calls=budget.calls,
        retries=budget.retries,
        throttled_ms=round(budget.waited * 1_000),
    )


def _finding(event: dict[str, Any]) -> "DetectionFinding":
    from connector_core.ocsf.models import DetectionFinding

    return DetectionFinding.model_validate(event)


def _activity(event: dict[str, Any]) -> "EmailActivity":
    from connector_core.ocsf.models import EmailActivity

    return EmailActivity.model_validate(event)


@dataclass
class Stream:
    """Events of all pages of a query, one after the other; holds one page at a time."""

    pages: Callable[[str], Page[Any]]
    cursor: str = ""
    """Where reading would go on if it stopped after the current page."""
    complete: bool = True
    messages: list[Notice] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        more = True
        while more:
            page = self.pages(self.cursor)
            more = _absorb(self, page)
            yield from page.events


@dataclass
class AsyncStream:
    """The same for ``async for``."""

    pages: "Callable[[str], Any]"
    cursor: str = ""
    complete: bool = True
    messages: list[Notice] = field(default_factory=list)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        more = True
        while more:
            page = await self.pages(self.cursor)
            more = _absorb(self, page)
            for event in page.events:
                yield event


def _absorb(stream: Stream | AsyncStream, page: Page[Any]) -> bool:
    stream.cursor = page.cursor
    stream.complete = stream.complete and page.meta.complete
    stream.messages += [notice for notice in page.messages if notice not in stream.messages]
    return bool(page.cursor)


def _desk(
    provider: str,
    config: Mapping[str, Any] | None,
    settings: Mapping[str, Any],
    clock: Clock | None,
    cursor_key: bytes | None,
    network: Network | None,
) -> tuple[_Desk, Any]:
    clock = clock or SystemClock()
    spec, opened, transport = open_provider(provider, {**(config or {}), **settings}, clock)
    desk = _Desk(
        spec=spec,
        provider=opened,
        clock=clock,
        network=network or Network(),
        sealer=CursorSealer(cursor_key or secrets.token_bytes(32), clock),
    )
    return desk, transport


class Connector:
    """One configured provider, ready to be asked.

    `cursor_key` (32 bytes) lets other processes read this one's cursors; without it they are good
    in this process only. `transport` replaces the way to the network, `clock` the time.

    >>> with Connector.open("emailsecurity_defender_for_office_mock") as email:
    ...     page = email.query_threats(["severity[eq]High"], limit=1)
    >>> page.events[0]["class_name"]
    'Detection Finding'
    """

    def __init__(self, desk: _Desk, client: "httpx.Client") -> None:
        self._desk = desk
        self._client = client
        self._driver = Driver(client, desk.provider.auth)

    @classmethod
    def open(
        cls,
        provider: str,
        config: Mapping[str, Any] | None = None,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: Clock | None = None,
        cursor_key: bytes | None = None,
        network: Network | None = None,
        **settings: Any,
    ) -> Self:
        """Open a provider by id; `settings` are added to `config`. Sends nothing.

        Raises `PluginError` when the provider cannot be loaded, `ConfigurationError` when a
        setting is missing or cannot be right.
        """
        desk, own = _desk(provider, config, settings, clock, cursor_key, network)
        client = make_client(desk.network, desk.clock, desk.provider.hosts, transport or own)
        return cls(desk, client)

    @property
    def spec(self) -> ProviderSpec:
        """The provider's card."""
        return self._desk.spec

    def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: Order = "newest_first",
    ) -> "Page[DetectionFinding]":
        """One page of findings: what the vendor detected and deemed a threat.

        Filters are ANDed. Raises `FilterError`, `QueryError`, `CursorError` before anything is
        sent, `ProviderError` for what the vendor answers.
        """
        return self._list("query_threats", filters, limit, cursor, order)

    def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: Order = "newest_first",
    ) -> "Page[EmailActivity]":
        """One page of email activities. Filters and errors as in `query_threats`."""
        return self._list("query_events", filters, limit, cursor, order)

    def _list(
        self, operation: Listing, filters: Filters, limit: int | None, cursor: str, order: Order
    ) -> Page[Any]:
        question = self._desk.question(operation, filters, limit, cursor, order)
        budget = self._desk.budget()
        return self._driver.run(self._desk.page(question, budget), budget)

    def get_threat(self, threat_id: str) -> Detail:
        """The finding with this ``finding_info.uid``, in full; raises `NotFoundError`."""
        budget = self._desk.budget()
        return self._driver.run(self._desk.detail(threat_id, budget), budget)

    def iter_threats(
        self, filters: Filters = (), *, order: Order = "newest_first", page_size: int | None = None
    ) -> Stream:
        """All findings as plain dicts, page after page, in bounded memory."""
        return Stream(lambda cursor: self._list("query_threats", filters, page_size, cursor, order))

    def iter_events(
        self, filters: Filters = (), *, order: Order = "newest_first", page_size: int | None = None
    ) -> Stream:
        """All email activities as plain dicts, page after page, in bounded memory."""
        return Stream(lambda cursor: self._list("query_events", filters, page_size, cursor, order))

    def explain(
        self,
        operation: Listing,
        filters: Filters = (),
        *,
        limit: int | None = None,
        order: Order = "newest_first",
    ) -> Explanation:
        """The native query and what becomes of each filter. Sends nothing."""
        return self._desk.explain(operation, filters, limit, order)

    def check(self) -> CheckReport:
        """Whether this configuration reaches the vendor, and with which rights."""
        return self._driver.run(self._desk.provider.check(), self._desk.budget())

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec.id}>"


class AsyncConnector:
    """`Connector` for asyncio: the same operations, arguments and answers."""

    def __init__(self, desk: _Desk, client: "httpx.AsyncClient") -> None:
        self._desk = desk
        self._client = client
        self._driver = AsyncDriver(client, desk.provider.auth)

    @classmethod
    def open(
        cls,
        provider: str,
        config: Mapping[str, Any] | None = None,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Clock | None = None,
        cursor_key: bytes | None = None,
        network: Network | None = None,
        **settings: Any,
    ) -> Self:
        """As `Connector.open`."""
        desk, own = _desk(provider, config, settings, clock, cursor_key, network)
        client = make_async_client(desk.network, desk.clock, desk.provider.hosts, transport or own)
        return cls(desk, client)

    @property
    def spec(self) -> ProviderSpec:
        """The provider's card."""
        return self._desk.spec

    async def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: Order = "newest_first",
    ) -> "Page[DetectionFinding]":
        """As `Connector.query_threats`."""
        return await self._list("query_threats", filters, limit, cursor, order)

    async def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: Order = "newest_first",
    ) -> "Page[EmailActivity]":
        """As `Connector.query_events`."""
        return await self._list("query_events", filters, limit, cursor, order)

    async def _list(
        self, operation: Listing, filters: Filters, limit: int | None, cursor: str, order: Order
    ) -> Page[Any]:
        question = self._desk.question(operation, filters, limit, cursor, order)
        budget = self._desk.budget()
        return await self._driver.run(self._desk.page(question, budget), budget)

    async def get_threat(self, threat_id: str) -> Detail:
        """As `Connector.get_threat`."""
        budget = self._desk.budget()
        return await self._driver.run(self._desk.detail(threat_id, budget), budget)

    def iter_threats(
        self, filters: Filters = (), *, order: Order = "newest_first", page_size: int | None = None
    ) -> AsyncStream:
        """As `Connector.iter_threats`, for ``async for``."""
        return AsyncStream(
            lambda cursor: self._list("query_threats", filters, page_size, cursor, order)
        )

    def iter_events(
        self, filters: Filters = (), *, order: Order = "newest_first", page_size: int | None = None
    ) -> AsyncStream:
        """As `Connector.iter_events`, for ``async for``."""
        return AsyncStream(
            lambda cursor: self._list("query_events", filters, page_size, cursor, order)
        )

    def explain(
        self,
        operation: Listing,
        filters: Filters = (),
        *,
        limit: int | None = None,
        order: Order = "newest_first",
    ) -> Explanation:
        """As `Connector.explain`; nothing to wait for."""
        return self._desk.explain(operation, filters, limit, order)

    async def check(self) -> CheckReport:
        """As `Connector.check`."""
        return await self._driver.run(self._desk.provider.check(), self._desk.budget())

    async def aclose(self) -> None:
        """Give connections back."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec.id}>"
