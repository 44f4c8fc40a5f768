"""Expressions: what stands in `where`, `extend`, `project` and `summarize`.

A node checks itself when it is made and raises ValueError, so that what cannot be rendered cannot
be built either. Values (`Text`, `Long`, `Instant`) may come from input; names never do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from .names import FUNCTIONS, checked_name, require

if TYPE_CHECKING:
    from .table import Let, Pipeline, TabularOperator

Operator = Literal["==", "<", "<=", ">", ">=", "contains", "contains_cs", "matches regex"]
"""What queries compare with; the others of KQL are not offered."""

MAX_OPTIONS: Final = 1_000
"""Most values of one `in` list. The service takes more; a list this long wants another query."""
MAX_AMONG: Final = 1_000_000
"""Most distinct values of a table that `in~` looks at.

Source: Microsoft, Kusto Query Language, "in~ operator", 2026: "The search will consider up to
1,000,000 distinct values." Of an error it says nothing.
"""
MAX_CHAIN: Final = 400
"""Most items of one `and` or `or`: Microsoft's analyzer gives up at about 490."""

_OPERATORS: Final = frozenset(get_args(Operator))
_UNSENDABLE: Final = re.compile("[\0\ud800-\udfff]")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,7}))?Z"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name."""

    name: str

    def __post_init__(self) -> None:
        checked_name(self.name)


@dataclass(frozen=True, slots=True)
class Text:
    """A string value, kept as it is: KQL compares code points and so do we.

    NUL and lone surrogates raise ValueError: neither survives the way to the service, which would
    then look for something else. The value is not part of the error, because it is mail content.
    """

    value: str

    def __post_init__(self) -> None:
        if _UNSENDABLE.search(self.value):
            raise ValueError("text with a NUL or a lone surrogate cannot be sent in a query")


@dataclass(frozen=True, slots=True)
class Long:
    """A whole number of 64 bits; it compares with `int` columns too."""

    value: int

    def __post_init__(self) -> None:
        require(not isinstance(self.value, bool), "a boolean is a Bool, not a Long")
        require(-(2**63) <= self.value < 2**63, "{} does not fit a KQL long", self.value)


