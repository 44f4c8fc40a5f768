"""From the tree to the typed predicate: fields are known, values are of their types."""

from collections.abc import Mapping
from typing import assert_never

from connector_core.errors import FilterError, InvalidValue, UnknownField, UnsupportedOperator
from connector_core.filter.fields import FilterField, Operator, ValueType
from connector_core.filter.parser import MAX_TEXT, to_text, value_positions
from connector_core.filter.predicate import (
    AllOf,
    AnyOf,
    Condition,
    Negation,
    Predicate,
    Test,
    Value,
)
from connector_core.filter.suggest import nearest_fields
from connector_core.filter.tree import (
    LISTS,
    MAX_LIST,
    And,
    Comparison,
    Filter,
    Not,
    Or,
    check_limits,
)
from connector_core.filter.values import check_text, enum_value, parse_time, parse_value, printable

_MEANING: Mapping[Operator, tuple[Test, bool]] = {
    Operator.EQ: ("in", False),
    Operator.NE: ("in", True),
    Operator.IN: ("in", False),
    Operator.NOT_IN: ("in", True),
    Operator.LIKE: ("like", False),
    Operator.NOT_LIKE: ("like", True),
    Operator.GT: ("gt", False),
    Operator.GTE: ("gte", False),
    Operator.LT: ("lt", False),
    Operator.LTE: ("lte", False),
}
"""The test behind an operator, and whether the operator is its negation."""

_FLOORED: Mapping[Test, Test] = {"gt": "gt", "gte": "gt", "lt": "lte", "lte": "lte"}
"""The test against a time rounded down to milliseconds that says the same of whole milliseconds."""


def resolve(filter: Filter, fields: Mapping[str, FilterField]) -> Predicate:
    """Give a filter its meaning in terms of the declared fields.

    Raises `UnknownField`, `UnsupportedOperator`, `InvalidValue`, or `FilterError` for a tree that
    is too big; each names the filter, the place and what would work.
    """
    check_limits(filter)
    return _resolve(filter, fields)


def _resolve(filter: Filter, fields: Mapping[str, FilterField]) -> Predicate:
    match filter:
        case Comparison():
            return _comparison(filter, fields)
        case And():
            return AllOf(tuple([_resolve(item, fields) for item in filter.items]))
        case Or():
            return AnyOf(tuple([_resolve(item, fields) for item in filter.items]))
        case Not():
            return Negation(_resolve(filter.item, fields))
        case _:
            assert_never(filter)


def _comparison(comparison: Comparison, fields: Mapping[str, FilterField]) -> Predicate:
    field = fields.get(comparison.field)
    if field is None:
        raise _unknown_field(comparison, fields)
    if comparison.operator not in field.operators:
        raise _unsupported(comparison, field, fields)
    count = len(comparison.values)
    if count != 1 and (comparison.operator not in LISTS or not 0 < count <= MAX_LIST):
        takes = f"1 to {MAX_LIST:,} values" if comparison.operator in LISTS else "one value"
        message = f"{field.name}: {comparison.operator} takes {takes}, not {count:,}"
        raise InvalidValue(message, filter=_source(comparison)[:200])
    test, negated = _MEANING[comparison.operator]
    condition = (
        _time_condition(comparison, field, test)
        if field.type is ValueType.TIME
        else Condition(field, test, _values(comparison, field, test))
    )
    return Negation(condition) if negated else condition


def _values(comparison: Comparison, field: FilterField, test: Test) -> tuple[Value, ...]:
    values: list[Value] = []
    for index, text in enumerate(comparison.values):
        try:
            if test == "like":  # a part of a text has no form of its own
                check_text(text)
                if not text:
                    raise InvalidValue("every text contains the empty text")
                values.append(text)
            elif field.type is ValueType.ENUM:
                values.append(enum_value(field, text))
            else:
                values.append(parse_value(field.type, text))
        except InvalidValue as error:
            raise _located(error, comparison, index) from None
    return tuple(values)


def _time_condition(comparison: Comparison, field: FilterField, test: Test) -> Condition:
    """Say a condition on times in whole milliseconds, the only ones that events carry.

    A finer time lies between two of them: it equals none, so ``in`` drops it (and with no value
    left holds for no event), and for the others it decides as the millisecond below does.
    """
    values: list[Value] = []
    for index, text in enumerate(comparison.values):
        try:
            check_text(text)
            ms, exact = parse_time(text)
        except InvalidValue as error:
            raise _located(error, comparison, index) from None
        if exact or test != "in":
            values.append(ms)
        if not exact:
            test = _FLOORED.get(test, test)
    return Condition(field, test, tuple(values))


def _unknown_field(comparison: Comparison, fields: Mapping[str, FilterField]) -> UnknownField:
    near = nearest_fields(comparison.field, fields)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    return UnknownField(
        f"there is no filter field {comparison.field[:80]!r}{meant}",
        filter=_source(comparison),
        position=comparison.position,
        suggestions=near,
        remediation="" if near else f"The fields are {', '.join(sorted(fields))}.",
    )


def _unsupported(
    comparison: Comparison, field: FilterField, fields: Mapping[str, FilterField]
) -> UnsupportedOperator:
    takes = ", ".join(field.operators)
    return UnsupportedOperator(
        f"{field.name} does not take {comparison.operator}; it takes {takes}",
        filter=_source(comparison),
        position=comparison.position + len(comparison.field) + 1,
        suggestions=tuple(field.operators),
        remediation=_same_otherwise(comparison.operator, field, fields),
    )


_OTHER: Mapping[Operator, tuple[Operator, str]] = {
    Operator.EQ: (Operator.IN, "Write in with this one value."),
    Operator.NE: (Operator.NOT_IN, "Write not in with this one value."),
    Operator.IN: (Operator.EQ, "Write one eq for each value; Python callers join them with |."),
    Operator.NOT_IN: (Operator.NE, "Write one ne for each value; all of them must hold."),
}


def _same_otherwise(
    operator: Operator, field: FilterField, fields: Mapping[str, FilterField]
) -> str:
    """Return how to say the same with what the field takes; empty when there is no way."""
    other, advice = _OTHER.get(operator, (None, ""))
    if other in field.operators:
        return advice
    if operator in (Operator.LIKE, Operator.NOT_LIKE):
        listed = Operator.IN if operator is Operator.LIKE else Operator.NOT_IN
        if field.type is ValueType.ENUM and listed in field.operators:
            return f"Name the values with {listed}."
        if Operator.GTE in field.operators:
            return "Give a range with gte and lt."
    ordered = fields.get(f"{field.name}_id")
    if field.type is ValueType.ENUM and ordered and operator in ordered.operators:
        return f"Captions have no order; compare {ordered.name}."
    if field.type in (ValueType.TEXT, ValueType.IP, ValueType.MESSAGE_ID):
        return "Text has no order here; name the values, or a part of them with like."
    return ""


def _located(error: InvalidValue, comparison: Comparison, index: int) -> InvalidValue:
    """Add the field and the place to what is wrong with one value."""
    source = _source(comparison)
    try:
        position: int | None = value_positions(source)[index]
    except (FilterError, IndexError):  # built in Python, and not writable as text
        position = None
    return InvalidValue(
        error.message
        if comparison.field in error.message
        else f"{comparison.field}: {error.message}",
        filter=source,
        position=position,
        suggestions=error.suggestions,
        remediation=error.remediation,
    )


def _source(comparison: Comparison) -> str:
    return printable(comparison.text or to_text(comparison))[:MAX_TEXT]
