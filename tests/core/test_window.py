"""Which span of time a query searches, and when that is less than was asked for."""

import pytest

from connector_core.errors import QueryError
from connector_core.filter.fields import FilterField, ValueType
from connector_core.filter.parser import parse_all
from connector_core.filter.predicate import Predicate
from connector_core.filter.resolve import resolve
from connector_core.paging import DAY_MS, window_of
from connector_core.provider import OperationCapabilities

NOW = 1_793_491_200_000
"""2026-11-01T00:00:00Z in milliseconds."""
KEPT = OperationCapabilities(default_range_days=30, max_range_days=30)
FIELDS = {"time": FilterField(name="time", type=ValueType.TIME)}


def asked(*texts: str) -> Predicate:
    return resolve(parse_all(texts), FIELDS)


def test_a_start_that_the_vendor_cannot_reach_is_cut_and_told() -> None:
    window, notices = window_of(asked("time[gte]2026-09-01T00:00:00Z"), KEPT, NOW)
    assert window.start == NOW - 30 * DAY_MS
    assert [(notice.code, notice.incomplete) for notice in notices] == [
        ("time_range_clamped", True)
    ]


@pytest.mark.parametrize("texts", [(), ("time[lt]2026-10-20T00:00:00Z",)])
def test_who_names_no_start_gets_all_that_the_vendor_keeps(texts: tuple[str, ...]) -> None:
    window, notices = window_of(asked(*texts), KEPT, NOW)
    assert NOW - 30 * DAY_MS <= window.start <= NOW - 30 * DAY_MS + 1
    assert notices == []


@pytest.mark.parametrize("text", ["time[lt]2026-09-01T00:00:00Z", "time[gt]2026-12-01T00:00:00Z"])
def test_a_range_in_which_nothing_can_be_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        window_of(asked(text), KEPT, NOW)
