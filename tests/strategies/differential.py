"""The law, asked of a connector: a filtered answer is what the predicate selects of all events."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from connector_core import Connector
from connector_core.errors import QueryError
from connector_core.filter import Filter, compile_predicate, parse_all, resolve
from strategies.defender_rows import WINDOW

Event = Mapping[str, Any]
Listing = Literal["query_events", "query_threats"]
_ALL = 5_000


def read(
    connector: Connector, operation: Listing, *filters: str | Filter, **more: Any
) -> list[dict[str, Any]]:
    """Everything in the window that the filters select, in order."""
    iterate = connector.iter_events if operation == "query_events" else connector.iter_threats
    stream = iterate((*WINDOW, *filters), **{"page_size": _ALL, **more})
    events = list(stream)
    told = [notice for notice in stream.messages if notice.code != "column_missing"]
    assert not told, told
    return events


def expected(
    connector: Connector, operation: Listing, filter: Filter, events: Sequence[Event]
) -> list[Event]:
    """What the core's own evaluator selects of events that were read without a filter."""
    declared = connector.spec.capabilities.operations[operation].filters
    predicate = resolve(parse_all(filter), {field.name: field for field in declared})
    return [event for event in events if compile_predicate(predicate)(event)]


def assert_law(
    connector: Connector, operation: Listing, filter: Filter, events: Sequence[Event]
) -> int:
    """Assert that the filtered answer is exactly what is expected; returns how many that is."""
    wanted = expected(connector, operation, filter, events)
    try:
        found = read(connector, operation, filter)
    except QueryError:  # a range that can hold nothing is refused
        found = []
    missed = [event for event in wanted if event not in found]
    assert not missed, f"missed by {filter}: {missed}"
    assert found == wanted, filter
    return len(wanted)
