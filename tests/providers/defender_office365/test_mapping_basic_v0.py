"""Thirty days of the embedded tenant: every event and every finding, asked through the core."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_core import Connector, ManualClock
from connector_core.ocsf.observables import observables
from judges import ocsf

NOW = datetime(2026, 11, 1, 10, tzinfo=UTC)
START = NOW - timedelta(days=30)
WINDOW = [f"time[gte]{START:%Y-%m-%dT%H:%M:%SZ}", f"time[lt]{NOW:%Y-%m-%dT%H:%M:%SZ}"]
Event = dict[str, Any]
Answers = tuple[list[Event], list[str]]
"""Events, and the code of every notice on the way."""
SOURCES = {"EmailEvents", "EmailPostDeliveryEvents", "AlertInfo", "UrlClickEvents"}


pytestmark = pytest.mark.xdist_group("a month of the dataset")  # which one process reads once


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    clock = ManualClock(NOW.timestamp())
    with Connector.open("emailsecurity_defender_for_office_mock", clock=clock) as opened:
        yield opened


def _all(ask: Callable[..., Any]) -> Answers:
    """Everything of the window."""
    events: list[Event] = []
    codes: list[str] = []
    cursor = ""
    while True:
        page = ask(WINDOW, limit=1_000, cursor=cursor)
        events += page.events
        codes += [notice.code for notice in page.messages]
        cursor = page.cursor
        if not cursor:
            return events, codes


@pytest.fixture(scope="module")
def every_event(connector: Connector) -> Answers:
    """Every event of the month, and the codes of the notices; tests do not change it."""
    return _all(connector.query_events)


@pytest.fixture(scope="module")
def every_finding(connector: Connector) -> Answers:
    """The same of findings."""
    return _all(connector.query_threats)


def test_a_month_is_mapped_whole_and_valid(every_event: Answers, every_finding: Answers) -> None:
    """Whether each page's events are valid OCSF, `judge_every_page` says; see `judges.ocsf`."""
    events, some = every_event
    findings, more = every_finding
    assert len(events) > 10_000
    assert len(findings) > 1_000
    assert {event["metadata"]["log_name"] for event in (*events, *findings)} == SOURCES
    assert {code for code in some + more if code.startswith("row_")} == set()
    for found in (events, findings):
        assert len({event["metadata"]["uid"] for event in found}) == len(found)
    # an empty subject, a nameless file and the recipients of mail without any may be empty
    empty = {key for event in (*events, *findings) for key in _empty(event, "")}
    assert empty <= {"subject", "FileName", "to"}


def test_observables_noted_while_mapping_are_those_of_the_finished_event(
    every_event: Answers,
) -> None:
    """The walker, which looks at an event from outside, is the specification."""
    for event in every_event[0]:
        finished = {name: value for name, value in event.items() if name != "observables"}
        found = observables(finished, "email_activity")
        assert _in_any_order(event.get("observables", [])) == _in_any_order(found)


def _in_any_order(found: list[Event]) -> list[tuple[Any, ...]]:
    return sorted((one["name"], one["value"], one["type_id"], one["type"]) for one in found)


def _empty(value: Any, key: str) -> Iterator[str]:
    if value is None or value == "" or value == [] or value == {}:
        yield key
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _empty(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _empty(part, key)


def test_a_finding_by_its_id_is_the_finding_of_the_list(connector: Connector) -> None:
    page = connector.query_threats(WINDOW, limit=200)
    firsts = {event["metadata"]["log_name"]: event for event in page.events}
    assert len(firsts) == 3
    for finding in (*firsts.values(), *page.events[::40]):
        assert connector.get_threat(finding["finding_info"]["uid"]).event == finding


@pytest.mark.skipif(not ocsf.second_opinion_available(), reason=ocsf.NO_SECOND_OPINION)
def test_an_independent_validator_agrees_on_the_whole_month(
    every_event: Answers, every_finding: Answers
) -> None:
    assert ocsf.second_opinion(every_event[0] + every_finding[0]) is None