@dataclass(frozen=True, slots=True)
class Bool:
    """A truth value."""

    value: bool


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in UTC as text, because a KQL datetime holds 100 ns and Python's only microseconds.

    Takes up to seven decimals and a `Z`, keeps exactly seven: from `2026-11-01T00:00:00Z` it makes
    `2026-11-01T00:00:00.0000000Z`. Anything else raises ValueError.
    """

    text: str

    def __post_init__(self) -> None:
        match = _INSTANT.fullmatch(self.text)
        if match is None:
            raise ValueError(f"want a UTC time like 2026-11-01T00:00:00Z, got {self.text!r}")
        seconds, fraction = match.groups(default="")
        datetime.fromisoformat(seconds)  # a day or an hour that does not exist: ValueError
        object.__setattr__(self, "text", f"{seconds}.{fraction:0<7}Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A function or aggregate applied to arguments; see `names.FUNCTIONS`. Short form: `call`."""

    function: str
    arguments: tuple["Expr", ...] = ()

    def __post_init__(self) -> None:
        require(self.function in FUNCTIONS, "{!r} is not a function we call", self.function)


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison. Of text, `contains` alone does not respect case."""

    operator: Operator
    left: "Expr"
    right: "Expr"

    def __post_init__(self) -> None:
        if self.operator not in _OPERATORS:
            raise ValueError(f"{self.operator!r} is not an operator we use")


@dataclass(frozen=True, slots=True)
class Member:
    """`item in (options)`, or in the single column that a pipeline answers.

    Nothing is a member of an empty list: that renders as `false` (`true` when negated), since KQL
    has no empty list. More than `MAX_OPTIONS` options raise ValueError.
    """

    item: "Expr"
    options: "tuple[Expr, ...] | Pipeline"
    negated: bool = False
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.options, tuple) and len(self.options) > MAX_OPTIONS:
            raise ValueError(f"{len(self.options)} values in one list; at most {MAX_OPTIONS}")


@dataclass(frozen=True, slots=True)
class Among:
    """`item` stands in a column of `rows`, compared without case, or more than `most` values do.

    Of so many values the service would leave some out without a word, and items with them.
    """

    item: "Expr"
    rows: "Pipeline"
    column: str
    most: int = MAX_AMONG

    def __post_init__(self) -> None:
        checked_name(self.column)


@dataclass(frozen=True, slots=True)
class And:
    """All items hold; without items `true`. At most `MAX_CHAIN` items, else ValueError."""

    items: tuple["Expr", ...]

    def __post_init__(self) -> None:
        _check_chain(self.items)


@dataclass(frozen=True, slots=True)
class Or:
    """Any item holds; without items `false`. At most `MAX_CHAIN` items, else ValueError."""

    items: tuple["Expr", ...]

    def __post_init__(self) -> None:
        _check_chain(self.items)


@dataclass(frozen=True, slots=True)
class Not:
    """The item does not hold. As in KQL, `not` of null is null, and `where` drops null."""

    item: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class Lasting:
    """A part that many queries share: `render` writes it once and keeps the text with it.

    A call, a step or a definition: what stands around it does not change how it is written. Equal
    only to itself.
    """

    part: "Call | TabularOperator | Let"
    written: list[tuple[int, str]] = field(default_factory=list, init=False, repr=False)
    """The depth at which it was written and the text; filled by `render` alone."""


Expr: TypeAlias = (
    Column
    | Text
    | Long
    | Bool
    | Instant
    | Call
    | Binary
    | Member
    | Among
    | And
    | Or
    | Not
    | Lasting
)


def _check_chain(items: tuple[Expr, ...]) -> None:
    if len(items) > MAX_CHAIN:
        raise ValueError(f"{len(items)} conditions in one chain; at most {MAX_CHAIN}")


TRUE: Final = And(())
FALSE: Final = Or(())


def call(function: str, *arguments: Expr) -> Call:
    """`call("tolower", Column("Subject"))` is `tolower(Subject)`."""
    return Call(function, arguments)


def all_of(*conditions: Expr) -> Expr:
    """Combine with `and`: flat, without constants. `all_of()` is `TRUE`.

    Raises ValueError when more than `MAX_CHAIN` conditions are left.
    """
    return _combine(And, conditions, neutral=True)


def any_of(*conditions: Expr) -> Expr:
    """Combine with `or`: flat, without constants. `any_of()` is `FALSE`.

    Raises ValueError when more than `MAX_CHAIN` conditions are left.
    """
    return _combine(Or, conditions, neutral=False)


def negate(condition: Expr) -> Expr:
    """The opposite, for `where`: takes off a `Not` rather than adding a second one.

    Of a null column `==` is false and its opposite operator true, but `not` of null is null: both a
    condition and its `Not` may drop a row.
    """
    match condition:
        case Not(item):
            return item
        case _ if (constant := _constant(condition)) is not None:
            return FALSE if constant else TRUE
        case _:
            return Not(condition)


def _constant(condition: Expr) -> bool | None:
    if isinstance(condition, And | Or):
        return None if condition.items else isinstance(condition, And)
    return condition.value if isinstance(condition, Bool) else None


def _combine(chain: type[And] | type[Or], conditions: Iterable[Expr], *, neutral: bool) -> Expr:
    flat: list[Expr] = []
    for condition in conditions:
        for part in condition.items if isinstance(condition, chain) else (condition,):
            constant = _constant(part)
            if constant is None:
                flat.append(part)
            elif constant is not neutral:
                return TRUE if constant else FALSE
    if len(flat) == 1:
        return flat[0]
    return chain(tuple(flat)) if flat else TRUE if neutral else FALSE
