"""Tokens: one conversation with Entra through the client that also talks to Graph."""

import asyncio
import datetime as dt
import json
import logging
import threading
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pytest_httpx import HTTPXMock

from connector_core.clock import ManualClock
from connector_core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    ProviderError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_defender_office365.auth import EntraAuth
from connector_defender_office365.config import DefenderConfig, parse_config

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-aaaaaaaaaaaa"
CANARY = "c4nary~Secret.that_must-never.show"
TOKEN = "c4nary.access.token"
LOGIN = "https://login.microsoftonline.com"
DISCOVERY = f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration"
TOKENS = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
GRAPH = "https://graph.microsoft.com/v1.0/security/runHuntingQuery"
START = 1_793_491_200.0

pytestmark = pytest.mark.httpx_mock(can_send_already_matched_responses=True)


def config(**credential: Any) -> DefenderConfig:
    secret = {"type": "o_auth_client", "client_id": CLIENT, "client_secret": CANARY}
    return parse_config({"tenant_id": TENANT, "credential": credential or secret})


def discovery(token_endpoint: str = TOKENS) -> dict[str, str]:
    return {
        "authorization_endpoint": f"{LOGIN}/{TENANT}/oauth2/v2.0/authorize",
        "token_endpoint": token_endpoint,
        "issuer": f"{LOGIN}/{TENANT}/v2.0",
    }


def token(value: str = TOKEN, expires_in: object = 3599) -> dict[str, object]:
    return {"token_type": "Bearer", "expires_in": expires_in, "access_token": value}


def entra_error(code: int, error: str = "invalid_client") -> dict[str, object]:
    return {
        "error": error,
        "error_description": f"AADSTS{code}: Something about '{CANARY}'.\r\nTrace ID: x\r\n",
        "error_codes": [code],
        "trace_id": "0f0f0f0f-1111-2222-3333-444444444444",
    }


def serve(mock: HTTPXMock, **answers: Any) -> None:
    """Entra issues a token and Graph accepts it, unless told otherwise."""
    mock.add_response(url=DISCOVERY, **(answers.get("discovery") or {"json": discovery()}))
    if "token" in answers or "tokens" not in answers:
        mock.add_response(url=TOKENS, **(answers.get("token") or {"json": token()}))
    for one in answers.get("tokens", ()):
        mock.add_response(url=TOKENS, **one)
    mock.add_response(url=GRAPH, json={"schema": [], "results": []}, is_optional=True)


def urls(mock: HTTPXMock) -> list[str]:
    return [str(request.url) for request in mock.get_requests()]


def send(auth: EntraAuth) -> httpx.Response:
    with httpx.Client(auth=auth) as client:
        return client.post(GRAPH, json={"Query": "x"})


async def asend(auth: EntraAuth) -> httpx.Response:
    async with httpx.AsyncClient(auth=auth) as client:
        return await client.post(GRAPH, json={"Query": "x"})


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Any:
    """Sends one request to Graph, blocking or not: both have to behave alike."""
    if request.param == "sync":
        return send
    return lambda auth: asyncio.run(asend(auth))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def auth(clock: ManualClock) -> EntraAuth:
    return EntraAuth(config(), clock)


def form(mock: HTTPXMock) -> dict[str, list[str]]:
    return parse_qs(mock.get_requests(url=TOKENS)[-1].content.decode("ascii"))


# --- the conversation -----------------------------------------------------------------------------


def test_a_token_is_fetched_with_the_secret_and_sent_to_graph(
    httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any
) -> None:
    serve(httpx_mock)
    assert ask(auth).status_code == 200
    assert urls(httpx_mock) == [DISCOVERY, TOKENS, GRAPH]
    assert form(httpx_mock) == {
        "client_id": [CLIENT],
        "client_info": ["1"],
        "client_secret": [CANARY],
        "grant_type": ["client_credentials"],
        "scope": ["https://graph.microsoft.com/.default"],
    }
    graph = httpx_mock.get_requests(url=GRAPH)[0]
    assert graph.headers["Authorization"] == f"Bearer {TOKEN}"
    assert graph.content == b'{"Query":"x"}'


def test_a_second_request_uses_the_same_token(
    httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any
) -> None:
    serve(httpx_mock)
    ask(auth)
    before = threading.active_count()
    ask(auth)
    assert urls(httpx_mock) == [DISCOVERY, TOKENS, GRAPH, GRAPH]
    assert threading.active_count() <= before


