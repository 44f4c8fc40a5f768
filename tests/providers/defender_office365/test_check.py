"""The connection check tells each trouble apart and says what would help."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_httpx import HTTPXMock

from connector_core.clock import ManualClock
from connector_core.flow import Driver
from connector_core.provider import CheckItem, CheckReport, Flow, ask
from connector_core.retry import Budget
from connector_defender_office365.auth import EntraAuth
from connector_defender_office365.check import Schema, check
from connector_defender_office365.config import DefenderConfig, parse_config
from connector_defender_office365.graph import hunting_request, read_result
from connector_defender_office365.kql import Pipeline, Query, TableRef, Take, render
from connector_defender_office365.schema import TABLES

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-aaaaaaaaaaaa"
SECRET = "S3cret~value"
LOGIN = "https://login.microsoftonline.com"
DISCOVERY = f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration"
TOKENS = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
GRAPH = "https://graph.microsoft.com/v1.0/security/runHuntingQuery"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC).timestamp()
WHOLE: Mapping[str, Mapping[str, str]] = TABLES

pytestmark = pytest.mark.httpx_mock(can_send_already_matched_responses=True)


def config(secret: str = SECRET) -> DefenderConfig:
    credential = {"type": "o_auth_client", "client_id": CLIENT, "client_secret": secret}
    return parse_config({"tenant_id": TENANT, "credential": credential})


def finds(schema: Schema) -> Callable[[], Flow[Schema]]:
    """A discovery that asks one more question and finds `schema`."""

    def discover() -> Flow[Schema]:
        text = render(Query(Pipeline(TableRef("UrlClickEvents"), (Take(0),))))
        yield from ask(hunting_request("https://graph.microsoft.com", text), read_result)
        return schema

    return discover


def run(
    given: DefenderConfig | None = None, schema: Schema = WHOLE, now: float = NOW
) -> dict[str, CheckItem]:
    clock = ManualClock(now)
    given = given or config()
    auth = EntraAuth(given, clock)
    with httpx.Client() as client:
        flow = check(given, auth, finds(schema), clock)
        report: CheckReport = Driver(client, auth).run(flow, Budget(clock, 200.0))
    items = {item.name: item for item in report.items}
    assert len(items) == len(report.items)
    assert report.ok is not any(item.status == "failed" for item in report.items)
    return items


def entra(mock: HTTPXMock, **answer: Any) -> None:
    endpoints = {"authorization_endpoint": f"{LOGIN}/x/authorize", "token_endpoint": TOKENS}
    issued = {"token_type": "Bearer", "expires_in": 3599, "access_token": "t0ken"}
    mock.add_response(url=DISCOVERY, json=endpoints)
    mock.add_response(url=TOKENS, **(answer or {"json": issued}))


def refuses(code: int) -> dict[str, Any]:
    body = {"error": "x", "error_description": f"AADSTS{code}: x", "error_codes": [code]}
    return {"status_code": 400, "json": body}


def graph(mock: HTTPXMock, *answers: dict[str, Any]) -> None:
    good = {"json": {"schema": [{"name": "Timestamp", "type": "DateTime"}], "results": []}}
    for answer in answers or (good,):
        mock.add_response(url=GRAPH, **answer)


def failure(items: Mapping[str, CheckItem]) -> CheckItem:
    [failed] = [item for item in items.values() if item.status == "failed"]
    return failed


def statuses(items: Mapping[str, CheckItem]) -> str:
    names = ("configuration", "connection", "token", "permission", "quota", "query", "licence")
    return " ".join(items[name].status for name in names)


def test_a_good_configuration_passes_everything(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock)
    graph(httpx_mock, {"json": {"schema": [{"name": "A", "type": "String"}], "results": []},
                       "headers": {"Date": "Sun, 01 Nov 2026 00:00:00 GMT"}})  # fmt: skip
    items = run()
    assert {item.status for item in items.values()} == {"ok"}
    assert "graph.microsoft.com and login.microsoftonline.com" in items["configuration"].detail
    assert {f"table {name}" for name in TABLES} <= items.keys()
    asked = [json.loads(one.content)["Query"] for one in httpx_mock.get_requests(url=GRAPH)]
    assert asked[0].split() == ["EmailEvents", "|", "take", "0"]


@pytest.mark.parametrize(
    ("code", "told", "remedy"),
    [
        (90002, "no such tenant", "tenant_id"),
        (700016, "no application with this client id", "client_id"),
        (7000229, "not installed", f"{LOGIN}/{TENANT}/adminconsent?client_id={CLIENT}"),
        (7000112, "disabled", "Enterprise applications"),
        (7000215, "secret is wrong", "Copy the secret's Value"),
        (7000222, "expired", "new secret"),
        (900382, "another Microsoft cloud", "region"),
        (700024, "time of validity", "clock"),
    ],
)
def test_a_refused_credential_says_which_part_is_wrong(
    httpx_mock: HTTPXMock, code: int, told: str, remedy: str
) -> None:
    entra(httpx_mock, **refuses(code))
    items = run()
    assert statuses(items) == "ok ok failed skipped skipped skipped skipped"
    assert told in items["token"].detail
    assert remedy in items["token"].remedy


def test_a_pasted_secret_id_is_told_from_a_wrong_secret(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock, **refuses(7000215))
    assert "probably the Secret ID" in run(config(secret=TENANT))["token"].remedy


def test_missing_consent_shows_the_roles_and_the_consent_page(httpx_mock: HTTPXMock) -> None:
    message = (
        "Missing application roles. API required roles: ThreatHunting.Read.All,"
        " application roles: User.Read.All."
    )
    entra(httpx_mock)
    graph(httpx_mock, {"status_code": 403, "json": {"error": {"code": "x", "message": message}}})
    items = run()
    assert statuses(items) == "ok ok ok failed skipped skipped skipped"
    assert "User.Read.All" in items["permission"].remedy
    assert f"{LOGIN}/{TENANT}/adminconsent?client_id={CLIENT}" in items["permission"].remedy


def test_a_token_of_another_cloud_is_a_matter_of_the_region(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock)
    refused = {"error": {"code": "InvalidAuthenticationToken", "message": "Invalid audience."}}
    graph(httpx_mock, {"status_code": 401, "json": refused})
    items = run()
    assert statuses(items).startswith("ok ok failed skipped")
    assert "region" in items["token"].remedy


def test_a_service_that_is_not_provisioned_is_a_matter_of_the_licence(
    httpx_mock: HTTPXMock,
) -> None:
    entra(httpx_mock)
    refused = {
        "error": {"code": "x", "message": "Unauthorized request - Account is not provisioned."}
    }
    graph(httpx_mock, {"status_code": 403, "json": refused})
    items = run()
    assert statuses(items) == "ok ok ok ok ok ok failed"
    assert "Plan 2" in items["licence"].remedy


def test_a_tenant_without_mail_tables_lacks_the_licence(httpx_mock: HTTPXMock) -> None:
    message = "'take' operator: Failed to resolve table or column expression named 'EmailEvents'."
    good = {"json": {"schema": [{"name": "A", "type": "String"}], "results": []}}
    entra(httpx_mock)
    graph(
        httpx_mock, {"status_code": 400, "json": {"error": {"code": "x", "message": message}}}, good
    )
    alerts = {name: TABLES[name] for name in ("AlertInfo", "AlertEvidence")}
    items = run(schema=alerts)
    assert statuses(items) == "ok ok ok ok ok ok failed"
    assert "none of the tables" in items["licence"].detail
    assert items["table EmailEvents"].status == "warning"
    assert items["table AlertInfo"].status == "ok"


def test_missing_tables_and_columns_are_named_without_failing(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock)
    graph(httpx_mock)
    partial = {name: dict(columns) for name, columns in TABLES.items() if name != "UrlClickEvents"}
    del partial["EmailEvents"]["ThreatClassification"], partial["EmailEvents"]["To"]
    items = run(schema=partial)
    assert statuses(items) == "ok ok ok ok ok ok ok"
    assert items["table UrlClickEvents"].status == "warning"
    assert items["table EmailEvents"].status == "warning"
    assert "To, ThreatClassification" in items["table EmailEvents"].detail
    assert items["table AlertInfo"].status == "ok"


def test_an_exhausted_quota_is_told_from_a_missing_right(httpx_mock: HTTPXMock) -> None:
    said = (
        "You have exceeded processing resources allocated to this tenant."
        " You can run queries again in 700 seconds."
    )
    entra(httpx_mock)
    graph(httpx_mock, {"status_code": 429, "json": {"error": {"code": "x", "message": said}}})
    items = run()
    assert statuses(items) == "ok ok ok ok failed skipped skipped"
    assert "quarter of an hour" in items["quota"].remedy


def test_a_query_that_does_not_come_back_is_told(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock)
    graph(httpx_mock, {"status_code": 200, "html": "<html>"})
    assert statuses(run()) == "ok ok ok ok ok failed skipped"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
            "certificate",
        ),
        (httpx.ProxyError("407 Proxy Authentication Required"), "proxy"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "Cannot connect to"),
        (httpx.ConnectTimeout("timed out"), "Timed out connecting to"),
    ],
)
@pytest.mark.parametrize("where", [DISCOVERY, GRAPH])
def test_trouble_on_the_way_is_told_from_a_refusal(
    httpx_mock: HTTPXMock, error: httpx.HTTPError, told: str, where: str
) -> None:
    if where == GRAPH:
        entra(httpx_mock)
    httpx_mock.add_exception(error, url=where)
    items = run()
    assert statuses(items) == "ok failed skipped skipped skipped skipped skipped"
    assert told in items["connection"].detail
    assert items["connection"].remedy


@pytest.mark.parametrize(
    ("ahead", "status"), [(-400, "failed"), (-200, "ok"), (200, "ok"), (400, "failed")]
)
def test_a_wrong_clock_is_found(httpx_mock: HTTPXMock, ahead: int, status: str) -> None:
    entra(httpx_mock)
    good = {"schema": [{"name": "A", "type": "String"}], "results": []}
    graph(httpx_mock, {"json": good, "headers": {"Date": "Sun, 01 Nov 2026 00:00:00 GMT"}})
    clock = run(now=NOW + ahead)["clock"]
    assert clock.status == status
    assert ("ahead" if ahead > 0 else "behind") in clock.detail


def test_without_a_date_the_clock_is_not_judged(httpx_mock: HTTPXMock) -> None:
    entra(httpx_mock)
    graph(httpx_mock)
    assert run()["clock"].status == "skipped"


@pytest.mark.parametrize(("days", "status"), [(100, "ok"), (10, "warning"), (-1, "failed")])
def test_a_certificate_is_watched(httpx_mock: HTTPXMock, days: int, status: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "connector.example")])
    until = dt.datetime.fromtimestamp(NOW, dt.UTC) + dt.timedelta(days=days)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.public_key(key.public_key())
    builder = builder.not_valid_before(until - dt.timedelta(days=365)).not_valid_after(until)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    credential = {
        "type": "certificate",
        "client_id": CLIENT,
        "private_key": key.private_bytes(pem, form, serialization.NoEncryption()).decode(),
        "certificate": builder.sign(key, hashes.SHA256()).public_bytes(pem).decode(),
    }
    entra(httpx_mock)
    graph(httpx_mock)
    items = run(parse_config({"tenant_id": TENANT, "credential": credential}))
    assert items["certificate"].status == status
    assert f"{until:%Y-%m-%d}" in items["certificate"].detail
