"""Laws of completeness: what is left out is said, and what is counted is true."""

from dataclasses import replace
from typing import Any, Final

import pytest

from connector_conformance.cases import Condition
from connector_conformance.promise import promise
from connector_conformance.reading import (
    DAY_MS,
    Outcome,
    Task,
    differing,
    read,
    takes_time,
    tasks,
    undisturbed,
    wiring,
)
from connector_conformance.subject import Event, Subject
from connector_conformance.wire import Wire
from connector_core import Connector
from connector_core.convert import timestamp_text
from connector_core.page import Page

BEYOND_DAYS: Final = 5
LIMITS: Final = (1, 5)
SMALL: Final = 3
"""Events of a page, so that the first one may lack nothing."""


class CompletenessLaws:
    """An answer that lacks something says so."""

    @promise("completeness", "A range that the vendor cannot serve is cut, and the answer says so.")
    def test_a_range_that_begins_too_early_is_cut_and_told(self, subject: Subject) -> None:
        """The start is older than `max_range_days`."""
        asked = 0
        for operation in subject.listings:
            if not takes_time(subject, operation):
                continue
            asked += 1
            days = subject.capabilities(operation).max_range_days
            floor = int(subject.cases.now * 1_000) - days * DAY_MS
            begin = timestamp_text(floor - BEYOND_DAYS * DAY_MS)
            with subject.open() as connector:
                page = _page(connector, operation, (f"time[gte]{begin}",))
            window = page.meta.effective_range
            assert not page.meta.complete, f"{operation}: a cut range is said to be complete"
            assert page.meta.reasons, f"{operation}: no reason for a cut range"
            assert page.messages, f"{operation}: no message about a cut range"
            assert window is not None
            assert window.start == floor, f"{operation}: the searched range is not what it says"
        if not asked:
            pytest.skip("no operation takes a range of time")

    @promise("completeness", "A range within the vendor's reach is searched as it was asked for.")
    def test_a_range_within_reach_is_not_cut(self, subject: Subject) -> None:
        """The answer's `effective_range` is what the filters say."""
        asked = 0
        for task in tasks(subject):
            if not task.filters:
                continue
            asked += 1
            with subject.open() as connector:
                page = _page(connector, task.operation, task.filters)
            window = page.meta.effective_range
            assert window is not None
            found = (
                f"time[gte]{timestamp_text(window.start)}",
                f"time[lt]{timestamp_text(window.end)}",
            )
            assert found == task.filters, task.operation
        if not asked:
            pytest.skip("no operation takes a range of time")

    @promise("completeness", "Without filters the declared default range is searched, and named.")
    def test_the_default_range_is_the_declared_one(self, subject: Subject) -> None:
        """`default_range_days` up to the present, wholly within reach."""
        for operation in subject.listings:
            capabilities = subject.capabilities(operation)
            now = int(subject.cases.now * 1_000)
            with subject.open() as connector:
                page = _page(connector, operation, ())
            window = page.meta.effective_range
            assert window is not None, operation
            assert capabilities.default_range_days <= capabilities.max_range_days, operation
            assert 0 <= window.end - now <= 1, f"{operation}: the range does not end now"
            span = window.end - window.start
            assert abs(span - capabilities.default_range_days * DAY_MS) <= 1, operation
            assert all(window.start <= e["time"] < window.end for e in page.events), operation
            assert page.meta.complete, f"{operation}: {page.meta.reasons}"

    @promise("completeness", "What a state of the vendor takes away is told, or is an error.")
    def test_what_the_vendor_lacks_is_told(self, subject: Subject) -> None:
        """Every ``[[conditions]]`` of the bench."""
        if not subject.cases.conditions:
            pytest.skip("the bench names no conditions")
        problems = []
        for condition in subject.cases.conditions:
            for task in tasks(subject):
                if task.operation == condition.operation:
                    problems += _met(subject, condition, task)
                    if task.operation != "get_threat" and not subject.cases.slow:
                        # What is missing may be missing from a later page alone.
                        problems += _met(subject, condition, replace(task, page=SMALL))
        assert not problems, "\n".join(problems)

    @promise("completeness", "A page holds no more than was asked for; what is left has a cursor.")
    def test_a_limit_is_never_exceeded(self, subject: Subject) -> None:
        """For some limits, and for no limit at all."""
        for operation in subject.listings:
            capabilities = subject.capabilities(operation)
            everything = len(subject.everything(operation))
            with subject.open() as connector:
                for limit in LIMITS:
                    page = _page(connector, operation, (), limit)
                    assert len(page.events) <= limit, f"{operation}: more than {limit}"
                    more = len(page.events) < everything
                    assert bool(page.cursor) >= more, f"{operation}: a short page without a cursor"
                page = _page(connector, operation, ())
                assert len(page.events) <= capabilities.page_limit_default, operation
            assert capabilities.page_limit_default <= capabilities.page_limit_max, operation

    @promise("completeness", "What an answer says about its making is what passed over the wire.")
    def test_the_counts_of_an_answer_are_true(self, subject: Subject) -> None:
        """Requests, rows read, events kept; nothing waited for, nothing tried again."""
        for operation in subject.listings:
            wires: list[Wire] = []
            with subject.open(wrap=wiring(subject, wires)) as connector:
                first = _page(connector, operation, (), 5)
                before = len(wires[0].data)
                second = _page(connector, operation, (), 5, first.cursor)
                after = len(wires[0].data) - before
            for page, sent in ((first, before), (second, after)):
                meta = page.meta
                assert meta.calls == sent, f"{operation}: {meta.calls} calls said, {sent} sent"
                assert meta.rows_kept == len(page.events), operation
                assert meta.rows_read > 0 or not page.events, f"{operation}: events without rows"
                assert (meta.retries, meta.throttled_ms) == (0, 0), operation
                assert meta.complete, f"{operation}: {meta.reasons}"
                assert meta.native_query, f"{operation}: no native query"

    @promise("completeness", "A vendor that holds nothing gives an empty and complete answer.")
    def test_an_empty_vendor_gives_an_empty_complete_answer(self, subject: Subject) -> None:
        """No events, no cursor that goes on for ever, no reason for doubt."""
        for operation in subject.listings:
            with subject.open(mails=()) as connector:
                outcome = read(connector, Task(operation=operation), subject.clock())
            assert outcome.error is None, f"{operation}: {outcome.error!r}"
            assert outcome.events == [], operation
            assert outcome.complete, f"{operation}: {outcome.reasons}"

    @promise("completeness", "The kit's world is known to the provider to the last value.")
    def test_the_world_of_the_kit_is_read_without_a_gap(self, subject: Subject) -> None:
        """A complete answer that holds mail, if the provider lists any."""
        for task in tasks(subject):
            outcome = undisturbed(subject, task).outcome
            assert outcome.events, f"{task.operation}: the bench plants nothing that is listed"
            assert outcome.complete, f"{task.operation}: {outcome.reasons}"


