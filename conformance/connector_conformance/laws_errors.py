"""Laws of errors: whatever goes wrong, the whole answer or an error that says what; never less."""

import asyncio
from typing import Final

import pytest

from connector_conformance.faults import (
    FAULTS,
    REQUEST_ID,
    Fault,
    of_vendor,
    passing_time,
    request_ids,
)
from connector_conformance.promise import promise
from connector_conformance.reading import (
    Outcome,
    Task,
    differing,
    read,
    read_async,
    tasks,
    undisturbed,
    wiring,
)
from connector_conformance.subject import Subject, uid_of
from connector_conformance.wire import Wire
from connector_core import ManualClock, Network
from connector_core.errors import ConnectorError, ProviderError

DEADLINE: Final = Network().deadline
SIGN_IN_FAULTS: Final = ("503", "429 with Retry-After", "no connection", "truncated JSON",
                         "an empty body", "HTML in a 200", "null", "403")  # fmt: skip
ASYNC_FAULTS: Final = ("401", "429 with Retry-After", "503", "no connection", "truncated JSON",
                       "other names")  # fmt: skip
CHECKED: Final = ("401", "403", "503", "no connection", "other names")
REFUSED: Final = ("AuthenticationError", "PermissionDeniedError")
BY_NAME: Final = {fault.name: fault for fault in FAULTS}


class ErrorLaws:
    """No failure of the vendor looks like an answer."""

    @promise("errors", "A fault that passes is got over, or told by the error that it stands for.")
    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_one_fault_is_survived_or_told(self, subject: Subject, fault: Fault) -> None:
        """At the first and at the last request for data of every operation."""
        _report(_tried(subject, fault, lasting=False))

    @promise("errors", "A fault that stays ends in the error that it stands for, in time.")
    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_a_lasting_fault_is_told(self, subject: Subject, fault: Fault) -> None:
        """From the first and from the last request for data on."""
        _report(_tried(subject, fault, lasting=True))

    @promise("errors", "The vendor's own words of refusal become the errors that the bench names.")
    def test_a_refusal_in_the_words_of_the_vendor_is_told(self, subject: Subject) -> None:
        """Every ``[[faults]]`` of the bench, once and for good."""
        if not subject.cases.faults:
            pytest.skip("the bench names no faults of its own")
        problems = []
        for each in subject.cases.faults:
            fault = of_vendor(each)
            for lasting in (False, True):
                problems += _tried(subject, fault, lasting=lasting)
        _report(problems)

    @promise("errors", "A check tells whether the vendor can be asked.")
    @pytest.mark.parametrize("name", CHECKED)
    def test_a_check_tells_what_is_wrong(self, subject: Subject, name: str) -> None:
        """It is well when all is well; with a lasting fault it fails, or is an error."""
        with subject.open() as connector:
            report = connector.check()
            assert report.ok, f"all is well, and the check says {report}"
        clock = subject.clock()
        spoil = passing_time(BY_NAME[name].spoil, clock)
        with subject.open(
            wrap=wiring(subject, [], spoil=spoil, lasting=True), clock=clock
        ) as connector:
            try:
                report = connector.check()
            except ConnectorError:
                return
        assert not report.ok, f"{name} is well by the check: {report}"

    @promise("errors", "A check tells of a right that one operation alone lacks.")
    def test_a_check_looks_at_every_operation(self, subject: Subject) -> None:
        """In each ``[[conditions]]`` of the bench in which an operation is not permitted.

        What some customers lack for good may be a warning.
        """
        refused = [each for each in subject.cases.conditions if each.expects in REFUSED]
        if not refused:
            pytest.skip("the bench names no condition in which something is not permitted")
        for condition in refused:
            with subject.open(condition=condition.name) as connector:
                try:
                    report = connector.check()
                except ConnectorError:
                    continue
            assert any(item.status != "ok" for item in report.items), (
                f"{condition.name} ({condition.says}): {condition.operation} ends in"
                f" {condition.expects}, and every item of the check is ok: let it send a small"
                " request for every kind of record that an operation reads"
            )

    @promise("errors", "A sign-in that fails is an error, never an empty answer.")
    @pytest.mark.parametrize("name", SIGN_IN_FAULTS)
    def test_a_sign_in_that_fails_is_told(self, subject: Subject, name: str) -> None:
        """At the first request that signs in, once and for good."""
        if not subject.cases.sign_in:
            pytest.skip("the bench says that no request signs in")
        problems = []
        for task in tasks(subject)[:1]:
            for lasting in (False, True):
                trial = Trial(subject, BY_NAME[name], task, at=1, lasting=lasting, sign_in=True)
                problems += trial.problems()
        _report(problems)

    @promise("errors", "An asyncio connector meets faults as the other one does.")
    @pytest.mark.parametrize("name", ASYNC_FAULTS)
    def test_a_fault_is_met_alike_by_an_asyncio_connector(
        self, subject: Subject, name: str
    ) -> None:
        """Once and for good, at the first request for data."""
        problems = []
        for task in tasks(subject):
            for lasting in (False, True):
                trial = Trial(subject, BY_NAME[name], task, at=1, lasting=lasting)
                outcome = asyncio.run(trial.run_async())
                problems += trial.judged(outcome)
        _report(problems)


