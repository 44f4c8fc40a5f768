"""From tree to predicate: names, operators and values are checked, and every error helps."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.errors import FilterError, InvalidValue, UnknownField, UnsupportedOperator
from connector_core.filter import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    FilterField,
    Negation,
    Operator,
    Or,
    Predicate,
    ValueType,
    evaluate,
    parse,
    parse_all,
    parse_value,
    resolve,
    where,
)

LEVELS = ("Informational", "Low", "Medium", "High", "Critical")
FIELDS = {
    field.name: field
    for field in (
        FilterField(name="time", type=ValueType.TIME),
        FilterField(name="severity", type=ValueType.ENUM, values=LEVELS),
        FilterField(name="severity_id", type=ValueType.INTEGER),
        FilterField(name="action", type=ValueType.ENUM, values=("Allowed", "Denied"), open=True),
        FilterField(name="email.from", type=ValueType.TEXT),
        FilterField(name="email.to", type=ValueType.TEXT),
        FilterField(name="email.subject", type=ValueType.TEXT),
        FilterField(name="email.message_uid", type=ValueType.MESSAGE_ID),
        FilterField(name="email.urls.url_string", type=ValueType.TEXT),
        FilterField(name="email.files.hashes.value", type=ValueType.TEXT, operators=(Operator.IN,)),
        FilterField(name="src_endpoint.ip", type=ValueType.IP),
        FilterField(name="is_alert", type=ValueType.BOOLEAN),
    )
}
NOVEMBER = 1_793_491_200_000  # 2026-11-01T00:00:00Z


def read(*texts: str) -> Predicate:
    return resolve(parse_all(texts), FIELDS)


def one(text: str) -> Predicate:
    return resolve(parse(text), FIELDS)


@pytest.mark.parametrize(
    ("text", "test", "values", "negated"),
    [
        ("severity[eq]HIGH", "in", ("High",), False),
        ("severity[ne]high", "in", ("High",), True),
        ("severity[in]low,High", "in", ("Low", "High"), False),
        ("severity[not in]low,High", "in", ("Low", "High"), True),
        ("email.subject[like]50%", "like", ("50%",), False),
        ("email.subject[not like]50%", "like", ("50%",), True),
        ("severity_id[gt]3", "gt", (3,), False),
        ("severity_id[gte]-3", "gte", (-3,), False),
        ("severity_id[in]9223372036854775807", "in", (2**63 - 1,), False),
        ("severity_id[eq]-9223372036854775808", "in", (-(2**63),), False),
        ("time[lt]2026-11-01", "lt", (NOVEMBER,), False),
        ("time[lte]2026-11-01", "lte", (NOVEMBER,), False),
        ("is_alert[eq]TRUE", "in", (True,), False),
        ("action[eq]denied", "in", ("Denied",), False),
        ("action[eq]Teleported", "in", ("Teleported",), False),
        ("src_endpoint.ip[eq]2001:DB8::1", "in", ("2001:DB8::1",), False),
        ("src_endpoint.ip[like]192.0.2.", "like", ("192.0.2.",), False),
    ],
)
def test_operators_become_tests(
    text: str, test: Any, values: tuple[Any, ...], negated: bool
) -> None:
    condition = Condition(FIELDS[parse(text).field], test, values)
    assert one(text) == (Negation(condition) if negated else condition)


def test_the_tree_keeps_its_shape() -> None:
    a, b = where("severity", "eq", "High"), where("email.to", "like", "x")
    pa, pb = resolve(a, FIELDS), resolve(b, FIELDS)
    assert resolve(~(a | b) & a, FIELDS) == AllOf((Negation(AnyOf((pa, pb))), pa))
    assert read() == AllOf(())


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sender", "email.from"),
        ("from", "email.from"),
        ("recipient", "email.to"),
        ("Subject", "email.subject"),
        ("ip", "src_endpoint.ip"),
        ("url", "email.urls.url_string"),
        ("sha256", "email.files.hashes.value"),
        ("date", "time"),
        ("TIME", "time"),
        ("email.form", "email.from"),
        ("message_uid", "email.message_uid"),
        ("severty", "severity"),
    ],
)
def test_an_unknown_field_is_answered_with_the_nearest(word: str, meant: str) -> None:
    with pytest.raises(UnknownField, match=meant) as caught:
        one(f"{word}[eq]x")
    assert caught.value.suggestions[0] == meant
    assert caught.value.position == 0
    assert caught.value.filter == f"{word}[eq]x"


def test_an_unknown_field_near_nothing_names_all() -> None:
    with pytest.raises(UnknownField) as caught:
        one("qqqq[eq]x")
    assert caught.value.suggestions == ()
    assert "email.from" in caught.value.remediation


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("email.subject[gt]a", "Text has no order"),
        ("severity[gte]High", "compare severity_id"),
        ("severity[like]Hi", "with in"),
        ("time[like]2026", "gte and lt"),
        ("is_alert[in]true,false", "one eq for each"),
        ("email.files.hashes.value[eq]abc", "Write in"),
    ],
)
def test_a_refused_operator_is_answered_with_what_works(text: str, advice: str) -> None:
    field = FIELDS[parse(text).field]
    with pytest.raises(UnsupportedOperator) as caught:
        one(text)
    assert all(operator in str(caught.value) for operator in field.operators)
    assert advice in caught.value.remediation
    assert caught.value.position == len(field.name) + 1


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("severity[in]High,Hgih", 17, "did you mean High"),
        ("severity[eq]High,Critical", 12, "not a value of severity"),
        ("severity_id[eq]3.0", 15, "whole number"),
        ("severity_id[eq]٣", 15, "whole number"),
        ("severity_id[eq]+3", 15, "whole number"),
        ("severity_id[eq]9223372036854775808", 15, "64 bits"),
        ("severity_id[eq]-9223372036854775809", 15, "64 bits"),
        ('severity_id[in]1,"2",x', 21, "whole number"),
        ("is_alert[eq]yes", 12, "neither true nor false"),
        ("src_endpoint.ip[eq]192.0.2.0/24", 19, "not an IPv4 or IPv6 address"),
        ("time[gte]yesterday", 9, "not a time"),
        ('email.subject[like]""', 19, "empty text"),
    ],
)
def test_a_bad_value_is_refused_at_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(InvalidValue, match=says) as caught:
        one(text)
    assert caught.value.position == position
    assert parse(text).field in str(caught.value)


def test_an_unknown_enum_value_names_the_known_ones() -> None:
    with pytest.raises(InvalidValue) as caught:
        one("severity[eq]Criticla")
    assert caught.value.suggestions == ("Critical",)
    assert all(level in caught.value.remediation for level in LEVELS)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-01T00:00:00Z", NOVEMBER),
        ("2026-11-01t00:00:00z", NOVEMBER),
        ("2026-11-01", NOVEMBER),
        ("2026-11-01T02:00:00+02:00", NOVEMBER),
        ("2026-10-31T18:30:00-05:30", NOVEMBER),
        ("2026-11-01T00:00:00.5Z", NOVEMBER + 500),
        ("2026-11-01T00:00:00.123000000Z", NOVEMBER + 123),
        ("1793491200000", NOVEMBER),
        ("1970-01-01", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("2028-02-29", 1_835_395_200_000),
    ],
)
def test_times_are_read_as_milliseconds(text: str, ms: int) -> None:
    assert parse_value(ValueType.TIME, text) == ms


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-11-01T00:00:00", "2026-11-01T00:00:00Z for UTC"),
        ("2026-11-01 00:00:00Z", "Write 2026-11-01T00:00:00Z"),
        ("2026-11-01 00:00:00", "Write 2026-11-01T00:00:00Z"),
        ("2026-11-01T00:00:00 02:00", "%2B"),
        ("1793491200", "1793491200000"),
        ("-7d", "2026-11-01T00:00:00Z"),
    ],
)
def test_a_time_that_cannot_be_read_is_answered_with_one_that_can(text: str, hint: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_value(ValueType.TIME, text)
    assert hint in caught.value.remediation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-11-01T24:00:00Z",
        "2026-11-01T23:59:60Z",
        "2026-11-01T00:00:00+24:00",
        "2026-11-01T00:00:00+02:60",
        "2026-11-01T00:00:00.Z",
        "2026-11-01T00:00:00.1234567890Z",
        "2026-11-01T00:00Z",
        "2026-11-01Z",
        "20261101",
        "1969-12-31",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01",
        "２０２６-11-01",
        "2026-11-01\n",
        "179349120000000",
    ],
)
def test_what_is_not_exactly_a_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_value(ValueType.TIME, text)


@given(
    operator=st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "in", "not in"]),
    nanos=st.integers(0, 4_000_000) | st.sampled_from([0, 1_000_000, 2_000_000, 1_999_999]),
    event=st.integers(-1, 5),
)
@settings(max_examples=300)
def test_times_finer_than_a_millisecond_decide_exactly(
    operator: str, nanos: int, event: int
) -> None:
    predicate = one(f"time[{operator}]2026-11-01T00:00:00.{nanos:09d}Z")
    value = event * 1_000_000
    expected = {
        "eq": value == nanos,
        "in": value == nanos,
        "ne": value != nanos,
        "not in": value != nanos,
        "gt": value > nanos,
        "gte": value >= nanos,
        "lt": value < nanos,
        "lte": value <= nanos,
    }[operator]
    assert evaluate(predicate, {"time": NOVEMBER + event}) is expected


def test_a_list_of_times_drops_only_the_finer_ones() -> None:
    field = FIELDS["time"]
    assert one("time[in]2026-11-01T00:00:00.0001Z,2026-11-01") == Condition(
        field, "in", (NOVEMBER,)
    )
    assert one("time[eq]2026-11-01T00:00:00.0001Z") == Condition(field, "in", ())


def deep(levels: int) -> Filter:
    tree: Filter = where("severity", "eq", "High")
    for _ in range(levels):
        tree = ~tree
    return tree


def shared(levels: int) -> Filter:
    """A tree of few objects and astronomically many paths."""
    tree: Filter = Or(())
    for _ in range(levels):
        tree = Or((tree,) * 100)
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        deep(65),
        deep(100_000),
        shared(60),
        Or((where("severity", "eq", "High"),) * 201),
        Or((where("severity", "eq", "High"),) * 1_000_000),
        where("email.to", "in", *["x"] * 10_000),
        where("email.to", "eq", "x" * 10_240),
        where("email.to", "in", *["x" * 4_097] * 1_000),
        where("email.to", "eq", "\ud800"),
        where("email.to", "like", "a\0"),
        where("email.to", "in"),
        where("email.to", "eq", "a", "b"),
        where("no such field\0", "eq", "a"),
        where("x" * 1_000_000, "eq", "a"),
        where("severity", "eq", "H" * 4_000),
    ],
    ids=range(15),
)
def test_oversized_and_malformed_trees_are_refused_at_once(tree: Filter) -> None:
    began = time.process_time()
    with pytest.raises(FilterError) as caught:
        resolve(tree, FIELDS)
    assert time.process_time() - began < 0.5
    assert len(str(caught.value)) < 1_000
    caught.value.filter.encode()


def test_the_deepest_tree_that_is_served() -> None:
    assert evaluate(resolve(deep(64), FIELDS), {"severity": "High"})
    assert evaluate(resolve(parse_all([deep(64)]), FIELDS), {"severity": "High"})