def test_nothing_is_asked_before_the_first_request(
    httpx_mock: HTTPXMock, clock: ManualClock
) -> None:
    EntraAuth(config(), clock)
    assert urls(httpx_mock) == []


def test_the_time_out_of_a_call_holds_for_its_token_too(
    httpx_mock: HTTPXMock, auth: EntraAuth
) -> None:
    serve(httpx_mock)
    with httpx.Client(auth=auth, timeout=7.5) as client:
        client.post(GRAPH, json={})
    times = [request.extensions["timeout"]["read"] for request in httpx_mock.get_requests()]
    assert times == [7.5, 7.5, 7.5]


def test_the_answer_does_not_carry_the_conversation(
    httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any
) -> None:
    serve(httpx_mock)
    assert ask(auth).history == []


def test_a_government_tenant_is_served_by_its_own_hosts(
    httpx_mock: HTTPXMock, clock: ManualClock
) -> None:
    login = "https://login.microsoftonline.us"
    secret = {"type": "o_auth_client", "client_id": CLIENT, "client_secret": CANARY}
    dod = parse_config({"tenant_id": TENANT, "credential": secret, "region": "dod"})
    endpoints = {key: value.replace(LOGIN, login) for key, value in discovery().items()}
    httpx_mock.add_response(url=DISCOVERY.replace(LOGIN, login), json=endpoints)
    httpx_mock.add_response(url=TOKENS.replace(LOGIN, login), json=token())
    httpx_mock.add_response(url=GRAPH.replace("graph.microsoft.com", "dod-graph.microsoft.us"))
    with httpx.Client(auth=EntraAuth(dod, clock)) as client:
        client.post("https://dod-graph.microsoft.us/v1.0/security/runHuntingQuery")
    assert parse_qs(httpx_mock.get_requests()[1].content.decode())["scope"] == [
        "https://dod-graph.microsoft.us/.default"
    ]


def test_the_environment_cannot_choose_the_login_host(
    httpx_mock: HTTPXMock, auth: EntraAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSAL_FORCE_REGION", "westus2")
    serve(httpx_mock)
    send(auth)
    assert urls(httpx_mock) == [DISCOVERY, TOKENS, GRAPH]


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.us/v1.0/security/runHuntingQuery",
        "http://graph.microsoft.com/v1.0/security/runHuntingQuery",
        "https://graph.microsoft.com:8443/x",
        "https://evil.example/",
        "https://graph.microsoft.com.evil.example/",
    ],
)
def test_the_token_is_sent_to_no_other_host(
    httpx_mock: HTTPXMock, auth: EntraAuth, url: str
) -> None:
    with httpx.Client(auth=auth) as client, pytest.raises(ConfigurationError):
        client.get(url)
    assert urls(httpx_mock) == []


# --- many callers ---------------------------------------------------------------------------------


def test_fifty_threads_make_one_token_request(httpx_mock: HTTPXMock, auth: EntraAuth) -> None:
    serve(httpx_mock)
    start = threading.Barrier(50)

    def call(client: httpx.Client) -> int:
        start.wait()
        return client.post(GRAPH, json={}).status_code

    with httpx.Client(auth=auth) as client, ThreadPoolExecutor(50) as pool:
        assert list(pool.map(call, [client] * 50)) == [200] * 50
    assert [urls(httpx_mock).count(url) for url in (DISCOVERY, TOKENS, GRAPH)] == [1, 1, 50]


async def test_fifty_tasks_make_one_token_request(httpx_mock: HTTPXMock, auth: EntraAuth) -> None:
    serve(httpx_mock)
    async with httpx.AsyncClient(auth=auth) as client:
        await asyncio.gather(*(client.post(GRAPH, json={}) for _ in range(50)))
    assert [urls(httpx_mock).count(url) for url in (DISCOVERY, TOKENS, GRAPH)] == [1, 1, 50]


def test_threads_event_loops_and_tasks_share_one_token(
    httpx_mock: HTTPXMock, auth: EntraAuth
) -> None:
    serve(httpx_mock)
    send(auth)
    for _ in range(2):  # each with an event loop of its own
        asyncio.run(asend(auth))
    assert urls(httpx_mock).count(TOKENS) == 1


