"""A small vendor and its provider, for tests of several providers: lists of mail by time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from connector_core import AsyncConnector, Connector, ManualClock, Network
from connector_core.cursor import CursorSealer
from connector_core.desk import Desk
from connector_core.errors import QueryRejectedError, UnavailableError
from connector_core.filter.fields import FilterField, ValueType
from connector_core.provider import (
    Batch,
    Capabilities,
    CheckReport,
    Flow,
    OperationCapabilities,
    Plan,
    ProviderSpec,
    Record,
    ask,
)
from connector_core.query import Operation, Order, Query
from connector_core.transport import make_async_client, make_client

NOW = 1_793_000_000.0
KEY = bytes(range(32))
TIME = FilterField(name="time", type=ValueType.TIME)
SEVERITY = FilterField(name="severity", type=ValueType.ENUM, values=("High", "Low"))
MESSAGE = FilterField(name="email.message_uid", type=ValueType.MESSAGE_ID)
COMMON = {"severity": "Low", "severity_id": 2, "action": "Denied", "action_id": 2}
ACTIVITY = {
    "category_uid": 4,
    "category_name": "Network Activity",
    "class_uid": 4009,
    "class_name": "Email Activity",
    "activity_id": 2,
    "activity_name": "Receive",
    "type_uid": 400902,
    "type_name": "Email Activity: Receive",
    "direction_id": 1,
    "direction": "Inbound",
}
FINDING = {
    "category_uid": 2,
    "category_name": "Findings",
    "class_uid": 2004,
    "class_name": "Detection Finding",
    "activity_id": 1,
    "activity_name": "Create",
    "type_uid": 200401,
    "type_name": "Detection Finding: Create",
}


@dataclass(frozen=True)
class Row:
    """One mail as the vendor knows it."""

    id: str
    time: int
    """Milliseconds before `NOW`."""
    high: bool = False
    messages: tuple[str, ...] = ("<1@mail.example>",)


@dataclass
class Vendor(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers with the rows of a window, so many at once; `before` may delay or refuse."""

    rows: Sequence[Row] = ()
    most: int = 100
    before: Callable[[], int] = lambda: 200
    """Called on each request; returns the status to answer with."""
    requests: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        status = self.before()
        return httpx.Response(status, content=self._answer(request.url.params))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def _answer(self, asked: httpx.QueryParams) -> bytes:
        start, end = int(asked["start"]), int(asked["end"])
        rows = [row for row in self.rows if start <= _time(row) < end]
        if asked["order"] != "as_listed":
            down = asked["order"] == "newest_first"
            rows.sort(key=lambda row: (_time(row), row.id), reverse=down)
            after = (int(asked["time"]), asked["id"])
            if after[1]:
                beyond = (lambda key: key < after) if down else (lambda key: key > after)
                rows = [row for row in rows if beyond((_time(row), row.id))]
            first = 0
        else:
            first = int(asked["time"])
        last = first + min(int(asked["size"]), self.most)
        kept = [(row.id, _time(row), row.high, row.messages) for row in rows[first:last]]
        return orjson.dumps({"rows": kept, "more": last < len(rows)})


@dataclass
class Mailbox:
    """The provider of that vendor."""

    identity: str
    odd: dict[str, Any] = field(default_factory=dict)
    """Laid over every event: what a faulty provider might make."""
    auth: None = None
    hosts: frozenset[str] = frozenset({"vendor.example"})

    def query_events(self, query: Query) -> Flow[Batch]:
        """Email activities."""
        return self._list(query, _activity)

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Findings."""
        return self._list(query, _finding)

    def _list(self, query: Query, make: Callable[..., dict[str, Any]]) -> Flow[Batch]:
        time, id = query.resume if query.resume is not None else (0, "")
        asked = {
            "start": query.window.start,
            "end": query.window.end,
            "order": query.order,
            "size": query.limit,
            "time": time,
            "id": id,
        }
        url = httpx.URL("https://vendor.example/mail", params=asked)
        answer = yield from ask(httpx.Request("GET", url), _read)
        listed = query.order == "as_listed"
        records = [
            Record(
                make(*row) | self.odd, (int(time or 0) + place, "") if listed else (row[1], row[0])
            )
            for place, row in enumerate(answer["rows"], start=1)
        ]
        resume = records[-1].resume if answer["more"] else None
        return Batch(records=records, resume=resume, rows_read=len(records))

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """Not asked here."""
        raise NotImplementedError
        yield

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The vendor is told of nothing but the window."""
        return Plan(native_query="mail")

    def check(self) -> Flow[CheckReport]:
        """Not asked here."""
        return CheckReport(())
        yield


