"""What is too large, too slow, or wanted by nobody any more."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from starlette.responses import StreamingResponse
from starlette.types import Message

from connector_core import ManualClock
from connector_core.http_api.attention import Attention
from connector_core.http_api.connections import UNREAD_LOOKS, PatientEnough, protocol
from http_api.held import PATIENCE, Held, request_lines
from http_api.served import Desktop, bearer, serving
from opened import NOW, Site

EVENTS = "/v1/email-security/email-events"
SERVER = """
[server]
concurrency = 1
queue_seconds = 60
max_url = 4096
max_body = 2048
"""
MUCH = {"X-Much": "x" * 40_000}
LOOK = 0.3
"""Seconds between two looks of the host that waits briefly."""


@dataclass
class Served:
    """A host that holds little and waits briefly."""

    url: str
    token: str
    vendor: Held

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask, with the integration's token."""
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The same with any method."""
        headers = bearer(self.token) | options.pop("headers", {})
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            return client.request(method, path, headers=headers, **options)

    def connect(self) -> socket.socket:
        """A bare connection."""
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE)

    def ask(self, connection: socket.socket) -> None:
        """Send a whole query, and wait for nothing."""
        connection.sendall(
            f"GET {EVENTS}?limit=1 HTTP/1.1\r\nHost: host.test\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with running(tmp_path_factory, SERVER) as one:
        yield one


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with running(tmp_path_factory, f"{SERVER}body_seconds = 0.1", http=protocol(LOOK)) as one:
        yield one


@contextmanager
def running(folders: pytest.TempPathFactory, server: str, **changed: Any) -> Iterator[Served]:
    path = folders.mktemp("limits") / "config.toml"
    path.write_text(server)
    site = Site(5)
    desktop = Desktop(path, site.clock)
    token = desktop.add("work", site)
    vendor = desktop.transports["work"] = Held(desktop.transports["work"])
    with serving(desktop.host(), **changed) as url:
        yield Served(url, token, vendor)
        vendor.open()


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def chunks(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * size


# -- too large


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        ({"method": "GET", "path": f"{EVENTS}?filter={'x' * 4096}"}, 414, "url_too_long"),
        ({"method": "GET", "path": f"/{'x' * 4096}"}, 414, "url_too_long"),
        ({"method": "GET", "path": "/", "headers": MUCH}, 431, "headers_too_large"),
        ({"method": "POST", "path": "/", "content": b"x" * 2049}, 413, "body_too_large"),
        ({"method": "POST", "path": "/", "content": chunks(3, 1000)}, 413, "body_too_large"),
    ],
    ids=["query", "path", "headers", "body", "body in chunks"],
)  # fmt: skip
def test_what_is_too_large_is_refused_with_a_problem(
    served: Served, ask: dict[str, Any], status: int, code: str
) -> None:
    answer = served.request(**ask)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["type"] == f"urn:connector:error:{code}"
    assert problem["status"] == status
    assert problem["instance"] == f"urn:request:{answer.headers['x-request-id']}"


def test_what_is_just_small_enough_is_taken(served: Served) -> None:
    # Taken by the limits, and then refused for what it is.
    url = f"{EVENTS}?filter=" + "x" * (4096 - len(EVENTS) - len("filter="))
    assert served.get(url).status_code == 400
    assert served.request("POST", "/healthz", content=b"x" * 2048).status_code == 405
    assert served.request("POST", "/healthz", content=chunks(2, 1024)).status_code == 405


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_a_request_line_without_end_is_refused(served: Served, size: int) -> None:
    with served.connect() as connection:
        try:
            connection.sendall(b"GET /?" + b"x" * size)
            head = connection.recv(16)
        except ConnectionError:  # refused while the rest was on its way
            return
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.1 414"))


@pytest.mark.parametrize("length", ["many", "-1", "1, 2", "99999999999999999999"])
def test_a_length_that_cannot_be_is_refused(served: Served, length: str) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: host.test\r\nContent-Length: "
            + length.encode()
            + b"\r\n\r\n"
        )
        head = connection.recv(16)
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


def test_a_body_whose_end_is_told_in_two_ways_is_refused_and_nothing_after_it_read(
    served: Served,
) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: host.test\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET /healthz HTTP/1.1\r\nHost: host.test\r\n\r\n"
        )
        answers = all_of(connection)
    assert re.findall(rb"HTTP/1.1 (...) ", answers) == [b"400"]


# -- too slow


def test_a_body_that_drips_is_refused_and_its_connection_closed(impatient: Served) -> None:
    with impatient.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: host.test\r\nContent-Length: 9\r\n\r\nsome")
        answer = all_of(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:connector:error:too_slow" in answer


def test_a_connection_that_waits_for_the_rest_of_a_request_is_closed(impatient: Served) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: host.test\r\n\r\n"
    refused = b"POST / HTTP/1.1\r\nHost: host.test\r\nContent-Length: 9999\r\n\r\nsome"
    begun = {
        b"": [],
        b"GET / HT": [],
        whole[:-2]: [],
        whole + b"GET / HT": [b"200"],  # the second one drips
        refused: [b"413"],  # its body goes on dripping
    }
    with ExitStack() as stack:
        connections = [stack.enter_context(impatient.connect()) for _ in begun]
        for connection, request in zip(connections, begun, strict=True):
            connection.sendall(request)
        statuses = [re.findall(rb"HTTP/1.1 (...) ", all_of(one)) for one in connections]
    assert statuses == list(begun.values())


def taken_late(connect: Callable[[], socket.socket], length: int) -> bool:
    """Whether many answers of `length` bytes can be taken long after they were asked for."""
    whole = b"GET /openapi.json HTTP/1.1\r\nHost: host.test\r\n\r\n"
    count = 20_000_000 // length  # more than the kernel keeps for a client that does not read
    taken = 0
    with connect() as greedy:
        greedy.sendall(whole * count)
        for _ in range(2 * UNREAD_LOOKS + 2):
            with connect() as idle:  # closed at the second look
                assert all_of(idle) == b""
        with suppress(ConnectionResetError):
            while part := greedy.recv(1_000_000):
                taken += len(part)
    return taken >= count * length


def test_a_client_that_takes_nothing_is_not_waited_for(impatient: Served) -> None:
    length = len(impatient.get("/openapi.json").content)
    assert not taken_late(impatient.connect, length)


def test_by_tls_nobody_is_waited_for_either(
    impatient: Served, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    length = len(impatient.get("/openapi.json").content)
    authority, files = trustme.CA(), tmp_path_factory.mktemp("tls")
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(files / "host.pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    tls = {"ssl_certfile": files / "host.pem", "ssl_keyfile": files / "host.pem"}
    with running(tmp_path_factory, SERVER, http=protocol(LOOK), **tls) as host:

        def connect() -> socket.socket:
            return trust.wrap_socket(host.connect(), server_hostname="127.0.0.1")

        with connect() as mute:  # begins a request, and does not even take the farewell
            mute.sendall(b"GET / HT")
            assert not taken_late(connect, length)
    assert [record for record in caplog.records if record.name == "asyncio"] == []


def slowly_taken(host: Served) -> bool:
    """Whether many answers come whole to a client that takes some of them between the looks."""
    whole = b"GET /openapi.json HTTP/1.1\r\nHost: host.test\r\n\r\n"
    length = len(host.get("/openapi.json").content)
    count = 20_000_000 // length
    taken = 0
    with host.connect() as slow, suppress(ConnectionResetError):
        slow.sendall(whole * count)
        for _ in range(2 * UNREAD_LOOKS + 2):
            with host.connect() as idle:
                assert all_of(idle) == b""
            taken += len(slow.recv(1_000_000))
        while taken < count * length and (part := slow.recv(1_000_000)):
            taken += len(part)
    return taken >= count * length


def test_a_client_that_takes_an_answer_slowly_is_waited_for(impatient: Served) -> None:
    assert slowly_taken(impatient)


def test_a_client_that_takes_less_than_the_slowest_link_is_not_waited_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory, SERVER, http=protocol(LOOK, slowest=10**9)) as host:
        assert not slowly_taken(host)


def test_a_connection_between_two_requests_is_kept(impatient: Served) -> None:
    kept = HTTPConnection(urlsplit(impatient.url).netloc, timeout=PATIENCE)
    with closing(kept):
        kept.request("GET", "/healthz")
        assert kept.getresponse().read()
        first = kept.sock
        for _ in range(2):  # closed at the first look, so the kept one was looked at twice
            with impatient.connect() as idle:
                assert all_of(idle) == b""
        kept.request("GET", "/healthz")
        assert kept.getresponse().status == 200
        assert kept.sock is first


def test_an_answer_does_not_wait_for_the_clients_acknowledgement(tmp_path: Path) -> None:
    # Of sockets made like that of several workers, asyncio does not see to it.
    found = []

    class Telling(PatientEnough):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            found.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    desktop = Desktop(tmp_path / "config.toml", ManualClock(NOW))
    with serving(desktop.host(), http=Telling) as url:
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert found == [1]


# -- wanted by nobody


def test_a_client_that_goes_away_stops_its_operation_and_frees_its_place(served: Served) -> None:
    served.vendor.closed = True
    with request_lines() as lines:
        with served.connect() as connection:
            served.ask(connection)
            served.vendor.arrived.get(timeout=PATIENCE)
        assert served.vendor.given_up.acquire(timeout=PATIENCE)
        assert lines.get(timeout=PATIENCE).__dict__["status"] == 499
    served.vendor.open()
    # There is one place, and waiting for it would take longer than the client does.
    answer = served.get(EVENTS, params={"limit": 2})
    assert [event["class_uid"] for event in answer.json()["result"]] == [4009, 4009]


def test_a_client_that_goes_away_while_it_waits_for_its_turn_loses_no_place(
    served: Served,
) -> None:
    served.vendor.closed = True
    with ThreadPoolExecutor(1) as others, request_lines() as lines:
        first = others.submit(served.get, EVENTS, params={"limit": 1})
        served.vendor.arrived.get(timeout=PATIENCE)
        with served.connect() as connection:
            served.ask(connection)
        assert lines.get(timeout=PATIENCE).__dict__["status"] == 499
        served.vendor.open()
        assert first.result(PATIENCE).status_code == 200
    assert served.vendor.arrived.empty()
    assert served.get(EVENTS, params={"limit": 1}).status_code == 200


def test_a_client_that_goes_away_while_it_sends_is_no_fault(served: Served) -> None:
    with request_lines() as lines:
        with served.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: host.test\r\nContent-Length: 9\r\n\r\nso")
        assert lines.get(timeout=PATIENCE).__dict__["status"] == 499


async def test_a_client_that_goes_away_in_the_midst_of_an_answer_gets_no_more_of_it(
    tmp_path: Path,
) -> None:
    begin: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[bytes] = []
    left = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10_000):  # none of them has to be waited for
            yield b"piece"

    async def receive() -> Message:
        if begin:
            return begin.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if len(sent) == 5:
            left.set()

    host = Desktop(tmp_path / "config.toml", ManualClock(NOW)).host()
    scope = {"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.3"}}
    await Attention(StreamingResponse(pieces()), host)(scope, receive, send)
    assert 5 <= len(sent) < 100
