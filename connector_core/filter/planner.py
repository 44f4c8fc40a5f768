"""The planner: what the vendor is asked to narrow, and what the core still decides."""

from collections.abc import Iterator
from dataclasses import dataclass

from connector_core.filter.fields import ValueType
from connector_core.filter.parser import quoted
from connector_core.filter.predicate import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Condition,
    Negation,
    Predicate,
    Value,
)
from connector_core.filter.values import time_text


@dataclass(frozen=True, slots=True)
class Split:
    """A predicate in two parts; an event is selected when both hold."""

    pushed: Predicate
    """Holds wherever the whole predicate holds; mentions fields of mode ``pushed`` only."""
    local: Predicate
    """What is left to check after the vendor has applied `pushed`; `EVERYTHING` when nothing is."""


def plan(predicate: Predicate) -> Split:
    """Split a predicate into what the vendor narrows by and what the core checks."""
    pushed: list[Predicate] = []
    local: list[Predicate] = []
    for part in conjuncts(predicate):
        if _is_pushed(part):
            pushed.append(part)
        else:
            local.append(part)
            pushed += conjuncts(_weaken(part))
    return Split(AllOf(tuple(pushed)), AllOf(tuple(local)))


def conjuncts(predicate: Predicate) -> list[Predicate]:
    """Return the parts that must all hold, nested `AllOf` flattened."""
    if isinstance(predicate, AllOf):
        return [part for item in predicate.items for part in conjuncts(item)]
    return [predicate]


def conditions(predicate: Predicate) -> Iterator[Condition]:
    """Iterate over every condition, negated ones included, from left to right."""
    match predicate:
        case Condition():
            yield predicate
        case Negation():
            yield from conditions(predicate.item)
        case AllOf() | AnyOf():
            for item in predicate.items:
                yield from conditions(item)


def time_bounds(predicate: Predicate) -> tuple[int | None, int | None]:
    """Return the half-open range ``[start, end)`` of `time` outside which nothing is selected.

    Milliseconds UTC; None where there is no bound. Only conditions on the field named ``time``
    that every selected event must meet count: nothing is concluded from an Or or a Not. The range
    may be empty (start at or after end).
    """
    starts: list[int] = []
    ends: list[int] = []
    for part in conjuncts(predicate):
        if not isinstance(part, Condition) or part.field.name != "time":
            continue
        times = [int(value) for value in part.values]
        match part.test:
            case "gt":
                starts.append(times[0] + 1)
            case "gte":
                starts.append(times[0])
            case "lt":
                ends.append(times[0])
            case "lte":
                ends.append(times[0] + 1)
            case "in":
                starts.append(min(times, default=0))
                ends.append(max(times, default=-1) + 1)
            case "like":
                pass
    return max(starts, default=None), min(ends, default=None)


def describe(predicate: Predicate) -> str:
    """Write a predicate for a reader, conditions as in a filter text."""
    match predicate:
        case Condition():
            return _condition_text(predicate, negated=False)
        case Negation(item=Condition() as condition) if condition.test in ("in", "like"):
            return _condition_text(condition, negated=True)
        case Negation():
            return f"not ({describe(predicate.item)})"
        case AllOf():
            return _joined(predicate.items, " and ") or "everything"
        case AnyOf():
            return _joined(predicate.items, " or ") or "nothing"


def _weaken(predicate: Predicate) -> Predicate:
    """Return the strongest pushed predicate of this form that holds wherever the given one does."""
    if _is_pushed(predicate):
        return predicate
    match predicate:
        case AllOf():
            return AllOf(
                tuple(part for item in predicate.items for part in conjuncts(_weaken(item)))
            )
        case AnyOf():
            branches = tuple(_weaken(item) for item in predicate.items)
            return EVERYTHING if EVERYTHING in branches else AnyOf(branches)
        case _:  # weakening below a negation would strengthen
            return EVERYTHING


def _is_pushed(predicate: Predicate) -> bool:
    if isinstance(predicate, Condition):
        return predicate.field.mode == "pushed"
    return all(condition.field.mode == "pushed" for condition in conditions(predicate))


def _condition_text(condition: Condition, *, negated: bool) -> str:
    values = [_value_text(condition, value) for value in condition.values]
    word: str = condition.test
    if word == "in" and len(values) == 1:
        word = "ne" if negated else "eq"
    elif negated:
        word = f"not {word}"
    return f"{condition.field.name}[{word}]{','.join(values) or '(no value)'}"


def _value_text(condition: Condition, value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return time_text(value) if condition.field.type is ValueType.TIME else str(value)
        case str():
            return quoted(value)


def _joined(items: tuple[Predicate, ...], word: str) -> str:
    if len(items) == 1:
        return describe(items[0])
    return word.join(
        f"({describe(item)})"
        if isinstance(item, AllOf | AnyOf) and len(item.items) > 1
        else describe(item)
        for item in items
    )
