"""The hunting endpoint of the embedded tenant, through an httpx client."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connector_core.clock import ManualClock
from connector_defender_office365.mock.applications import (
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_TENANT_ID,
    Application,
    Secret,
)
from connector_defender_office365.mock.graph import Limits
from connector_defender_office365.mock.tenant import EmbeddedTenant

GRAPH = "https://graph.microsoft.com"
RUN = f"{GRAPH}/v1.0/security/runHuntingQuery"
NOON = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
DAY = 86_400


def row(moment: str, message: str, **more: object) -> dict[str, object]:
    return {"Timestamp": moment, "NetworkMessageId": message, **more}


ROWS = {
    "EmailEvents": [
        row("2026-10-10T00:00:00Z", "gone"),
        row("2026-10-20T00:00:00Z", "old"),
        row("2026-11-15T11:30:00Z", "late", Subject="Grüße"),
        row("2026-11-15T12:30:00Z", "soon"),
    ]
}


class Caller:
    """A signed-in client of one tenant."""

    def __init__(self, tenant: EmbeddedTenant, graph: str = GRAPH, login: str = "") -> None:
        self.tenant = tenant
        self.client = httpx.Client(transport=tenant.transport())
        self.graph = graph
        self.login = login or "https://login.microsoftonline.com"
        self.sign_in()

    def sign_in(self) -> None:
        answer = self.client.post(
            f"{self.login}/{DEFAULT_TENANT_ID}/oauth2/v2.0/token",
            data={
                "client_id": DEFAULT_CLIENT_ID,
                "client_secret": DEFAULT_SECRET,
                "grant_type": "client_credentials",
                "scope": f"{self.graph}/.default",
            },
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    def send(self, body: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json; charset=utf-8",
        }
        return self.client.post(
            f"{self.graph}/v1.0/security/runHuntingQuery",
            content=content,
            headers=given | dict(headers or {}),
        )

    def ids(self, kql: str = "EmailEvents", **body: object) -> list[str]:
        answer = self.send({"Query": f"{kql} | project NetworkMessageId", **body})
        assert answer.status_code == 200, answer.text
        return sorted(r["NetworkMessageId"] for r in answer.json()["results"])


def make(
    rows: Mapping[str, Iterable[Mapping[str, object]]] | None = ROWS, **more: Any
) -> tuple[Caller, ManualClock]:
    clock = ManualClock(NOON)
    return Caller(EmbeddedTenant(clock=clock, rows=rows, **more)), clock


@pytest.fixture(scope="module")
def caller() -> Caller:
    """One that changes nothing: no test moves its clock."""
    return make()[0]


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message, after checking the envelope."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    inner = error["innerError"]
    assert set(inner) == {"date", "request-id", "client-request-id"}
    assert inner["request-id"] == answer.headers["request-id"]
    datetime.strptime(inner["date"], "%Y-%m-%dT%H:%M:%S")
    return answer.status_code, error["code"], error["message"]


def test_an_answer_carries_the_headers_of_graph(caller: Caller) -> None:
    answer = caller.send({"Query": "EmailEvents"}, {"client-request-id": "mine"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["date"] == "Sun, 15 Nov 2026 12:00:00 GMT"
    assert "ServerInfo" in json.loads(answer.headers["x-ms-ags-diagnostic"])
    assert answer.headers["strict-transport-security"]
    assert len(answer.headers["request-id"]) == 36


def test_a_caller_that_takes_no_gzip_gets_none(caller: Caller) -> None:
    answer = caller.send({"Query": "EmailEvents"}, {"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.json()["results"]


@pytest.mark.parametrize("name", ["Query", "query", "QUERY"])
def test_property_names_have_no_case(caller: Caller, name: str) -> None:
    assert caller.send({name: "EmailEvents | count"}).json()["results"][0]["Count"] == 2


def test_the_bound_spelling_of_the_action_works_and_the_short_one_does_not(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    bound = f"{GRAPH}/v1.0/security/microsoft.graph.security.runHuntingQuery"
    body = {"Query": "EmailEvents | count"}
    assert caller.client.post(bound, json=body, headers=headers).status_code == 200
    short = f"{GRAPH}/v1.0/security/security.runHuntingQuery"
    status, _, message = error_of(caller.client.post(short, json=body, headers=headers))
    assert (status, message) == (
        400,
        "Resource not found for segment 'security.runHuntingQuery'.",
    )


@pytest.mark.parametrize(
    ("timespan", "seen"),
    [
        (None, ["late", "old"]),
        ("P90D", ["late", "old"]),
        ("P99999999999D", ["late", "old"]),
        ("P7D", ["late"]),
        ("P1W", ["late"]),
        ("PT1H30M", ["late"]),
        ("PT29M59.5S", []),
        ("2026-11-15T11:00:00Z/2026-11-15T11:29:59.9999999Z", []),
        ("2026-11-15T11:00:00Z/2026-11-15T11:30:00.0000001Z", ["late"]),
        ("2026-11-15T11:30:00Z", ["late"]),
        ("2026-11-15T11:30:00.0000001Z", []),
        ("2026-11-15T12:30:00+01:00", ["late"]),
        ("2026-10-19/2026-10-21", ["old"]),
        ("P2D/2026-10-21T00:00:00Z", ["old"]),
        ("2026-10-19T00:00:00Z/P2D", ["old"]),
        ("2026-11-15T00:00:00Z/P2D", ["late"]),
        ("2026-10-01/2026-10-15", []),
    ],
)
def test_a_timespan_limits_what_is_seen(
    caller: Caller, timespan: str | None, seen: list[str]
) -> None:
    assert caller.ids(Timespan=timespan) == seen


@pytest.mark.parametrize(
    "timespan",
    ["", "30", "P", "PT", "P1M", "P1Y", "yesterday", "P1D/P1D", "a/b", "P1D/", "1/2/3", 7,
     "2026-13-01", "2026-11-15T00:00:00Z/2026-11-14T00:00:00Z", "P1.5D", "-P1D", "2026-11-15T10"],
)  # fmt: skip
def test_a_bad_timespan_is_refused(caller: Caller, timespan: object) -> None:
    status, code, message = error_of(caller.send({"Query": "EmailEvents", "Timespan": timespan}))
    assert (status, code) == (400, "BadRequest")
    assert "Timespan" in message


def test_the_shorter_span_wins(caller: Caller) -> None:
    where = "EmailEvents | where Timestamp > datetime(2026-11-15)"
    assert caller.ids(where, Timespan="P30D") == ["late"]
    assert caller.ids("EmailEvents | where Timestamp > ago(29d)", Timespan="P1D") == ["late"]


def test_the_clock_is_refused_where_the_timespan_ends_earlier(caller: Caller) -> None:
    body = {"Query": "EmailEvents | where Timestamp > ago(1d)", "Timespan": "2026-11-01/P1D"}
    assert error_of(caller.send(body))[0] == 400


@pytest.mark.parametrize(
    ("kql", "message"),
    [
        (
            "EmailEvents | project Nothing",
            "'project' operator: Failed to resolve scalar expression named 'Nothing'. "
            "Fix semantic errors in your query.",
        ),
        (
            "DeviceEvents | where Timestamp > ago(1d)",
            "'where' operator: Failed to resolve table or column expression named "
            "'DeviceEvents'. Fix semantic errors in your query.",
        ),
    ],
)
def test_an_unknown_name_is_refused_in_the_words_of_the_service(
    caller: Caller, kql: str, message: str
) -> None:
    assert error_of(caller.send({"Query": kql})) == (400, "BadRequest", message)


@pytest.mark.parametrize(
    "kql", ["EmailEvents | where", ".show tables", "EmailEvents | fork (count)"]
)
def test_what_cannot_be_run_is_a_bad_request(caller: Caller, kql: str) -> None:
    status, code, message = error_of(caller.send({"Query": kql}))
    assert (status, code) == (400, "BadRequest")
    assert message


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', {}, {"Query": ""}, {"Query": " "}, {"Query": 7},
             b"[" * 5_000, b'{"Query":"\xff"}'],
)  # fmt: skip
def test_a_body_that_is_no_query_is_a_bad_request(caller: Caller, body: object) -> None:
    assert error_of(caller.send(body))[:2] == (400, "BadRequest")


def test_another_content_type_is_refused(caller: Caller) -> None:
    answer = caller.send({"Query": "EmailEvents"}, {"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_text_beyond_ascii_is_misread_without_a_charset(caller: Caller) -> None:
    body = '{"Query":"EmailEvents | where Subject has \\"Grüße\\" | count"}'.encode()
    assert caller.send(body).json()["results"][0]["Count"] == 1
    plain = caller.send(body, {"Content-Type": "application/json"})
    assert plain.json()["results"][0]["Count"] == 0


def test_a_request_without_a_token_is_refused(caller: Caller) -> None:
    answer = caller.send({"Query": "EmailEvents"}, {"Authorization": ""})
    expected = (401, "InvalidAuthenticationToken", "Access token is empty.")
    assert error_of(answer) == expected
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert error_of(caller.send({"Query": "T"}, {"Authorization": "Bearer "})) == expected


@pytest.mark.parametrize("token", ["junk", "a.b", "a.b.c", "....", "e30.e30."])
def test_a_token_that_is_none_is_refused(caller: Caller, token: str) -> None:
    answer = caller.send({"Query": "EmailEvents"}, {"Authorization": f"Bearer {token}"})
    status, code, message = error_of(answer)
    assert (status, code) == (401, "InvalidAuthenticationToken")
    assert message.startswith(("IDX14100: JWT is not well formed", "Access token validation"))


def test_an_altered_token_is_refused(caller: Caller) -> None:
    head, payload, signature = caller.token.split(".")
    forged = f"{head}.{payload[:-2]}AA.{signature}"
    answer = caller.send({"Query": "EmailEvents"}, {"Authorization": f"Bearer {forged}"})
    assert error_of(answer)[2] == "Access token validation failure."


def test_a_token_expires_by_the_clock() -> None:
    caller, clock = make()
    clock.advance(3598)
    assert caller.send({"Query": "EmailEvents"}).status_code == 200
    clock.advance(2)
    status, _, message = error_of(caller.send({"Query": "EmailEvents"}))
    assert status == 401
    assert message.startswith("Access token has expired")


@pytest.mark.parametrize(
    ("login", "graph"),
    [
        ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
        ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
        ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    ],
)
def test_every_cloud_answers_and_takes_only_its_own_tokens(
    caller: Caller, login: str, graph: str
) -> None:
    other = Caller(caller.tenant, graph, login)
    answer = other.send({"Query": "EmailEvents | count"})
    assert answer.json()["@odata.context"].startswith(f"{graph}/v1.0/$metadata#")
    hosts = ("graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us")
    for foreign in (f"https://{host}" for host in hosts if not graph.endswith(f"/{host}")):
        other.graph = foreign
        assert error_of(other.send({"Query": "EmailEvents"}))[:2] == (
            401,
            "InvalidAuthenticationToken",
        )


@pytest.mark.parametrize(
    ("roles", "named"),
    [((), ""), (("User.Read.All", "Mail.Read"), "User.Read.All,Mail.Read")],
)
def test_a_missing_role_is_named(roles: tuple[str, ...], named: str) -> None:
    application = Application(secrets=(Secret(value=DEFAULT_SECRET),), roles=roles)
    caller, _ = make(applications={DEFAULT_CLIENT_ID: application})
    assert error_of(caller.send({"Query": "EmailEvents"})) == (
        403,
        "Forbidden",
        "Missing application roles. API required roles: ThreatHunting.Read.All, "
        f"application roles: {named}.",
    )


def test_a_table_without_a_licence_does_not_exist() -> None:
    caller, _ = make(tables={"AlertInfo"})
    assert error_of(caller.send({"Query": "EmailEvents | take 0"})) == (
        400,
        "BadRequest",
        "'take' operator: Failed to resolve table or column expression named 'EmailEvents'. "
        "Fix semantic errors in your query.",
    )
    assert caller.send({"Query": "AlertInfo | take 0"}).status_code == 200


def test_a_column_that_the_tenant_lacks_does_not_exist() -> None:
    caller, _ = make(hidden_columns=[("EmailEvents", "Topics")])
    names = [c["name"] for c in caller.send({"Query": "EmailEvents | take 0"}).json()["schema"]]
    assert "Topics" not in names
    assert "Timestamp" in names
    assert error_of(caller.send({"Query": "EmailEvents | project Topics"}))[0] == 400


def test_other_paths_and_methods_are_refused(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    assert error_of(caller.client.get(f"{GRAPH}/v1.0/users", headers=headers))[0] == 404
    wrong = caller.client.get(RUN, headers=headers)
    assert error_of(wrong)[0] == 405
    assert wrong.headers["allow"] == "POST"


def test_a_body_above_a_megabyte_meets_the_proxy(caller: Caller) -> None:
    answer = caller.send({"Query": "x" * 1_048_577})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "text/html"
    assert "<center>nginx</center>" in answer.text


def test_a_result_that_is_too_large_is_refused() -> None:
    caller, _ = make(limits=Limits(result_bytes=100))
    status, code, message = error_of(caller.send({"Query": "EmailEvents"}))
    assert (status, code) == (400, "BadRequest")
    assert message.startswith("Query execution has exceeded the allowed result size.")


def test_an_answer_that_is_too_large_for_the_proxy_becomes_its_502() -> None:
    caller, _ = make(limits=Limits(proxy_bytes=100))
    answer = caller.send({"Query": "EmailEvents"})
    assert answer.status_code == 502
    assert "502 Bad Gateway" in answer.text


def test_rows_beyond_the_limit_are_cut_off_without_a_word() -> None:
    caller, _ = make(limits=Limits(rows=1))
    assert len(caller.ids()) == 1


def test_a_query_out_of_time_is_a_504_with_an_empty_message() -> None:
    caller, _ = make(
        rows={"EmailEvents": [row("2026-11-15T10:00:00Z", str(n)) for n in range(3_000)]},
        limits=Limits(seconds=0.05),
    )
    kql = "EmailEvents | extend k=1" + " | join kind=inner (EmailEvents | extend k=1) on k" * 2
    assert error_of(caller.send({"Query": f"{kql} | count"})) == (504, "UnknownError", "")


def test_calls_are_counted_over_a_sliding_minute() -> None:
    caller, clock = make(limits=Limits(calls_per_minute=45))
    for _ in range(45):
        assert caller.send({"Query": "print 1"}).status_code == 200
        clock.advance(1)
    answer = caller.send({"Query": "print 1"})
    assert error_of(answer)[:2] == (429, "TooManyRequests")
    assert answer.headers["retry-after"] == "17"
    clock.advance(17)
    assert caller.send({"Query": "print 1"}).status_code == 200


def test_the_log_names_requests_and_nothing_else() -> None:
    caller, _ = make()
    caller.send({"Query": "EmailEvents"})
    assert caller.tenant.log == [
        ("POST", "login.microsoftonline.com", f"/{DEFAULT_TENANT_ID}/oauth2/v2.0/token", 200),
        ("POST", "graph.microsoft.com", "/v1.0/security/runHuntingQuery", 200),
    ]


def test_other_hosts_and_plain_http_refuse_the_connection(caller: Caller) -> None:
    for url in ("https://evil.example/v1.0/", "http://graph.microsoft.com/v1.0/"):
        with pytest.raises(httpx.ConnectError):
            caller.client.get(url)


async def test_the_same_transport_serves_an_async_client(caller: Caller) -> None:
    async with httpx.AsyncClient(transport=caller.tenant.transport()) as client:
        answer = await client.post(
            RUN,
            json={"Query": "EmailEvents | count"},
            headers={"Authorization": f"Bearer {caller.token}"},
        )
    assert answer.json()["results"][0]["Count"] == 2


def test_rows_appear_when_the_clock_reaches_them_and_go_when_it_goes_back() -> None:
    caller, clock = make()
    assert caller.ids() == ["late", "old"]
    clock.advance(1800)
    assert caller.ids() == ["late", "old", "soon"]
    clock.advance(-1801)
    assert caller.ids() == ["late", "old"]


def test_the_generated_data_fills_the_last_thirty_days_of_any_clock() -> None:
    caller, clock = make(rows=None)
    by_day = "EmailEvents | summarize n=count() by d=startofday(Timestamp) | sort by d asc"

    def days(timespan: str | None = None) -> list[str]:
        caller.sign_in()
        results = caller.send({"Query": by_day, "Timespan": timespan}).json()["results"]
        assert all(r["n"] > 0 for r in results)
        return [r["d"][:10] for r in results]

    assert days("P1D") == ["2026-11-14", "2026-11-15"]  # other days are not even made yet
    first = days()
    assert (len(first), first[0], first[-1]) == (31, "2026-10-16", "2026-11-15")
    clock.advance(DAY)
    second = days()
    assert (len(second), second[0], second[-1]) == (31, "2026-10-17", "2026-11-16")
    clock.advance(-DAY)
    assert days() == first


def test_closing_a_tenant_forgets_no_data() -> None:
    caller, _ = make()
    assert caller.ids() == ["late", "old"]
    caller.tenant.close()
    assert caller.ids() == ["late", "old"]
