"""Reads a provider to the end, whatever happens on the way, and compares what came."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from connector_conformance.subject import Event, ListOperation, Subject, Wrap, uid_of
from connector_conformance.wire import Headers, Wire
from connector_core import AsyncConnector, Connector, ManualClock
from connector_core.convert import timestamp_text
from connector_core.filter import Operator
from connector_core.page import Detail, Page
from connector_core.query import Operation

DAY_MS: Final = 86_400_000
PAGE: Final = 10
"""Events per page: fewer than the kit's world holds, and no divisor of its ties."""
MOST_PAGES: Final = 200


@dataclass(kw_only=True)
class Outcome:
    """What came of reading."""

    events: list[Event] = field(default_factory=list)
    complete: bool = True
    reasons: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Messages of the answers, and what they count as unknown."""
    error: Exception | None = None
    cursor: str = ""
    """Where reading goes on after an error."""
    longest: float = 0.0
    """Seconds that the slowest answer took on the connector's clock."""

    def take(self, answer: "Page[Any] | Detail") -> None:
        """Add what an answer holds and says."""
        self.events += answer.events if isinstance(answer, Page) else [answer.event]
        self.complete = self.complete and answer.meta.complete
        self.reasons += answer.meta.reasons
        self.told += [notice.message for notice in answer.messages]
        self.told += [f"{name} {count}" for name, count in answer.meta.drift.items()]
        self.cursor = answer.cursor if isinstance(answer, Page) else ""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing to read: all pages of a listing, or the finding `uid`."""

    operation: Operation
    filters: tuple[str, ...] = ()
    uid: str = ""
    page: int = PAGE


def read(
    connector: Connector, task: Task, clock: ManualClock, into: Outcome | None = None
) -> Outcome:
    """Read until the end or an error; with `into`, go on where that one stopped."""
    outcome = into or Outcome()
    outcome.error = None
    for _ in range(MOST_PAGES):
        begin = clock.monotonic()
        try:
            outcome.take(_answer(connector, task, outcome.cursor))
        except Exception as error:  # which ones are right is for the law to say
            outcome.error = error
        outcome.longest = max(outcome.longest, clock.monotonic() - begin)
        if outcome.error is not None or not outcome.cursor:
            return outcome
    raise AssertionError(f"{task.operation} still goes on after {MOST_PAGES} pages")


def _answer(connector: Connector, task: Task, cursor: str) -> "Page[Any] | Detail":
    match task.operation:
        case "get_threat":
            return connector.get_threat(task.uid)
        case "query_threats":
            return connector.query_threats(task.filters, limit=task.page, cursor=cursor)
        case "query_events":
            return connector.query_events(task.filters, limit=task.page, cursor=cursor)


async def read_async(connector: AsyncConnector, task: Task, clock: ManualClock) -> Outcome:
    """The same with an asyncio connector, from the beginning."""
    outcome = Outcome()
    for _ in range(MOST_PAGES):
        begin = clock.monotonic()
        try:
            outcome.take(await _answer_async(connector, task, outcome.cursor))
        except Exception as error:
            outcome.error = error
        outcome.longest = max(outcome.longest, clock.monotonic() - begin)
        if outcome.error is not None or not outcome.cursor:
            return outcome
    raise AssertionError(f"{task.operation} still goes on after {MOST_PAGES} pages")


async def _answer_async(connector: AsyncConnector, task: Task, cursor: str) -> "Page[Any] | Detail":
    match task.operation:
        case "get_threat":
            return await connector.get_threat(task.uid)
        case "query_threats":
            return await connector.query_threats(task.filters, limit=task.page, cursor=cursor)
        case "query_events":
            return await connector.query_events(task.filters, limit=task.page, cursor=cursor)


def window_filters(subject: Subject, operation: ListOperation) -> tuple[str, ...]:
    """A window of fixed edges around the kit's world, so that a moving clock asks for the same.

    Empty where the operation takes no range of ``time``.
    """
    if takes_time(subject, operation):
        now = int(subject.cases.now * 1_000)
        days = subject.capabilities(operation).max_range_days
        begin = timestamp_text(now - min(2 * DAY_MS, days * DAY_MS // 2))
        return (f"time[gte]{begin}", f"time[lt]{timestamp_text(now)}")
    return ()


def takes_time(subject: Subject, operation: ListOperation) -> bool:
    """Whether an operation takes a range of ``time``."""
    needed = {Operator.GTE, Operator.LT}
    return any(
        item.name == "time" and needed <= set(item.operators)
        for item in subject.capabilities(operation).filters
    )


def tasks(subject: Subject, *, page: int = PAGE) -> list[Task]:
    """Every operation that the provider offers, as something to read."""
    found = [
        Task(operation=name, filters=window_filters(subject, name), page=page)
        for name in subject.listings
    ]
    details = subject.spec.capabilities.operations.get("get_threat")
    if details is not None and details.supported and "query_threats" in subject.listings:
        threats = subject.everything("query_threats")
        if threats:
            found.append(Task(operation="get_threat", uid=uid_of(threats[0])))
    return found


@dataclass(frozen=True, kw_only=True)
class Undisturbed:
    """How a task ends when nothing goes wrong."""

    outcome: Outcome
    requests: int
    """For data."""
    headers: Headers
    """Of the last answer for data."""


def undisturbed(subject: Subject, task: Task) -> Undisturbed:
    """Read a task over a vendor in good order; remembered for the subject."""
    known: dict[Task, Undisturbed] = vars(subject).setdefault("_undisturbed", {})
    if task not in known:
        wires: list[Wire] = []
        clock = subject.clock()
        with subject.open(wrap=wiring(subject, wires), clock=clock) as connector:
            outcome = read(connector, task, clock)
        if outcome.error is not None:
            raise outcome.error
        data = wires[0].data
        known[task] = Undisturbed(
            outcome=outcome, requests=len(data), headers=data[-1].headers if data else ()
        )
    return known[task]


def wiring(subject: Subject, wires: list[Wire], **how: Any) -> Wrap:
    """Puts a `Wire` before the vendor, and into the list."""

    def wrap(vendor: Any) -> Wire:
        wires.append(Wire(vendor, subject.cases, **how))
        return wires[-1]

    return wrap


def counted(events: Iterable[Event]) -> Counter[bytes]:
    """Whole events as a multiset."""
    return Counter(orjson.dumps(event, option=orjson.OPT_SORT_KEYS) for event in events)


def differing(found: Iterable[Event], wanted: Iterable[Event]) -> str:
    """How two multisets of events differ; empty when they do not. Names events by their uid."""
    has, wants = counted(found), counted(wanted)
    parts = [
        f"{sum(some.values())} {word} ({', '.join(_names(some))})"
        for word, some in (("missing", wants - has), ("too many", has - wants))
        if some
    ]
    return " and ".join(parts)


def _names(events: Mapping[bytes, int]) -> list[str]:
    return [uid_of(orjson.loads(event)) for event in list(events)[:3]]