@dataclass
class Member:
    """One provider of a federation under test, and its vendor."""

    name: str
    rows: Sequence[Row] = ()
    orders: tuple[Order, ...] = ("newest_first", "oldest_first")
    most: int = 100
    page_max: int = 50
    fields: tuple[FilterField, ...] = field(default=(TIME, SEVERITY), repr=False)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW), repr=False)
    identity: str = "tenant"
    odd: dict[str, Any] = field(default_factory=dict, repr=False)
    vendor: Vendor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.vendor = Vendor(self.rows, self.most)

    def connector(self) -> Connector:
        """A connector to it."""
        desk = self._desk()
        client = make_client(desk.network, self.clock, desk.provider.hosts, self.vendor)
        return Connector(desk, client)

    def async_connector(self) -> AsyncConnector:
        """The same for asyncio."""
        desk = self._desk()
        client = make_async_client(desk.network, self.clock, desk.provider.hosts, self.vendor)
        return AsyncConnector(desk, client)

    def _desk(self) -> Desk:
        listing = OperationCapabilities(
            filters=self.fields,
            orders=self.orders,
            page_limit_default=self.page_max,
            page_limit_max=self.page_max,
        )
        spec = ProviderSpec(
            id=f"emailsecurity_{self.name}",
            name=self.name,
            fullname=self.name,
            vendor="Example",
            description="Mail in memory.",
            capabilities=Capabilities(
                operations={"query_events": listing, "query_threats": listing}
            ),
            config=self.never,
            factory=lambda config, context: self.never(),
            api_version=1,
        )
        return Desk(
            spec=spec,
            provider=Mailbox(self.identity, self.odd),
            clock=self.clock,
            network=Network(),
            sealer=CursorSealer(KEY, self.clock),
        )

    def never(self) -> Any:
        """The provider is opened already."""
        raise AssertionError


def _time(row: Row) -> int:
    return int(NOW * 1_000) - row.time


def _read(response: httpx.Response) -> Any:
    if response.status_code == 503:
        raise UnavailableError("The vendor is down.", retryable=False)
    if response.status_code == 500:
        raise KeyError("mail of ann@example.com")
    if response.status_code != 200:
        raise QueryRejectedError("The vendor does not want to.")
    return orjson.loads(response.content)


def _base(id: str, time: int, high: bool) -> dict[str, Any]:
    metadata = {
        "version": "1.8.0",
        "profiles": ["security_control"],
        "product": {"name": "Mail", "vendor_name": "Example"},
        "uid": id,
    }
    severity = {"severity": "High", "severity_id": 4} if high else {}
    disposition = {"disposition": "Blocked", "disposition_id": 2}
    return COMMON | severity | disposition | {"time": time, "metadata": metadata}


def _activity(id: str, time: int, high: bool, messages: list[str]) -> dict[str, Any]:
    return ACTIVITY | _base(id, time, high) | {"email": _email(messages[0])}


def _finding(id: str, time: int, high: bool, messages: list[str]) -> dict[str, Any]:
    evidences = [{"email": _email(one)} for one in messages]
    info = {"uid": id, "title": "Phish"}
    return FINDING | _base(id, time, high) | {"finding_info": info, "evidences": evidences}


def _email(message: str) -> dict[str, Any]:
    return {"from": "mallory@example.net", "to": ["ann@example.com"], "message_uid": message}
