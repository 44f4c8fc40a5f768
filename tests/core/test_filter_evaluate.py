"""The evaluator against an independent naive one, and the laws of comparing text."""

import math
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.filter import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Condition,
    FilterField,
    Negation,
    Predicate,
    ValueType,
    compile_predicate,
    evaluate,
    fold,
    key,
    parse_all,
    resolve,
    where,
)
from connector_core.filter.predicate import Test

FIELDS = {
    field.name: field
    for field in (
        FilterField(name="time", type=ValueType.TIME),
        FilterField(name="severity", type=ValueType.ENUM, values=("Low", "High")),
        FilterField(name="severity_id", type=ValueType.INTEGER),
        FilterField(name="email.to", type=ValueType.TEXT),
        FilterField(name="email.any", type=ValueType.TEXT, paths=("email.to", "email.cc")),
        FilterField(name="email.urls.hostname", type=ValueType.TEXT, mode="local"),
        FilterField(name="email.files.hashes.value", type=ValueType.TEXT),
        FilterField(name="email.message_uid", type=ValueType.MESSAGE_ID),
        FilterField(name="src_endpoint.ip", type=ValueType.IP, mode="local"),
        FilterField(name="is_alert", type=ValueType.BOOLEAN),
    )
}


# --- a reference: written from the rules, sharing no code with the evaluator ----------------------


def reference_leaves(node: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from reference_leaves(item, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from reference_leaves(node[path[0]], path[1:])


def reference_passes(condition: Condition, value: Any) -> bool:
    kind, wanted = condition.field.type, condition.values
    if kind is ValueType.BOOLEAN:
        return type(value) is bool and any(value is each for each in wanted)
    if kind in (ValueType.INTEGER, ValueType.TIME):
        if type(value) not in (int, float):
            return False
        if condition.test == "in":
            return any(value == each for each in wanted)
        sign = math.nan if math.isnan(value) else (value > wanted[0]) - (value < wanted[0])
        return sign in {"gt": (1,), "gte": (0, 1), "lt": (-1,), "lte": (-1, 0)}[condition.test]
    if type(value) is not str:
        return False
    if condition.test == "like":
        return str(wanted[0]).casefold() in value.casefold()
    return any(reference_equal(kind, value, str(each)) for each in wanted)


def reference_equal(kind: ValueType, left: str, right: str) -> bool:
    if kind is ValueType.IP:
        try:
            return ip_address(left) == ip_address(right)
        except ValueError:
            return left.casefold() == right.casefold()
    if kind is ValueType.MESSAGE_ID:
        left, right = (
            text.removeprefix("<").removesuffix(">") for text in (left.strip(" "), right.strip(" "))
        )
    return left.casefold() == right.casefold()


def reference(predicate: Predicate, event: Any) -> bool:
    match predicate:
        case Condition():
            return any(
                reference_passes(predicate, value)
                for path in predicate.field.paths
                for value in reference_leaves(event, path.split("."))
            )
        case AllOf():
            return all(reference(item, event) for item in predicate.items)
        case AnyOf():
            return any(reference(item, event) for item in predicate.items)
        case Negation():
            return not reference(predicate.item, event)


# --- strategies: few values, so that they meet ---------------------------------------------------

# Characters on which casefold and fold agree, so that the reference may use the former.
WORDS = ["a", "A", "b", "ab", "aB", "é", "É", "", " a", "<a>", "<A>", " <a> ", "<a", "Low", "high"]
ADDRESSES = ["192.0.2.1", "2001:db8::1", "2001:DB8:0::1", "2001:db8::2", "not known", "NOT known"]
NUMBERS = st.integers(-2, 3)
SCALARS = (
    st.none() | st.booleans() | NUMBERS | st.sampled_from([1.0, 1.5, float("nan")])
    | st.sampled_from(WORDS + ADDRESSES)
)  # fmt: skip
ANYTHING = SCALARS | st.lists(SCALARS | st.lists(SCALARS, max_size=2), max_size=3)


def objects(**attributes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    shape = st.fixed_dictionaries({}, optional=attributes)
    return shape | st.lists(shape, max_size=3) | SCALARS


EVENTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "time": ANYTHING,
        "severity": ANYTHING,
        "severity_id": ANYTHING,
        "is_alert": ANYTHING,
        "src_endpoint": objects(ip=ANYTHING),
        "email": objects(
            to=ANYTHING,
            cc=ANYTHING,
            message_uid=ANYTHING,
            urls=objects(hostname=ANYTHING),
            files=objects(hashes=objects(value=ANYTHING)),
        ),
    },
)


RANGES: st.SearchStrategy[Test] = st.sampled_from(["gt", "gte", "lt", "lte"])


@st.composite
def condition(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(list(FIELDS.values())))
    match field.type:
        case ValueType.BOOLEAN:
            return Condition(field, "in", (draw(st.booleans()),))
        case ValueType.INTEGER | ValueType.TIME:
            if draw(st.booleans()):
                return Condition(field, "in", tuple(draw(st.lists(NUMBERS, max_size=3))))
            return Condition(field, draw(RANGES), (draw(NUMBERS),))
        case _:
            texts = st.sampled_from(ADDRESSES if field.type is ValueType.IP else WORDS)
            if field.type is not ValueType.ENUM and draw(st.booleans()):
                return Condition(field, "like", (draw(texts),))
            return Condition(field, "in", tuple(draw(st.lists(texts, max_size=3))))


PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    condition(),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: AllOf(tuple(items)))
        | st.lists(inner, max_size=3).map(lambda items: AnyOf(tuple(items)))
        | inner.map(Negation)
    ),
    max_leaves=6,
)


