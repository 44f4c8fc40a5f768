"""The way out: TLS, proxy, environment, hosts, settings. Servers stand on the loopback address."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from connector_core.clock import ManualClock
from connector_core.errors import ConfigurationError, UnavailableError
from connector_core.flow import AsyncDriver, Driver
from connector_core.provider import Flow, ask
from connector_core.retry import Budget
from connector_core.transport import Network, make_async_client, make_client

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """A TLS server with one answer for everybody; counts who gets that far."""

    def __init__(self, certificate: trustme.LeafCert, answer: bytes = ANSWER) -> None:
        self.answer = answer
        self.heard: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as secure:
                    while heard := secure.recv(65_536):
                        self.heard.append(heard)
                        secure.sendall(self.answer)
            except OSError:
                plain.close()

    def close(self) -> None:
        self._socket.close()


Serve = Callable[..., Server]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def start(certificate: trustme.LeafCert, answer: bytes = ANSWER) -> Server:
        running.append(Server(certificate, answer))
        return running[-1]

    yield start
    for server in running:
        server.close()


def flow(url: str, **headers: str) -> Flow[str]:
    request = httpx.Request("GET", url, headers=headers)
    return (yield from ask(request, lambda response: response.text))


def get(url: str, network: Network, hosts: frozenset[str] | None = None, **headers: str) -> str:
    clock = ManualClock(0)
    netloc = httpx.URL(url).netloc.decode()
    with make_client(network, clock, hosts or frozenset({netloc}), None) as client:
        budget = Budget(clock, clock.monotonic() + 10)
        return Driver(client, None).run(flow(url, **headers), budget)


def here(server: Server, host: str = "127.0.0.1") -> str:
    return f"https://{host}:{server.port}/"


# --- TLS ------------------------------------------------------------------------------------------


def test_an_authority_of_ones_own_is_trusted(
    serve: Serve, authority: trustme.CA, ca_file: str
) -> None:
    server = serve(authority.issue_cert("127.0.0.1"))
    assert get(here(server), Network(ca_file=ca_file)) == "ok"


def test_the_async_client_trusts_the_same_and_serves_two_event_loops(
    serve: Serve, authority: trustme.CA, ca_file: str
) -> None:
    server = serve(authority.issue_cert("127.0.0.1"))
    clock = ManualClock(0)
    hosts = frozenset({f"127.0.0.1:{server.port}"})
    client = make_async_client(Network(ca_file=ca_file), clock, hosts, None)

    async def once() -> str:
        budget = Budget(clock, clock.monotonic() + 10)
        try:
            return await AsyncDriver(client, None).run(flow(here(server)), budget)
        finally:
            await client._transport.aclose()

    assert [asyncio.run(once()) for _ in range(2)] == ["ok", "ok"]


def expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert(
        "127.0.0.1",
        not_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        not_after=dt.datetime(2020, 2, 1, tzinfo=dt.UTC),
    )


CERTIFICATES: dict[str, tuple[Callable[[trustme.CA], trustme.LeafCert], str, str]] = {
    "another authority": (lambda _: trustme.CA().issue_cert("127.0.0.1"), "issuer", "ca_file"),
    "expired": (expired, "expired", "clock"),
    "another name": (lambda ca: ca.issue_cert("other.example"), "valid for", "DNS"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_proves_nothing_is_refused_once_with_a_reason(
    serve: Serve, authority: trustme.CA, ca_file: str, kind: str
) -> None:
    make, reason, remedy = CERTIFICATES[kind]
    server = serve(make(authority))
    with pytest.raises(UnavailableError) as caught:
        get(here(server), Network(ca_file=ca_file), Authorization="Bearer c4nary")
    assert caught.value.details["cause"] == "tls"
    assert reason in str(caught.value)
    assert remedy in caught.value.remediation
    assert not caught.value.retryable
    assert server.heard == []
    assert caught.value.__context__ is None


@pytest.mark.parametrize("content", [None, "no certificate", ""])
def test_an_authority_file_that_is_none_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        make_client(Network(ca_file=str(path)), ManualClock(0), frozenset(), None)
    assert caught.value.setting == "network.ca_file"
    assert str(path) in str(caught.value)


def test_the_environment_has_no_say(
    serve: Serve, authority: trustme.CA, ca_file: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server = serve(authority.issue_cert("127.0.0.1"))
    keys, netrc = tmp_path / "keys.log", tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password c4nary\n")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("NETRC", str(netrc))
    assert get(here(server), Network(ca_file=ca_file)) == "ok"
    assert not keys.exists()
    assert b"authorization" not in b"".join(server.heard).lower()


def test_an_authority_named_by_the_environment_is_not_trusted(
    serve: Serve, authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(authority.issue_cert("127.0.0.1"))
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    with pytest.raises(UnavailableError, match="certificate"):
        get(here(server), Network())


# --- who is spoken to -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example/",
        "https://evil.example/",
        "https://vendor.example:8443/",
        "https://vendor.example.evil.example/",
        "https://user:password@vendor.example/",
        "https://vendor.example@evil.example/",
    ],
)
def test_nobody_but_the_named_hosts_hears_anything(url: str) -> None:
    with pytest.raises(ConfigurationError, match="speaks only to") as caught:
        get(url, Network(), frozenset({"vendor.example"}))
    assert "password" not in str(caught.value)


def test_a_redirect_takes_nothing_to_a_second_host(
    serve: Serve, authority: trustme.CA, ca_file: str
) -> None:
    second = serve(authority.issue_cert("localhost"))
    moved = (
        f"HTTP/1.1 302 Found\r\nLocation: {here(second, 'localhost')}\r\nContent-Length: 0\r\n\r\n"
    )
    first = serve(authority.issue_cert("127.0.0.1"), moved.encode())
    hosts = frozenset({f"127.0.0.1:{first.port}", f"localhost:{second.port}"})
    assert get(here(first), Network(ca_file=ca_file), hosts, Authorization="c4nary") == ""
    assert len(first.heard) == 1
    assert second.heard == []


def test_a_refused_connection_is_told_with_its_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    clock = ManualClock(0)
    hosts = frozenset({f"127.0.0.1:{port}"})
    with make_client(Network(), clock, hosts, None) as client:
        budget = Budget(clock, clock.monotonic() + 0.2)
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1") as caught:
            Driver(client, None).run(flow(f"https://127.0.0.1:{port}/"), budget)
    assert caught.value.details["cause"] == "connect"


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("timeout", 0), ("timeout", -1), ("timeout", float("nan")), ("timeout", float("inf")),
        ("timeout", "30"), ("timeout", True), ("timeout", None), ("deadline", 0),
        ("deadline", 3_601), ("proxy", ""), ("proxy", "proxy.example:3128"), ("proxy", 7),
        ("proxy", "ftp://proxy.example"), ("proxy", "http://"), ("proxy", "http://p.example/path"),
        ("proxy", "http://[::1"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_right_is_named(setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Network(**{setting: value})
    assert caught.value.setting == f"network.{setting}"


@pytest.mark.parametrize("proxy", ["http://proxy.example:3128", "https://u:p@proxy.example", None])
def test_a_proxy_is_taken_and_its_password_not_shown(proxy: str | None) -> None:
    network = Network(proxy=proxy)
    assert "u:p" not in repr(network)
    make_client(network, ManualClock(0), frozenset(), None).close()


def test_a_proxy_is_asked_for_the_way_and_hears_no_secret() -> None:
    heard: list[bytes] = []
    proxy = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        while True:
            try:
                connection, _ = proxy.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    threading.Thread(target=refuse, daemon=True).start()
    network = Network(proxy=f"http://127.0.0.1:{proxy.getsockname()[1]}")
    with pytest.raises(UnavailableError) as caught:
        get("https://vendor.example/", network, Authorization="c4nary")
    proxy.close()
    assert caught.value.details["cause"] == "proxy"
    assert heard[0].startswith(b"CONNECT vendor.example:443")
    assert b"c4nary" not in b"".join(heard)
