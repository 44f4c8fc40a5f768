"""The embedded tenant over real HTTPS: httpx, MSAL and bare sockets against it."""

import contextlib
import json
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import msal
import msal.oauth2cli.assertion
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connector_core.clock import ManualClock
from connector_core.errors import ConfigurationError
from connector_defender_office365.mock.applications import (
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_TENANT_ID,
    Application,
)
from connector_defender_office365.mock.faults import Fault, Faults, Slow
from connector_defender_office365.mock.server import RunningServer, serve
from connector_defender_office365.mock.tenant import EmbeddedTenant

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
SCOPE = "https://graph.microsoft.com/.default"
ROWS = {
    "EmailEvents": [
        {"Timestamp": "2026-11-15T10:00:00Z", "NetworkMessageId": str(n), "Subject": "Grüße"}
        for n in range(50)
    ]
}


def make(faults: Faults | None = None, **more: Any) -> EmbeddedTenant:
    return EmbeddedTenant(clock=ManualClock(NOW), rows=ROWS, faults=faults, **more)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serve(make()) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_other_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """requests, which MSAL uses, prefers these to the file it is given."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def trusting(server: RunningServer, timeout: float = 10) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(server.ca_path))
    return httpx.Client(verify=context, base_url=server.url, timeout=timeout, trust_env=False)


def sign_in(client: httpx.Client) -> str:
    form = {
        "client_id": DEFAULT_CLIENT_ID,
        "client_secret": DEFAULT_SECRET,
        "grant_type": "client_credentials",
        "scope": SCOPE,
    }
    answer = client.post(f"/{DEFAULT_TENANT_ID}/oauth2/v2.0/token", data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def hunt(client: httpx.Client, token: str, kql: str = "EmailEvents") -> httpx.Response:
    return client.post(
        "/v1.0/security/runHuntingQuery",
        json={"Query": kql},
        headers={"Authorization": f"Bearer {token}"},
    )


def test_a_client_that_trusts_the_authority_signs_in_and_hunts(server: RunningServer) -> None:
    with trusting(server) as client:
        answer = hunt(client, sign_in(client))
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["date"] == "Sun, 15 Nov 2026 12:00:00 GMT"
    body = answer.json()
    assert body["@odata.context"].startswith(f"{server.url}/v1.0/$metadata#")
    assert body["results"][0]["Subject"] == "Grüße"
    assert len(body["results"]) == 50


def test_a_client_that_does_not_trust_it_goes_away_and_the_server_lives(
    server: RunningServer,
) -> None:
    with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError):
        stranger.get(server.url)
    with trusting(server) as client:
        assert sign_in(client)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_certificate_is_good_for_each_loopback_name(server: RunningServer, name: str) -> None:
    port = urlsplit(server.url).port
    with trusting(server) as client:
        answer = client.get(
            f"https://{name}:{port}/{DEFAULT_TENANT_ID}/v2.0/.well-known/openid-configuration"
        )
    assert answer.json()["token_endpoint"].startswith(f"https://{name}:{port}/")


def test_the_server_listens_on_ipv6_too() -> None:
    try:
        running = serve(make(), "::1")
    except ConfigurationError:
        pytest.skip("no IPv6 on this machine")
    with running, trusting(running) as client:
        assert running.url.startswith("https://[::1]:")
        assert hunt(client, sign_in(client)).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.0.2.1", "example.com", "::"])  # noqa: S104
def test_only_the_loopback_address_is_served(host: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        serve(make(), host)
    assert caught.value.setting == "host"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationError) as caught:
            serve(make(), port=taken.getsockname()[1])
    assert caught.value.setting == "port"


def test_closing_frees_the_port_and_removes_the_file() -> None:
    running = serve(make())
    path = running.ca_path
    assert path.stat().st_size > 0
    assert [p.name for p in path.parent.iterdir()] == ["ca.pem"]
    assert path.parent.stat().st_mode & 0o077 == 0
    address = ("127.0.0.1", urlsplit(running.url).port or 0)
    with trusting(running) as client:
        sign_in(client)
        running.close()  # with the client's connection still open
    assert not path.parent.exists()
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(address)


def test_many_clients_are_answered_side_by_side(server: RunningServer) -> None:
    def one(number: int) -> int:
        with trusting(server) as client:
            kql = f"EmailEvents | where NetworkMessageId == '{number}' | count"
            return int(hunt(client, sign_in(client), kql).json()["results"][0]["Count"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(24))) == [1] * 24


def test_a_client_that_never_speaks_keeps_nobody_waiting(server: RunningServer) -> None:
    parts = urlsplit(server.url)
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0)),
        trusting(server) as client,
    ):
        assert sign_in(client)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /v1.0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1099511627776", 413),
        ("POST /v1.0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1", 411),
        ("POST /v1.0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: many", 411),
        ("POST /v1.0/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked", 411),
        ("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close", 404),
        ("GET /nowhere HTTP/1.1\r\nHost: evil.example\r\nConnection: close", 421),
        ("GET /nowhere HTTP/1.1\r\nHost: [::\r\nConnection: close", 421),
    ],
)
def test_a_request_that_cannot_be_served_ends_its_connection(
    server: RunningServer, head: str, status: int
) -> None:
    parts = urlsplit(server.url)
    context = ssl.create_default_context(cafile=str(server.ca_path))
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(f"{head}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: secure.recv(4096), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def broken(name: str, call: Callable[[httpx.Client, str], httpx.Response], **more: float) -> None:
    """Expect the first call to fail on the connection, and the second to succeed."""
    with serve(make(Faults.named(name))) as running:
        with trusting(running) as client:
            token = sign_in(client)
        with trusting(running, **more) as client, pytest.raises(httpx.TransportError) as caught:
            call(client, token)
        assert not isinstance(caught.value, httpx.ConnectError)
        with trusting(running) as client:
            assert call(client, token).status_code == 200


def test_a_refused_connection_is_reset() -> None:
    broken("refused", hunt)


def test_a_cut_body_ends_the_connection() -> None:
    broken("cut", hunt)


def test_silence_lasts_until_the_client_gives_up() -> None:
    broken("silent", hunt, timeout=0.2)


def test_closing_ends_a_silence() -> None:
    tenant = make(Faults.named("silent"))
    running = serve(tenant)
    with ThreadPoolExecutor(1) as pool, trusting(running) as client:
        waiting = pool.submit(hunt, client, sign_in(client))
        while len(tenant.log) < 2:  # until the server has taken the request
            with contextlib.suppress(TimeoutError):
                waiting.exception(timeout=0.01)
        running.close()
        assert isinstance(waiting.exception(timeout=5), httpx.TransportError)


def test_a_slow_answer_waits_on_the_clock_of_the_tenant() -> None:
    tenant = make(Faults.script([Fault(endpoint="graph", effect=Slow(3_000))]))
    with serve(tenant) as running, trusting(running) as client:
        assert hunt(client, sign_in(client)).status_code == 200
    assert isinstance(tenant.clock, ManualClock)
    assert tenant.clock.slept == [3_000]


@pytest.mark.parametrize("name", ["bad-gateway", "html", "truncated", "redirect", "throttled"])
def test_other_faults_come_over_the_wire(name: str) -> None:
    with serve(make(Faults.named(name))) as running, trusting(running) as client:
        token = sign_in(client)
        answer, good = hunt(client, token), hunt(client, token)
    assert answer.content != good.content
    assert len(json.loads(good.content)["results"]) == 50


class Msal:
    """MSAL as its users use it, trusting the server's authority."""

    def __init__(self, server: RunningServer, tenant: str = DEFAULT_TENANT_ID) -> None:
        self.server = server
        self.authority = f"{server.url}/{tenant}"

    def application(self, credential: object, client_id: str = DEFAULT_CLIENT_ID) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return msal.ConfidentialClientApplication(
                client_id,
                authority=self.authority,
                client_credential=credential,
                instance_discovery=False,
                verify=str(self.server.ca_path),
            )