@given(condition(), EVENTS)
@settings(max_examples=300)
def test_a_condition_selects_what_the_rules_say(one: Condition, event: dict[str, Any]) -> None:
    assert evaluate(one, event) is reference(one, event)


@given(PREDICATES, st.lists(EVENTS, max_size=4))
@settings(max_examples=200)
def test_a_predicate_selects_what_the_rules_say(
    predicate: Predicate, events: list[dict[str, Any]]
) -> None:
    check = compile_predicate(predicate)
    assert [check(event) for event in events] == [reference(predicate, event) for event in events]


@given(st.lists(PREDICATES, max_size=3), EVENTS)
@settings(max_examples=100)
def test_de_morgan(parts: list[Predicate], event: dict[str, Any]) -> None:
    negated = tuple(Negation(part) for part in parts)
    assert evaluate(Negation(AllOf(tuple(parts))), event) is evaluate(AnyOf(negated), event)
    assert evaluate(Negation(AnyOf(tuple(parts))), event) is evaluate(AllOf(negated), event)


def selects(text: str, event: dict[str, Any]) -> bool:
    return evaluate(resolve(parse_all(text), FIELDS), event)


@pytest.mark.parametrize("operator", ["ne", "not in", "not like"])
def test_an_absent_value_satisfies_only_negative_operators(operator: str) -> None:
    positive = {"ne": "eq", "not in": "in", "not like": "like"}[operator]
    events: list[dict[str, Any]] = [{}, {"email": {}}, {"email": {"to": []}}]
    for event in [*events, {"email": {"to": None}}]:
        assert selects(f"email.to[{operator}]a", event)
        assert not selects(f"email.to[{positive}]a", event)


def test_a_negative_operator_holds_only_when_no_element_satisfies_its_positive() -> None:
    event = {"email": {"to": ["a@example.com", "b@example.com"]}}
    assert selects("email.to[eq]B@example.com", event)
    assert not selects("email.to[ne]b@example.com", event)
    assert selects("email.to[ne]c@example.com", event)


def test_the_paths_of_a_field_count_together() -> None:
    assert selects("email.any[eq]b", {"email": {"to": ["a"], "cc": ["b"]}})
    assert not selects("email.any[ne]b", {"email": {"to": ["a"], "cc": ["b"]}})


def test_a_truth_value_is_not_a_number_and_a_number_no_truth_value() -> None:
    assert not selects("severity_id[eq]1", {"severity_id": True})
    assert not selects("severity_id[gte]0", {"severity_id": True})
    assert selects("severity_id[eq]1", {"severity_id": 1.0})
    assert not selects("is_alert[eq]true", {"is_alert": 1})
    assert selects("is_alert[eq]true", {"is_alert": True})


def test_zero_false_and_the_empty_text_are_values() -> None:
    assert selects("severity_id[eq]0", {"severity_id": 0})
    assert selects("is_alert[eq]false", {"is_alert": False})
    assert selects('email.to[eq]""', {"email": {"to": ""}})
    assert not selects('email.to[eq]""', {"email": {}})


def test_two_spellings_of_one_address_are_equal() -> None:
    assert selects("src_endpoint.ip[eq]2001:db8::1", {"src_endpoint": {"ip": "2001:0DB8:0:0::1"}})
    assert not selects("src_endpoint.ip[eq]192.0.2.1", {"src_endpoint": {"ip": "192.0.2.10"}})


