"""Every published refusal of Graph becomes the right error, with a remedy and no content."""

from typing import Any

import httpx
import pytest

from connector_core.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)
from connector_core.vendor_text import MAX_MESSAGE, shown
from connector_defender_office365.errors import raise_for_response

REQUEST_ID = "0f0f0f0f-1111-2222-3333-444444444444"
DATE = "Sun, 01 Nov 2026 12:03:20 GMT"
HTML = "<html><head><title>{}</title></head><body><center>nginx</center></body></html>"


def body(message: str, code: str = "BadRequest", inner: str = "innerError") -> dict[str, Any]:
    ids = {"date": "2026-11-01T12:03:20", "request-id": REQUEST_ID, "client-request-id": REQUEST_ID}
    return {"error": {"code": code, "message": message, inner: ids}}


def error_of(
    status: int, message: str = "", code: str = "BadRequest", **headers: str
) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raised(httpx.Response(status, json=body(message, code), headers=named))


def raised(response: httpx.Response) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        raise_for_response(response, "runHuntingQuery")
    return caught.value


CASES: list[tuple[int, str, str, type[ProviderError], str]] = [
    (
        400,
        "BadRequest",
        "'project' operator: Failed to resolve scalar expression named 'Colour'."
        " Fix semantic errors in your query.",
        QueryRejectedError,
        "no column Colour",
    ),
    (
        400,
        "BadRequest",
        "'project' operator: Failed to resolve column expression named 'Colour'.",
        QueryRejectedError,
        "no column Colour",
    ),
    (
        400,
        "BadRequest",
        "'where' operator: Failed to resolve table or column expression named"
        " 'EmailEvents'. Fix semantic errors in your query.",
        QueryRejectedError,
        "EmailEvents",
    ),
    (
        400,
        "BadRequest",
        "The incomplete fragment is unexpected.. Fix syntax errors in your query.",
        QueryRejectedError,
        "could not parse",
    ),
    (
        400,
        "BadRequest",
        "The query contains syntax errors: x",
        QueryRejectedError,
        "could not parse",
    ),
    (
        400,
        "BadRequest",
        "The query has a semantic error: Unknown function: 'f'. Fix semantic errors",
        QueryRejectedError,
        "function",
    ),
    (
        400,
        "BadRequest",
        "Something else. Fix semantic errors in your query.",
        QueryRejectedError,
        "tables",
    ),
    (
        400,
        "BadRequest",
        "Query execution has exceeded the allowed result size. Optimize your query by"
        " limiting the number of results and try again",
        ResultTooLargeError,
        "larger",
    ),
    (
        400,
        "BadRequest",
        "Query execution has exceeded the allowed result size. Optimize your query by"
        " limiting the amount of results and try again.",
        ResultTooLargeError,
        "larger",
    ),
    (
        400,
        "BadRequest",
        "The query cannot run because it exceeds the allowed size limit when processed.",
        ResultTooLargeError,
        "larger",
    ),
    (
        400,
        "BadRequest",
        "Query execution has exceeded the allowed limits. It was preempted.",
        ResultTooLargeError,
        "processing",
    ),
    (
        400,
        "BadRequest",
        "Query stopped due to excessive resource consumption.",
        ResultTooLargeError,
        "processing",
    ),
    (400, "BadRequest", "Query exceeded the timeout period.", ResultTooLargeError, "processing"),
    (400, "BadRequest", "", QueryRejectedError, "refused"),
    (
        401,
        "InvalidAuthenticationToken",
        "Access token is empty.",
        AuthenticationError,
        "did not accept",
    ),
    (
        401,
        "InvalidAuthenticationToken",
        "Access token has expired or is not yet valid.",
        AuthenticationError,
        "expired",
    ),
    (
        401,
        "InvalidAuthenticationToken",
        "IDX14100: JWT is not well formed, there are no dots (.).",
        AuthenticationError,
        "did not accept",
    ),
    (
        401,
        "Unauthorized",
        "Unauthorized request - Account is not provisioned.",
        PermissionDeniedError,
        "Defender",
    ),
    (
        403,
        "Unauthorized",
        "Unauthorized request - reason of failure: Account mode is inactive",
        PermissionDeniedError,
        "Defender",
    ),
    (403, "Forbidden", "The tenant has no valid license.", PermissionDeniedError, "Defender"),
    (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges",
        PermissionDeniedError,
        "may not",
    ),
    (403, "Forbidden", "insufficient_claims", PermissionDeniedError, "conditional access"),
    (
        404,
        "NotFound",
        "Resource not found for the segment",
        QueryRejectedError,
        "no hunting service",
    ),
    (
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed",
        QueryRejectedError,
        "no hunting",
    ),
    (408, "x", "", UnavailableError, "not available"),
    (409, "x", "", QueryRejectedError, "refused"),
    (429, "TooManyRequests", "Please retry after", RateLimitedError, "too many calls"),
    (
        429,
        "TooManyRequests",
        "You have exceeded processing resources allocated to this tenant."
        " You can run queries again in 123 seconds.",
        RateLimitedError,
        "allowance",
    ),
    (500, "UnknownError", "", UnavailableError, "not available"),
    (503, "serviceNotAvailable", "", UnavailableError, "not available"),
    (504, "UnknownError", "", ResultTooLargeError, "longer than Graph allows"),
    (301, "", "", ResponseInvalidError, "another address"),
    (204, "", "", ResponseInvalidError, "unknown way"),
    (418, "", "", QueryRejectedError, "refused"),
    (599, "", "", UnavailableError, "not available"),
]


