"""What the kit asks each filter: values that tell a right answer from a wrong one."""

from typing import Any

import pytest

from connector_conformance.questions import (
    LONG_LIST,
    FilterCase,
    declared,
    questions,
    values_of,
)
from connector_conformance.subject import Subject
from connector_conformance.world import COUNT, TIED, mails
from connector_core.filter import FilterField, Operator, ValueType
from connector_defender_office365.mock.bench import BENCH

SUBJECT = FilterField(name="email.subject", type=ValueType.TEXT)
SIZE = FilterField(name="email.size", type=ValueType.INTEGER)
EVENTS: list[dict[str, Any]] = [
    {"email": {"subject": "50% off", "size": 10}},
    {"email": {"subject": "plain", "size": 20}},
    {"email": {"subject": "plain", "size": 30}},
    {"email": {}},
]


@pytest.fixture
def small() -> Subject:
    """A subject whose world is the events above."""
    return Subject("emailsecurity_none", BENCH, {"query_events": EVENTS})


@pytest.mark.parametrize("field", [SUBJECT, SIZE], ids=lambda field: field.name)
def test_every_first_question_selects_some_events_and_leaves_some(
    small: Subject, field: FilterField
) -> None:
    for operator in field.operators:
        case = FilterCase("query_events", field, operator)
        first = questions(small, case, most=1).filters[0]
        assert 0 < sum(map(case.selection(first), EVENTS)) < len(EVENTS), operator


def test_a_list_ends_with_the_value_that_events_have(small: Subject) -> None:
    case = FilterCase("query_events", SUBJECT, Operator.IN)
    first = questions(small, case, most=1).filters[0]
    assert first.values[-1].lower() == "50% off"
    assert len(first.values) == LONG_LIST


def test_letters_are_asked_for_in_the_other_case(small: Subject) -> None:
    case = FilterCase("query_events", SUBJECT, Operator.EQ)
    assert questions(small, case, most=1).filters[0].values == ("50% OFF",)


def test_a_part_holds_what_query_languages_treat_specially(small: Subject) -> None:
    case = FilterCase("query_events", SUBJECT, Operator.LIKE)
    assert "%" in questions(small, case, most=1).filters[0].values[0]


def test_a_field_that_no_event_has_is_asked_for_and_not_exercised(small: Subject) -> None:
    field = FilterField(name="email.cc", type=ValueType.TEXT)
    asked = questions(small, FilterCase("query_events", field, Operator.EQ))
    assert asked.filters
    assert not asked.exercised


def test_rare_and_special_values_come_first() -> None:
    assert values_of(SUBJECT, EVENTS)[0] == "50% off"
    assert values_of(SIZE, [{"email": {"size": True}}]) == []


def test_cases_are_named_after_operation_field_and_operator() -> None:
    case = FilterCase("query_events", SUBJECT, Operator.NOT_LIKE)
    assert case.id == "query_events-email.subject-not_like"


def test_every_declared_operator_of_every_field_is_a_case() -> None:
    subject = Subject("emailsecurity_defender_for_office", BENCH)
    cases = list(declared(subject))
    assert len(cases) == len({case.id for case in cases})
    assert len(cases) == sum(
        len(field.operators)
        for operation in subject.listings
        for field in subject.capabilities(operation).filters
    )


def test_the_world_has_ties_on_every_page_edge() -> None:
    planted = mails(1_800_000_000.0)
    assert len(planted) == COUNT
    times = [mail.time for mail in planted]
    assert times == sorted(times, reverse=True)
    assert {times.count(time) for time in times} == {TIED}
