"""The facade that hosts hold: `Connector`, and `AsyncConnector`, the same with ``await``."""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from connector_core.clock import Clock
from connector_core.desk import Desk, Filters, open_desk
from connector_core.filter.parser import parse_all
from connector_core.flow import AsyncDriver, Driver
from connector_core.page import Detail, Explanation, Page
from connector_core.paging import Listing
from connector_core.provider import CheckReport, ProviderSpec
from connector_core.query import Order
from connector_core.stream import AsyncStream, Stream
from connector_core.telemetry import Observer
from connector_core.transport import Network, make_async_client, make_client

if TYPE_CHECKING:
    import httpx

    from connector_core.ocsf.models import DetectionFinding, EmailActivity

AnyOrder = Order | None
"""One of the provider's orders; None for its first."""
CursorKey = bytes | Sequence[bytes] | None
"""32 bytes; or several: the first seals, all open, so that keys can be replaced without a break."""
S = TypeVar("S", Stream, AsyncStream)


class _Facade(Generic[S]):
    """What needs no waiting, and so is the same for both."""

    desk: Desk
    """For the core's own modules; so is `driver`."""
    _streams: type[S]
    _list: Callable[..., Any]

    @property
    def spec(self) -> ProviderSpec:
        """The provider's card."""
        return self.desk.spec

    def iter_threats(
        self,
        filters: Filters = (),
        *,
        page_size: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
    ) -> S:
        """All findings as plain dicts, page after page, in bounded memory."""
        return self._all_pages("query_threats", filters, page_size, cursor, order)

    def iter_events(
        self,
        filters: Filters = (),
        *,
        page_size: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
    ) -> S:
        """All email activities as plain dicts, page after page, in bounded memory."""
        return self._all_pages("query_events", filters, page_size, cursor, order)

    def _all_pages(
        self, operation: Listing, filters: Filters, size: int | None, cursor: str, order: AnyOrder
    ) -> S:
        kept = parse_all(filters)  # an iterator would be used up by the first page
        return self._streams(cursor, pages=lambda at: self._list(operation, kept, size, at, order))

    def explain(
        self,
        operation: Listing,
        filters: Filters = (),
        *,
        limit: int | None = None,
        order: AnyOrder = None,
    ) -> Explanation:
        """The native query and what becomes of each filter. Sends nothing."""
        return self.desk.explain(operation, filters, limit, order)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec.id}>"


class Connector(_Facade[Stream]):
    """One configured provider, ready to be asked; safe for many threads at once.

    `cursor_key` (32 bytes) lets other processes read this one's cursors; without it they are good
    in this process only. `transport` replaces the way to the network, `clock` the time.
    `observers` are told of every operation when it ends.

    >>> with Connector.open("emailsecurity_defender_for_office_mock") as email:
    ...     page = email.query_threats(["severity[eq]High"], limit=1)
    >>> page.events[0]["class_name"]
    'Detection Finding'
    """

    _streams = Stream

    def __init__(self, desk: Desk, client: "httpx.Client") -> None:
        self.desk = desk
        self._client = client
        concurrency = desk.spec.capabilities.concurrency
        self.driver = Driver(client, desk.provider.auth, concurrency)

    @classmethod
    def open(
        cls,
        provider: str,
        config: Mapping[str, Any] | None = None,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: Clock | None = None,
        cursor_key: CursorKey = None,
        network: Network | None = None,
        observers: Sequence[Observer] = (),
        **settings: Any,
    ) -> Self:
        """Open a provider by id; `settings` are added to `config`. Sends nothing.

        Raises `PluginError` when the provider cannot be loaded, `ConfigurationError` when a
        setting is missing or cannot be right.
        """
        desk, own = open_desk(provider, config, settings, clock, cursor_key, network, observers)
        client = make_client(desk.network, desk.clock, desk.provider.hosts, transport or own)
        return cls(desk, client)

    def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
        raw: bool = False,
    ) -> "Page[DetectionFinding]":
        """One page of findings: what the vendor detected and deemed a threat.

        Filters are ANDed; without `order` the provider's first holds. Raises `FilterError`,
        `QueryError`, `CursorError` before anything is sent, `ProviderError` for what the vendor
        answers. After an error the same `cursor` asks for the same page again. With `raw` the
        vendor's replies come along in ``page.raw``.
        """
        return self._list("query_threats", filters, limit, cursor, order, raw)

    def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
        raw: bool = False,
    ) -> "Page[EmailActivity]":
        """One page of email activities. Filters and errors as in `query_threats`."""
        return self._list("query_events", filters, limit, cursor, order, raw)

    def _list(
        self,
        operation: Listing,
        filters: Filters,
        limit: int | None,
        cursor: str,
        order: AnyOrder,
        raw: bool = False,
    ) -> Page[Any]:
        with self.desk.watch(operation, raw=raw) as watch:
            question = self.desk.question(operation, filters, limit, cursor, order)
            flow = self.desk.page(question, watch.budget)
            return watch.answered(self.driver.run(flow, watch.budget))

    def get_threat(self, threat_id: str, *, raw: bool = False) -> Detail:
        """The finding with this ``finding_info.uid``, in full; raises `NotFoundError`.

        With `raw` the vendor's replies come along in ``detail.raw``.
        """
        with self.desk.watch("get_threat", raw=raw) as watch:
            flow = self.desk.detail(threat_id, watch.budget)
            return watch.answered(self.driver.run(flow, watch.budget))

    def check(self) -> CheckReport:
        """Whether this configuration reaches the vendor, and with which rights."""
        with self.desk.watch("check") as watch:
            return self.driver.run(self.desk.check(), watch.budget)

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


