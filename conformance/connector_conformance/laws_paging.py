"""The laws of paging: pages add up to the whole, and a cursor goes on only where it came from."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest

from connector_conformance.laws_filters import difference
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.questions import FilterCase, declared, questions
from connector_conformance.subject import CURSOR_KEY, Event, Listing, Subject
from connector_core import Connector
from connector_core.errors import CursorError, QueryError
from connector_core.filter import Operator, to_text
from connector_core.page import Page

OTHER_KEY: Final = bytes(reversed(CURSOR_KEY))
SIZES: Final = (1, 2, 3, 7)
FEW_SIZES: Final = (3, 7)
LIVE_SIZES: Final = (25,)
SPARE_PAGES: Final = 50
"""Pages without events that a stream may hold before it is taken for endless."""


def page_sizes(subject: Subject) -> Sequence[int]:
    """The sizes that pages are read in."""
    if subject.live:
        return LIVE_SIZES
    return FEW_SIZES if subject.cases.slow else SIZES


class PagingLaws:
    """Pages, cursors, orders and limits."""

    @read_only
    @promise("paging", "Pages of every size add up to the whole: no gap, no event twice.")
    def test_the_pages_add_up_to_the_whole(
        self, subject: Subject, operation: Listing, page_size: int
    ) -> None:
        found: list[Event] = []
        wanted = subject.everything(operation)
        cursor, pages = "", 0
        while True:  # each page by a connector of its own: the cursor alone carries the place
            with subject.open() as connector:
                page = subject.page(connector, operation, limit=page_size, cursor=cursor)
            assert len(page.events) <= page_size
            found += page.events
            cursor, pages = page.cursor, pages + 1
            if not cursor:
                break
            assert pages <= len(wanted) + SPARE_PAGES, "the pages do not end"
        different = difference(found, wanted)
        assert not different, different
        assert found == wanted, "the pages hold the events in another order"

    @promise("paging", "Pages of a filtered answer add up to what the filter selects.")
    def test_the_pages_of_a_filter_add_up_to_its_selection(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        for case in _two_filters(subject, operation):
            filter = questions(subject, case, most=1).filters[0]
            selects = case.selection(filter)
            wanted = [event for event in subject.everything(operation) if selects(event)]
            size = 5 if subject.cases.slow else 2
            found = list(subject.read(connector, operation, filter, page_size=size))
            different = difference(found, wanted)
            assert not different, f"{to_text(filter)}: {different}"

    @read_only
    @promise("paging", "Events come in the order that was asked for, whole in each.")
    def test_a_declared_order_holds(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        for order in subject.capabilities(operation).orders:
            found = list(subject.read(connector, operation, order=order, page_size=7))
            different = difference(found, subject.everything(operation))
            assert not different, f"{order}: {different}"
            times = [event["time"] for event in found]
            if order != "as_listed":
                assert times == sorted(times, reverse=order == "newest_first"), order

    @promise("paging", "A cursor of another question, key or connector's word is refused.")
    def test_a_cursor_that_does_not_belong_is_refused(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        cursor = subject.page(connector, operation, limit=1).cursor
        assert cursor, "the kit's world fills more than one page of one event"
        time = subject.everything(operation)[0]["time"]
        for text in _spoiled(cursor):
            with pytest.raises(CursorError):
                subject.page(connector, operation, limit=1, cursor=text)
        for filter in _other_filters(subject, operation, time):
            with pytest.raises(CursorError):
                subject.page(connector, operation, filter, limit=1, cursor=cursor)
        for order in subject.capabilities(operation).orders[1:]:
            with pytest.raises(CursorError):
                subject.page(connector, operation, limit=1, cursor=cursor, order=order)
        for other in subject.listings:
            if other != operation:
                with pytest.raises(CursorError):
                    subject.page(connector, other, limit=1, cursor=cursor)
        with subject.open(cursor_key=OTHER_KEY) as stranger, pytest.raises(CursorError):
            subject.page(stranger, operation, limit=1, cursor=cursor)

    @promise("paging", "A cursor of another customer of the vendor is refused.")
    def test_a_cursor_of_another_customer_is_refused(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        if not (subject.cases.another_customer and subject.settings):
            pytest.skip("the bench names no settings of another customer")
        cursor = subject.page(connector, operation, limit=1).cursor
        with (
            subject.open(other=subject.cases.another_customer) as stranger,
            pytest.raises(CursorError),
        ):
            subject.page(stranger, operation, limit=1, cursor=cursor)

    @read_only
    @promise("paging", "A limit outside the declared range is refused.")
    def test_a_limit_outside_the_declared_range_is_refused(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        most = subject.capabilities(operation).page_limit_max
        for limit in (0, -1, most + 1):
            with pytest.raises(QueryError):
                subject.page(connector, operation, limit=limit)
        assert subject.page(connector, operation, limit=most).events

    @read_only
    @promise("paging", "An order that is not declared is refused.")
    def test_an_order_that_is_not_declared_is_refused(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        known = subject.capabilities(operation).orders
        for order in {"newest_first", "oldest_first", "as_listed", "by_size"} - set(known):
            with pytest.raises(QueryError):
                subject.page(connector, operation, order=order)

    @promise("paging", "Blocking and asyncio connectors give the same answer.")
    def test_both_connectors_give_the_same(self, subject: Subject, operation: Listing) -> None:
        assert asyncio.run(_read_async(subject, operation)) == subject.everything(operation)

    @promise("paging", "A page says the same when it is asked for again.")
    def test_a_page_can_be_asked_for_again(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        first = subject.page(connector, operation, limit=7)
        again: list[Page[Any]] = [
            subject.page(connector, operation, limit=7, cursor=first.cursor) for _ in range(2)
        ]
        assert again[0].events == again[1].events


def _two_filters(subject: Subject, operation: Listing) -> list[FilterCase]:
    """One that the vendor narrows by and one that the core decides, each with events to select."""
    found: dict[str, FilterCase] = {}
    for case in declared(subject):
        if case.operation == operation and case.operator in (Operator.NE, Operator.NOT_LIKE):
            asked = questions(subject, case, most=1)
            if asked.exercised and asked.filters:
                found.setdefault(case.field.mode, case)
    return list(found.values())


async def _read_async(subject: Subject, operation: Listing) -> list[Event]:
    with subject.open_async() as connector:
        async with connector:
            iterate = (
                connector.iter_threats if operation == "query_threats" else connector.iter_events
            )
            return [event async for event in iterate(subject.scope(operation))]


def _spoiled(cursor: str) -> list[str]:
    flipped = [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        for place in (0, len(cursor) // 2)
    ]
    return [*flipped, cursor[:-4], cursor + "AAAA", "A" * len(cursor), "no cursor", "\ud800"]


def _other_filters(subject: Subject, operation: Listing, time: int) -> list[str]:
    names = {field.name for field in subject.capabilities(operation).filters}
    return [f"time[lte]{time}"] if "time" in names else []
