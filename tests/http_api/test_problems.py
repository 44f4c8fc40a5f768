"""What is refused, and how: every answer is a Problem, none is a surprise."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector_core import errors
from connector_core.errors import ConnectorError, Origin, ProviderError
from connector_core.http_api import errors as host_errors
from connector_core.http_api.errors import HostError
from connector_core.http_api.problems import TABLE, problem_of, retry_after, status_of
from http_api.served import bearer
from http_api.site import Served, plugins, served
from opened import DAY

pytestmark = pytest.mark.xdist_group("http_api_problems")

THREATS = "/v1/email-security/threats"
EVENTS = "/v1/email-security/email-events"
CANARY = "canary-subject-of-a-mail"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with plugins("listing_only"), served(tmp_path_factory.mktemp("host")) as host:
        yield host


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The Problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["type"].startswith("urn:connector:error:")
    assert told["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    assert "Traceback" not in answer.text
    return told


def bare(host: Served, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """A request whose path and query string are sent as they stand."""
    url = httpx.URL(host.url, raw_path=path.encode())
    return httpx.request(method, url, headers=bearer(host.token) | headers, timeout=60)


# -- the URL

# fmt: off
REFUSED = {
    "no number":             (f"{THREATS}?limit=abc",                   "limit"),
    "an empty number":       (f"{THREATS}?limit=",                      "limit"),
    "Python's number":       (f"{THREATS}?limit=1_0",                   "limit"),
    "a whole fraction":      (f"{THREATS}?limit=5.0",                   "limit"),
    "other digits":          (f"{THREATS}?limit=%D9%A5",                "limit"),
    "a signed number":       (f"{THREATS}?limit=%2B5",                  "limit"),
    "half an object":        (f"{THREATS}?limit=1.5",                   "limit"),
    "nothing wanted":        (f"{THREATS}?limit=0",                     "limit"),
    "less than nothing":     (f"{THREATS}?limit=-1",                    "limit"),
    "too much wanted":       (f"{THREATS}?limit=5001",                  "limit"),
    "an endless number":     (f"{THREATS}?limit={'9' * 5000}",          "limit"),
    "two limits":            (f"{THREATS}?limit=1&limit=2",             "limit"),
    "two cursors":           (f"{THREATS}?cursor=&cursor=",             "cursor"),
    "a cursor with NUL":     (f"{THREATS}?cursor=a%00b",                "cursor"),
    "an unknown parameter":  (f"{THREATS}?since=2026-11-01",            "since"),
    "a misspelt parameter":  (f"{THREATS}?filters=severity[eq]High",    "filters"),
    "another case":          (f"{THREATS}?Limit=1",                     "Limit"),
    "an unknown order":      (f"{THREATS}?order=severity[asc]",         "order"),
    "no filter":             (f"{THREATS}?filter=",                     "filter"),
    "NUL in a filter":       (f"{THREATS}?filter=email.subject[eq]%00", "filter"),
    "no text in a filter":   (f"{THREATS}?filter=email.subject[eq]%FF", "query"),
    "half a character":      (f"{THREATS}?filter=email.subject[eq]%C3", "query"),
    "a surrogate":           (f"{THREATS}?filter=email.subject[eq]%ED%A0%80", "query"),
    "no text in a name":     (f"{THREATS}?%FF=1",                       "query"),
    "an empty meta":         (f"{THREATS}?meta=",                       "meta"),
    "NUL in meta":           (f"{THREATS}?meta=%00",                    "meta"),
    "an empty id":           (f"{THREATS}/",                            "threatId"),
    "NUL in an id":          (f"{THREATS}/a%00b",                       "threatId"),
    "a long id":             (f"{THREATS}/{'a' * 1025}",                "threatId"),
    "no text in an id":      (f"{THREATS}/%FF",                         "path"),
    "a limit of one":        (f"{THREATS}/x?limit=1",                   "limit"),
    "what is not expanded":  ("/v1/capabilities/providers?expand=all",  "expand"),
}
# fmt: on


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_cannot_be_understood_is_refused(host: Served, name: str) -> None:
    path, parameter = REFUSED[name]
    before = len(host.site.tenant.log)
    told = problem(bare(host, path), 400)
    assert told["context"]["parameter"]["id"] == parameter
    assert len(host.site.tenant.log) == before


def test_a_misspelt_parameter_is_told_the_right_one(host: Served) -> None:
    told = problem(host.get(THREATS, filters="severity[eq]High"), 400)
    assert told["message"].endswith("Did you mean filter?")
    assert "Known: filter, limit, cursor, order, meta." in told["remediation"]


def test_a_filter_error_tells_which_filter_where_and_what_would_work(host: Served) -> None:
    told = problem(host.get(EVENTS, filter=[*DAY, "email.form[eq]x@evil.example"]), 400)
    parameter, hints = told["context"]["parameter"], told["context"]["provider_details"]
    assert parameter == {
        "id": "filter", "location": "query", "value": "email.form[eq]x@evil.example",
    }  # fmt: skip
    assert "email.from" in hints["suggestions"]
    assert hints["position"] == "0"


def test_an_order_is_offered_by_the_provider(host: Served) -> None:
    answer = host.get(EVENTS, filter=DAY, order="time[asc]", limit=2)
    subjects = [event["email"]["subject"] for event in answer.json()["result"]]
    assert subjects == ["Invoice 0", "Invoice 1"]
    token = host.add("vendors_order", "emailsecurity_abnormal_mock")
    told = problem(host.get(THREATS, token, order="time[desc]"), 400)
    assert "Leave it out" in told["remediation"]


def test_a_limit_above_the_providers_own_is_its_own(host: Served) -> None:
    token = host.add("small_pages", "emailsecurity_listing_only")
    answer = host.get(EVENTS, token, limit=5000, meta="query/plan")
    assert answer.status_code == 200
    assert answer.json()["meta"]["query"]["plan"]["limit"] == 5


def test_an_id_may_hold_a_slash(host: Served) -> None:
    for path in (f"{THREATS}/a%2Fb", f"{THREATS}/a/b"):
        assert problem(bare(host, path), 404)["type"].endswith(":not_found")


@pytest.mark.parametrize("path", [f"{EVENTS}?filter=email.subject[eq]\xe9", f"{THREATS}/\xe9"])
def test_text_that_is_not_percent_encoded_is_not_guessed_at(host: Served, path: str) -> None:
    """Its bytes would be read as another encoding, and another text searched for."""
    parts = httpx.URL(host.url)
    with socket.create_connection((parts.host, parts.port or 0), timeout=30) as line:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        shown = f"Authorization: Bearer {host.token}\r\n\r\n"
        line.sendall(f"{head}{shown}".encode())
        with line.makefile("rb") as answer:
            assert answer.readline().split()[1] == b"400"


# -- methods, paths, headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_another_method_is_told_the_right_one(host: Served, method: str) -> None:
    answer = bare(host, THREATS, method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    if method != "HEAD":
        assert problem(answer, 405)["remediation"] == "It takes GET."


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/email-security", f"{EVENTS}/", "/v2/threats", "//", "/%2e%2e"]
)
def test_a_path_that_is_not_served_is_not_found(host: Served, path: str) -> None:
    assert problem(bare(host, path), 404)["type"].endswith(":no_such_path")


def test_nobody_on_the_way_keeps_mail(host: Served) -> None:
    for path, status in (
        (f"{EVENTS}?limit=1", 200), (f"{THREATS}/x", 404), (f"{EVENTS}?limit=0", 400),
    ):  # fmt: skip
        answer = bare(host, path)
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_probes_take_head(host: Served) -> None:
    for path in ("/healthz", "/readyz"):
        answer = httpx.head(f"{host.url}{path}")
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(host: Served, accept: str) -> None:
    answer = bare(host, f"{EVENTS}?limit=0", Accept=accept)
    assert problem(answer, 400)


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer wrong", "Basic d29yazp3b3Jr", "bearer\twrong", "Bearer \xff"],
)
@pytest.mark.parametrize("path", [THREATS, f"{THREATS}/x?limit=1", "/v1/capabilities/connectors"])
def test_who_shows_no_token_is_told_nothing_else(host: Served, path: str, shown: str) -> None:
    headers = [(b"authorization", shown.encode("latin-1"))] if shown else []
    answer = httpx.get(f"{host.url}{path}", headers=headers)
    told = problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert told["context"]["parameter"] == {"id": "Authorization", "location": "header"}


def test_who_shows_two_tokens_is_told_to_show_one(host: Served) -> None:
    shown = [(b"authorization", f"Bearer {one}".encode()) for one in (host.token, "est_other")]
    for headers in (shown, shown[::-1]):
        answer = httpx.get(f"{host.url}{THREATS}", headers=headers)
        assert problem(answer, 400)["context"]["parameter"]["id"] == "Authorization"
        assert host.token not in answer.text


# -- the table of statuses


def everything(root: type[ConnectorError]) -> Iterator[type[ConnectorError]]:
    yield root
    for below in root.__subclasses__():
        yield from everything(below)


def made(kind: type[ConnectorError]) -> ConnectorError:
    return kind("It went wrong.")


@pytest.mark.parametrize(
    "kind",
    [kind for kind in everything(ConnectorError) if kind not in (ConnectorError, HostError)],
    ids=lambda kind: kind.__name__,
)
def test_every_error_has_a_status_and_a_problem(kind: type[ConnectorError]) -> None:
    error = made(kind)
    status, word = status_of(error)
    assert 400 <= status <= 504
    assert word != "unexpected"
    assert problem_of(error, "id-of-a-request", 0.0)["type"].endswith(word)
    assert (retry_after(error, status) is not None) is (status in (429, 503))


def test_a_narrower_class_stands_before_its_base() -> None:
    for number, row in enumerate(TABLE):
        for later in TABLE[number + 1 :]:
            assert not issubclass(later.error, row.error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnavailableError("x"), 503),
        (errors.UnavailableError("x", origin=Origin(status=503)), 503),
        (errors.UnavailableError("x", origin=Origin(status=500)), 502),
        (errors.UnavailableError("x", origin=Origin(status=504)), 504),
        (errors.UnavailableError("x", details={"cause": "timeout"}), 504),
        (errors.UnavailableError("x", details={"cause": "deadline"}), 504),
        (errors.UnavailableError("x", details={"cause": "connect"}), 503),
        (errors.QueryError("x", parameter="limit"), 400),
        (errors.QueryError("x", parameter="operation"), 501),
        (errors.ProviderNotFound("x"), 500),
        (host_errors.NoSuchProvider("x"), 404),
    ],
)
def test_who_is_at_fault_decides_the_status(error: ConnectorError, status: int) -> None:
    assert status_of(error)[0] == status


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (0.0, 0), (0.2, 1), (10.0, 10), (10.1, 11), (None, 5),
        (float("inf"), 5), (float("nan"), 5), (-3.0, 5),
    ],
)  # fmt: skip
def test_the_wait_is_told_in_whole_seconds_never_too_short(asked: float | None, told: int) -> None:
    assert retry_after(errors.RateLimitedError("x", retry_after=asked), 429) == told


def test_what_the_vendor_said_of_itself_is_told_as_text() -> None:
    origin = Origin(provider="p", operation="o", status=403, code="Forbidden", request_id="r-1")
    error = ProviderError("No.", origin=origin, details={"missing": "Table"})
    told = problem_of(error, "id-of-a-request", 0.0)["context"]["provider_details"]
    assert told == {
        "provider": "p", "operation": "o", "status": "403", "code": "Forbidden",
        "request_id": "r-1", "missing": "Table",
    }  # fmt: skip


# -- faults of providers


def test_a_list_that_is_not_there_is_a_fault_of_the_vendor(host: Served) -> None:
    token = host.add("gone", "emailsecurity_listing_only", raises="NotFoundError")
    told = problem(host.get(EVENTS, token), 502)
    assert told["context"]["provider_details"]["provider"] == "emailsecurity_listing_only"


@pytest.mark.parametrize("kind", ["ConfigurationError", "PluginError"])
def test_what_is_found_wrong_with_an_integration_while_it_is_asked_is_for_the_log_alone(
    host: Served, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = host.add(f"unfit_{kind.lower()}", "emailsecurity_listing_only", raises=kind)
    answer = host.get(EVENTS, token)
    assert "integrations check unfit_" in problem(answer, 500)["remediation"]
    assert "canary" not in answer.text
    assert any("/srv/canary.pem" in record.getMessage() for record in caplog.records)


def test_a_fault_of_the_program_shows_nothing_of_itself(host: Served) -> None:
    token = host.add("bug", "emailsecurity_listing_only", fails="bug")
    answer = host.get(EVENTS, token)
    told = problem(answer, 500)
    assert told["message"] == "The host failed."
    assert CANARY not in answer.text
    assert host.get(EVENTS, filter=DAY, limit=1).status_code == 200


def test_an_integration_whose_provider_is_gone_is_the_operators_fault(host: Served) -> None:
    token = host.add("orphan", "emailsecurity_nowhere")
    assert problem(host.get(EVENTS, token), 500)["type"].endswith((":plugin", ":configuration"))
