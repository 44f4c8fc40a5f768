"""The law for findings: the answer is what the predicate selects, no finding less or more.

The expectation comes from a read without filters, on which the core's own evaluator decides; what
single rows become is written down by hand in `test_translate.py`.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Connector
from connector_core.filter import FilterField
from connector_defender_office365.filters import THREAT_FIELDS
from strategies.budget import examples
from strategies.defender_rows import fixed_rows, row_sets, well_remembered
from strategies.differential import assert_law, read
from strategies.filters import every_comparison, filters_on


@examples(6, thorough=60)
@given(data=st.data())
def test_random_filters_on_random_rows_miss_nothing(data: st.DataObject) -> None:
    connector = well_remembered(data.draw(row_sets()))
    findings = read(connector, "query_threats")
    for _ in range(6):
        assert_law(
            connector, "query_threats", data.draw(filters_on(THREAT_FIELDS, findings)), findings
        )


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    with well_remembered(fixed_rows()) as opened:
        yield opened


@pytest.fixture(scope="module")
def findings(connector: Connector) -> list[dict[str, object]]:
    return read(connector, "query_threats")


@pytest.mark.parametrize("field", THREAT_FIELDS, ids=lambda field: field.name)
def test_every_operator_of_a_field_selects_exactly(
    field: FilterField, connector: Connector, findings: list[dict[str, object]]
) -> None:
    counts: dict[str, list[int]] = {}
    for operator, comparison in every_comparison(field, findings):
        found = assert_law(connector, "query_threats", comparison, findings)
        counts.setdefault(operator, []).append(found)
    assert counts.keys() == set(field.operators)
    assert all(max(found) > 0 for found in counts.values()), counts
    assert all(min(found) < len(findings) for found in counts.values()), counts
