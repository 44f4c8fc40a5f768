"""The typed predicate: what a filter means once its fields and values are known.

Negative operators do not occur here: ``ne`` is the `Negation` of ``in`` with one value. So "an
absent value satisfies only negative operators" holds by construction, and so does "a negative
operator holds when no element satisfies its positive".
"""

from dataclasses import dataclass
from typing import Literal

from connector_core.filter.fields import FilterField

Test = Literal["in", "like", "gt", "gte", "lt", "lte"]
Value = str | int | bool
"""Text as the caller wrote it, an integer (times in milliseconds UTC), or a truth value."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one field: some value of the field passes against some of `values`."""

    field: FilterField
    test: Test
    values: tuple[Value, ...]
    """One value, or for ``in`` any number; ``in`` with none holds for no event."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every item holds; true when there is none."""

    items: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one item holds; false when there is none."""

    items: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The item does not hold."""

    item: "Predicate"


Predicate = Condition | AllOf | AnyOf | Negation

EVERYTHING = AllOf(())
"""The predicate of a query without filters."""