async def test_a_cancelled_caller_leaves_no_thread_and_no_lock(
    httpx_mock: HTTPXMock, auth: EntraAuth
) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def hang(_: httpx.Request) -> httpx.Response:
        asked.set()
        await never.wait()
        raise AssertionError

    httpx_mock.add_callback(hang, url=DISCOVERY, is_reusable=False)
    caller = asyncio.create_task(asend(auth))
    await asked.wait()
    workers = {one for one in threading.enumerate() if not one.name.startswith("asyncio_")}
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert {t for t in threading.enumerate() if not t.name.startswith("asyncio_")} == workers
    serve(httpx_mock)
    assert (await asend(auth)).status_code == 200


def test_a_broken_connection_frees_the_way_for_the_next_caller(
    httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any
) -> None:
    httpx_mock.add_exception(httpx.ConnectError("refused"), url=DISCOVERY, is_reusable=False)
    with pytest.raises(httpx.ConnectError):
        ask(auth)
    serve(httpx_mock)
    assert ask(auth).status_code == 200


# --- renewal --------------------------------------------------------------------------------------


def test_a_token_is_renewed_with_less_than_five_minutes_left(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock, ask: Any
) -> None:
    serve(httpx_mock, tokens=[{"json": token()}, {"json": token("second")}])
    ask(auth)
    clock.advance(3599 - 300)
    ask(auth)
    assert urls(httpx_mock).count(TOKENS) == 1
    clock.advance(1)
    ask(auth)
    assert urls(httpx_mock).count(TOKENS) == 2
    assert httpx_mock.get_requests(url=GRAPH)[-1].headers["Authorization"] == "Bearer second"
    assert urls(httpx_mock).count(DISCOVERY) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        {"status_code": 503},
        {"status_code": 429, "headers": {"Retry-After": "9"}},
        {"status_code": 200, "html": "<html>"},
        {"status_code": 502, "html": "<html>"},
        {"status_code": 400, "json": entra_error(90033, "temporarily_unavailable")},
        {"status_code": 200, "json": token("not a token\r\n")},
        {"status_code": 200, "content": b"x" * 1_048_577},
        {"stream": httpx.ByteStream(b"x"), "headers": {"Content-Encoding": "gzip, gzip"}},
    ],
)
def test_a_valid_token_serves_on_while_entra_is_down(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock, trouble: dict[str, Any], ask: Any
) -> None:
    serve(httpx_mock, tokens=[{"json": token()}, trouble])
    ask(auth)
    clock.advance(3400)
    for _ in range(3):
        assert ask(auth).status_code == 200
    assert urls(httpx_mock).count(TOKENS) == 2, "one attempt, then patience"
    clock.advance(31)
    ask(auth)
    assert urls(httpx_mock).count(TOKENS) == 3


def test_an_expired_token_does_not_serve_on(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock, ask: Any
) -> None:
    serve(httpx_mock, tokens=[{"json": token()}, {"status_code": 503}])
    ask(auth)
    clock.advance(3599)
    with pytest.raises(UnavailableError):
        ask(auth)


def test_a_broken_connection_in_the_renewal_costs_one_call_only(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock, ask: Any
) -> None:
    serve(httpx_mock, token={"json": token(), "is_reusable": False})
    ask(auth)
    clock.advance(3400)
    httpx_mock.add_exception(httpx.ConnectTimeout("slow"), url=TOKENS)
    with pytest.raises(httpx.ConnectTimeout):
        ask(auth)
    assert ask(auth).status_code == 200


def test_a_wrong_secret_is_told_even_while_the_old_token_is_valid(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock
) -> None:
    refused = {"status_code": 401, "json": entra_error(7000222)}
    serve(httpx_mock, tokens=[{"json": token()}, refused])
    send(auth)
    clock.advance(3400)
    with pytest.raises(AuthenticationError):
        send(auth)


def test_a_refused_token_is_replaced_once(httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any) -> None:
    httpx_mock.add_response(url=DISCOVERY, json=discovery())
    httpx_mock.add_response(url=TOKENS, json=token("first"), is_reusable=False)
    httpx_mock.add_response(url=TOKENS, json=token("second"))
    used: list[str] = []

    def graph(request: httpx.Request) -> httpx.Response:
        used.append(request.headers["Authorization"])
        return httpx.Response(401 if len(used) == 1 else 200)

    httpx_mock.add_callback(graph, url=GRAPH)
    assert ask(auth).status_code == 200
    assert used == ["Bearer first", "Bearer second"]


