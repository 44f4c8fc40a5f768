"""Plays a recorded reading again, with answers changed, and says what became of the change."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from connector_conformance.bench import Mail, Vendor
from connector_conformance.cases import Cases
from connector_conformance.reading import Outcome, Task, counted, read, wiring
from connector_conformance.subject import Subject
from connector_conformance.wire import Exchange, Wire
from connector_core import Connector, ManualClock
from connector_core.errors import ConnectorError

Question = tuple[str, str, bytes]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a change."""

    outcome: Outcome
    seen: bool
    """Whether events, messages, counts or further requests differ, or an error tells of it."""
    crash: str = ""
    """An exception that is none of ours."""
    fewer: bool = False
    """Whether events are missing, and nothing says so."""


class Recording:
    """One task, read from a vendor of its own; its answers can be played again."""

    def __init__(self, subject: Subject, task: Task, mails: Sequence[Mail]) -> None:
        self.task = task
        self._subject = subject
        self._mails = mails
        wires: list[Wire] = []
        clock = subject.clock()
        with subject.open(mails=mails, wrap=wiring(subject, wires), clock=clock) as connector:
            self.outcome = read(connector, task, clock)
        if self.outcome.error is not None:
            raise self.outcome.error
        self.exchanges = wires[0].exchanges
        self.bodies = {
            index: body
            for index, exchange in enumerate(self.exchanges)
            if not exchange.signs_in and (body := _json(exchange)) is not None
        }
        """The answers for data that are JSON, by the index of their exchange."""

    def requested(self, text: str) -> bool:
        """Whether a text stands in a request for data."""
        coded = text.encode()
        return any(
            coded in each.asked or text in str(each.url)
            for each in self.exchanges
            if not each.signs_in
        )

    @contextmanager
    def player(self) -> Iterator["Player"]:
        """A new connector to read with."""
        replays: list[Replay] = []

        def wrap(vendor: Vendor) -> Any:  # blocking only
            replays.append(Replay(vendor, self._subject.cases, self.exchanges))
            return replays[0]

        clock = self._subject.clock()
        with self._subject.open(mails=self._mails, wrap=wrap, clock=clock) as connector:
            yield Player(self.task, connector, replays[0], clock)

    def play(self, changes: Mapping[int, Any]) -> Verdict:
        """Read with a new connector; the answers with these indices hold other JSON values."""
        with self.player() as player:
            player.expect(self.outcome, self.exchanges)
            return player.play(changes)


class Player:
    """A connector over a replay; reads as often as it is asked to, at the same moment."""

    def __init__(
        self, task: Task, connector: Connector, replay: "Replay", clock: ManualClock
    ) -> None:
        self._task = task
        self._connector = connector
        self._replay = replay
        self._clock = clock
        self._wanted = Outcome()
        self._asked: Counter[Question] = Counter()

    def expect(self, outcome: Outcome, exchanges: Sequence[Exchange]) -> None:
        """From now on compare with this."""
        self._wanted = outcome
        self._asked = Counter(each.question for each in exchanges if not each.signs_in)

    def settle(self) -> None:
        """Read twice unchanged: what the connector keeps for itself it has after that."""
        self.play({})
        verdict = self.play({})
        if verdict.outcome.error is not None:
            raise verdict.outcome.error
        self._wanted, self._asked = verdict.outcome, self._replay.asked

    def asks(self, exchange: Exchange) -> bool:
        """Whether a reading includes this exchange."""
        return exchange.question in self._asked

    def play(self, changes: Mapping[int, Any]) -> Verdict:
        """Read; the answers with these indices hold other JSON values."""
        self._replay.rewind(changes)
        outcome = read(self._connector, self._task, self._clock)
        self._clock.advance(-self._clock.monotonic())
        wanted = self._wanted
        told = outcome.error is not None or outcome.told != wanted.told
        told = told or outcome.complete != wanted.complete
        differs = outcome.events != wanted.events and counted(outcome.events) != counted(
            wanted.events
        )
        crash = outcome.error is not None and not isinstance(outcome.error, ConnectorError)
        return Verdict(
            outcome=outcome,
            seen=told or differs or self._replay.asked != self._asked,
            crash=repr(outcome.error) if crash else "",
            fewer=not told and len(outcome.events) < len(wanted.events),
        )


class Replay(httpx.BaseTransport):
    """Answers as recorded, by what is asked; what was not recorded goes to the vendor."""

    def __init__(self, vendor: Vendor, cases: Cases, exchanges: Sequence[Exchange]) -> None:
        self.asked: Counter[Question] = Counter()
        """What was asked for data since the last `rewind`."""
        self._vendor = vendor
        self._rules = cases.sign_in
        self._exchanges = exchanges
        self._lock = threading.Lock()
        self._answers: dict[Question, list[Exchange | httpx.Response]] = {}
        self.rewind({})

    def rewind(self, changes: Mapping[int, Any]) -> None:
        """Begin anew, with other JSON values in the answers with these indices."""
        self.asked = Counter()
        self._answers = defaultdict(list)
        for index, exchange in enumerate(self._exchanges):
            self._answers[exchange.question].append(
                _with_body(exchange, changes[index]) if index in changes else exchange
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        question = request.method, str(request.url), request.read()
        if any(rule.matches(request.url.host, request.url.path) for rule in self._rules):
            return self._vendor.handle_request(request)  # it takes no token but its own
        with self._lock:
            self.asked[question] += 1
            known = self._answers.get(question)
            answer = (known.pop(0) if len(known) > 1 else known[0]) if known else None
        if answer is None:
            return self._vendor.handle_request(request)
        if isinstance(answer, Exchange):
            return answer.response()
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def _with_body(exchange: Exchange, value: Any) -> httpx.Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return httpx.Response(exchange.status, headers=list(exchange.headers), content=body)


def _json(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.body)
    except ValueError:
        return None
