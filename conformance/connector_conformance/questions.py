"""What each declared filter is asked with, chosen so that some events match and some do not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, assert_never

from connector_conformance.subject import Event, ListOperation, Subject
from connector_core.filter import FilterField, Operator, ValueType, fold, key, resolve, where
from connector_core.filter.evaluate import Check, compile_predicate
from connector_core.filter.tree import Comparison
from connector_core.filter.values import MAX_VALUE, time_text

NOBODY: Final = "zz-nobody-has-this"
SPECIAL: Final = "\"'\\|%*_,;()[]{}<>"
"""Characters that mean something in some query language."""
LONG_LIST: Final = 60
"""Values of a list; only the last of them is in an event."""
MOST: Final = 4
"""Questions per operation, field and operator; one where the vendor is slow."""


@dataclass(frozen=True, slots=True)
class FilterCase:
    """One declared operation, field and operator."""

    operation: ListOperation
    field: FilterField
    operator: Operator

    @property
    def id(self) -> str:
        """As in ``query_events-email.subject-not_like``."""
        return f"{self.operation}-{self.field.name}-{self.operator.replace(' ', '_')}"

    def filter(self, *values: str) -> Comparison:
        """The filter that asks with these values."""
        return where(self.field.name, self.operator, *values)

    def selection(self, filter: Comparison) -> Check:
        """Which events it selects, by the core's evaluator."""
        return compile_predicate(resolve(filter, {self.field.name: self.field}))


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask, and whether the events can tell a right answer from a wrong one."""

    filters: tuple[Comparison, ...]
    exercised: bool
    """Whether some event has the attribute."""


def declared(subject: Subject) -> Iterator[FilterCase]:
    """Every operation, field and operator that the provider declares."""
    for operation in subject.listings:
        for field in subject.capabilities(operation).filters:
            for operator in field.operators:
                yield FilterCase(operation, field, operator)


def questions(subject: Subject, case: FilterCase, most: int = 0) -> Questions:
    """The questions of a case, the most telling first; `most` 0 leaves the number to the bench."""
    events = subject.everything(case.operation)
    held = values_of(case.field, events)
    asked = [case.filter(*values) for values in _candidates(case, held)]
    telling = {index: _tells(case.selection(filter), events) for index, filter in enumerate(asked)}
    best_first = sorted(range(len(asked)), key=lambda index: not telling[index])
    most = most or (1 if subject.cases.slow else MOST)
    return Questions(tuple(asked[index] for index in best_first[:most]), bool(held))


def values_of(field: FilterField, events: Sequence[Event]) -> list[Any]:
    """The values of a field in the events that a filter can name, those that few share first."""
    found: Counter[Any] = Counter()
    for event in events:
        here = (value for path in field.paths for value in _at(event, path.split(".")))
        found.update({value for value in here if _is_value(field, value)})
    split = {value: 0 < count < len(events) for value, count in found.items()}
    return sorted(found, key=lambda v: (not split[v], not _is_special(v), found[v], str(v)))


def _at(node: Any, steps: Sequence[str]) -> Iterator[Any]:
    match node:
        case list():
            for item in node:
                yield from _at(item, steps)
        case dict() if steps:
            if (value := node.get(steps[0])) is not None:
                yield from _at(value, steps[1:])
        case _ if not steps:
            yield node


def _is_value(field: FilterField, value: Any) -> bool:
    match field.type:
        case ValueType.BOOLEAN:
            return isinstance(value, bool)
        case ValueType.INTEGER | ValueType.TIME:
            return isinstance(value, int) and not isinstance(value, bool)
        case ValueType.ENUM if not field.open:
            return value in field.values
        case ValueType.IP:
            return isinstance(value, str) and _is_ip(value)
        case _:
            return isinstance(value, str) and _can_be_asked(value)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _can_be_asked(text: str) -> bool:
    if not 0 < len(text) <= MAX_VALUE or "\0" in text:
        return False
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _is_special(value: Any) -> bool:
    return isinstance(value, str) and any(char in SPECIAL for char in value)


def _tells(selects: Check, events: Sequence[Event]) -> bool:
    count = sum(map(selects, events))
    return 0 < count < len(events)


# --- candidates ---------------------------------------------------------------------------------


def _candidates(case: FilterCase, held: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    """Values for one filter each.

    The first ones of related operators select the same or the opposite events: a slow vendor then
    meets fewer new questions.
    """
    if case.field.type is ValueType.BOOLEAN:
        yield from (("true",), ("false",))
        return
    absent = [asked_text(case.field, value) for value in absent_values(case.field, held)]
    if not held:
        yield from ((text,) for text in absent[:1])
        return
    texts = [asked_text(case.field, value) for value in held]
    match case.operator:
        case Operator.EQ | Operator.NE:
            yield (_other_case(case.field, texts[0]),)
            yield from ((text,) for text in texts[1:2])
            yield from ((text,) for text in absent[:1])
            yield from ((text,) for text in _contained(texts))
        case Operator.IN | Operator.NOT_IN:
            yield (*absent, _other_case(case.field, texts[0]))
            others = [_other_case(case.field, text) for text in texts[1:3]]
            yield (*texts[:1], *others, *absent[:1])
            yield from ((text,) for text in absent[:1])
        case Operator.LIKE | Operator.NOT_LIKE:
            parts = [part for value in held[:6] for part in _parts(value)]
            turned = parts if case.operator is Operator.LIKE else parts[::-1]
            yield from ((_other_case(case.field, part),) for part in turned)
            yield (NOBODY,)
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            numbers = sorted(held)
            for value in (numbers[len(numbers) // 2], numbers[-1], numbers[0]):
                yield (asked_text(case.field, value),)
            step = 1 if case.operator in (Operator.GTE, Operator.LT) else -1
            yield (asked_text(case.field, numbers[len(numbers) // 2] + step),)
        case _:
            assert_never(case.operator)


def _contained(texts: Sequence[str]) -> list[str]:
    """A text that is part of another one, whose owner a search for parts would find too."""
    folded = [fold(text) for text in texts]
    return [
        text
        for text, part in zip(texts, folded, strict=True)
        if any(part in other and part != other for other in folded)
    ][:1]


def absent_values(field: FilterField, held: Sequence[Any]) -> list[Any]:
    """Values of the field's type that no event has, fewer than `LONG_LIST`.

    Only few of a time and of a closed set of words; none where every known word occurs.
    """
    numbers = range(LONG_LIST)
    keys = {key(field.type, value) for value in held}
    match field.type:
        case ValueType.ENUM if not field.open:
            options: list[Any] = list(field.values)
        case ValueType.INTEGER:
            options = [987_654_321 - number for number in numbers]
        case ValueType.TIME:
            options = [value + 1 for value in held[:3]] or [1_700_000_000_000]
        case ValueType.IP:
            options = [f"203.0.113.{253 - number}" for number in numbers]
        case ValueType.MESSAGE_ID:
            options = [f"<nobody{number}@nowhere.example>" for number in numbers]
        case _:
            options = [NOBODY, *(f"zz{number}" for number in numbers)]
    return [value for value in options if key(field.type, value) not in keys][: LONG_LIST - 1]


def asked_text(field: FilterField, value: Any) -> str:
    """A value as a filter writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() if field.type is ValueType.TIME:
            return time_text(value)
        case _:
            return str(value)


def _other_case(field: FilterField, text: str) -> str:
    """The same value in other letters, where these compare equal."""
    if field.type in (ValueType.INTEGER, ValueType.TIME, ValueType.BOOLEAN):
        return text
    if field.type is ValueType.MESSAGE_ID:
        text = text.removeprefix("<").removesuffix(">") or text
    other = text.swapcase()
    return other if fold(other) == fold(text) else text


def _parts(text: str) -> Iterator[str]:
    """Parts of a text: round a special character, its end, its beginning, its middle."""
    for place, char in enumerate(text):
        if char in SPECIAL:
            yield text[max(0, place - 2) : place + 3]
            break
    yield text[-5:]
    yield text[:5]
    third = len(text) // 3
    yield text[third : 2 * third + 1]