def test_a_token_refused_twice_is_not_tried_for_ever(
    httpx_mock: HTTPXMock, auth: EntraAuth, ask: Any
) -> None:
    httpx_mock.add_response(url=DISCOVERY, json=discovery())
    httpx_mock.add_response(url=TOKENS, json=token())
    httpx_mock.add_response(url=GRAPH, status_code=401)
    assert ask(auth).status_code == 401
    assert urls(httpx_mock) == [DISCOVERY, TOKENS, GRAPH, TOKENS, GRAPH]


def test_the_clock_is_compared_with_microsofts(
    httpx_mock: HTTPXMock, auth: EntraAuth, clock: ManualClock
) -> None:
    date = {"Date": "Sun, 01 Nov 2026 00:00:00 GMT"}
    assert auth.skew_seconds is None
    serve(httpx_mock, token={"json": token(), "headers": date})
    clock.advance(600)
    send(auth)
    assert auth.skew_seconds == 600


# --- refusals -------------------------------------------------------------------------------------

CODES = [
    (90002, AuthenticationError, "no such tenant", "tenant_id"),
    (700016, AuthenticationError, "no application", "client_id"),
    (7000229, AuthenticationError, "not installed", "consent"),
    (7000112, AuthenticationError, "disabled", "Enterprise applications"),
    (7000215, AuthenticationError, "secret is wrong", "Value"),
    (7000222, AuthenticationError, "has expired", "new secret"),
    (7000218, AuthenticationError, "no client secret", "proxy"),
    (700024, AuthenticationError, "time of validity", "clock"),
    (700027, AuthenticationError, "signature", "certificate"),
    (70011, AuthenticationError, "scope", "region"),
    (90038, AuthenticationError, "another Microsoft cloud", "region"),
    (900382, AuthenticationError, "another Microsoft cloud", "region"),
    (900432, AuthenticationError, "another Microsoft cloud", "region"),
    (90055, RateLimitedError, "no more token requests", "later"),
    (90033, UnavailableError, "busy", "later"),
    (99999999, AuthenticationError, "refused the credential", "login.microsoftonline.com/error"),
]


@pytest.mark.parametrize(("code", "kind", "happened", "remedy"), CODES)
@pytest.mark.parametrize("place", ["discovery", "token"])
def test_each_code_of_entra_is_told_in_words(
    httpx_mock: HTTPXMock,
    clock: ManualClock,
    place: str,
    code: int,
    kind: type[ProviderError],
    happened: str,
    remedy: str,
    ask: Any,
) -> None:
    url = DISCOVERY if place == "discovery" else TOKENS
    if place == "token":
        httpx_mock.add_response(url=DISCOVERY, json=discovery())
    httpx_mock.add_response(url=url, status_code=400, json=entra_error(code))
    with pytest.raises(ProviderError) as caught:
        ask(EntraAuth(config(), clock))
    error = caught.value
    assert type(error) is kind
    assert happened in error.message
    assert remedy in error.remediation
    assert CANARY not in f"{error}{error.remediation}"
    assert error.origin.code == f"AADSTS{code}"
    assert error.origin.operation == "token"
    assert error.origin.request_id == "0f0f0f0f-1111-2222-3333-444444444444"


def test_a_pasted_secret_id_is_recognised(httpx_mock: HTTPXMock, clock: ManualClock) -> None:
    given = config(type="o_auth_client", client_id=CLIENT, client_secret=TENANT)
    refused = {"status_code": 401, "json": entra_error(7000215)}
    serve(httpx_mock, token=refused)
    with pytest.raises(AuthenticationError) as caught:
        send(EntraAuth(given, clock))
    assert "probably the Secret ID" in caught.value.remediation
    assert TENANT not in f"{caught.value}{caught.value.remediation}"


