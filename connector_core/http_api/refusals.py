"""Answers that refuse: a Problem, as JSON; to a person with a browser, as a page that says it."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from connector_core.errors import ConnectorError
from connector_core.http_api import problems
from connector_core.http_api.envelope import json_response
from connector_core.http_api.requests import fault
from connector_core.http_api.web.route import problem_page

FOR_PROGRAMS: Final = ("/v1", "/openapi.json", "/metrics", "/healthz", "/readyz")
"""Paths at which, and below which, every answer is for programs, whatever they accept."""


def refusal(scope: Scope, error: ConnectorError, now: float) -> Response:
    """The answer that an error becomes; the request's line of log will tell of it."""
    state = scope["state"]
    state["fault"] = fault(error)
    status, _ = problems.status_of(error)
    headers = {}
    if (seconds := problems.retry_after(error, status)) is not None:
        headers["Retry-After"] = str(seconds)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(scope, problems.problem_of(error, state["request_id"], now), headers)


def problem_response(
    scope: Scope, problem: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """A Problem in the form that the client reads."""
    if not for_person(scope):
        return json_response(problem, problem["status"], headers)
    response = problem_page(Request(scope), problem)
    response.headers.update(headers or {})
    return response


def for_person(scope: Scope) -> bool:
    """Whether a browser asked, for what is no part of the interface for programs."""
    accepted = dict(scope["headers"]).get(b"accept", b"")
    path = scope["path"]
    below = any(path == one or path.startswith(f"{one}/") for one in FOR_PROGRAMS)
    return b"text/html" in accepted.lower() and not below
