"""A stream that is left, taken up again or broken off says so, and loses nothing."""

import asyncio
from itertools import islice

import pytest

from connector_core.errors import UnavailableError
from connector_core.stream import Stream
from core.listed import Member, Row


@pytest.fixture
def member() -> Member:
    return Member("mail", [Row(str(number), 1_000 * number) for number in range(1, 8)], page_max=3)


def uids(events: object) -> list[str]:
    return [event["metadata"]["uid"] for event in events]  # type: ignore[attr-defined]


ALL = ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("first", range(8))
def test_a_loop_that_was_left_goes_on_behind_its_last_event(member: Member, first: int) -> None:
    stream = member.connector().iter_events()
    head = uids(islice(stream, first))
    assert not stream.complete
    assert head + uids(stream) == ALL
    assert stream.complete


@pytest.mark.parametrize("first", range(8))
def test_a_cursor_of_the_middle_of_a_page_loses_nothing(member: Member, first: int) -> None:
    connector = member.connector()
    stream = connector.iter_events()
    head = uids(islice(stream, first))
    rest = uids(connector.iter_events(cursor=stream.cursor))
    assert sorted({*head, *rest}) == ALL
    assert len(rest) <= len(ALL) - first + 3  # at most one page twice


def test_an_async_loop_that_was_left_goes_on_behind_its_last_event(member: Member) -> None:
    async def read() -> list[str]:
        async with member.async_connector() as connector:
            stream = connector.iter_events()
            found = []
            async for event in stream:
                found.append(event)
                if len(found) == 2:
                    break
            assert not stream.complete
            found += [event async for event in stream]
            assert stream.complete
            return uids(found)

    assert asyncio.run(read()) == ALL


def test_a_stream_that_failed_is_not_complete_and_goes_on_where_it_failed(member: Member) -> None:
    stream = member.connector().iter_events()
    found = uids(islice(stream, 3))
    member.vendor.before = lambda: 503
    with pytest.raises(UnavailableError):
        next(iter(stream))
    assert not stream.complete
    member.vendor.before = lambda: 200
    assert found + uids(stream) == ALL
    assert stream.complete


def test_a_stream_that_was_read_to_the_end_asks_again(member: Member) -> None:
    stream = member.connector().iter_events()
    assert uids(stream) == uids(stream) == ALL
    assert member.vendor.requests == 6


def test_nothing_was_read_is_not_complete(member: Member) -> None:
    stream: Stream = member.connector().iter_events()
    assert not stream.complete
    assert member.vendor.requests == 0
