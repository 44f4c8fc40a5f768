"""Flows are driven the same way by both drivers: results, failures, parts side by side, ends."""

import asyncio
import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from connector_core.clock import ManualClock
from connector_core.errors import (
    ConnectorError,
    QueryRejectedError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_core.flow import SIDE_BY_SIDE, AsyncDriver, Driver
from connector_core.provider import Call, Flow, ask, ask_all
from connector_core.retry import Budget
from connector_core.transport import Network, make_async_client, make_client

HOST = "vendor.example"
Handler = Callable[[httpx.Request], httpx.Response]
Run = Callable[..., Any]


class Wire(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers from a function; bodies come as raw bytes, as from a socket."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handler(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return self.handler(request)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes, each: Callable[[], None] = lambda: None) -> None:
        self.pieces, self.each = pieces, each

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.each()
            yield piece

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_793_491_200)


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, clock: ManualClock) -> Run:
    """Runs a flow over a handler, blocking or not: both have to behave alike."""

    def blocking(
        flow: Flow[Any], handler: Handler, deadline: float = 200.0, timeout: float = 190.0
    ) -> Any:
        budget = Budget(clock, clock.monotonic() + deadline)
        network = Network(deadline=deadline, timeout=timeout)
        with make_client(network, clock, frozenset({HOST}), Wire(handler)) as client:
            return Driver(client, None).run(flow, budget)

    def waiting(
        flow: Flow[Any], handler: Handler, deadline: float = 200.0, timeout: float = 190.0
    ) -> Any:
        async def main() -> Any:
            budget = Budget(clock, clock.monotonic() + deadline)
            network = Network(deadline=deadline, timeout=timeout)
            async with make_async_client(
                network, clock, frozenset({HOST}), Wire(handler)
            ) as client:
                return await AsyncDriver(client, None).run(flow, budget)

        return asyncio.run(main())

    return blocking if request.param == "sync" else waiting


def get(path: str = "/") -> httpx.Request:
    return httpx.Request("GET", f"https://{HOST}{path}")


def text(response: httpx.Response) -> str:
    if response.status_code == 400:
        raise QueryRejectedError("no")
    return response.text


def raw(*pieces: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=named, stream=Pieces(*pieces))


def one(path: str = "/") -> Flow[str]:
    return (yield from ask(get(path), text))


def echo(request: httpx.Request) -> httpx.Response:
    return raw(request.url.path.encode())


def test_a_flow_receives_what_its_reader_made(run: Run) -> None:
    assert run(one("/a"), echo) == "/a"


def test_a_flow_that_asks_for_nothing_ends(run: Run) -> None:
    def flow() -> Flow[int]:
        yield from ask_all([])
        return 7

    assert run(flow(), echo) == 7


def test_results_side_by_side_come_in_the_order_of_the_calls(run: Run) -> None:
    paths = [f"/{number}" for number in range(3 * SIDE_BY_SIDE)]

    def flow() -> Flow[list[str]]:
        return (yield from ask_all([Call(get(path), text) for path in paths]))

    assert run(flow(), echo) == paths


def test_a_typed_failure_is_thrown_into_the_flow_which_may_ask_for_less(run: Run) -> None:
    def flow() -> Flow[str]:
        try:
            yield from ask(get("/much"), text)
        except QueryRejectedError:
            return (yield from ask(get("/little"), text))
        raise AssertionError

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400) if request.url.path == "/much" else echo(request)

    assert run(flow(), handler) == "/little"


def test_a_failure_side_by_side_reaches_the_flow_as_itself(run: Run) -> None:
    caught: list[Exception] = []

    def flow() -> Flow[str]:
        try:
            yield from ask_all([Call(get(path), text) for path in ("/a", "/bad", "/c")])
        except ConnectorError as error:
            caught.append(error)
        return (yield from ask(get("/after"), text))

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400) if request.url.path == "/bad" else echo(request)

    assert run(flow(), handler) == "/after"
    assert [type(error) for error in caught] == [QueryRejectedError]


def test_a_failure_stops_the_calls_that_still_wait(run: Run) -> None:
    seen: list[str] = []
    lock = threading.Lock()

    def handler(request: httpx.Request) -> httpx.Response:
        with lock:
            seen.append(request.url.path)
        return httpx.Response(400)

    def flow() -> Flow[Any]:
        return (yield from ask_all([Call(get(f"/{n}"), text) for n in range(200)]))

    with pytest.raises(QueryRejectedError):
        run(flow(), handler)
    assert len(seen) < 200


def test_a_fault_of_the_provider_comes_out_as_it_is(run: Run) -> None:
    def broken(response: httpx.Response) -> str:
        raise KeyError("a bug")

    def flow() -> Flow[Any]:
        return (yield from ask_all([Call(get(), broken), Call(get(), broken)]))

    with pytest.raises(KeyError):
        run(flow(), echo)