@pytest.mark.parametrize(("status", "code", "message", "kind", "told"), CASES)
def test_each_known_refusal_becomes_its_error(
    status: int, code: str, message: str, kind: type[ProviderError], told: str
) -> None:
    error = error_of(status, message, code)
    assert type(error) is kind
    assert told in error.message
    assert error.remediation
    assert error.origin.provider == "emailsecurity_defender_for_office"
    assert error.origin.operation == "runHuntingQuery"
    assert error.origin.status == status
    assert error.origin.code == code
    assert error.origin.request_id == REQUEST_ID
    assert REQUEST_ID in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 429, 500, 502, 503, 504])
def test_no_refusal_of_a_query_says_that_an_object_was_not_found(status: int) -> None:
    assert not isinstance(error_of(status), NotFoundError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (413, QueryRejectedError),
        (502, UnavailableError),
        (504, ResultTooLargeError),
        (403, PermissionDeniedError),
    ],
)
def test_a_gateways_page_is_understood_by_its_status(
    status: int, kind: type[ProviderError]
) -> None:
    page = httpx.Response(status, html=HTML.format(status), headers={"request-id": REQUEST_ID})
    error = raised(page)
    assert type(error) is kind
    assert "html" not in str(error)
    assert error.origin.request_id == REQUEST_ID


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_failure_hints_that_less_may_work(status: int) -> None:
    assert error_of(status).details["narrower"] == "may work"


@pytest.mark.parametrize("name", ["EmailEvents", "UrlClickEvents"])
def test_a_missing_table_is_named(name: str) -> None:
    error = error_of(
        400, f"'take' operator: Failed to resolve table or column expression named '{name}'."
    )
    assert error.details == {"missing": name}


def test_the_roles_in_the_token_are_shown() -> None:
    message = (
        "Missing application roles. API required roles: ThreatHunting.Read.All,"
        " application roles: User.Read.All, LicenseAssignment.Read.All."
    )
    error = error_of(403, message, "Forbidden")
    assert type(error) is PermissionDeniedError
    assert error.details["roles"] == "User.Read.All, LicenseAssignment.Read.All"
    assert "User.Read.All, LicenseAssignment.Read.All" in error.remediation
    assert "ThreatHunting.Read.All" in error.remediation


def test_a_token_without_roles_says_so() -> None:
    message = (
        "Missing application roles. API required roles: ThreatHunting.Read.All,"
        " application roles: ."
    )
    error = error_of(403, message, "Forbidden")
    assert error.details["roles"] == "none"
    assert "these roles: none" in error.remediation


@pytest.mark.parametrize("inner", ["innerError", "innererror"])
def test_the_request_id_is_found_in_both_spellings(inner: str) -> None:
    response = httpx.Response(400, json=body("x", inner=inner), headers={"request-id": "other"})
    assert raised(response).origin.request_id == REQUEST_ID


