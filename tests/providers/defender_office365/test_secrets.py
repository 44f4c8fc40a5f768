"""No secret, key or token shows up anywhere, whatever happens."""

import logging
from base64 import b64encode
from collections.abc import Iterator

import httpx
import pytest

from connector_conformance.leaks import record_texts, texts_of
from connector_core import Connector, ConnectorError, Network
from connector_core.registry import registry
from connector_defender_office365.auth import EntraAuth
from connector_defender_office365.config import parse_config
from connector_defender_office365.mock.applications import DEFAULT_CLIENT_ID, Application, Secret
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.faults import Endpoint, Fault, Status
from opened import DAY, PROVIDER, Site

SECRET = "c4nary~Secret.that_must-never.show"
CURSOR_KEY = b"c4nary-cursor-key-of-32-bytes-ok"
PROXY_PASSWORD = "c4nary-proxy-password"
APPLICATION = Application(secrets=(Secret(value=SECRET),))
TOKEN_START = "eyJ0eXAiOi"


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(applications={DEFAULT_CLIENT_ID: APPLICATION})


@pytest.fixture
def shown(caplog: pytest.LogCaptureFixture) -> Iterator[list[object]]:
    """What the test puts here is searched, together with every record of every logger."""
    found: list[object] = []
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    before = [(one, one.level) for one in loggers]
    for one in loggers:
        one.setLevel(1)
    with caplog.at_level(1):
        yield found
    for one, level in before:
        one.setLevel(level)
    said = [text for value in found for text in texts_of(value)]
    said += [text for record in caplog.records for text in record_texts(record)]
    assert said
    for text in said:
        for needle in needles():
            assert needle not in text, text[:300]


def needles() -> list[str]:
    keys = [CURSOR_KEY.decode(), CURSOR_KEY.hex(), b64encode(CURSOR_KEY).decode()]
    return [SECRET, PROXY_PASSWORD, TOKEN_START, *keys]


def settings() -> dict[str, object]:
    given = default_settings()
    return given | {"credential": given["credential"] | {"client_secret": SECRET}}


def connect(site: Site) -> Connector:
    return Connector.open(
        PROVIDER,
        settings(),
        transport=site.tenant.transport(),
        clock=site.clock,
        cursor_key=CURSOR_KEY,
    )


def test_the_search_finds_what_hangs_on_an_exception() -> None:
    """An httpx exception carries its request: were one in a chain, the search would see it."""
    request = httpx.Request(
        "POST", "https://a.example/", headers={"Authorization": f"Bearer {TOKEN_START}"}
    )

    def fail() -> None:
        try:
            raise httpx.ConnectError("refused", request=request)
        except httpx.ConnectError:
            raise ValueError("something else") from None

    with pytest.raises(ValueError, match="else") as caught:
        fail()
    assert any(TOKEN_START in text for text in texts_of(caught.value))


def test_success_shows_none(site: Site, shown: list[object]) -> None:
    site.fails()
    connector = connect(site)
    page = connector.query_threats(DAY, limit=2)
    detail = connector.get_threat(page.events[0]["finding_info"]["uid"])
    shown += [connector, connector.spec, page, page.meta, page.cursor, page.json(), page.result]
    shown += [detail, detail.json(), connector.explain("query_threats", DAY), connector.check()]


def test_reprs_show_none(site: Site, shown: list[object]) -> None:
    config = parse_config(settings())
    spec = registry().get(PROVIDER)
    network = Network(proxy=f"http://user:{PROXY_PASSWORD}@proxy.example:3128")
    shown += [config, config.credential, EntraAuth(config, site.clock), spec, network]


FAULTS: list[tuple[Endpoint, str]] = [
    (endpoint, name)
    for name in sorted(NAMED)
    for endpoint in ("discovery", "token", "graph")
    if name not in {"slow", "wrong-type", "gzip-bomb"}
]


@pytest.mark.parametrize(("endpoint", "name"), FAULTS)
def test_no_failure_shows_any(
    site: Site, shown: list[object], endpoint: Endpoint, name: str
) -> None:
    connector = connect(site)
    site.fails(Fault(endpoint=endpoint, effect=NAMED[name][1], times=None))
    try:
        shown.append(connector.explain("query_events", DAY))
        shown.append(connector.query_events(DAY, limit=2))
    except ConnectorError as error:
        shown.append(error)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
@pytest.mark.parametrize("endpoint", ["discovery", "token", "graph"])
def test_an_answer_that_quotes_the_secret_is_not_repeated(
    site: Site, shown: list[object], endpoint: Endpoint, status: int
) -> None:
    body = (
        f'{{"error":{{"code":"x","message":"got \'{SECRET}\'"}},"{SECRET}":1,'
        f'"error_description":"AADSTS7000215: \'{SECRET}\'","correlation_id":"{SECRET}"}}'
    )
    connector = connect(site)
    site.fails(
        Fault(endpoint=endpoint, effect=Status(status, body=body.encode()), times=None),
    )
    with pytest.raises(ConnectorError) as caught:
        connector.query_events(DAY, limit=2)
    shown.append(caught.value)


def test_a_wrong_secret_is_not_repeated(site: Site, shown: list[object]) -> None:
    given = settings()
    given["credential"] |= {"client_secret": f"{SECRET}-wrong"}  # type: ignore[operator]
    site.fails()
    connector = Connector.open(PROVIDER, given, transport=site.tenant.transport(), clock=site.clock)
    with pytest.raises(ConnectorError) as caught:
        connector.query_events(DAY, limit=2)
    shown.append(caught.value)


@pytest.mark.parametrize(
    "credential",
    [
        {"client_secret": SECRET},
        {"type": "o_auth_client", "client_secret": SECRET},
        {"type": SECRET},
        {"type": "o_auth_client", "client_id": SECRET, "client_secret": SECRET},
        {"type": "o_auth_client", "client_id": DEFAULT_CLIENT_ID, "client_secret": [SECRET]},
        {"type": "certificate", "client_id": DEFAULT_CLIENT_ID, "private_key": SECRET},
        {
            "type": "certificate",
            "client_id": DEFAULT_CLIENT_ID,
            "pfx": SECRET,
            "passphrase": SECRET,
        },
        SECRET,
    ],
)
def test_a_configuration_that_is_wrong_is_not_repeated(
    shown: list[object], credential: object
) -> None:
    with pytest.raises(ConnectorError) as caught:
        Connector.open(PROVIDER, default_settings() | {"credential": credential})
    shown.append(caught.value)


def test_a_wrong_proxy_is_not_repeated(shown: list[object]) -> None:
    with pytest.raises(ConnectorError) as caught:
        Network(proxy=f"ftp://user:{PROXY_PASSWORD}@proxy.example")
    shown.append(caught.value)


def test_a_foreign_cursor_is_not_repeated(site: Site, shown: list[object]) -> None:
    connector = connect(site)
    with pytest.raises(ConnectorError) as caught:
        connector.query_events(DAY, cursor=SECRET.replace("~", "").replace(".", ""))
    shown.append(caught.value)