def test_an_error_is_not_repeated_from_memory(httpx_mock: HTTPXMock, auth: EntraAuth) -> None:
    serve(
        httpx_mock,
        tokens=[
            {"status_code": 400, "json": entra_error(700016)},
            {"status_code": 503},
            {"json": token()},
        ],
    )
    for kind in (AuthenticationError, UnavailableError):
        with pytest.raises(kind):
            send(auth)
    assert send(auth).status_code == 200


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status_code": 429, "headers": {"Retry-After": "17"}}, RateLimitedError),
        ({"status_code": 503, "headers": {"Retry-After": "17"}}, UnavailableError),
        ({"status_code": 500}, UnavailableError),
        (
            {"status_code": 302, "headers": {"Location": "https://evil.example/"}},
            ResponseInvalidError,
        ),
        ({"status_code": 403, "html": "<html>blocked</html>"}, ResponseInvalidError),
        ({"content": b"null"}, ResponseInvalidError),
        ({"content": b"[]"}, ResponseInvalidError),
        ({"content": b""}, ResponseInvalidError),
        ({"content": b"{"}, ResponseInvalidError),
        ({"content": b'{"a":' * 100_000}, ResponseInvalidError),
        ({"json": {}}, ResponseInvalidError),
        ({"json": {"unknown": 1}}, ResponseInvalidError),
        ({"json": token("two words")}, ResponseInvalidError),
        ({"json": token("cr\r\nlf")}, ResponseInvalidError),
        ({"json": token("")}, ResponseInvalidError),
        ({"json": token("x" * 65_537)}, ResponseInvalidError),
        ({"json": token(expires_in="soon")}, ResponseInvalidError),
        ({"json": token(expires_in=0)}, ResponseInvalidError),
        ({"json": token(expires_in=10**9)}, ResponseInvalidError),
        (
            {"json": {"access_token": None, "expires_in": 9, "token_type": "Bearer"}},
            ResponseInvalidError,
        ),
        ({"json": {"access_token": ["x"], "expires_in": 9}}, ResponseInvalidError),
        ({"content": b" " * 1_048_577}, ResponseInvalidError),
        ({"content": b"x", "headers": {"Content-Encoding": "br"}}, ResponseInvalidError),
    ],
)
def test_an_odd_token_answer_is_a_typed_error(
    httpx_mock: HTTPXMock,
    auth: EntraAuth,
    answer: dict[str, Any],
    kind: type[ProviderError],
    ask: Any,
) -> None:
    httpx_mock.add_response(url=DISCOVERY, json=discovery())
    if "Content-Encoding" in answer.get("headers", {}):
        answer = {"headers": answer["headers"], "stream": httpx.ByteStream(b"x")}
    httpx_mock.add_response(url=TOKENS, **answer)
    with pytest.raises(ProviderError) as caught:
        ask(auth)
    assert type(caught.value) is kind
    assert caught.value.origin.operation == "token"
    if "Retry-After" in answer.get("headers", {}):
        assert caught.value.retry_after == 17
    assert GRAPH not in urls(httpx_mock)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/token",
        "http://login.microsoftonline.com/x/token",
        "https://login.microsoftonline.com:8443/x/token",
        "https://login.microsoftonline.com@evil.example/x/token",
        "https://user@login.microsoftonline.com/x/token",
        "https://login.microsoftonline.com.evil.example/x/token",
        "https://login。microsoftonline。com.evil.example/x/token",
        "//evil.example/x",
        "not an address",
    ],
)
def test_a_discovery_document_cannot_send_the_secret_elsewhere(
    httpx_mock: HTTPXMock, auth: EntraAuth, endpoint: str, ask: Any
) -> None:
    httpx_mock.add_response(url=DISCOVERY, json=discovery(endpoint))
    with pytest.raises(ProviderError) as caught:
        ask(auth)
    assert urls(httpx_mock) == [DISCOVERY]
    assert isinstance(caught.value, AuthenticationError | ResponseInvalidError)


# --- other credentials ----------------------------------------------------------------------------


def _decoded(part: str) -> Any:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _key_and_certificate() -> tuple[rsa.RSAPrivateKey, str, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "connector.example")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(start).not_valid_after(start + dt.timedelta(days=365))
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = builder.sign(key, hashes.SHA256()).public_bytes(encoding)
    return key, private.decode(), public.decode()