def test_an_id_that_is_none_is_not_repeated() -> None:
    response = httpx.Response(400, json={"error": {"innerError": {"request-id": "a\r\nb <x>"}}})
    assert raised(response).origin.request_id == ""


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "10"}, 10.0),
        ({"Retry_After": "0"}, 0.0),
        ({"Retry_After": " 86400 "}, 86_400.0),
        ({"Retry_After": "Sun, 01 Nov 2026 12:03:50 GMT", "Date": DATE}, 30.0),
        ({"Retry_After": "Sun, 01 Nov 2026 12:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry_After": "Sun, 01 Nov 2026 12:03:50 GMT"}, None),
        ({"Retry_After": "Sun, 01 Nov 9999 12:03:50 GMT", "Date": DATE}, 251_603_539_230.0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "1.5"}, None),
        ({"Retry_After": "120, 60"}, None),
        ({"Retry_After": "9" * 40}, None),
        ({"Retry_After": ""}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_or_ignored(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    error = error_of(status, "Please retry after", "TooManyRequests", **headers)
    assert error.retry_after == wait
    assert error.retryable


def test_an_arabic_digit_is_no_number() -> None:
    response = httpx.Response(429, headers={b"Retry-After": "٣".encode()})
    assert raised(response).retry_after is None


QUOTA = (
    "You have exceeded processing resources allocated to this tenant. You can run queries again in "
)


@pytest.mark.parametrize(
    ("said", "headers", "wait"),
    [
        ("123 seconds.", {}, 123.0),
        ("2 minutes.", {}, 120.0),
        ("1 hour and 5 minutes.", {}, 3_900.0),
        ("1 day.", {}, 86_400.0),
        ("00:11:40.", {}, 700.0),
        ("123 seconds.", {"Retry_After": "10"}, 123.0),
        ("5 seconds.", {"Retry_After": "10"}, 10.0),
        ("a while.", {"Date": DATE}, 700.0),
        ("a while.", {}, None),
    ],
)
def test_an_exhausted_allowance_says_until_when(
    said: str, headers: dict[str, str], wait: float | None
) -> None:
    error = error_of(429, QUOTA + said, "TooManyRequests", **headers)
    assert type(error) is RateLimitedError
    assert error.details["topic"] == "quota"
    assert "quarter of an hour" in error.remediation
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Unknown name 'Colour' near 'secret plan'.", "Unknown name 'Colour' near '…'."),
        ('At "pay to eve@evil.example" [1,2]', 'At "…" [1,2]'),
        ("don't use 'secret plan' or 'it's secret'", "don't use '…' or '…'"),
        ("open quote 'secret plan and more", "open quote '…'"),
        ("a\r\nb\x1b[31m\u202ec\x00", "a b [31m c"),
        ("`x y` 'EmailEvents'", "`…` 'EmailEvents'"),
        (None, ""),
        (5, ""),
    ],
)
def test_a_vendors_message_keeps_names_and_drops_values(said: object, kept: str) -> None:
    assert shown(said) == kept


def test_a_long_message_is_cut() -> None:
    assert len(shown("word " * 1_000)) == MAX_MESSAGE
    assert len(str(error_of(400, "x" * 100_000))) < MAX_MESSAGE + 200


def test_a_quoted_value_of_the_query_is_not_repeated() -> None:
    error = error_of(400, "Query could not be parsed at 'quarterly report from Ann' on line [1,25]")
    assert "Ann" not in f"{error}{error.remediation}{error.details}"


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{", b'{"error":null}', b'{"error":[]}', b'{"error":{"message":5}}',
     b'{"error":{"innerError":7,"code":{}}}', b'{"a":' * 50_000, b"\xff", b'{"error":"text"}'],
)  # fmt: skip
def test_an_odd_error_body_does_no_harm(content: bytes) -> None:
    assert type(raised(httpx.Response(400, content=content))) is QueryRejectedError
    assert type(raised(httpx.Response(500, content=content))) is UnavailableError


def test_a_hostile_message_is_searched_in_no_time() -> None:
    message = "Missing application roles" + " application roles: a" * 20_000
    assert type(error_of(403, message, "Forbidden")) is PermissionDeniedError
