"""The laws of paging: pages add up to the whole, and a cursor goes on only where it came from."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest

from connector_conformance.gaps import difference
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.questions import FilterCase, declared, questions
from connector_conformance.subject import CURSOR_KEY, Event, ListOperation, Subject
from connector_core import Connector
from connector_core.errors import CursorError, QueryError
from connector_core.filter import Comparison, Operator, to_text
from connector_core.page import Page

OTHER_KEY: Final = bytes(reversed(CURSOR_KEY))
SIZES: Final = (1, 2, 3, 7)
FEW_SIZES: Final = (3, 7)
LIVE_SIZES: Final = (25,)
PAGED: Final = (Operator.NE, Operator.NOT_LIKE, Operator.LIKE)
CONSIDERED: Final = 24
"""Questions of a case, from which the one with the most pages is taken."""
LIKES: Final = 3
"""Fields whose parts are asked for, page by page."""
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
        self, subject: Subject, operation: ListOperation, page_size: int
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
        assert not different, (
            f"{operation} in pages of {page_size}: {different} Each Record has to carry the place"
            " right behind it, by a key that is unique: of several records of one moment, too"
        )
        assert found == wanted, "the pages hold the events in another order"

    @promise("paging", "Pages of a filtered answer add up to what the filter selects.")
    def test_the_pages_of_a_filter_add_up_to_its_selection(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        for case in _two_filters(subject, operation):
            filter = _most_selecting(subject, case)
            selects = case.selection(filter)
            wanted = [event for event in subject.everything(operation) if selects(event)]
            size = 5 if subject.cases.slow else 2
            found = list(subject.read(connector, operation, filter, page_size=size))
            different = difference(found, wanted)
            assert not different, f"{to_text(filter)}: {different}"

    @read_only
    @promise("paging", "Events come in the order that was asked for, whole in each.")
    def test_a_declared_order_holds(
        self, subject: Subject, connector: Connector, operation: ListOperation
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
        self, subject: Subject, connector: Connector, operation: ListOperation
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
        self, subject: Subject, connector: Connector, operation: ListOperation
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
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        most = subject.capabilities(operation).page_limit_max
        for limit in (0, -1, most + 1):
            with pytest.raises(QueryError):
                subject.page(connector, operation, limit=limit)
        assert subject.page(connector, operation, limit=most).events

    @read_only
    @promise("paging", "An order that is not declared is refused.")
    def test_an_order_that_is_not_declared_is_refused(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        known = subject.capabilities(operation).orders
        for order in {"newest_first", "oldest_first", "as_listed", "by_size"} - set(known):
            with pytest.raises(QueryError):
                subject.page(connector, operation, order=order)

    @promise("paging", "Blocking and asyncio connectors give the same answer.")
    def test_both_connectors_give_the_same(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        assert asyncio.run(_read_async(subject, operation)) == subject.everything(operation)

    @promise("paging", "A page says the same when it is asked for again.")
    def test_a_page_can_be_asked_for_again(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        first = subject.page(connector, operation, limit=7)
        again: list[Page[Any]] = [
            subject.page(connector, operation, limit=7, cursor=first.cursor) for _ in range(2)
        ]
        assert again[0].events == again[1].events


def _two_filters(subject: Subject, operation: ListOperation) -> list[FilterCase]:
    """What the vendor narrows by and what the core decides, each with events to select.

    A vendor that is not slow is also asked for parts of texts, of which it may list too many.
    """
    found: dict[str, FilterCase] = {}
    likes: list[FilterCase] = []
    for case in declared(subject):
        if case.operation != operation or case.operator not in PAGED:
            continue
        asked = questions(subject, case, most=1)
        if asked.exercised and asked.filters:
            if case.operator is not Operator.LIKE:
                found.setdefault(case.field.mode, case)
            elif case.field.mode == "pushed":
                likes.append(case)
    return [*found.values(), *([] if subject.cases.slow else likes[:LIKES])]


def _most_selecting(subject: Subject, case: FilterCase) -> Comparison:
    """Of the questions that leave events out, the one with the most pages."""
    events = subject.everything(case.operation)

    def pages(filter: Comparison) -> int:
        count = sum(map(case.selection(filter), events))
        return count if count < len(events) else 0

    most = 1 if subject.cases.slow else CONSIDERED
    return max(questions(subject, case, most).filters, key=pages)


async def _read_async(subject: Subject, operation: ListOperation) -> list[Event]:
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


def _other_filters(subject: Subject, operation: ListOperation, time: int) -> list[str]:
    names = {field.name for field in subject.capabilities(operation).filters}
    return [f"time[lte]{time}"] if "time" in names else []
