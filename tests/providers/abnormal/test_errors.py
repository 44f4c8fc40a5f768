"""Refusals become typed errors that a person can act on."""

import httpx
import pytest

from abnormal_script import TOKEN, Script, ids, message, result, results, threat
from connector_core.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)

BODIES = [
    '{"detail": "%s"}',
    '{"message": "%s"}',
    '{"error": "%s"}',
    '{"error": {"message": "%s"}}',
]


@pytest.mark.parametrize("body", BODIES)
def test_the_vendor_s_word_is_told_whatever_form_it_has(body: str) -> None:
    answer = httpx.Response(403, text=body % "Not on the list")
    with pytest.raises(PermissionDeniedError, match=r"HTTP 403: Not on the list") as caught:
        Script({"/threats": answer}).connector().query_threats()
    assert "allowed" in caught.value.remediation
    assert caught.value.origin.status == 403


@pytest.mark.parametrize("body", ["", "<html>Forbidden</html>", "[]", "null", '{"detail": 7}'])
def test_a_refusal_without_a_word_is_one_too(body: str) -> None:
    answer = httpx.Response(401, text=body)
    with pytest.raises(AuthenticationError, match=r"did not accept the token \(HTTP 401\)"):
        Script({"/threats": answer}).connector().query_threats()


STATUSES: list[tuple[int, type[ProviderError], bool]] = [
    (301, ResponseInvalidError, False),
    (400, QueryRejectedError, False),
    (401, AuthenticationError, False),
    (403, PermissionDeniedError, False),
    (408, UnavailableError, True),
    (418, QueryRejectedError, False),
    (429, RateLimitedError, True),
    (500, UnavailableError, True),
    (503, UnavailableError, True),
]


@pytest.mark.parametrize(("status", "error", "retryable"), STATUSES)
@pytest.mark.parametrize("path", ["/threats", "/threats/t1", "/search abnormal"])
def test_a_status_stands_for_one_error(
    path: str, status: int, error: type[ProviderError], retryable: bool
) -> None:
    script = Script({"/threats": ids("t1"), path: httpx.Response(status)})
    with script.connector() as connector, pytest.raises(ProviderError) as caught:
        (connector.query_events if path.startswith("/search") else connector.query_threats)()
    assert type(caught.value) is error
    assert caught.value.retryable is retryable
    assert caught.value.remediation
    assert (script.asked()[path] > 1) is retryable


def test_404_of_the_list_is_a_filter_that_cannot_be_read() -> None:
    answer = httpx.Response(404, json={"message": "Invalid filter"})
    with pytest.raises(QueryRejectedError, match="Invalid filter"):
        Script({"/threats": answer}).connector().query_threats()


def test_404_of_a_threat_is_no_such_threat() -> None:
    with pytest.raises(NotFoundError):
        Script({}).connector().get_threat("00000000-0000-4000-8000-000000000000")


def test_the_search_names_the_vendor_s_trace() -> None:
    body = {"message": "Bad filter", "metadata": {"trace_id": "trace-17"}}
    script = Script({"/search abnormal": httpx.Response(400, json=body)})
    with pytest.raises(QueryRejectedError) as caught:
        script.connector().query_events()
    assert caught.value.origin.request_id == "trace-17"


def test_a_wait_that_is_asked_for_is_kept() -> None:
    turns = iter(
        [httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json=ids())]
    )
    script = Script({"/threats": lambda request: next(turns)})
    page = script.connector().query_threats()
    assert sum(script.clock.slept) >= 7
    assert page.meta.retries == 1


def test_too_many_at_once_is_tried_again_without_being_told_when() -> None:
    turns = iter([httpx.Response(429), httpx.Response(200, json=threat("t1", message()))])
    script = Script({"/threats": ids("t1"), "/threats/t1": lambda request: next(turns)})
    assert len(script.connector().query_threats().events) == 1


def test_an_error_shows_neither_token_nor_what_was_asked_for() -> None:
    words = f"Cannot parse 'secret plan' of victim@contoso.example with Bearer '{TOKEN}'"
    script = Script({"/search abnormal": httpx.Response(400, json={"detail": words})})
    with pytest.raises(QueryRejectedError) as caught:
        script.connector().query_events()
    told = f"{caught.value!r} {caught.value} {caught.value.details}"
    assert "Cannot parse" in told
    assert not any(part in told for part in (TOKEN, "secret plan", "victim"))


def test_a_quarantine_that_is_forbidden_alone_is_skipped_and_announced() -> None:
    script = Script({"/search abnormal": results(), "/search quarantine": httpx.Response(403)})
    page = script.connector().query_events()
    assert [notice.code for notice in page.messages] == ["source_skipped"]
    assert not page.meta.complete


def test_a_search_that_is_forbidden_is_an_error() -> None:
    script = Script({"/search abnormal": httpx.Response(403, json={"error": "no"})})
    with pytest.raises(PermissionDeniedError, match="search") as caught:
        script.connector().query_events()
    assert "Search" in caught.value.remediation


def test_a_quarantine_that_is_asked_for_alone_and_forbidden_is_announced() -> None:
    script = Script({"/search quarantine": httpx.Response(403)})
    page = script.connector().query_events("metadata.log_source[eq]quarantine")
    assert page.events == []
    assert not page.meta.complete


def test_a_quarantine_that_is_forbidden_half_way_is_an_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["pageNumber"] == "2":
            return httpx.Response(403)
        return httpx.Response(200, json=results(result(), nextPageNumber=2))

    script = Script({"/search abnormal": results(), "/search quarantine": answer})
    with script.connector(page_size=1) as connector, pytest.raises(PermissionDeniedError):
        list(connector.iter_events(page_size=1))
