"""Tables, what is done to their rows, and the whole query. Checked when made, like expressions."""

from dataclasses import dataclass
from typing import TypeAlias

from .expression import Expr, Lasting
from .names import checked_name, checked_names, require


@dataclass(frozen=True, slots=True)
class Named:
    """`name = value`, in extend, project and summarize."""

    name: str
    value: Expr

    def __post_init__(self) -> None:
        checked_name(self.name)


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table of the service."""

    name: str

    def __post_init__(self) -> None:
        checked_name(self.name)


@dataclass(frozen=True, slots=True)
class LetRef:
    """A table that a `Let` of the same query defines."""

    name: str

    def __post_init__(self) -> None:
        checked_name(self.name)


@dataclass(frozen=True, slots=True)
class Union:
    """The rows of all parts; a column that a part lacks is empty there.

    `fuzzy` leaves out parts whose table does not exist, without a word: use it only where a missing
    table is reported some other way.
    """

    parts: tuple["Pipeline", ...]
    fuzzy: bool = False

    def __post_init__(self) -> None:
        require(self.parts, "a union needs a part")


@dataclass(frozen=True, slots=True)
class Where:
    """Keep the rows for which `predicate` is true; null is not true."""

    predicate: Expr


@dataclass(frozen=True, slots=True)
class Extend:
    """Add columns. A column does not see the others of the same `Extend`."""

    columns: tuple[Named, ...]

    def __post_init__(self) -> None:
        require(self.columns, "extend needs a column")


@dataclass(frozen=True, slots=True)
class Project:
    """Keep these columns, in this order."""

    columns: tuple[Named | str, ...]

    def __post_init__(self) -> None:
        require(self.columns, "project needs a column")
        checked_names(column for column in self.columns if isinstance(column, str))


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; ascending puts nulls first, descending last."""

    column: str
    descending: bool = False

    def __post_init__(self) -> None:
        checked_name(self.column)


@dataclass(frozen=True, slots=True)
class Sort:
    """Order the rows, by the first key, then the next."""

    keys: tuple[SortKey, ...]

    def __post_init__(self) -> None:
        require(self.keys, "sort needs a key")


@dataclass(frozen=True, slots=True)
class Take:
    """At most `count` rows: the first ones after a `Sort`, otherwise any."""

    count: int

    def __post_init__(self) -> None:
        require(0 <= self.count < 2**31, "cannot take {} rows", self.count)


@dataclass(frozen=True, slots=True)
class Summarize:
    """One row per distinct value of `by`, or one row in all."""

    aggregates: tuple[Named, ...]
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(self.aggregates or self.by, "summarize needs an aggregate or a key")
        checked_names(self.by)


@dataclass(frozen=True, slots=True)
class Join:
    """Join, outer on the left, on columns of equal name and value: no row is lost."""

    right: "Pipeline"
    on: tuple[str, ...]

    def __post_init__(self) -> None:
        require(self.on, "join needs a key")
        checked_names(self.on)


@dataclass(frozen=True, slots=True)
class GetSchema:
    """The columns of the table instead of its rows."""


Source: TypeAlias = TableRef | LetRef | Union
TabularOperator: TypeAlias = (
    Where | Extend | Project | Sort | Take | Summarize | Join | GetSchema | Lasting
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A table and what is done to its rows, step by step."""

    source: Source
    operators: tuple[TabularOperator, ...] = ()

    def pipe(self, *operators: TabularOperator) -> "Pipeline":
        """The same pipeline with more steps at its end."""
        return Pipeline(self.source, self.operators + operators)


@dataclass(frozen=True, slots=True)
class Let:
    """A name for a table. `materialize` one that is read twice."""

    name: str
    value: Pipeline
    materialize: bool = False

    def __post_init__(self) -> None:
        checked_name(self.name)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement: definitions, then one table."""

    body: Pipeline
    lets: tuple[Let | Lasting, ...] = ()