def test_msal_signs_in_with_a_secret_and_then_uses_its_cache(server: RunningServer) -> None:
    application = Msal(server).application(DEFAULT_SECRET)
    first = application.acquire_token_for_client([SCOPE])
    assert first["token_source"] == "identity_provider"
    assert application.acquire_token_for_client([SCOPE])["token_source"] == "cache"
    with trusting(server) as client:
        assert hunt(client, first["access_token"]).status_code == 200


def test_msal_reports_a_wrong_secret_in_the_words_of_entra(server: RunningServer) -> None:
    answer = Msal(server).application("wrong").acquire_token_for_client([SCOPE])
    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]


def test_msal_reports_an_unknown_client(server: RunningServer) -> None:
    application = Msal(server).application(DEFAULT_SECRET, "11111111-2222-3333-4444-555555555555")
    answer = application.acquire_token_for_client([SCOPE])
    assert (answer["error"], answer["error_codes"]) == ("unauthorized_client", [700016])


def test_msal_cannot_be_made_for_an_unknown_tenant(server: RunningServer) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        Msal(server, "nobody.example").application(DEFAULT_SECRET)


@pytest.mark.parametrize("form", ["sha256", "sha1"])
def test_msal_signs_in_with_a_certificate(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    private, certificate = _certificate()
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    credential: dict[str, str] = {
        "private_key": private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    }
    if form == "sha256":
        credential["public_certificate"] = public
    else:
        credential["thumbprint"] = certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303
    clock = SimpleNamespace(time=lambda: NOW)  # MSAL stamps assertions with the machine's clock
    monkeypatch.setattr(msal.oauth2cli.assertion, "time", clock)
    known = {DEFAULT_CLIENT_ID: Application(certificates=(public,))}
    with serve(make(applications=known)) as running:
        application = Msal(running).application(credential)
        answer = application.acquire_token_for_client([SCOPE])
        assert "access_token" in answer, answer
        with trusting(running) as client:
            assert hunt(client, answer["access_token"]).status_code == 200


def _certificate() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
    )
    return private, builder.sign(private, hashes.SHA256())
