"""What several operations need at once is asked for once, and its failure is everybody's own."""

import asyncio
import os
import sys
import threading
from types import FrameType

import pytest

from connector_core.errors import Origin, UnavailableError
from connector_core.once import AsyncOnce, Once
from opened import DAY, Site

MANY = 8


class Gate:
    """Counts those who ask; holds the first until all the others wait."""

    def __init__(self) -> None:
        self.asked = 0
        self.opened = threading.Event()

    def ask(self) -> str:
        self.asked += 1
        assert self.opened.wait(10)
        return "columns"


def waiting(threads: list[threading.Thread]) -> int:
    """How many of the threads wait for what another one asked for."""
    frames = sys._current_frames()
    return sum("futures" in names_below(frames[thread.ident or 0]) for thread in threads)


def names_below(frame: FrameType | None) -> str:
    files = []
    while frame is not None:
        files.append(frame.f_code.co_filename)
        frame = frame.f_back
    return " ".join(files)


def test_threads_that_need_the_same_share_one_question() -> None:
    once, gate, found = Once(), Gate(), []
    threads = [
        threading.Thread(target=lambda: found.append(once.run("schema", gate.ask)))
        for _ in range(MANY)
    ]
    for thread in threads:
        thread.start()
    while waiting(threads) < MANY - 1:
        os.sched_yield()
    gate.opened.set()
    for thread in threads:
        thread.join(10)
    assert found == ["columns"] * MANY
    assert gate.asked == 1


def test_what_ended_is_asked_for_anew() -> None:
    once, gate = Once(), Gate()
    gate.opened.set()
    once.run("schema", gate.ask)
    once.run("schema", gate.ask)
    assert gate.asked == 2


async def test_tasks_that_need_the_same_share_one_question() -> None:
    once, asked = AsyncOnce(), []

    async def ask() -> str:
        asked.append(1)
        await asyncio.sleep(0)
        return "columns"

    found = await asyncio.gather(*(once.run("schema", ask) for _ in range(MANY)))
    assert found == ["columns"] * MANY
    assert len(asked) == 1


async def test_a_failure_is_told_to_each_as_an_error_of_its_own() -> None:
    once = AsyncOnce()

    async def ask() -> None:
        await asyncio.sleep(0)
        raise UnavailableError("down", origin=Origin(request_id="r1"), retry_after=3)

    errors = await asyncio.gather(
        *(once.run("schema", ask) for _ in range(3)), return_exceptions=True
    )
    assert len({id(error) for error in errors}) == 3
    for error in errors:
        assert isinstance(error, UnavailableError)
        assert (error.message, error.origin.request_id, error.retry_after) == ("down", "r1", 3)


async def test_the_next_one_asks_when_the_first_goes_away() -> None:
    once, asked = AsyncOnce(), []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def ask() -> str:
        asked.append(1)
        begun.set()
        await go_on.wait()
        await asyncio.sleep(0)
        return "columns"

    first = asyncio.create_task(once.run("schema", ask))
    await begun.wait()
    others = [asyncio.create_task(once.run("schema", ask)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    go_on.set()
    assert await asyncio.gather(*others) == ["columns"] * 2
    assert len(asked) == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_when_the_first_ones_time_is_used_up_the_next_one_asks() -> None:
    once, asked = AsyncOnce(), []

    async def ask() -> str:
        asked.append(1)
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise UnavailableError("late", details={"cause": "deadline"})
        return "columns"

    asking = [once.run("schema", ask) for _ in range(MANY)]
    first, *others = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(first, UnavailableError)
    assert others == ["columns"] * (MANY - 1)
    assert len(asked) == 2


async def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    once, go_on = AsyncOnce(), asyncio.Event()

    async def ask() -> str:
        await go_on.wait()
        return "columns"

    first, second, third = (asyncio.create_task(once.run("schema", ask)) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(first, third) == ["columns"] * 2


async def test_first_queries_at_once_ask_for_the_tenants_columns_once() -> None:
    site = Site()
    async with site.async_connector() as connector:
        pages = await asyncio.gather(*(connector.query_events(DAY, limit=3) for _ in range(MANY)))
    assert all(page.events == pages[0].events for page in pages)
    assert site.asked() == MANY + 1
