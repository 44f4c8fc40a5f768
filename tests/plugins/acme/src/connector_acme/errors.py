"""Acme's refusals as typed errors; nothing of its texts is repeated, they may quote mail."""

import re
from typing import Any, Final, NoReturn

import httpx
import orjson

from connector_core.errors import (
    AuthenticationError,
    NotFoundError,
    Origin,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)

Refusal = tuple[type[ProviderError], str, str]

# fmt: off
REFUSALS: Final[dict[int, Refusal]] = {
    400: (QueryRejectedError,    "Acme cannot serve this query", "Report it with the request id."),
    401: (AuthenticationError,   "Acme did not accept the key", "Make a new one in the settings."),
    403: (PermissionDeniedError, "The key lacks a right", "Let it read messages and detections."),
    404: (NotFoundError,         "Acme has no such object", "Check the id; Acme keeps 90 days."),
    414: (ResultTooLargeError,   "The query is too long for Acme", "Use fewer or shorter values."),
    429: (RateLimitedError,      "Too many requests", "Ask less often."),
}
# fmt: on
DOWN: Final[Refusal] = (UnavailableError, "Acme is not available", "Try again later.")
UNKNOWN: Final[Refusal] = (
    ResponseInvalidError,
    "Acme's answer has an unknown shape",
    "Try again; if it persists, report it with the request id.",
)
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def refuse(response: httpx.Response) -> NoReturn:
    """Raise the error that an answer stands for when it is not what was asked for."""
    status = response.status_code
    error, what, remedy = REFUSALS.get(status) or (DOWN if status >= 500 else UNKNOWN)
    code = _code(response.content)
    origin = Origin(
        status=status, code=code, request_id=_word(response.headers.get("x-request-id"))
    )
    raise error(
        f"{what} (HTTP {status}{f' {code}' if code else ''}).",
        origin=origin,
        retry_after=_seconds(response.headers.get("retry-after", "")),
        remediation=remedy,
    )


def decoded(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer; raises the typed error of any other."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    if response.status_code != 200 or not isinstance(body, dict) or "error" in body:
        refuse(response)
    return body


def _code(content: bytes) -> str:
    try:
        return _word(orjson.loads(content)["error"]["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return ""


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else None
