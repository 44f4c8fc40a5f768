"""The filter as a caller says it: comparisons joined by And, Or and Not, nothing looked up yet."""

from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import TypeVar

from connector_core.errors import FilterError, FilterSyntaxError
from connector_core.filter.fields import Operator
from connector_core.filter.suggest import nearest

MAX_CONDITIONS = 200
"""Comparisons in one query."""
MAX_DEPTH = 64
"""Or, Not and inner And on the way to one comparison; the outermost And is free."""
MAX_NODES = 1_000
"""Comparisons, Ands, Ors and Nots in one query."""
MAX_LIST = 1_000
"""Values of one comparison."""

LISTS = frozenset((Operator.IN, Operator.NOT_IN))
"""The operators that take several values."""

_SPELLINGS: dict[str, Operator] = {operator.value: operator for operator in Operator} | {
    "neq": Operator.NE,
    "not_in": Operator.NOT_IN,
    "not_like": Operator.NOT_LIKE,
}
_MEANT = {
    "=": "eq",
    "==": "eq",
    "is": "eq",
    "equals": "eq",
    "!=": "ne",
    "<>": "ne",
    ">": "gt",
    ">=": "gte",
    "ge": "gte",
    "<": "lt",
    "<=": "lte",
    "le": "lte",
    "nin": "not in",
    "notin": "not in",
    "contains": "like",
}


class _Combinable:
    """Gives every kind of filter the operators ``&``, ``|`` and ``~``."""

    __slots__ = ()

    def __and__(self, other: "Filter") -> "And":
        return _join(And, self, other)

    def __or__(self, other: "Filter") -> "Or":
        return _join(Or, self, other)

    def __invert__(self) -> "Not":
        return Not(self)  # type: ignore[arg-type]  # the four kinds are the only subclasses

    def __bool__(self) -> bool:
        # `a or b` would silently be `a` alone, and so lose every event that only b selects.
        raise TypeError("a filter is neither true nor false: combine filters with &, | and ~")


@dataclass(frozen=True, slots=True)
class Comparison(_Combinable):
    """One ``field[operator]value``; the values are still text, not yet checked."""

    field: str
    operator: Operator
    values: tuple[str, ...]
    """One value, or for ``in`` and ``not in`` any number."""
    text: str = attribute(default="", compare=False)
    """The text that this was read from; empty when built in Python."""
    position: int = attribute(default=0, compare=False)
    """Index into `text` where the field name starts."""


@dataclass(frozen=True, slots=True)
class And(_Combinable):
    """Every item holds; true when there is none."""

    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or(_Combinable):
    """At least one item holds; false when there is none."""

    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not(_Combinable):
    """The item does not hold."""

    item: "Filter"


Filter = Comparison | And | Or | Not

_Joint = TypeVar("_Joint", And, Or)


def _join(kind: type[_Joint], left: object, right: object) -> _Joint:
    """Join two filters flat, so that a chain of one operator stays one level deep."""
    items: list[Filter] = []
    for side in (left, right):
        if isinstance(side, kind):
            items += side.items
        elif isinstance(side, Filter):
            items.append(side)
        else:
            raise TypeError(f"a filter combines with a filter only, not with {type(side).__name__}")
    return kind(tuple(items))


def where(name: str, operator: str, *values: str | int | datetime) -> Comparison:
    """Build one comparison in Python; ``&``, ``|`` and ``~`` combine them.

    Integers, truth values and datetimes are written as a filter text would write them. A datetime
    must carry its offset, as a time in a text must.

    Raises `FilterSyntaxError` for an unknown operator; all else is checked when fields are known.

    >>> where("email.from", "eq", "a@example.com") | where("severity", "in", "High", "Critical")
    ... # doctest: +ELLIPSIS
    Or(items=(Comparison(field='email.from', ...), Comparison(field='severity', ...)))
    """
    return Comparison(name, operator_named(operator), tuple(map(_text_of, values)))


def operator_named(word: str) -> Operator:
    """Return the operator of a spelling, case ignored; raises `FilterSyntaxError`."""
    operator = _SPELLINGS.get(word) or _SPELLINGS.get(word.lower())
    if operator is None:
        meant = _MEANT.get(word.strip().lower())
        near = (meant,) if meant else nearest(word.lower(), tuple(_SPELLINGS))
        raise FilterSyntaxError(
            f"{word[:40]!r} is not an operator",
            suggestions=near,
            remediation=f"The operators are {', '.join(Operator)}.",
        )
    return operator


def _is_flat(root: And) -> bool:
    return all([isinstance(item, Comparison) for item in root.items])  # noqa: C419  # half the time


def check_limits(root: Filter) -> None:
    """Refuse a tree that is too big or not made of filters; recursion-free, stops early.

    Raises `FilterError`. Runs before anything else looks at the tree.
    """
    if isinstance(root, And) and len(root.items) <= MAX_CONDITIONS and _is_flat(root):
        return  # as nearly all filters are
    nodes = conditions = 0
    pending: list[tuple[Filter, int]] = [(root, -1 if isinstance(root, And) else 0)]
    while pending:
        node, depth = pending.pop()
        nodes += 1
        if isinstance(node, Comparison):
            conditions += 1
            if conditions > MAX_CONDITIONS:
                raise FilterError(
                    f"a query takes at most {MAX_CONDITIONS} conditions",
                    remediation="Join values of one field with in, or ask several queries.",
                )
            continue
        if depth == MAX_DEPTH or nodes + len(pending) > MAX_NODES:
            raise FilterError(
                f"a filter takes at most {MAX_DEPTH} levels and {MAX_NODES} parts",
                remediation="Flatten the nested conditions.",
            )
        if isinstance(node, Not):
            pending.append((node.item, depth + 1))
        elif isinstance(node, And | Or):
            pending += [(item, depth + 1) for item in node.items[: MAX_NODES + 1]]
        else:
            raise FilterError(f"a filter is made of filters, not of {type(node).__name__}")


def _text_of(value: object) -> str:
    match value:
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return value.isoformat()
        case _:
            raise FilterSyntaxError(
                f"a filter value is text, a number, a boolean or a datetime, "
                f"not {type(value).__name__}"
            )
