"""One provider within a federated query: what is read of it, what is given out, where it stands.

A provider that promises the wanted order is read page by page. Behind each of its events the place
to go on from is known (`Record.resume`), so a page of it can be left in the middle, exactly. Any
other provider is read whole and sorted here; its place is the last event given out, by time and
identity, with the number and a sum of all up to there: when the next page finds others before the
place, the provider's list has changed in between, and the page says so.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from connector_core.cursor import CursorState, Scope
from connector_core.desk import Desk, Question
from connector_core.errors import ConnectorError, CursorError, FilterError, QueryError
from connector_core.federation.page import ProviderAnswer, Status
from connector_core.federation.places import Noting, added, identity
from connector_core.filter.tree import Filter
from connector_core.page import Meta, Page
from connector_core.paging import Listing
from connector_core.provider import EmailSecurityProvider, Flow, Notice
from connector_core.query import ResumePoint, Window
from connector_core.retry import Budget

TimeOrder = Literal["newest_first", "oldest_first"]
Event = dict[str, Any]
Rank = tuple[int, str]
"""Where an event stands among those of a provider that is read whole."""

WHOLE: Final = 5_000
"""Events at most that are read of a provider which cannot list in the wanted order."""
READS: Final = 1_000
"""Pages of one provider for one page of the federation at most."""


@dataclass(frozen=True, slots=True)
class Read:
    """One page of a provider, and the place behind each of its events (by object identity)."""

    page: Page[Any]
    places: Mapping[int, ResumePoint]


@dataclass(slots=True, kw_only=True)
class Source:
    """One provider's part in one page of a federated query."""

    name: str
    desk: Desk
    operation: Listing
    order: TimeOrder
    limit: int
    whole_limit: int = WHOLE
    _question: Question | None = None
    _sealed: str | None = None
    """The place that the cursor held; stays the place while the provider refuses."""
    _window: Window = field(default_factory=lambda: Window(0, 0))
    _stage: Literal["start", "at", "after", "done"] = "start"
    _place: ResumePoint = ()
    """Behind the last event that was given out; what it holds depends on the stage."""
    _next: ResumePoint | None = None
    """Where reading goes on."""
    _ended: bool = False
    """Whether the provider has no more after what was read."""
    _sorted: bool = False
    """Whether a provider that has to be read whole was."""
    _whole: list[Event] = field(default_factory=list)
    """What was read of a provider that has to be read whole."""
    _buffer: deque[tuple[int, Event, ResumePoint]] = field(default_factory=deque)
    """Time, event, and the place behind it."""
    _reads: int = 0
    _given: int = 0
    _answer: ProviderAnswer = field(default_factory=lambda: ProviderAnswer(status="answered"))

    # -- before anything is sent

    def open(self, filters: Filter, sealed: str | None) -> None:
        """Take the question, and the place of an earlier page; raises `CursorError`."""
        self._sealed = sealed
        capabilities = self.desk.spec.capabilities.operations.get(self.operation)
        orders = capabilities.orders if capabilities else (self.order,)
        limit = self.limit
        if capabilities:
            limit = min(limit, capabilities.page_limit_max)
            limit = limit if self.order in orders else capabilities.page_limit_max
        inner = self.order if self.order in orders else orders[0]
        try:
            self._question = self.desk.question(self.operation, filters, limit, "", inner)
        except (FilterError, QueryError) as error:
            self.stop("refused", error)
            return
        self._window = self._question.query.window
        if sealed is not None:
            self._go_on(self.desk.sealer.open(sealed, self._scope))
        if self._stage == "done":
            self._answer.status = "finished"

    def _go_on(self, state: CursorState) -> None:
        stage, *place = state.resume
        if stage not in ("start", "at", "after", "done"):  # sealed by ourselves, so never
            raise CursorError("The cursor is damaged or belongs to another query.")
        self._stage = cast("Literal['start', 'at', 'after', 'done']", stage)
        self._place = tuple(place)
        self._window = Window(state.start, state.end)
        self._next = self._place if stage == "at" else None

    @property
    def _asked(self) -> Question:
        assert self._question is not None  # noqa: S101  # a refused source is never read
        return self._question

    @property
    def _scope(self) -> Scope:
        """The question's own, marked: a place in a federation is no cursor of the provider."""
        scope = self._asked.scope
        return replace(scope, provider=f"{scope.provider} as {self.name} in {self.order}")

    @property
    def _in_order(self) -> bool:
        return self._asked.query.order == self.order

    # -- reading

    @property
    def live(self) -> bool:
        """Whether more can come of it on this page."""
        return self._answer.error is None and self._stage != "done"

    @property
    def hungry(self) -> bool:
        """Whether it has to be read before anybody's next event is certain."""
        return self.live and not self._buffer

    @property
    def half_read(self) -> bool:
        """Whether all that was read of it is of no use before the rest is."""
        return self.hungry and not self._in_order

    def read(self, budget: Budget) -> Flow[Read]:
        """The next page of the provider; changes nothing here, so it may come too late."""
        asked = self._asked
        query = replace(asked.query, window=self._window, resume=self._next)
        notices = asked.notices if self._next is None else []
        noting = Noting(self.desk.provider)
        desk = replace(self.desk, provider=cast("EmailSecurityProvider", noting))
        question = replace(asked, query=query, notices=notices)

        def flow() -> Flow[Read]:
            page = yield from desk.page(question, budget)
            return Read(page, noting.places)

        return flow()

    def feed(self, read: Read) -> None:
        """Take over what was read."""
        page = read.page
        answer = self._answer
        answer.meta = answer.meta.joined(page.meta) if self._reads else page.meta
        answer.messages += [one for one in page.messages if one not in answer.messages]
        self._reads += 1
        self._ended = not page.cursor
        if page.cursor:
            self._next = self.desk.sealer.open(page.cursor, self._asked.scope).resume
        if self._in_order:
            self._buffer += [(int(e["time"]), e, read.places[id(e)]) for e in page.events]
            if not self._buffer:
                self._at_the_end_of_what_was_read()
        else:
            self._feed_whole(page.events)

    def _feed_whole(self, events: Sequence[Event]) -> None:
        self._whole += events
        full = len(self._whole) >= self.whole_limit or self._reads >= READS
        if not (self._ended or full):
            return
        if not self._ended or len(self._whole) > self.whole_limit:
            kept = min(len(self._whole), self.whole_limit)
            self._notice(
                "federation_unsorted_cut",
                f"The provider does not list in this order, and only the {kept:,} events that it"
                " lists first could be sorted.",
            )
        ranked = sorted(
            ((self._rank(event), event) for event in self._whole[: self.whole_limit]),
            key=lambda pair: pair[0],
        )
        self._whole, self._sorted = [], True
        same: Rank | None = None
        count = total = 0
        passed: ResumePoint = (0, 0)
        for number, (rank, event) in enumerate(ranked, 1):
            count = count + 1 if rank == same else 1
            same, total = rank, added(total, rank[1])
            place = (*rank, count, number, total)
            if self._stage == "after" and place[:3] <= self._place[:3]:
                passed = place[3:]
            else:
                self._buffer.append((int(event["time"]), event, place))
        if self._stage == "after" and passed != self._place[3:]:
            self._notice(
                "federation_list_changed",
                "The provider's list changed between two pages: an event that moved to an earlier"
                " place may be missing, one that moved to a later place may come twice.",
            )
        if not self._buffer:
            self._stage = "done"

    def _rank(self, event: Event) -> Rank:
        time = -event["time"] if self.order == "newest_first" else event["time"]
        return time, identity(event)

    def _notice(self, code: str, message: str) -> None:
        """Say that something may be missing, and why."""
        notice = Notice(code=code, message=message, incomplete=True)
        answer = self._answer
        answer.messages.append(notice)
        answer.meta = answer.meta.joined(Meta(complete=False, reasons=[notice.message]))

    def stop(self, status: Status, error: ConnectorError) -> None:
        """It gives no more on this page."""
        self._answer.status = status
        self._answer.error = error

    # -- giving out

    @property
    def next_time(self) -> int | None:
        """The time of the event that would be given out next; None when none is at hand."""
        return self._buffer[0][0] if self._buffer else None

    def take(self) -> Event:
        """Give out one event, and go behind it."""
        _, event, place = self._buffer.popleft()
        self._given += 1
        if not self._in_order:
            self._stage, self._place = ("after", place) if self._buffer else ("done", ())
        elif self._buffer:
            self._stage, self._place = "at", place
        else:
            self._at_the_end_of_what_was_read()
        return event

    def _at_the_end_of_what_was_read(self) -> None:
        if self._ended:
            self._stage, self._place = "done", ()
        else:
            self._stage, self._place = "at", self._next or ()

    # -- afterwards

    @property
    def answered(self) -> bool:
        """Whether it said anything that brings the query on."""
        return self._reads > 0 and (self._in_order or self._sorted)

    @property
    def over(self) -> bool:
        """Whether no later page can have anything of it."""
        return self._stage == "done" or self._answer.status == "refused"

    def answer(self) -> ProviderAnswer:
        """What became of it."""
        self._answer.meta.rows_kept = self._given
        return self._answer

    def sealed(self) -> str | None:
        """Its place as the cursor holds it."""
        if self._question is None:
            return self._sealed
        resume = (self._stage, *self._place)
        state = CursorState(resume=resume, start=self._window.start, end=self._window.end)
        return self.desk.sealer.seal(state, self._scope)