class Trial:
    """One fault, at one place of one task."""

    def __init__(
        self,
        subject: Subject,
        fault: Fault,
        task: Task,
        *,
        at: int,
        lasting: bool,
        sign_in: bool = False,
    ) -> None:
        self.subject = subject
        self.fault = fault
        self.task = task
        self.at = at
        self.lasting = lasting
        self.sign_in = sign_in
        self.clock: ManualClock = subject.clock()
        self.wires: list[Wire] = []
        calm = undisturbed(subject, task)
        self.wanted = calm.outcome.events
        self.name = f"{fault.name}, {'from' if lasting else 'only at'} request {at}"
        self.wrap = wiring(
            subject,
            self.wires,
            spoil=passing_time(fault.spoil, self.clock),
            at=at,
            lasting=lasting,
            sign_in=sign_in,
            blind=calm.headers if fault.blind else None,
        )

    def problems(self) -> list[str]:
        """What is wrong with the outcome, and with going on after an error."""
        with self.subject.open(wrap=self.wrap, clock=self.clock) as connector:
            outcome = read(connector, self.task, self.clock)
            found = self.judged(outcome)
            if isinstance(outcome.error, ConnectorError) and self.task.operation != "get_threat":
                self.wires[0].heal()
                after = read(connector, self.task, self.clock, into=outcome)
                if after.error is not None:
                    found += self._said(f"and the same cursor fails after it: {after.error!r}")
                elif gap := differing(after.events, self.wanted):
                    found += self._said(f"and going on with the same cursor gives {gap}")
        return found

    async def run_async(self) -> Outcome:
        """The outcome for an asyncio connector."""
        with self.subject.open_async(wrap=self.wrap, clock=self.clock) as opened:
            async with opened as connector:
                return await read_async(connector, self.task, self.clock)

    def judged(self, outcome: Outcome) -> list[str]:
        """What is wrong with an outcome."""
        found = self._judged(outcome)
        if outcome.longest > DEADLINE + 0.001:
            found += self._said(f"took {outcome.longest:.0f} s; the deadline is {DEADLINE:.0f} s")
        return found

    def _judged(self, outcome: Outcome) -> list[str]:
        fault, error = self.fault, outcome.error
        if error is None:
            return self._judged_answer(outcome)
        if not isinstance(error, ConnectorError):
            return self._said(f"ends in {error!r}, which is not a ConnectorError")
        if self._must_recover():
            return self._said(f"is not got over: {error!r}")
        allowed = (ProviderError,) if self.sign_in else fault.errors
        if not isinstance(error, allowed):
            names = " or ".join(kind.__name__ for kind in allowed)
            return self._said(f"ends in {error!r} instead of {names}")
        return self._judged_error(error)

    def _must_recover(self) -> bool:
        renewed = self.fault.renewed and bool(self.subject.cases.sign_in)
        return not self.lasting and (renewed or self.fault.once == "recovers")

    def _judged_answer(self, outcome: Outcome) -> list[str]:
        if not outcome.complete:
            uids = {uid_of(event) for event in outcome.events}
            nothing_came = self.lasting and self.at == 1
            if not self.fault.announced or nothing_came:
                return self._said("gives an incomplete answer instead of an error")
            if not outcome.reasons or uids - {uid_of(event) for event in self.wanted}:
                return self._said("gives an incomplete answer without a reason, or other events")
            return []
        if gap := differing(outcome.events, self.wanted):
            names = " or ".join(kind.__name__ for kind in self.fault.errors)
            return self._said(f"gives an answer said to be complete, with {gap}, not {names}")
        if self.wires[0].spoiled and sum(self.clock.slept) < self.fault.wait:
            return self._said(f"is tried again before {self.fault.wait:.0f} s are over")
        return []

    def _judged_error(self, error: ConnectorError) -> list[str]:
        if not isinstance(error, ProviderError):
            return []
        found, origin = [], error.origin
        if not origin.provider or not origin.operation:
            found += self._said(f"gives an error without provider or operation: {error!r}")
        named = any(request_ids(exchange) for exchange in self.wires[0].data)
        if named and origin.status is not None and origin.request_id != REQUEST_ID:
            found += self._said(f"gives an error with the request id {origin.request_id!r}")
        if self.fault.retryable and not error.retryable:
            found += self._said("gives an error that says that trying again is of no use")
        return found

    def _said(self, what: str) -> list[str]:
        return [f"{self.task.operation}: {self.name}: {what}"]


def _tried(subject: Subject, fault: Fault, *, lasting: bool) -> list[str]:
    problems = []
    for task in tasks(subject):
        if fault.lists and task.operation == "get_threat":
            continue
        for at in sorted({1, undisturbed(subject, task).requests}):
            problems += Trial(subject, fault, task, at=at, lasting=lasting).problems()
    return problems


def _report(problems: list[str]) -> None:
    assert not problems, "\n".join(problems)
