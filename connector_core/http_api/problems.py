"""Errors as Problems: one table from the error tree to HTTP statuses.

A vendor that does not accept the integration's credential is 403, not 401: 401 always speaks of the
caller's own token. It is no 5xx either, which clients repeat, and repeating heals no credential.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from connector_core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    CursorError,
    FilterError,
    MappingError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    ProviderError,
    QueryError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)
from connector_core.http_api.errors import HostError
from connector_core.page import problem
from connector_core.provider import Notice


class Row(NamedTuple):
    """One class of errors."""

    error: type[ConnectorError]
    status: int
    code: str
    """The last part of the Problem's ``type``."""


# fmt: off
TABLE: Final = (
    Row(FilterError,           400, "filter"),
    Row(QueryError,            400, "query"),
    Row(CursorError,           400, "cursor"),
    Row(ResultTooLargeError,   400, "result_too_large"),
    Row(AuthenticationError,   403, "vendor_authentication"),
    Row(PermissionDeniedError, 403, "vendor_permission"),
    Row(NotFoundError,         404, "not_found"),
    Row(RateLimitedError,      429, "vendor_rate_limit"),
    Row(ConfigurationError,    500, "configuration"),
    Row(PluginError,           500, "plugin"),
    Row(MappingError,          500, "mapping"),
    Row(QueryRejectedError,    502, "vendor_rejected_query"),
    Row(ResponseInvalidError,  502, "vendor_reply"),
    Row(UnavailableError,      503, "vendor_unavailable"),
    Row(ProviderError,         502, "vendor"),
)
# fmt: on
"""The first row whose class fits holds."""
TYPE: Final = "urn:connector:error:"
OUT_OF_TIME: Final = ("timeout", "deadline")
"""Causes of an `UnavailableError`: one exchange took too long, or all of them together."""
LONGEST_VALUE: Final = 1024
"""Characters of a caller's own value that are told back."""
SECONDS_BUSY: Final = 5.0
"""``Retry-After`` of a 503 for which the vendor named no time."""


def status_of(error: ConnectorError) -> tuple[int, str]:
    """The HTTP status of an error, and its stable word."""
    if isinstance(error, HostError):
        return error.status, error.code
    if isinstance(error, QueryError) and error.parameter == "operation":
        return 501, "not_offered"
    if isinstance(error, UnavailableError):
        if error.details.get("cause") in OUT_OF_TIME or error.origin.status == 504:
            return 504, "vendor_timeout"
        if error.origin.status is not None and error.origin.status != 503:
            return 502, "vendor_unavailable"
    for row in TABLE:
        if isinstance(error, row.error):
            return row.status, row.code
    return 500, "unexpected"


def retry_after(error: ConnectorError, status: int) -> int | None:
    """Whole seconds for the header ``Retry-After`` of a 429 or 503."""
    if status not in (429, 503):
        return None
    asked: float | None = getattr(error, "retry_after", None)
    sensible = asked is not None and math.isfinite(asked) and asked >= 0
    return math.ceil(asked if asked is not None and sensible else SECONDS_BUSY)


def problem_of(error: ConnectorError, request_id: str, now: float) -> dict[str, Any]:
    """The body of an answer that refuses; never a secret, a stack trace or the content of mail."""
    status, code = status_of(error)
    told: dict[str, Any] = {
        "message": error.message,
        "type": TYPE + code,
        "status": status,
        "occurred_at": _time(now),
        "instance": f"urn:request:{request_id}",
    }
    if error.remediation:
        told["remediation"] = error.remediation
    if context := {key: value for key, value in _context(error) if value}:
        told["context"] = context
    return told


def unexpected(request_id: str, now: float) -> dict[str, Any]:
    """The body for a fault of this program: nothing of it but where to look."""
    return {
        "message": "The host failed.",
        "remediation": "Report it with the request id; the host's log says more.",
        "type": f"{TYPE}unexpected",
        "status": 500,
        "occurred_at": _time(now),
        "instance": f"urn:request:{request_id}",
    }


def warning_of(notice: Notice, request_id: str, now: float) -> dict[str, Any]:
    """A notice beside an answer that stands, as one of ``messages.problems``."""
    return problem(notice) | {
        "status": 200,
        "occurred_at": _time(now),
        "instance": f"urn:request:{request_id}",
    }


def _context(error: ConnectorError) -> list[tuple[str, Mapping[str, Any] | None]]:
    if isinstance(error, ProviderError):
        return [("provider_details", _provider_details(error))]
    return [("parameter", _parameter(error)), ("provider_details", _hints(error))]


def _parameter(error: ConnectorError) -> dict[str, Any] | None:
    match error:
        case FilterError():
            return {"id": "filter", "location": "query", "value": error.filter}
        case CursorError():
            return {"id": "cursor", "location": "query"}
        case QueryError(parameter="threat_id"):
            return {"id": "threatId", "location": "path"}
        case QueryError() | HostError() if error.parameter:
            location = getattr(error, "location", "query")
            value = getattr(error, "value", None)
            return {"id": error.parameter, "location": location} | (
                {} if value is None else {"value": value[:LONGEST_VALUE]}
            )
    return None


def _hints(error: ConnectorError) -> dict[str, str] | None:
    if not isinstance(error, FilterError):
        return None
    hints = {"suggestions": ", ".join(error.suggestions)} if error.suggestions else {}
    return hints | ({} if error.position is None else {"position": str(error.position)})


def _provider_details(error: ProviderError) -> dict[str, str]:
    origin = error.origin
    told = {
        "provider": origin.provider,
        "operation": origin.operation,
        "status": "" if origin.status is None else str(origin.status),
        "code": origin.code,
        "request_id": origin.request_id,
        **error.details,
    }
    return {key: str(value) for key, value in told.items() if value}


def _time(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
