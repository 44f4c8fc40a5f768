"""Filters that select something: values come mostly from the events themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from connector_core.filter import Comparison, Filter, FilterField, Operator, ValueType, where
from connector_core.filter.values import time_text
from strategies.defender_rows import ADDRESSES, IPV6, SHORT_HOSTILE, TEXTS

LISTS = (Operator.IN, Operator.NOT_IN)
LIKES = (Operator.LIKE, Operator.NOT_LIKE)
Event = Mapping[str, Any]


def values_at(event: object, path: str) -> Iterator[Any]:
    """All values at a path, lists opened."""
    if isinstance(event, list):
        for item in event:
            yield from values_at(item, path)
    elif not path:
        yield event
    elif isinstance(event, Mapping):
        head, _, rest = path.partition(".")
        if head in event:
            yield from values_at(event[head], rest)


def known_values(field: FilterField, events: Sequence[Event]) -> list[Any]:
    """The different values that a field has in the events, in a stable order."""
    found = {
        repr(value): value
        for event in events
        for path in field.paths
        for value in values_at(event, path)
        if isinstance(value, str | int)
    }
    return [found[name] for name in sorted(found)]


def texts_for(field: FilterField, operator: Operator, known: Sequence[Any]) -> list[str]:
    """Values of a field as a caller writes them: known ones, and neighbours of those."""
    texts: list[str] = []
    for value in known:
        match field.type:
            case ValueType.TIME:
                texts += [time_text(value + step) for step in (0, 1, -1)]
            case ValueType.BOOLEAN:
                texts += ["true", "false"]
            case ValueType.INTEGER:
                texts += [str(value + step) for step in (0, 1, -1)]
            case ValueType.ENUM if not field.open:
                texts += [value, value.lower()]
            case _:
                texts += [value, value.swapcase(), value.upper(), value.lower()]
                if operator in LIKES:
                    texts += [value[1:4], value[-3:].swapcase(), value[: len(value) // 2]]
    if field.type is ValueType.IP and operator not in LIKES:
        texts = [text for text in texts if _is_address(text)] + [*IPV6[1:4], "192.0.2.1"]
    if field.type in (ValueType.TEXT, ValueType.MESSAGE_ID):
        texts += [*TEXTS, *ADDRESSES, *SHORT_HOSTILE]
    return [text for text in dict.fromkeys(texts) if text or operator not in LIKES] or _some(field)


def _some(field: FilterField) -> list[str]:
    match field.type:
        case ValueType.TIME:
            return ["2026-11-10T10:30:00Z"]
        case ValueType.INTEGER:
            return ["1", "99"]
        case ValueType.BOOLEAN:
            return ["true"]
        case ValueType.IP:
            return ["192.0.2.1"]
        case _:
            return list(field.values[:2]) or ["a"]


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _comparisons(field: FilterField, known: Sequence[Any]) -> st.SearchStrategy[Filter]:
    def of(operator: Operator) -> st.SearchStrategy[Filter]:
        one = st.sampled_from(texts_for(field, operator, known))
        count = 4 if operator in LISTS else 1
        return st.lists(one, min_size=1, max_size=count).map(
            lambda values: where(field.name, operator, *values)
        )

    return st.sampled_from(field.operators).flatmap(of)


def filters_on(fields: Sequence[FilterField], events: Sequence[Event]) -> st.SearchStrategy[Filter]:
    """Trees of one to some comparisons over any of the fields."""
    leaf = st.sampled_from(fields).flatmap(
        lambda field: _comparisons(field, known_values(field, events))
    )

    def inner(children: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        pair = st.tuples(children, children)
        return st.one_of(
            pair.map(lambda two: two[0] & two[1]),
            pair.map(lambda two: two[0] | two[1]),
            children.map(lambda one: ~one),
        )

    return st.one_of(leaf, st.recursive(leaf, inner, max_leaves=4))


def every_comparison(
    field: FilterField, events: Sequence[Event]
) -> list[tuple[Operator, Comparison]]:
    """For each operator of a field one comparison that selects some of the events, not all.

    Where no value does both: one that selects some, and one that does not select all.
    """
    from connector_core.filter import compile_predicate, parse_all, resolve

    known, found = known_values(field, events), []
    for operator in field.operators:
        best: dict[str, Comparison] = {}
        for text in texts_for(field, operator, known):
            one = where(field.name, operator, *([text] if operator not in LISTS else [text, text]))
            selects = compile_predicate(resolve(parse_all(one), {field.name: field}))
            count = sum(map(selects, events))
            if 0 < count < len(events):
                best = {"both": one}
                break
            best.setdefault("some" if count else "not all", one)
        found += [(operator, one) for one in best.values()]
    return found
