"""What all pages have in common: headers for browsers, and errors as pages."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from connector_core.errors import AuthenticationError, ConnectorError
from connector_core.http_api import problems
from connector_core.http_api.access import host_of
from connector_core.http_api.errors import Unauthorized
from connector_core.http_api.frames import frames
from connector_core.http_api.requests import fault
from connector_core.http_api.web.render import page
from connector_core.http_api.web.session import log_out

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it forms would be sent without the origin that tells whose they are.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger(__name__)


class PageRoute(APIRoute):
    """A route whose answers go to a browser."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors turned into pages."""
        serve = super().get_route_handler()

        async def serve_page(request: Request) -> Response:
            try:
                response = await serve(request)
            except Unauthorized as error:
                response = login_page(request, error)
            except ConnectorError as error:
                problem = refusal(request, error)
                response = page(request, "error.html", problem["status"], problem=problem)
                say_when(response, error)
            except Exception as error:
                kind = type(error).__name__
                _log.error("unexpected %s", kind, extra={"traceback": frames(error)})
                request.state.fault = {"error": kind}
                now = host_of(request).clock.now()
                problem = problems.unexpected(request.state.request_id, now)
                response = page(request, "error.html", 500, problem=problem)
            return _strict(response)

        return serve_page


def _strict(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def problem_page(request: Request, problem: dict[str, Any]) -> Response:
    """A Problem for a person, where no page of ours is asked."""
    return _strict(page(request, "error.html", problem["status"], problem=problem))


def login_page(request: Request, error: Unauthorized | None = None, to: str = "") -> Response:
    """The form to log in; with an error, or for a page that only its integration may see."""
    if error is not None and request.method == "GET":
        to = request.url.path.rpartition("/")[2]
        to += f"?{request.url.query}" if request.url.query else ""
    response = page(request, "login.html", error.status if error else 200, error=error, to=to)
    if error is not None:
        request.state.fault = fault(error)
        response.headers["WWW-Authenticate"] = "Bearer"
        log_out(request, response)
    return response


def refusal(request: Request, error: ConnectorError) -> dict[str, Any]:
    """The Problem of an error; after a refused credential the secrets are read again next time."""
    request.state.fault = fault(error)
    name = getattr(request.state, "integration", "")
    if isinstance(error, AuthenticationError) and name:
        host_of(request).doubt(name)
    return problems.problem_of(error, request.state.request_id, host_of(request).clock.now())


def say_when(response: Response, error: ConnectorError) -> None:
    """Put ``Retry-After`` where it belongs."""
    if (seconds := problems.retry_after(error, response.status_code)) is not None:
        response.headers["Retry-After"] = str(seconds)
