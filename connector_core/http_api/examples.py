"""Examples for the OpenAPI document: invented mail, and the Problems of real errors."""

from typing import Any, Final

from connector_core.errors import (
    ConnectorError,
    NotFoundError,
    Origin,
    PermissionDeniedError,
    QueryError,
    QueryRejectedError,
    RateLimitedError,
    UnavailableError,
    UnknownField,
)
from connector_core.http_api import example_provider
from connector_core.http_api.errors import (
    BodyTooLarge,
    HeadersTooLarge,
    TookTooLong,
    TooSlow,
    Unauthorized,
    UrlTooLong,
)
from connector_core.http_api.problems import problem_of, unexpected, warning_of
from connector_core.provider import Notice

REQUEST_ID: Final = "3f0c9a52d6a94b1f8a5d7e6c2b1a0f9e"
NOW: Final = 1_793_491_200.0
UID: Final = "0a1b2c3d-0000-4000-8000-000000000001"
CURSOR: Final = "AXq0Zm9vYmFyYmF6"

_COMMON: Final[dict[str, Any]] = {
    "severity": "High",
    "severity_id": 4,
    "is_alert": True,
    "action": "Allowed",
    "action_id": 1,
    "disposition": "Allowed",
    "disposition_id": 1,
    "time": 1_793_448_000_000,
    "time_dt": "2026-10-31T12:00:00Z",
    "metadata": {
        "version": "1.8.0",
        "profiles": ["security_control", "datetime"],
        "product": {"vendor_name": "Microsoft", "name": "Microsoft Defender for Office 365"},
        "uid": "8d667927-8fa5-57ad-8f70-10126f5fc86b",
    },
}
_EMAIL: Final = {
    "from": "billing@evil.example",
    "to": ["anna@contoso.example"],
    "subject": "Invoice 4711",
    "message_uid": "<4711@evil.example>",
}
FINDING: Final[dict[str, Any]] = _COMMON | {
    "class_uid": 2004,
    "class_name": "Detection Finding",
    "category_uid": 2,
    "category_name": "Findings",
    "activity_id": 1,
    "activity_name": "Create",
    "type_uid": 200401,
    "type_name": "Detection Finding: Create",
    "finding_info": {"uid": UID, "title": "Phish: Invoice 4711", "types": ["Phish"]},
    "evidences": [{"name": "MailMessage", "uid": UID, "email": _EMAIL}],
}
ACTIVITY: Final[dict[str, Any]] = _COMMON | {
    "class_uid": 4009,
    "class_name": "Email Activity",
    "category_uid": 4,
    "category_name": "Network Activity",
    "activity_id": 3,
    "activity_name": "Scan",
    "type_uid": 400903,
    "type_name": "Email Activity: Scan",
    "direction": "Inbound",
    "direction_id": 1,
    "message_trace_uid": UID,
    "to": ["anna@contoso.example"],
    "email": _EMAIL,
}
_MESSAGES: Final = {
    "problems": [
        warning_of(
            Notice(
                code="table_missing",
                message="The tenant has no table UrlClickEvents: clicks are not in this answer.",
                incomplete=True,
            ),
            REQUEST_ID,
            NOW,
        )
    ]
}
_PAGE: Final[dict[str, Any]] = {
    "cursor": CURSOR,
    "meta": {"stats": {"count": {"*": 1}}},
    "messages": _MESSAGES,
}
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "Threats": {"result": [FINDING], **_PAGE},
    "Threat": {"result": FINDING, "meta": {}, "messages": {"problems": []}},
    "EmailEvents": {"result": [ACTIVITY], **_PAGE},
    **example_provider.ANSWERS,
    "State": {"status": "ok"},
}
"""By the name of the answer's schema."""
# fmt: off
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "filter":     {"serious": ["severity[in]High,Critical"],
                   "of one day": ["time[gte]2026-10-31T00:00:00Z", "time[lt]2026-11-01T00:00:00Z"]},
    "limit":      {"small": 20},
    "cursor":     {"first page": ""},
    "order":      {"oldest first": "time[asc]"},
    "meta":       {"proof": ["completeness", "query/native"]},
    "threatId":   {"a finding": UID},
    "providerId": {"Defender": "emailsecurity_defender_for_office"},
}
# fmt: on
"""By the name of the parameter."""

_ORIGIN: Final = Origin(
    provider="emailsecurity_defender_for_office",
    operation="query_threats",
    request_id="5b2a7c1e-0000-4000-8000-00000000beef",
)
_ERRORS: Final[dict[int, ConnectorError]] = {
    400: UnknownField(
        "there is no filter field 'sender'; did you mean email.from?",
        filter="sender[eq]billing@evil.example",
        position=0,
        suggestions=("email.from",),
    ),
    401: Unauthorized(
        "The token is missing, or it opens no integration.",
        parameter="Authorization",
        location="header",
    ),
    403: PermissionDeniedError("The application lacks a permission.", origin=_ORIGIN),
    404: NotFoundError("The vendor has no such threat.", origin=_ORIGIN),
    408: TooSlow("The body did not arrive within 10 s.", location="body"),
    413: BodyTooLarge("The body is larger than 16384 bytes.", location="body"),
    414: UrlTooLong("Path and query string are longer than 16384 bytes.", parameter="filter"),
    429: RateLimitedError("Graph takes no more queries now.", origin=_ORIGIN, retry_after=10.0),
    431: HeadersTooLarge("The headers are larger than 32768 bytes.", location="header"),
    501: QueryError("The provider does not offer query_events.", parameter="operation"),
    502: QueryRejectedError("The vendor cannot run this query.", origin=_ORIGIN),
    503: UnavailableError("The vendor is not available.", origin=_ORIGIN, retry_after=5.0),
    504: TookTooLong("The operation did not end within 210 s."),
}


def problem(status: int) -> dict[str, Any]:
    """The Problem of a typical error with this status."""
    if status == 500:
        return unexpected(REQUEST_ID, NOW)
    return problem_of(_ERRORS[status], REQUEST_ID, NOW)