def test_a_certificate_signs_an_assertion_that_its_public_key_verifies(
    httpx_mock: HTTPXMock, clock: ManualClock, ask: Any
) -> None:
    key, private, public = _key_and_certificate()
    given = config(type="certificate", client_id=CLIENT, private_key=private, certificate=public)
    serve(httpx_mock)
    ask(EntraAuth(given, clock))
    sent = form(httpx_mock)
    assert "client_secret" not in sent
    assert "b'" not in httpx_mock.get_requests(url=TOKENS)[0].content.decode()
    head, body, signature = sent["client_assertion"][0].split(".")
    assert _decoded(head)["alg"] == "PS256"
    assert "x5t#S256" in _decoded(head)
    assert _decoded(body)["aud"] == TOKENS
    assert _decoded(body)["iss"] == _decoded(body)["sub"] == CLIENT
    key.public_key().verify(
        urlsafe_b64decode(signature + "=="),
        f"{head}.{body}".encode(),
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
        hashes.SHA256(),
    )


def test_a_thumbprint_signs_with_rs256(httpx_mock: HTTPXMock, clock: ManualClock) -> None:
    key, private, _ = _key_and_certificate()
    given = config(type="certificate", client_id=CLIENT, private_key=private, thumbprint="ab" * 20)
    serve(httpx_mock)
    send(EntraAuth(given, clock))
    head, body, signature = form(httpx_mock)["client_assertion"][0].split(".")
    assert _decoded(head)["alg"] == "RS256"
    key.public_key().verify(
        urlsafe_b64decode(signature + "=="),
        f"{head}.{body}".encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_a_federated_assertion_is_passed_on(httpx_mock: HTTPXMock, clock: ManualClock) -> None:
    given = config(type="federated", client_id=CLIENT, assertion="head.body.signature")
    serve(httpx_mock)
    send(EntraAuth(given, clock))
    assert form(httpx_mock)["client_assertion"] == ["head.body.signature"]


# --- secrets stay unseen --------------------------------------------------------------------------


def _everything_about(error: BaseException | None) -> str:
    told: list[str] = []
    while error is not None and len(told) < 40:
        told += [str(error), repr(error), repr(error.args), repr(vars(error))]
        request = getattr(error, "_request", None)
        if request is not None:
            told += [repr(request), repr(request.headers)]
            told += [repr(vars(request))] if "authorization" not in request.headers else []
        error = error.__cause__ or error.__context__
    return "\n".join(told)


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 401, "json": entra_error(7000215)},
        {"status_code": 400, "text": f"you sent {CANARY}"},
        {"status_code": 200, "text": f"you sent {CANARY}"},
        {"status_code": 503, "text": CANARY},
        {"json": token(f"{TOKEN} {CANARY}")},
        {"json": token(TOKEN, CANARY)},
        {"json": {"error": CANARY, "error_description": f"'{CANARY}'"}},
    ],
)
def test_no_failure_shows_a_secret(
    httpx_mock: HTTPXMock,
    auth: EntraAuth,
    answer: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    ask: Any,
) -> None:
    caplog.set_level(1)
    for name in ("msal", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(1)
    serve(httpx_mock, token=answer)
    with pytest.raises(ConnectorError) as caught:
        ask(auth)
    shown = _everything_about(caught.value) + repr(auth) + str(auth) + caplog.text
    shown += "".join(repr(vars(record)) for record in caplog.records)
    assert CANARY not in shown
    assert TOKEN not in shown


def test_a_network_failure_does_not_carry_the_secret_along(auth: EntraAuth) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=discovery())
        raise httpx.ReadTimeout("no answer", request=request)

    class Transport(httpx.BaseTransport):
        """Reads no body, as a broken connection would not."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return answer(request)

    with (
        httpx.Client(auth=auth, transport=Transport()) as client,
        pytest.raises(httpx.ReadTimeout) as caught,
    ):
        client.post(GRAPH)
    assert CANARY not in _everything_about(caught.value)
    with pytest.raises(httpx.RequestNotRead):
        _ = caught.value.request.content


def test_success_shows_no_secret(
    httpx_mock: HTTPXMock, auth: EntraAuth, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    logging.getLogger("msal").setLevel(1)
    serve(httpx_mock)
    response = send(auth)
    shown = caplog.text + repr(auth) + repr(vars(auth)) + repr(response) + repr(response.history)
    assert CANARY not in shown
    assert TOKEN not in shown
