"""Answers that nobody takes: they hold their integration's places, so memory stays bounded."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from connector_core.http_api.connections import PatientEnough
from http_api.held import PATIENCE, request_lines
from http_api.served import Desktop, bearer, serving
from opened import Site

EVENTS = "/v1/email-security/email-events"
PLACES = 2
BUFFER = 16_384
"""Bytes that the kernel keeps on either side, so that a page of 60 events does not fit."""
WHOLE, IN_PIECES = 60, 120


class Narrow(PatientEnough):
    """A host whose kernel takes little before a client reads."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)


@dataclass
class Served:
    """Two integrations, with few places each and no queue."""

    url: str
    work: str
    home: str

    def get(self, token: str, limit: int = 1) -> httpx.Response:
        """Ask, and read the answer."""
        params = {"limit": limit}
        return httpx.get(f"{self.url}{EVENTS}", headers=bearer(token), params=params, timeout=60)

    def begin(self, token: str, limit: int) -> socket.socket:
        """Ask, and read no more than the beginning of the answer."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        connection.settimeout(PATIENCE)
        address = urlsplit(self.url)
        connection.connect((address.hostname, address.port or 0))
        connection.sendall(
            f"GET {EVENTS}?limit={limit} HTTP/1.1\r\nHost: host.test\r\n"
            f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
        )
        return connection


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path: Path = tmp_path_factory.mktemp("slow") / "config.toml"
    path.write_text(f"[server]\nconcurrency = {PLACES}\nqueue = 0\n")
    site = Site(IN_PIECES)
    desktop = Desktop(path, site.clock)
    work, home = desktop.add("work", site), desktop.add("home", site)
    with serving(desktop.host(), http=Narrow) as url:
        yield Served(url, work, home)


def status(connection: socket.socket) -> int:
    return int(connection.recv(15)[9:12])


def rest(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("count", [WHOLE, IN_PIECES])
def test_an_answer_that_is_not_taken_holds_its_place_and_nobody_elses(
    served: Served, count: int
) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(served.begin(served.work, count)) for _ in range(PLACES)]
        assert [status(one) for one in slow] == [200] * PLACES
        for _ in range(3):
            busy = served.get(served.work, count)
            assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
            assert "read each answer to its end" in busy.json()["remediation"]
        assert served.get(served.home).status_code == 200
        taken = rest(slow[0])
        assert taken.count(b'"class_uid":4009') == count
        assert taken.rstrip(b"\r\n0").endswith(b"}")
        assert served.get(served.work).status_code == 200
        assert rest(slow[1])


@pytest.mark.parametrize("count", [WHOLE, IN_PIECES])
def test_a_client_that_leaves_in_the_midst_gives_its_place_back(served: Served, count: int) -> None:
    with request_lines() as lines:
        for _ in range(PLACES):
            with served.begin(served.work, count) as slow:
                assert status(slow) == 200
            told = lines.get(timeout=PATIENCE).__dict__
            assert (told["status"], told["broken_off"]) == (200, "client")
    assert served.get(served.work).status_code == 200


@pytest.mark.parametrize("count", [WHOLE, IN_PIECES])
def test_the_length_and_the_content_are_what_they_were(served: Served, count: int) -> None:
    answer = served.get(served.work, count)
    assert len(json.loads(answer.content)["result"]) == count
    if count == WHOLE:
        assert answer.headers["Content-Length"] == str(len(answer.content))
