"""The planner: nothing is lost by pushing, nothing is forgotten locally."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.filter import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Condition,
    Filter,
    FilterField,
    Negation,
    Predicate,
    ValueType,
    conditions,
    describe,
    evaluate,
    parse_all,
    plan,
    resolve,
    time_bounds,
    where,
)

FIELDS = {
    "time": FilterField(name="time", type=ValueType.TIME),
    "kind": FilterField(name="kind", type=ValueType.TEXT),
    "tags": FilterField(name="tags", type=ValueType.TEXT),
    "count": FilterField(name="count", type=ValueType.INTEGER),
    "note": FilterField(name="note", type=ValueType.TEXT, mode="local"),
    "size": FilterField(name="size", type=ValueType.INTEGER, mode="local"),
}
KIND, NOTE = where("kind", "eq", "a"), where("note", "eq", "b")
TAGS, SIZE = where("tags", "like", "c"), where("size", "gt", 1)


def read(*filters: str | Filter) -> Predicate:
    return resolve(parse_all(filters), FIELDS)


def leaf(filter: Filter) -> Predicate:
    return resolve(filter, FIELDS)


TEXTS = st.sampled_from(["a", "b", "ab"])
NUMBERS = st.integers(0, 4)
LEAVES = st.sampled_from(list(FIELDS.values())).flatmap(
    lambda field: (
        st.builds(Condition, st.just(field), st.sampled_from(["in", "like"]), st.tuples(TEXTS))
        if field.type is ValueType.TEXT
        else st.builds(
            Condition,
            st.just(field),
            st.sampled_from(["in", "gt", "gte", "lt", "lte"]),
            st.tuples(NUMBERS),
        )
    )
)
PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: AllOf(tuple(items)))
        | st.lists(inner, max_size=3).map(lambda items: AnyOf(tuple(items)))
        | inner.map(Negation)
    ),
    max_leaves=8,
)
EVENTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"time": NUMBERS},
    optional={
        "kind": TEXTS,
        "tags": st.lists(TEXTS, max_size=2),
        "count": NUMBERS,
        "note": TEXTS,
        "size": NUMBERS,
    },
)


@given(PREDICATES, st.lists(EVENTS, min_size=1, max_size=6))
@settings(max_examples=300)
def test_pushing_loses_nothing_and_the_rest_is_checked(
    predicate: Predicate, events: list[dict[str, Any]]
) -> None:
    split = plan(predicate)
    assert all(each.field.mode == "pushed" for each in conditions(split.pushed))
    for event in events:
        whole = evaluate(predicate, event)
        assert evaluate(split.pushed, event) or not whole
        assert (evaluate(split.pushed, event) and evaluate(split.local, event)) is whole


@given(PREDICATES, EVENTS)
@settings(max_examples=300)
def test_nothing_outside_the_time_bounds_is_selected(
    predicate: Predicate, event: dict[str, Any]
) -> None:
    start, end = time_bounds(predicate)
    inside = (start is None or start <= event["time"]) and (end is None or event["time"] < end)
    assert inside or not evaluate(predicate, event)


def test_conjuncts_are_split_by_who_can_decide_them() -> None:
    split = plan(read(KIND, NOTE, TAGS))
    assert split.pushed == AllOf((leaf(KIND), leaf(TAGS)))
    assert split.local == AllOf((leaf(NOTE),))


def test_all_pushed_leaves_nothing_to_check() -> None:
    assert plan(read(KIND, ~TAGS, KIND | TAGS)).local == EVERYTHING
    assert plan(EVERYTHING) == plan(AllOf((EVERYTHING, EVERYTHING)))
    assert plan(EVERYTHING).pushed == EVERYTHING


def test_all_local_pushes_nothing() -> None:
    split = plan(read(NOTE, ~SIZE))
    assert split.pushed == EVERYTHING
    assert split.local == read(NOTE, ~SIZE)


@pytest.mark.parametrize("filter", [KIND | NOTE, ~(KIND & NOTE), ~(KIND | NOTE)])
def test_a_part_that_needs_a_local_field_stays_local_as_a_whole(filter: Filter) -> None:
    split = plan(read(filter, TAGS))
    assert split.pushed == AllOf((leaf(TAGS),))
    assert split.local == AllOf((leaf(filter),))


def test_an_or_is_narrowed_when_every_branch_can_be() -> None:
    split = plan(read((KIND & NOTE) | TAGS))
    assert split.pushed == AllOf((AnyOf((AllOf((leaf(KIND),)), leaf(TAGS))),))
    assert split.local == read((KIND & NOTE) | TAGS)


@pytest.mark.parametrize(
    ("filters", "bounds"),
    [
        ([], (None, None)),
        (["time[gte]1970-01-02"], (86_400_000, None)),
        (["time[gt]1970-01-02"], (86_400_001, None)),
        (["time[lt]1970-01-02"], (None, 86_400_000)),
        (["time[lte]1970-01-02"], (None, 86_400_001)),
        (["time[eq]1970-01-02"], (86_400_000, 86_400_001)),
        (["time[in]1970-01-03,1970-01-02"], (86_400_000, 172_800_001)),
        (["time[gte]1970-01-02", "time[gte]1970-01-03", "kind[eq]a"], (172_800_000, None)),
        (["time[lt]1970-01-02", "time[lt]1970-01-03"], (None, 86_400_000)),
        (["time[ne]1970-01-02"], (None, None)),
        ([where("time", "gte", "1970-01-02") | KIND], (None, None)),
        ([~where("time", "gte", "1970-01-02")], (None, None)),
        (["time[gte]1970-01-01T00:00:00.0015Z"], (2, None)),
        (["time[lt]1970-01-01T00:00:00.0015Z"], (None, 2)),
    ],
)
def test_time_bounds(filters: list[str | Filter], bounds: tuple[int | None, int | None]) -> None:
    assert time_bounds(read(*filters)) == bounds


def test_a_time_that_no_event_has_gives_an_empty_range() -> None:
    start, end = time_bounds(read("time[eq]1970-01-01T00:00:00.0015Z"))
    assert start is not None
    assert end is not None
    assert start >= end


def test_parts_that_must_all_hold_are_described_side_by_side() -> None:
    predicate = read(
        "kind[in]a,B", "note[neq]x", "time[gte]2026-11-01T00:00:00.5Z", KIND | (NOTE & SIZE)
    )
    assert describe(predicate) == (
        "kind[in]a,B and note[ne]x and time[gte]2026-11-01T00:00:00.500Z"
        " and (kind[eq]a or (note[eq]b and size[gt]1))"
    )


@pytest.mark.parametrize(
    ("filter", "text"),
    [
        (where("kind", "eq", 'a"b'), 'kind[eq]"a\\"b"'),
        (where("kind", "not in", "a", "b"), "kind[not in]a,b"),
        (where("kind", "not like", "a"), "kind[not like]a"),
        (~where("count", "gt", 3), "not (count[gt]3)"),
        (~(KIND | TAGS), "not (kind[eq]a or tags[like]c)"),
    ],
)
def test_a_predicate_reads_like_a_filter(filter: Filter, text: str) -> None:
    assert describe(leaf(filter)) == text


def test_the_empty_predicates_have_names() -> None:
    assert describe(EVERYTHING) == "everything"
    assert describe(AnyOf(())) == "nothing"
