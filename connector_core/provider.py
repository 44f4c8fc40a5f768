"""The contract between the core and a provider. No behaviour, no I/O.

A provider is any object that has the members of `EmailSecurityProvider`; nothing is inherited. Its
operations are generators that yield `Call`s and receive what the call's reader made of the reply,
so that the core alone sends, retries, times out and counts.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from connector_core.clock import Clock
from connector_core.emulation import Emulate
from connector_core.filter.fields import FilterField
from connector_core.query import Operation, Order, Query, ResumePoint
from connector_core.setup import SetupGuide

if TYPE_CHECKING:
    import httpx
    from pydantic import BaseModel

API_VERSION = 1
"""Version of this contract; a provider states the one that it was written for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request and how its answer is read."""

    request: "httpx.Request"
    read: "Callable[[httpx.Response], Any]"
    """Turns the answer into a value, or raises a `ProviderError`. Runs inside the retried part, so
    a reply of an unknown shape is asked for again like a broken connection."""
    once: str = ""
    """Names what is asked on behalf of all operations, such as the columns of a tenant: operations
    that ask for it at the same time share one request, and its reply is never the primary one."""


Flow = Generator[Call | Sequence[Call], Any, T]
"""Yields one `Call`, or several that may be sent side by side; receives one result, or a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the caller must know that did not stop the answer."""

    code: str
    """A stable word, such as ``table_missing`` or ``row_unmapped``."""
    message: str
    incomplete: bool = False
    """Whether events may be missing from the answer because of it."""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)  # not frozen: there is one for each row, and freezing costs twice as much
class Record:
    """One normalized event and the resume point right after it."""

    event: dict[str, Any]
    resume: ResumePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some records in stream order; shorter or longer than a page as the vendor likes."""

    records: Sequence[Record]
    resume: ResumePoint | None = None
    """Where the stream goes on; None when it is at its end."""
    notices: Sequence[Notice] = ()
    native_query: str = ""
    rows_read: int = 0
    drift: Mapping[str, int] = field(default_factory=dict)
    """Unknown column or value -> how often it was met. A key begins with table or known column,
    up to ``.``, ``=`` or ``:``; metrics show that word and nothing of what follows."""


Pushdown = Literal["pushed", "narrowed", "local"]
"""``pushed``: the vendor decides exactly. ``narrowed``: the vendor returns a superset, the core
re-checks. ``local``: the vendor is not asked for it. The ``pushed`` of a field's `Mode` is
wider: it covers the first two."""


@dataclass(frozen=True, slots=True)
class FilterDisposition:
    """What becomes of one filter."""

    filter: str
    disposition: Pushdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an operation would do, without doing it."""

    native_query: str
    filters: Sequence[FilterDisposition] = ()
    calls: int = 1
    """Requests per batch at most."""
    notices: Sequence[Notice] = ()


CheckStatus = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing that was tried."""

    name: str
    status: CheckStatus
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a configuration can reach its vendor, and with which rights."""

    items: Sequence[CheckItem]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(item.status != "failed" for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCapabilities:
    """What one operation offers."""

    filters: tuple[FilterField, ...] = ()
    supported: bool = True
    default_range_days: int = 30
    max_range_days: int = 30
    """How far back the vendor remembers; an older start is clamped, with a notice."""
    page_limit_default: int = 1000
    page_limit_max: int = 5000
    orders: tuple[Order, ...] = ("newest_first",)
    """At least one; the first is the order of who asks for none."""
    visibility: Literal["all_mail", "threat_mail_only"] = "all_mail"
    detail_level: Literal["same", "richer", "partial"] = "same"
    """What `get_threat` returns compared with the list."""
    threat_granularity: tuple[
        Literal["message", "campaign", "artifact", "alert", "click"], ...
    ] = ()
    lateness_minutes: int = 0
    """After this many minutes a new event is usually visible."""
    response_fields: tuple[str, ...] = ()
    """OCSF paths that may occur, down to what holds no other; no event has one that is not here,
    but below objects that OCSF leaves free. `mapping.leaves` makes them from tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider offers, per operation."""

    operations: Mapping[Operation, OperationCapabilities]
    rate_budget: str = ""
    """The vendor's limits in words, for people and for `explain`."""
    concurrency: int | None = None
    """Requests that the vendor takes at once; a connector sends no more. None: no such limit."""


class EmailSecurityProvider(Protocol):
    """One vendor's product, configured. Does no I/O: it yields `Call`s."""

    @property
    def auth(self) -> "httpx.Auth | None":
        """Signs every request of this provider."""
        ...

    @property
    def identity(self) -> str:
        """Whose data this is, such as region and tenant id; no secret. Cursors are bound to it."""
        ...

    @property
    def hosts(self) -> frozenset[str]:
        """The only hosts (``name`` or ``name:port``) that requests may go to, always by https."""
        ...

    def check(self) -> Flow[CheckReport]:
        """Can this configuration reach the vendor, and with which rights."""
        ...

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Detection Findings (OCSF class 2004), whole, in the order of the query."""
        ...

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """The finding with this `finding_info.uid`, as a batch of one.

        Raises `NotFoundError` when the vendor has none.
        """
        ...

    def query_events(self, query: Query) -> Flow[Batch]:
        """Email Activities (OCSF class 4009), in the order of the query."""
        ...

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The native query and what becomes of each filter; sends nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What the core gives to a provider that it opens."""

    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """A provider's card: everything known about it before it is opened."""

    id: str
    """Lower snake case, unique among all installed providers."""
    name: str
    fullname: str
    vendor: str
    description: str
    capabilities: Capabilities
    config: "Callable[[], type[BaseModel]]"
    """Returns the configuration model; called only when the provider is opened."""
    factory: "Callable[[Any, Context], EmailSecurityProvider]"
    """Makes the provider from a validated configuration."""
    transport: "Callable[[Any, Context], httpx.BaseTransport | httpx.AsyncBaseTransport] | None" = (
        None
    )
    """For a provider that brings its own vendor, such as an embedded tenant."""
    needs_configuration: bool = True
    release: Literal["in-development", "pre-release", "generally-available"] = "pre-release"
    extra: str = ""
    """What to install when an import is missing, such as ``connector-core[mock]``."""
    mapping: "Callable[[], str] | None" = None
    """Returns the mapping from vendor columns to OCSF as Markdown."""
    setup: SetupGuide | None = None
    """How a person connects a tenant, question by question."""
    emulate: Emulate | None = None
    """Serves the vendor's emulator, where there is one."""
    api_version: int
    """The `API_VERSION` that the provider was written for; never `API_VERSION` itself."""


def ask(
    request: "httpx.Request", read: "Callable[[httpx.Response], T]", *, once: str = ""
) -> Flow[T]:
    """Send one request from inside a flow: ``rows = yield from ask(request, read_rows)``."""
    result: T = yield Call(request, read, once)
    return result


def ask_all(calls: Sequence[Call]) -> Flow[list[Any]]:
    """Send several requests side by side; results come in the order of `calls`."""
    if not calls:
        return []
    results: list[Any] = yield calls
    return results
