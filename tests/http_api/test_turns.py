"""Turns at an integration's connector: how many at once, how many wait, and how long."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from connector_core.http_api.config import ServerConfig
from connector_core.http_api.errors import Busy, TookTooLong
from connector_core.http_api.integration import OpenIntegration
from http_api.held import PATIENCE, Held
from http_api.served import Desktop, bearer, serving
from opened import DAY, Site

EVENTS = "/v1/email-security/email-events"


# --- over HTTP


class Narrow:
    """A host that takes one operation of each integration at a time."""

    def __init__(self, folder: Path, server: str) -> None:
        self.site, other = Site(2), Site(1)
        desktop = Desktop(folder / "config.toml", self.site.clock)
        self.token = desktop.add("work", self.site)
        self.other = desktop.add("home", other)
        self.door = Held(self.site.tenant.transport())
        desktop.transports["work"] = self.door
        text = desktop.path.read_text()
        desktop.path.write_text(f"[server]\nconcurrency = 1\n{server}\n{text}")
        self.host = desktop.host()
        self.url = ""

    def ask(self, token: str = "") -> httpx.Response:
        return httpx.get(
            f"{self.url}{EVENTS}",
            headers=bearer(token or self.token),
            params={"filter": list(DAY)},
            timeout=PATIENCE,
        )


def test_beyond_the_limit_callers_are_told_to_come_again(tmp_path: Path) -> None:
    narrow = Narrow(tmp_path, "queue = 0")
    narrow.door.closed = True
    with serving(narrow.host) as narrow.url, ThreadPoolExecutor(1) as pool:
        held = pool.submit(narrow.ask)
        assert narrow.door.arrived.get(timeout=PATIENCE)
        busy = narrow.ask()
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
        assert busy.json()["type"] == "urn:connector:error:busy"
        assert narrow.ask(narrow.other).status_code == 200
        narrow.door.open()
        assert held.result(PATIENCE).status_code == 200
        assert narrow.ask().status_code == 200


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    narrow = Narrow(tmp_path, "operation_seconds = 0.2")
    narrow.door.closed = True
    with serving(narrow.host) as narrow.url:
        late = narrow.ask()
    assert (late.status_code, late.json()["type"]) == (504, "urn:connector:error:took_too_long")
    assert "shorter time range" in late.json()["remediation"]


# --- one by one


class Turns:
    """An integration, and tasks that take turns at it until they are told to end."""

    def __init__(self, **server: float) -> None:
        self.connector = Site(1).async_connector()
        self.open = OpenIntegration("work", self.connector, ServerConfig.model_validate(server))
        self.inside: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def take(self, name: str) -> asyncio.Task[None]:
        """Start a task that wants a turn, and let it get as far as it can."""
        end = self.ends[name] = asyncio.Event()

        async def use() -> None:
            async with self.open.turn() as connector:
                assert connector is self.connector
                self.inside.append(name)
                try:
                    await end.wait()
                finally:
                    self.inside.remove(name)

        task = self.tasks[name] = asyncio.create_task(use())
        await settle()
        return task

    async def end(self, *names: str) -> None:
        for name in names:
            self.ends[name].set()
            await self.tasks[name]
        await settle()


async def settle() -> None:
    """Give all tasks that can go on their turns."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_at_once_and_the_others_in_their_order() -> None:
    turns = Turns(concurrency=2, queue=2)
    for name in "abcd":
        await turns.take(name)
    assert turns.inside == ["a", "b"]
    with pytest.raises(Busy) as caught:
        await (await turns.take("e"))
    assert caught.value.retry_after
    await turns.end("a")
    assert turns.inside == ["b", "c"]
    await turns.take("f")
    await turns.end("b", "c", "d", "f")
    assert turns.inside == []
    await turns.open.aclose()


async def test_who_waits_too_long_is_refused_and_takes_no_place() -> None:
    turns = Turns(concurrency=1, queue_seconds=0)
    await turns.take("a")
    with pytest.raises(Busy):
        await (await turns.take("b"))
    await turns.end("a")
    await turns.take("c")
    assert turns.inside == ["c"]
    await turns.end("c")
    await turns.open.aclose()


async def test_whoever_is_cancelled_loses_no_place() -> None:
    turns = Turns(concurrency=2, queue=8)
    for name in "abcdef":
        await turns.take(name)
    for name in "ad":  # one that has a turn, one that waits
        turns.tasks[name].cancel()
    # One that is handed its turn in the same moment.
    turns.ends["b"].set()
    turns.tasks["c"].cancel()
    for name in "adc":
        with pytest.raises(asyncio.CancelledError):
            await turns.tasks[name]
    await settle()
    assert turns.inside == ["e", "f"]
    await turns.end("e", "f")
    for name in "xyz":
        await turns.take(name)
    assert turns.inside == ["x", "y"]
    await turns.end("x", "y", "z")
    await turns.open.aclose()


async def test_an_operation_that_is_given_up_gives_its_place_back() -> None:
    turns = Turns(concurrency=1, operation_seconds=0.01)
    with pytest.raises(TookTooLong, match=r"within 0\.01 s"):
        await (await turns.take("a"))
    await turns.take("b")
    assert turns.inside == ["b"]
    await turns.end("b")
    await turns.open.aclose()


async def test_a_timeout_of_the_operations_own_stays_what_it_is() -> None:
    turns = Turns()
    with pytest.raises(TimeoutError):
        async with turns.open.turn():
            raise TimeoutError
    await turns.open.aclose()


async def test_it_is_closed_when_retired_and_idle_and_not_before() -> None:
    turns = Turns(concurrency=1)
    await turns.take("a")
    await turns.take("b")
    turns.open.retire()
    await settle()
    assert not turns.open.closed
    await turns.end("a")
    assert turns.inside == ["b"]
    assert not turns.open.closed
    await turns.end("b")
    assert turns.open.closed
    await turns.open.aclose()


async def test_an_idle_one_is_closed_as_soon_as_it_is_retired() -> None:
    turns = Turns()
    turns.open.retire()
    turns.open.retire()
    await settle()
    assert turns.open.closed
