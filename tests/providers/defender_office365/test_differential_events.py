"""The law for e-mail activities: the answer is what the predicate selects, no event less or more.

The expectation comes from a read without filters, on which the core's own evaluator decides; what
single rows become is written down by hand in `test_translate.py`.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Connector
from connector_core.filter import FilterField
from connector_defender_office365.filters import EVENT_FIELDS
from strategies.budget import examples
from strategies.defender_rows import fixed_rows, row_sets, well_remembered
from strategies.differential import assert_law, read
from strategies.filters import every_comparison, filters_on

MAIL = ("EmailEvents", "EmailAttachmentInfo", "EmailUrlInfo", "EmailPostDeliveryEvents")


@examples(6, thorough=60)
@given(data=st.data())
def test_random_filters_on_random_rows_miss_nothing(data: st.DataObject) -> None:
    connector = well_remembered(data.draw(row_sets(*MAIL)))
    events = read(connector, "query_events")
    for _ in range(6):
        assert_law(connector, "query_events", data.draw(filters_on(EVENT_FIELDS, events)), events)


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    with well_remembered({table: fixed_rows()[table] for table in MAIL}) as opened:
        yield opened


@pytest.fixture(scope="module")
def events(connector: Connector) -> list[dict[str, object]]:
    return read(connector, "query_events")


@pytest.mark.parametrize("field", EVENT_FIELDS, ids=lambda field: field.name)
def test_every_operator_of_a_field_selects_exactly(
    field: FilterField, connector: Connector, events: list[dict[str, object]]
) -> None:
    counts: dict[str, list[int]] = {}
    for operator, comparison in every_comparison(field, events):
        found = assert_law(connector, "query_events", comparison, events)
        counts.setdefault(operator, []).append(found)
    assert counts.keys() == set(field.operators)
    assert all(max(found) > 0 for found in counts.values()), counts
    assert all(min(found) < len(events) for found in counts.values()), counts
