"""Pages of any size, in both orders, are one big read cut into pieces: no gap, no repetition."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Connector
from connector_core.errors import CursorError, ResultTooLargeError, UnavailableError
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault, Faults
from strategies.budget import examples
from strategies.defender_rows import (
    UNUSED,
    WINDOW,
    Rows,
    connected,
    fixed_rows,
    row_sets,
    tenant_of,
    well_remembered,
)
from strategies.differential import Listing, read

OPERATIONS: list[Listing] = ["query_events", "query_threats"]
ORDERS = ["newest_first", "oldest_first"]
TIE = "2026-11-10T10:30:00Z"
MESSAGE = "0a1b2c3d-0000-4000-8000-0000000000"


def tied_rows() -> Rows:
    """Rows of one second: equal ones, and ones that only differ beside their key."""

    def mail(number: int, **more: object) -> dict[str, object]:
        return {
            "Timestamp": TIE,
            "NetworkMessageId": f"{MESSAGE}{number:02}",
            "RecipientEmailAddress": "ann@example.com",
            "ThreatTypes": "Phish",
            "DeliveryAction": "Delivered",
            "Subject": f"voice {number}",
            **more,
        }

    twins = [mail(1, Subject=f"twin {number}", DeliveryAction="Blocked") for number in range(3)]
    click = {"Timestamp": TIE, "ActionType": "ClickBlocked", "Url": "https://evil.example/"}
    alert = {"Timestamp": TIE, "Title": "alert", "Severity": "High"}
    return {
        "EmailEvents": [mail(0), mail(0), *twins, mail(2), mail(3)],
        "EmailPostDeliveryEvents": [
            {"Timestamp": TIE, "NetworkMessageId": f"{MESSAGE}01", "ActionType": "Phish ZAP"}
        ],
        "UrlClickEvents": [{**click, "ReportId": f"c{number}"} for number in range(3)],
        "AlertInfo": [
            {**alert, "AlertId": f"a{number}", "ServiceSource": "Microsoft Defender for Office 365"}
            for number in range(2)
        ],
    }


def pages(
    connector: Connector, operation: Listing, limit: int, order: str, *filters: str
) -> Iterator[list[dict[str, Any]]]:
    ask, cursor = getattr(connector, operation), ""
    while True:
        page = ask((*WINDOW, *filters), limit=limit, order=order, cursor=cursor)
        assert len(page.events) <= limit
        yield page.events
        cursor = page.cursor
        if not cursor:
            return


@pytest.fixture(scope="module")
def tied() -> Connector:
    return well_remembered(tied_rows())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_pages_that_end_in_the_middle_of_a_second_lose_and_repeat_nothing(
    operation: Listing, order: str, tied: Connector
) -> None:
    whole = read(tied, operation, order=order)
    # A row that was written twice counts once, rows that share its key count each.
    assert len(whole) == {"query_events": 7, "query_threats": 9}[operation]
    for limit in (1, 2, 3, 4, len(whole) - 1, len(whole), len(whole) + 1):
        assert list(chain(*pages(tied, operation, limit, order))) == whole


@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_orders_hold_the_same(operation: Listing, tied: Connector) -> None:
    ups, downs = (read(tied, operation, order=order) for order in ORDERS)
    assert sorted(map(repr, ups)) == sorted(map(repr, downs))


@examples(3, thorough=60)
@given(
    rows=row_sets(),
    limit=st.integers(1, 9),
    order=st.sampled_from(ORDERS),
    operation=st.sampled_from(OPERATIONS),
    filters=st.sampled_from(
        [(), ("severity[in]High,Medium",), ("email.subject[not like]voice",), ("message[like]URL",)]
    ),
)
def test_pages_of_any_size_make_up_one_read(
    rows: Rows, limit: int, order: str, operation: Listing, filters: tuple[str, ...]
) -> None:
    connector = well_remembered(rows)
    whole = read(connector, operation, *filters, order=order)
    assert list(chain(*pages(connector, operation, limit, order, *filters))) == whole
    assert read(connector, operation, *filters, order=order, page_size=limit) == whole


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("gone", [0, 1])
def test_a_row_that_is_gone_before_the_next_page_takes_no_other_with_it(
    order: str, gone: int
) -> None:
    def mail(number: int, minute: int, **more: object) -> dict[str, object]:
        return {
            "Timestamp": f"2026-11-10T10:{minute}:00Z",
            "NetworkMessageId": f"{MESSAGE}{number:02}",
            "RecipientEmailAddress": "ann@example.com",
            **more,
        }

    places = ("Inbox/folder", "Quarantine")
    first = [mail(1, 30, LatestDeliveryLocation=place) for place in places]
    rest = [mail(2, minute, LatestDeliveryLocation=p) for minute in (20, 40) for p in places]
    rest += [mail(number, minute) for number in range(3, 6) for minute in (10, 50)]
    later = (
        "time[lte]2026-11-10T10:30:00Z"
        if order == "newest_first"
        else "time[gte]2026-11-10T10:30:00Z"
    )
    before, after = ({"EmailEvents": rows} for rows in ([*first, *rest], [first[1 - gone], *rest]))
    page = connected(tenant_of(before), cursor_key=bytes(32)).query_events(
        (*WINDOW, later), limit=1, order=order
    )
    reader, found = connected(tenant_of(after), cursor_key=bytes(32)), list(page.events)
    while page.cursor:
        page = reader.query_events((*WINDOW, later), limit=1, order=order, cursor=page.cursor)
        found += page.events
        assert page.meta.complete
    whole = read(reader, "query_events", later, order=order)
    assert [event for event in whole if event not in found] == []


# -- cursors --------------------------------------------------------------------------------------

_CHILD = """
import json, sys
from strategies.defender_rows import WINDOW, connected, tenant_of
from test_paging_laws import tied_rows
connector = connected(tenant_of(tied_rows()), cursor_key=bytes(32))
page = connector.query_events(WINDOW, limit=50, cursor=sys.argv[1])
print(json.dumps([page.events, page.cursor]))
"""


def test_a_cursor_is_read_in_another_process_with_the_same_key() -> None:
    import json

    connector = connected(tenant_of(tied_rows()), cursor_key=bytes(32))
    whole = connector.query_events(WINDOW, limit=50).events
    first = connector.query_events(WINDOW, limit=3)
    here = Path(__file__).resolve()
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, first.cursor],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here.parents[2], here.parent)))},
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    rest, cursor = json.loads(run.stdout)
    assert first.events + rest == whole
    assert cursor == ""


def _elsewhere(case: str, cursor: str) -> tuple[Listing, tuple[str, ...], str]:
    match case:
        case "forged":
            return "query_events", WINDOW, cursor[:-4] + "AAAA"
        case "cut":
            return "query_events", WINDOW, cursor[: len(cursor) // 2]
        case "other filters":
            return "query_events", (*WINDOW, "severity[eq]High"), cursor
        case "other window":
            return "query_events", ("time[gte]2026-11-10T09:00:00Z", WINDOW[1]), cursor
        case _:
            return "query_threats", WINDOW, cursor


@pytest.mark.parametrize(
    "case", ["forged", "cut", "other filters", "other window", "other operation"]
)
def test_a_cursor_that_belongs_elsewhere_is_refused(case: str) -> None:
    tenant = tenant_of(tied_rows())
    connector = connected(tenant)
    cursor = connector.query_events(WINDOW, limit=1).cursor
    operation, filters, wrong = _elsewhere(case, cursor)
    sent = len(tenant.log)
    with pytest.raises(CursorError):
        getattr(connector, operation)(filters, limit=1, cursor=wrong)
    assert len(tenant.log) == sent


def test_a_cursor_of_the_other_order_is_refused(tied: Connector) -> None:
    cursor = tied.query_events(WINDOW, limit=1).cursor
    with pytest.raises(CursorError):
        tied.query_events(WINDOW, limit=1, cursor=cursor, order="oldest_first")


def test_a_cursor_of_another_tenant_is_refused() -> None:
    key = bytes(32)
    one, other = (
        tenant_of(tied_rows()),
        tenant_of(tied_rows(), tenant_id="9f000000-0000-4000-8000-000000000009"),
    )
    cursor = connected(one, cursor_key=key).query_events(WINDOW, limit=1).cursor
    elsewhere = connected(other, cursor_key=key, tenant_id=other.tenant_id)
    with pytest.raises(CursorError):
        elsewhere.query_events(WINDOW, limit=1, cursor=cursor)
    assert other.log == []


def test_a_stale_cursor_is_refused() -> None:
    tenant = tenant_of(tied_rows())
    connector = connected(tenant)
    cursor = connector.query_events(WINDOW, limit=1).cursor
    tenant.clock.sleep(40 * 86_400)
    with pytest.raises(CursorError):
        connector.query_events(WINDOW, limit=1, cursor=cursor)


# -- Graph gives up -------------------------------------------------------------------------------


_TOO_MUCH = ("result-too-large", "query-limits", "query-too-slow")
LISTING, DETAILS = 2, range(3, 9)
"""Numbers of Graph's requests: the first asks for the tables, some bring details of findings."""