def test_a_flow_is_closed_when_it_is_not_run_to_its_end(run: Run) -> None:
    closed: list[bool] = []

    def flow() -> Flow[Any]:
        try:
            yield Call(get(), lambda response: 1 / 0)
        finally:
            closed.append(True)

    with pytest.raises(ZeroDivisionError):
        run(flow(), echo)
    assert closed == [True]


def test_six_attempts_and_no_more(run: Run, clock: ManualClock) -> None:
    calls: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(UnavailableError) as caught:
        run(one(), handler)
    assert len(calls) == 6
    assert len(clock.slept) == 5
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_reply_of_unknown_shape_is_asked_for_again(run: Run) -> None:
    answers = iter([b"?", b"?", b"good"])

    def read(response: httpx.Response) -> str:
        if response.text != "good":
            raise ResponseInvalidError("what?")
        return response.text

    def flow() -> Flow[str]:
        return (yield from ask(get(), read))

    assert run(flow(), lambda _: raw(next(answers))) == "good"


def test_every_attempt_may_take_only_what_is_left(run: Run, clock: ManualClock) -> None:
    patience: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        patience.append(request.extensions["timeout"]["read"])
        clock.advance(patience[-1])
        raise httpx.ReadTimeout("silence", request=request)

    with pytest.raises(UnavailableError):
        run(one(), handler, deadline=50.0)
    assert patience == [50.0]
    assert clock.monotonic() == 50


def test_a_body_that_drips_is_cut_at_the_deadline(run: Run, clock: ManualClock) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        drip = Pieces(*[b"x"] * 1_000, each=lambda: clock.advance(0.2))
        return httpx.Response(200, stream=drip)

    with pytest.raises(UnavailableError) as caught:
        run(one(), handler, deadline=2.0)
    assert caught.value.details["cause"] == "timeout"
    assert clock.monotonic() <= 3


def test_a_request_that_never_falls_silent_is_cut_at_its_timeout(
    run: Run, clock: ManualClock
) -> None:
    attempts: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        attempts.append(0.0)

        def pass_time() -> None:
            clock.advance(0.2)
            attempts[-1] += 0.2

        return httpx.Response(200, stream=Pieces(*[b"x"] * 1_000, each=pass_time))

    with pytest.raises(UnavailableError) as caught:
        run(one(), handler, timeout=2.0)
    assert caught.value.details["cause"] == "timeout"
    assert all(1.9 < seconds < 2.3 for seconds in attempts)


def test_a_call_after_the_deadline_is_not_sent(run: Run, clock: ManualClock) -> None:
    seen: list[str] = []

    def flow() -> Flow[str]:
        yield from ask(get("/1"), text)
        clock.advance(201)
        return (yield from ask(get("/2"), text))

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return echo(request)

    with pytest.raises(UnavailableError, match="time for this page"):
        run(flow(), handler)
    assert seen == ["/1"]


PACKED = gzip.compress(b"hello", mtime=0)


def test_one_gzip_coding_is_undone_piece_by_piece(run: Run) -> None:
    pieces = [PACKED[i : i + 3] for i in range(0, len(PACKED), 3)]
    assert run(one(), lambda _: raw(*pieces, Content_Encoding="gzip")) == "hello"


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (PACKED[:-3], "gzip"),
        (PACKED + PACKED, "gzip"),
        (PACKED + b"more", "gzip"),
        (b"plain", "gzip"),
        (b"", "gzip"),
        (gzip.compress(PACKED, mtime=0), "gzip, gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (b"hello", "br"),
    ],
    ids=["cut", "twice", "more", "plain", "empty", "chained", "deflate", "brotli"],
)
def test_a_damaged_or_unexpected_coding_is_an_error(run: Run, body: bytes, coding: str) -> None:
    with pytest.raises(ResponseInvalidError) as caught:
        run(one(), lambda _: raw(body, Content_Encoding=coding))
    assert caught.value.remediation


def test_a_body_beyond_the_limit_is_refused_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_core.reply.MAX_BODY_BYTES", 1_000)
    calls: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        return raw(gzip.compress(b" " * 1_001), Content_Encoding="gzip")

    with pytest.raises(ResponseInvalidError, match="larger than"):
        run(one(), handler)
    assert len(calls) == 1
    fits = gzip.compress(b" " * 1_000)
    assert len(run(one(), lambda _: raw(fits, Content_Encoding="gzip"))) == 1_000


def test_a_bomb_is_not_unpacked(run: Run) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(8 * 2**20)
    bomb = b"".join(packer.compress(zeros) for _ in range(17)) + packer.flush()
    with pytest.raises(ResponseInvalidError, match="larger than"):
        run(one(), lambda _: raw(bomb, Content_Encoding="gzip"))


def test_a_redirect_is_handed_to_the_reader_and_never_followed(run: Run) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.example/"}, content=b"")

    def flow() -> Flow[int]:
        return (yield from ask(get(), lambda response: response.status_code))

    assert run(flow(), handler) == 302
    assert seen == [HOST]