def test_message_ids_compare_without_their_brackets() -> None:
    event = {"email": {"message_uid": " <Abc@mail.example> "}}
    assert selects("email.message_uid[eq]abc@MAIL.example", event)
    assert selects("email.message_uid[eq]<abc@mail.example>", event)
    assert not selects("email.message_uid[eq]<<abc@mail.example>>", event)
    assert selects("email.message_uid[eq]<abc@mail.example", event)  # cut off by a vendor
    assert selects("email.message_uid[eq]abc@mail.example>", event)
    assert selects(
        "email.message_uid[eq]abc@mail.example", {"email": {"message_uid": "<abc@mail.example"}}
    )
    assert not selects("email.message_uid[eq]bc@mail.example", event)
    assert selects("email.message_uid[like]<abc", event)


def test_like_takes_no_wildcards() -> None:
    event = {"email": {"to": "50% off_now [x]"}}
    assert selects("email.to[like]50% OFF_", event)
    assert not selects("email.to[like]5%f", event)
    assert not selects("email.to[like]off.now", event)


def test_everything_selects_everything() -> None:
    assert evaluate(EVERYTHING, {})
    assert not evaluate(AnyOf(()), {})


def test_an_event_of_another_shape_is_not_selected_and_does_not_fail() -> None:
    for event in ({"email": "x"}, {"email": [1, None]}, {"email": {"urls": "x"}}):
        assert not selects("email.urls.hostname[eq]x", event)
    assert not evaluate(resolve(where("email.to", "eq", "x"), FIELDS), {"email": {"to": {"x": 1}}})


# --- folding -------------------------------------------------------------------------------------


def test_characters_fold_alike_only_if_lower_and_upper_case_agree() -> None:
    united: dict[str, list[str]] = {}
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if char.lower() == char and char.upper() == char:
            continue  # has no case; checked below to fold to itself
        folded = fold(f"é{char}")[1:]  # past the short cut for ASCII
        assert len(folded) == 1
        assert fold(folded) == folded
        united.setdefault(folded, [folded]).append(char)
    for chars in united.values():
        assert len({char.lower() for char in chars}) == 1
        assert len({char.upper() for char in chars}) == 1
    assert all(folded in chars for folded, chars in united.items())


@given(st.text())
@settings(max_examples=200)
def test_folding_keeps_the_length_and_is_done_once(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
    assert fold(text + "é") == fold(text) + "é"  # the same with and without the ASCII short cut


TRICKY = (
    "aAéÉß\u1e9e\u017fsS\u212akK\u03c2\u03c3\u03a3"
    "\u0130I\u0131i\u00b5\u03bc\u039cǅǆǄ\u212b\u00c5\u00e5"
)
TRICKY_TEXTS = st.lists(st.sampled_from(TRICKY), max_size=3).map("".join)


@given(
    TRICKY_TEXTS.flatmap(
        lambda text: st.tuples(st.just(text), st.sampled_from([text.swapcase(), text.lower()]))
    )
)
@settings(max_examples=300)
def test_equal_folds_mean_equal_in_lower_and_in_upper_case(pair: tuple[str, str]) -> None:
    left, right = pair
    if fold(left) == fold(right):
        assert [char.lower() for char in left] == [char.lower() for char in right]
        assert [char.upper() for char in left] == [char.upper() for char in right]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("\u212a", "k"),  # Kelvin sign
        ("\u212b", "\u00e5"),  # Angstrom sign
        ("\u017f", "s"),  # long s
        ("\u03c2", "\u03c3"),  # final sigma
        ("ß", "\u1e9e"),
        ("ß", "ss"),
        ("\u0130", "i"),  # I with a dot
        ("\u0131", "i"),  # i without
        ("\u00b5", "\u03bc"),  # micro sign
    ],
)
def test_characters_that_only_some_engines_unite_stay_apart(left: str, right: str) -> None:
    assert fold(left) != fold(right)


@pytest.mark.parametrize(
    ("left", "right"), [("A", "a"), ("É", "é"), ("Σ", "σ"), ("Я", "я"), ("Ｚ", "ｚ"), ("𐐀", "𐐨")]
)
def test_characters_that_every_engine_unites_are_equal(left: str, right: str) -> None:
    assert fold(left) == fold(right)
    assert key(ValueType.TEXT, left) == key(ValueType.TEXT, right)