@pytest.mark.parametrize(
    ("operation", "name", "number"),
    [
        *((operation, name, LISTING) for operation in OPERATIONS for name in _TOO_MUCH),
        *(("query_threats", "result-too-large", number) for number in DETAILS),
        ("query_threats", "query-too-slow", DETAILS[0]),
    ],
)
def test_a_query_that_was_too_much_is_asked_in_smaller_parts(
    operation: Listing, name: str, number: int, whole: dict[Listing, list[dict[str, Any]]]
) -> None:
    times = 2 if name == "query-too-slow" else 1  # a slow answer is worth a second try
    endpoint, effect, _ = NAMED[name]
    hit = range(number, number + times)
    faults = Faults([Fault(endpoint=endpoint, effect=effect, when=hit.__contains__, times=None)])
    tenant = tenant_of(fixed_rows(), faults=faults, hidden_columns=UNUSED)
    assert read(connected(tenant), operation, "severity[ne]Low") == whole[operation]


@pytest.fixture(scope="module")
def whole() -> dict[Listing, list[dict[str, Any]]]:
    connector = well_remembered(fixed_rows())
    found = {operation: read(connector, operation, "severity[ne]Low") for operation in OPERATIONS}
    assert all(len(events) > 3 for events in found.values())
    return found


@pytest.mark.parametrize("order", ORDERS)
def test_a_query_that_is_too_much_again_and_again_loses_nothing(
    order: str, tied: Connector
) -> None:
    endpoint, effect, _ = NAMED["result-too-large"]
    hit = {2, 3, 5, 6, 8, 9, 11, 13}
    faults = Faults([Fault(endpoint=endpoint, effect=effect, when=hit.__contains__, times=None)])
    tenant = tenant_of(tied_rows(), faults=faults, hidden_columns=UNUSED)
    found = read(connected(tenant), "query_events", page_size=4, order=order)
    assert found == read(tied, "query_events", order=order)


def test_a_query_that_stays_too_much_is_an_error() -> None:
    endpoint, effect, _ = NAMED["result-too-large"]
    faults = Faults([Fault(endpoint=endpoint, effect=effect, when=lambda n: n > 1, times=None)])
    with pytest.raises((ResultTooLargeError, UnavailableError)):
        connected(tenant_of(tied_rows(), faults=faults)).query_events(WINDOW)