class AsyncConnector(_Facade[AsyncStream]):
    """`Connector` for asyncio: the same operations, arguments and answers.

    Safe for many tasks at once, and in more than one event loop.
    """

    _streams = AsyncStream

    def __init__(self, desk: Desk, client: "httpx.AsyncClient") -> None:
        self.desk = desk
        self._client = client
        concurrency = desk.spec.capabilities.concurrency
        self.driver = AsyncDriver(client, desk.provider.auth, concurrency)

    @classmethod
    def open(
        cls,
        provider: str,
        config: Mapping[str, Any] | None = None,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Clock | None = None,
        cursor_key: CursorKey = None,
        network: Network | None = None,
        observers: Sequence[Observer] = (),
        **settings: Any,
    ) -> Self:
        """As `Connector.open`."""
        desk, own = open_desk(provider, config, settings, clock, cursor_key, network, observers)
        client = make_async_client(desk.network, desk.clock, desk.provider.hosts, transport or own)
        return cls(desk, client)

    async def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
        raw: bool = False,
    ) -> "Page[DetectionFinding]":
        """As `Connector.query_threats`."""
        return await self._list("query_threats", filters, limit, cursor, order, raw)

    async def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: AnyOrder = None,
        raw: bool = False,
    ) -> "Page[EmailActivity]":
        """As `Connector.query_events`."""
        return await self._list("query_events", filters, limit, cursor, order, raw)

    async def _list(
        self,
        operation: Listing,
        filters: Filters,
        limit: int | None,
        cursor: str,
        order: AnyOrder,
        raw: bool = False,
    ) -> Page[Any]:
        with self.desk.watch(operation, raw=raw) as watch:
            question = self.desk.question(operation, filters, limit, cursor, order)
            flow = self.desk.page(question, watch.budget)
            return watch.answered(await self.driver.run(flow, watch.budget))

    async def get_threat(self, threat_id: str, *, raw: bool = False) -> Detail:
        """As `Connector.get_threat`."""
        with self.desk.watch("get_threat", raw=raw) as watch:
            flow = self.desk.detail(threat_id, watch.budget)
            return watch.answered(await self.driver.run(flow, watch.budget))

    async def check(self) -> CheckReport:
        """As `Connector.check`."""
        with self.desk.watch("check") as watch:
            return await self.driver.run(self.desk.check(), watch.budget)

    async def aclose(self) -> None:
        """Give the connections of the running event loop back."""
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
