"""The same ten filters, in the same words, asked of two vendors that have nothing in common."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connector_core import Connector, ManualClock
from connector_core.filter.evaluate import compile_predicate
from connector_core.filter.parser import parse_all
from connector_core.filter.resolve import resolve

NOW: Final = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
WINDOWS: Final = {
    "emailsecurity_defender_for_office_mock": "time[gte]2026-11-14T00:00:00Z",
    "emailsecurity_abnormal_mock": "time[gte]2026-11-01T00:00:00Z",
}
"""Each vendor, and a window in which it has enough of everything."""
LISTINGS: Final = ("query_threats", "query_events")
TEN: Final = (
    "severity[in]High,Critical",
    "is_alert[eq]true",
    "disposition[ne]Quarantined",
    "email.subject[like]invoice",
    "email.from[like]@evil.example",
    "email.to[like]BELA.",
    "email.message_uid[like]fabrikam",
    "email.urls.url_string[like]https://",
    "email.files.name[like].pdf",
    "src_endpoint.ip[in]203.0.113.200,203.0.113.202,203.0.113.203",
)

Event = dict[str, Any]


class Side:
    """One operation of one vendor, and everything it answers for the window."""

    def __init__(self, connector: Connector, listing: Any, window: str) -> None:
        threats = listing == "query_threats"
        self._listed = connector.iter_threats if threats else connector.iter_events
        self._window = window
        self._fields = connector.spec.capabilities.operations[listing].filters
        self.everything = self.ask([])

    def ask(self, filters: Sequence[str]) -> list[Event]:
        return list(self._listed([self._window, *filters]))

    def selected(self, filters: Sequence[str]) -> list[Event]:
        """What the evaluator selects, which is what the vendor's answer has to be."""
        fields = {field.name: field for field in self._fields}
        holds = compile_predicate(resolve(parse_all(filters), fields))
        return [event for event in self.everything if holds(event)]


@pytest.fixture(
    scope="module",
    params=[(name, listing) for name in WINDOWS for listing in LISTINGS],
    ids="-".join,
)
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    provider, listing = request.param
    with Connector.open(provider, clock=ManualClock(NOW)) as connector:
        yield Side(connector, listing, WINDOWS[provider])


def as_multiset(events: list[Event]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def test_ten_filters_mean_the_same_to_both_vendors(side: Side) -> None:
    for text in TEN:
        wanted = side.selected([text])
        assert 0 < len(wanted) < len(side.everything), f"the data does not exercise {text}"
        assert as_multiset(side.ask([text])) == as_multiset(wanted), text


def test_filters_asked_together_must_all_hold(side: Side) -> None:
    wanted = side.selected(TEN[:4])
    assert wanted, "the data does not exercise the filters"
    assert as_multiset(side.ask(TEN[:4])) == as_multiset(wanted)
