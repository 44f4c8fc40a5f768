"""From the bytes on the wire to the answer in the hand, over httpx's own transport."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest
from pytest_httpx import HTTPXMock

from connector_core import Connector, ManualClock, Network
from connector_core.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)
from connector_defender_office365.mock.applications import DEFAULT_SECRET, DEFAULT_TENANT_ID
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.wire import Request
from opened import DAY, NOW, PROVIDER, Site, ids

pytestmark = pytest.mark.httpx_mock(
    can_send_already_matched_responses=True, assert_all_responses_were_requested=False
)

LOGIN = f"https://login.microsoftonline.com/{DEFAULT_TENANT_ID}"
RUN = "https://graph.microsoft.com/v1.0/security/runHuntingQuery"
Alter = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def kept() -> Site:
    return Site()


@pytest.fixture
def site(kept: Site) -> Site:
    kept.fails()
    return kept


@pytest.fixture
def connector() -> Iterator[Connector]:
    with Connector.open(PROVIDER, default_settings(), clock=ManualClock(NOW)) as opened:
        yield opened


def serve(mock: HTTPXMock, site: Site, alter: Alter | None = None, url: str = "") -> None:
    """The tenant answers below `url`; `alter` changes the JSON of each page of events."""

    def answer(request: httpx.Request) -> httpx.Response:
        good = site.tenant.handle(
            Request(request.method, str(request.url), {
                name: value for name, value in request.headers.items() if name != "accept-encoding"
            }, request.read())
        )  # fmt: skip
        body = good.body
        if alter is not None and b"EventKey" in body:
            changed = alter(orjson.loads(body))
            body = changed if isinstance(changed, bytes) else orjson.dumps(changed)
        return httpx.Response(good.status, headers=list(good.headers), content=body)

    mock.add_callback(answer, url=re.compile(re.escape(url)))


def test_a_first_question_is_four_requests(
    httpx_mock: HTTPXMock, site: Site, connector: Connector
) -> None:
    serve(httpx_mock, site)
    page = connector.query_events(DAY, limit=10)
    sent = httpx_mock.get_requests()
    assert [(one.method, str(one.url)) for one in sent] == [
        ("GET", f"{LOGIN}/v2.0/.well-known/openid-configuration"),
        ("POST", f"{LOGIN}/oauth2/v2.0/token"),
        ("POST", RUN),
        ("POST", RUN),
    ]
    form = parse_qs(sent[1].read().decode("ascii"))
    assert form["client_secret"] == [DEFAULT_SECRET]
    assert form["scope"] == ["https://graph.microsoft.com/.default"]
    for one in sent[2:]:
        assert one.headers["authorization"].startswith("Bearer ")
        assert one.headers["accept-encoding"] == "gzip"
        assert list(orjson.loads(one.content)) == ["Query"]
    assert page.meta.calls == 2
    assert page.meta.native_query == orjson.loads(sent[3].content)["Query"]


def test_a_second_question_is_one_request(
    httpx_mock: HTTPXMock, site: Site, connector: Connector
) -> None:
    serve(httpx_mock, site)
    connector.query_events(DAY, limit=10)
    connector.query_events(DAY, limit=10)
    assert len(httpx_mock.get_requests()) == 5


def envelope(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": "abc-1"}}}


HTML = "<html><title>Sign in</title></html>"

# fmt: off
SYNTAX = envelope("BadRequest", "Fix syntax errors in your query.")
TOO_MUCH = envelope("BadRequest", "Query execution has exceeded the allowed result size.")
NO_TOKEN = envelope("InvalidAuthenticationToken", "Access token is empty.")
REFUSALS: list[tuple[type[ProviderError], int, dict[str, Any], int]] = [
    (QueryRejectedError,    400, {"json": SYNTAX}, 1),
    (ResultTooLargeError,   400, {"json": TOO_MUCH}, 1),
    (AuthenticationError,   401, {"json": NO_TOKEN}, 2),
    (PermissionDeniedError, 403, {"json": envelope("Forbidden", "Missing application roles.")}, 1),
    (PermissionDeniedError, 403, {"json": envelope("Forbidden", "Account is not provisioned.")}, 1),
    (QueryRejectedError,    404, {"json": envelope("NotFound", "")}, 1),
    (RateLimitedError,      429, {"json": envelope("TooManyRequests", "Too many requests.")}, 6),
    (UnavailableError,      500, {"json": envelope("UnknownError", "")}, 6),
    (UnavailableError,      502, {"html": HTML}, 6),
    (UnavailableError,      503, {"json": envelope("UnknownError", "")}, 6),
    (ResultTooLargeError,   504, {"json": envelope("UnknownError", "")}, 1),
    (ResponseInvalidError,  200, {"html": HTML}, 6),
    (ResponseInvalidError,  200, {"content": b""}, 6),
    (ResponseInvalidError,  200, {"content": b"[]"}, 6),
    (ResponseInvalidError,  200, {"content": b"null"}, 6),
    (ResponseInvalidError,  200, {"json": {"schema": [], "results": []}}, 6),
    (ResponseInvalidError,  200, {"json": {"value": []}}, 6),
    (ResponseInvalidError,  200, {"json": envelope("UnknownError", "")}, 6),
    (ResponseInvalidError,  302, {"headers": {"Location": "https://evil.example/"}}, 6),
    (ResponseInvalidError,  204, {}, 6),
]
# fmt: on


@pytest.mark.parametrize(("error", "status", "answer", "requests"), REFUSALS)
def test_each_refusal_on_the_wire_becomes_its_error(
    httpx_mock: HTTPXMock,
    site: Site,
    connector: Connector,
    error: type[ProviderError],
    status: int,
    answer: dict[str, Any],
    requests: int,
) -> None:
    httpx_mock.add_response(url=RUN, status_code=status, **answer)
    serve(httpx_mock, site, url=LOGIN)
    with pytest.raises(error) as caught:
        connector.query_events(DAY)
    assert len(httpx_mock.get_requests(url=RUN)) == requests
    assert caught.value.remediation
    assert {request.url.host for request in httpx_mock.get_requests()} == {
        "graph.microsoft.com",
        "login.microsoftonline.com",
    }


def test_the_request_id_can_be_quoted(
    httpx_mock: HTTPXMock, site: Site, connector: Connector
) -> None:
    httpx_mock.add_response(url=RUN, status_code=400, json=envelope("BadRequest", "semantic error"))
    serve(httpx_mock, site, url=LOGIN)
    with pytest.raises(QueryRejectedError, match=r"request id abc-1") as caught:
        connector.query_events(DAY)
    assert caught.value.origin.request_id == "abc-1"
    assert caught.value.origin.status == 400


def capitals(answer: dict[str, Any]) -> object:
    named = [{"Name": one["name"], "Type": one["type"]} for one in answer["schema"]]
    return {"Schema": named, "Results": answer["results"]}


def without_nulls(answer: dict[str, Any]) -> object:
    for row in answer["results"]:
        for name in [name for name, cell in row.items() if cell in ({}, None)]:
            del row[name]
    return answer


def plain_nulls(answer: dict[str, Any]) -> object:
    answer["results"] = [
        {name: None if cell == {} else cell for name, cell in row.items()}
        for row in answer["results"]
    ]
    return answer


def spread(answer: dict[str, Any]) -> object:
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2)


def with_a_context(answer: dict[str, Any]) -> object:
    return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x", "more": 1} | answer


def in_another_order(answer: dict[str, Any]) -> object:
    return {"results": answer["results"], "schema": answer["schema"]}


@pytest.mark.parametrize(
    "alter",
    [capitals, without_nulls, plain_nulls, spread, with_a_context, in_another_order],
)
def test_another_form_of_the_same_answer_gives_the_same_events(
    httpx_mock: HTTPXMock, site: Site, connector: Connector, alter: Alter
) -> None:
    serve(httpx_mock, site, alter)
    expected = site.connector().query_events(DAY, limit=10)
    page = connector.query_events(DAY, limit=10)
    assert page.events == expected.events
    assert len(page.events) == 5
    assert page.meta.complete


def twice(answer: dict[str, Any]) -> object:
    return orjson.dumps(answer)[:-1] + b',"results":[]}'


def in_two_casings(answer: dict[str, Any]) -> object:
    return {"Results": []} | answer


def of_an_unknown_type(answer: dict[str, Any]) -> object:
    answer["schema"][0]["type"] = "Quaternion"
    return answer


@pytest.mark.parametrize("alter", [twice, in_two_casings, of_an_unknown_type])
def test_an_answer_that_can_be_read_two_ways_is_not_read_at_all(
    httpx_mock: HTTPXMock, site: Site, connector: Connector, alter: Alter
) -> None:
    serve(httpx_mock, site, alter)
    with pytest.raises(ResponseInvalidError):
        connector.query_events(DAY, limit=10)


def test_a_row_that_cannot_be_read_is_named_and_the_others_stand(
    httpx_mock: HTTPXMock, site: Site, connector: Connector
) -> None:
    def spoil(answer: dict[str, Any]) -> object:
        answer["results"][2] = {"strange": "row"}
        return answer

    serve(httpx_mock, site, spoil)
    page = connector.query_events(DAY, limit=10)
    assert len(ids(page.events)) == 4
    assert not page.meta.complete
    assert page.meta.rows_read == 5


def test_a_query_is_cut_off_at_the_deadline(httpx_mock: HTTPXMock, site: Site) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("silence"), url=RUN)
    serve(httpx_mock, site, url=LOGIN)
    clock = ManualClock(NOW)
    network = Network(timeout=10, deadline=20)
    with (
        Connector.open(PROVIDER, default_settings(), clock=clock, network=network) as connector,
        pytest.raises(UnavailableError, match=r"graph\.microsoft\.com"),
    ):
        connector.query_events(DAY)
    assert clock.monotonic() <= 20
