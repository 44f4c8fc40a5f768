"""Laws of filters that are joined: by Or, by And, under Not, on one field and on two."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pytest

from connector_conformance.gaps import difference
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.questions import FilterCase, absent_values, asked_text, values_of
from connector_conformance.subject import Event, ListOperation, Subject
from connector_core import Connector
from connector_core.filter import (
    And,
    Filter,
    FilterField,
    Not,
    Operator,
    Or,
    ValueType,
    compile_predicate,
    describe,
    resolve,
    where,
)

MOST: Final = 6
"""Fields of an operation that are asked."""
FEW: Final = 2
"""Questions of a test where the vendor is slow."""
PART: Final = 3
"""Characters of a part; a text from which two are taken has twice as many at least."""


@dataclass(frozen=True, slots=True)
class Known:
    """A text field, a value that some event has, and one that none has."""

    field: FilterField
    value: str
    nobody: str

    @property
    def real(self) -> Filter:
        """Selects some event."""
        return where(self.field.name, Operator.EQ, self.value)

    @property
    def absent(self) -> Filter:
        """Selects none."""
        return where(self.field.name, Operator.EQ, self.nobody)

    @property
    def parts(self) -> tuple[Filter, Filter] | None:
        """Two parts of the value that do not overlap; None where parts cannot be asked for."""
        if Operator.LIKE not in self.field.operators or len(self.value) < 2 * PART:
            return None
        texts = self.value[:PART].strip(), self.value[-PART:].strip()
        if not all(texts):
            return None
        first, last = (where(self.field.name, Operator.LIKE, text) for text in texts)
        return first, last


class JoinedLaws:
    """However filters are joined, the answer is what the evaluator selects."""

    @read_only
    @promise("filters", "An Or selects what any of its sides selects, in whatever order they come.")
    def test_an_or_selects_what_any_side_selects(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        """One side selects nothing: on one field, then on two."""
        _hold(
            subject,
            connector,
            operation,
            either,
            "An Or may be pushed as a whole alone: a side that is left out, or taken for a"
            " condition that must hold, loses events.",
        )

    @read_only
    @promise("filters", "Filters that must all hold are not mixed up, on one field or on two.")
    def test_an_and_selects_what_all_sides_select(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        """Two parts of one text in both orders, and two fields of one event."""
        _hold(
            subject,
            connector,
            operation,
            both,
            "Where the vendor takes one value for a field, push one condition and leave the other"
            " to the core; two texts joined to one are another question.",
        )

    @read_only
    @promise("filters", "A Not selects all that its inside does not, however much is inside.")
    def test_a_not_selects_all_the_rest(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        """Of an Or and of an And."""
        _hold(
            subject,
            connector,
            operation,
            neither,
            "Not (a or b) is Not a and Not b, Not (a and b) is Not a or Not b; what the vendor"
            " cannot be told, the core decides.",
        )


Joins = Callable[[Sequence[Known]], Iterator[Filter]]


def either(known: Sequence[Known]) -> Iterator[Filter]:
    """On one field and on two, the side that selects something first and last."""
    for one, other in _pairs(known):
        yield Or((one.absent, one.real))
        yield Or((other.real, one.absent))
        if other is not one:
            yield Or((one.absent, other.real))
            yield Or((one.real, one.absent))


def both(known: Sequence[Known]) -> Iterator[Filter]:
    """Two parts of one text in both orders; two fields."""
    for one, other in _pairs(known):
        if parts := one.parts:
            yield And(parts[::-1])
        if other is not one:
            yield And((one.real, other.real))
        if parts:
            yield And(parts)


def neither(known: Sequence[Known]) -> Iterator[Filter]:
    """Neither side, and not both."""
    for one, other in _pairs(known):
        yield Not(Or((one.real, other.absent)))
        if other is not one:
            yield Not(And((one.real, other.real)))


def _pairs(known: Sequence[Known]) -> Iterator[tuple[Known, Known]]:
    yield from zip(known, [*known[1:], *known[:1]], strict=True)


def known_fields(subject: Subject, operation: ListOperation) -> list[Known]:
    """The fields to ask: those that the vendor narrows by first, spread over all of them.

    Their values are of one event as far as it has them.
    """
    events = subject.everything(operation)
    fields = [
        field
        for field in subject.capabilities(operation).filters
        if field.type in (ValueType.TEXT, ValueType.MESSAGE_ID) and Operator.EQ in field.operators
    ]
    found = [each for field in fields if (each := _known(operation, field, events))]
    pushed = [each for each in found if each.field.mode != "local"] or found
    return pushed[:: -(-len(pushed) // MOST)] if pushed else []


def _known(operation: ListOperation, field: FilterField, events: Sequence[Event]) -> Known | None:
    held = values_of(field, events)
    nobody = absent_values(field, held)[:1]
    if not held or not nobody:
        return None
    rich = max(events, key=lambda event: len(str(event)))
    of_one = [value for value in values_of(field, [rich]) if value in held]
    telling = [value for value in held if _splits(operation, field, str(value), events)]
    value = next((value for value in of_one if value in telling), (telling or held)[0])
    return Known(field, asked_text(field, value), asked_text(field, nobody[0]))


def _splits(
    operation: ListOperation, field: FilterField, value: str, events: Sequence[Event]
) -> bool:
    case = FilterCase(operation, field, Operator.EQ)
    return 0 < sum(map(case.selection(case.filter(value)), events)) < len(events)


def _hold(
    subject: Subject, connector: Connector, operation: ListOperation, joins: Joins, advice: str
) -> None:
    known = known_fields(subject, operation)
    if not known:
        pytest.skip(f"{operation} has no text filter with a value in its events")
    fields: dict[str, Any] = {each.name: each for each in subject.capabilities(operation).filters}
    events = subject.everything(operation)
    for filter in islice(joins(known), FEW if subject.cases.slow else None):
        predicate = resolve(filter, fields)
        wanted = list(_filter(compile_predicate(predicate), events))
        gap = difference(list(subject.read(connector, operation, filter)), wanted)
        assert not gap, f"{operation} {describe(predicate)}: {gap} {advice}"


def _filter(selects: Callable[[Event], bool], events: Sequence[Event]) -> Iterator[Event]:
    return (event for event in events if selects(event))
