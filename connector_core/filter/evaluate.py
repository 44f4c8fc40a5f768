"""The evaluator: which events a predicate selects. It is the specification of every answer.

On a path that runs through lists a condition holds when any element satisfies it. Absent values
and ``null`` satisfy no condition, hence every `Negation` of one. A value of another type than the
field's is no value of it: ``true`` is not 1, and ``"1"`` is not a number.
"""

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from connector_core.filter.fields import ValueType
from connector_core.filter.predicate import AllOf, AnyOf, Condition, Negation, Predicate
from connector_core.filter.values import TEXT_KEYS, fold, key

Check = Callable[[Mapping[str, Any]], bool]
"""Whether an event is selected."""
_Probe = Callable[[Any], bool]

_MAPPINGS = (dict, Mapping)  # the common type first: the second is slow to ask
_LISTS = (list, tuple)
_NUMBERS = (int, float)


def evaluate(predicate: Predicate, event: Mapping[str, Any]) -> bool:
    """Say whether a predicate selects one event; compile it once for many."""
    return compile_predicate(predicate)(event)


def compile_predicate(predicate: Predicate) -> Check:
    """Return a fast function that says whether an event (JSON-ready OCSF) is selected."""
    match predicate:
        case Condition():
            probe = _probe(predicate)
            return _any([_walk(path.split("."), probe) for path in predicate.field.paths])
        case AllOf():
            return _all([compile_predicate(item) for item in predicate.items])
        case AnyOf():
            return _any([compile_predicate(item) for item in predicate.items])
        case Negation():
            return _not(compile_predicate(predicate.item))
        case _:
            assert_never(predicate)


def _all(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def every(event: Mapping[str, Any]) -> bool:
        for check in checks:  # noqa: SIM110  # a loop is twice as fast as all() of a generator
            if not check(event):
                return False
        return True

    return every


def _any(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def some(event: Mapping[str, Any]) -> bool:
        for check in checks:  # noqa: SIM110
            if check(event):
                return True
        return False

    return some


def _not(check: Check) -> Check:
    return lambda event: not check(event)


def _walk(path: list[str], probe: _Probe) -> Check:
    """Return a function that looks for a value at a path, lists opened, that passes the probe."""
    name, *rest = path
    below = _walk(rest, probe) if rest else probe

    def search(node: Any) -> bool:
        if not isinstance(node, _MAPPINGS):
            return False
        value = node.get(name)
        if value is None:
            return False
        return found(value)

    def found(value: Any) -> bool:
        if isinstance(value, _LISTS):
            for item in value:  # noqa: SIM110
                if found(item):
                    return True
            return False
        return below(value)

    return search


def _probe(condition: Condition) -> _Probe:
    """Return the test of one single value."""
    type = condition.field.type
    if condition.test == "in":
        wanted = frozenset(key(type, value) for value in condition.values)
        if type is ValueType.BOOLEAN:
            return lambda value: isinstance(value, bool) and value in wanted
        if text_key := TEXT_KEYS.get(type):
            return lambda value: isinstance(value, str) and text_key(value) in wanted
        return lambda value: _is_number(value) and value in wanted
    (limit,) = condition.values
    if condition.test == "like":
        part = fold(str(limit))
        return lambda value: isinstance(value, str) and part in fold(value)
    bound = int(limit)
    match condition.test:
        case "gt":
            return lambda value: _is_number(value) and value > bound
        case "gte":
            return lambda value: _is_number(value) and value >= bound
        case "lt":
            return lambda value: _is_number(value) and value < bound
        case "lte":
            return lambda value: _is_number(value) and value <= bound
        case _:
            assert_never(condition.test)


def _is_number(value: object) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)