def _met(subject: Subject, condition: Condition, task: Task) -> list[str]:
    """What is wrong with the answer in a certain state of the vendor."""
    wanted = undisturbed(subject, task).outcome.events
    clock = subject.clock()
    with subject.open(condition=condition.name, clock=clock) as connector:
        outcome = read(connector, task, clock)
    said = f"{condition.name} ({condition.says}): {task.operation}"
    if condition.expects != "announced":
        found = type(outcome.error).__name__
        return [] if found == condition.expects else [f"{said}: {found}, not {condition.expects}"]
    if outcome.error is not None:
        return [f"{said} ends in {outcome.error!r}"]
    return _announced(outcome, wanted, said)


def _announced(outcome: Outcome, wanted: list[Event], said: str) -> list[str]:
    if outcome.complete:
        gap = differing(outcome.events, wanted)
        return [f"{said} is said to be complete, with {gap}"] if gap else []
    return [] if outcome.reasons else [f"{said} is incomplete without a reason"]


def _page(
    connector: Connector,
    operation: str,
    filters: tuple[str, ...],
    limit: int | None = None,
    cursor: str = "",
) -> Page[Any]:
    ask = connector.query_threats if operation == "query_threats" else connector.query_events
    return ask(filters, limit=limit, cursor=cursor)
