"""Puts the host's parts together."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from connector_core import __version__
from connector_core.errors import AuthenticationError, ConnectorError
from connector_core.http_api import health, operations, problems
from connector_core.http_api.errors import HostError, MethodNotAllowed, NoSuchPath
from connector_core.http_api.host import Host
from connector_core.http_api.limits import Limits
from connector_core.http_api.requests import RequestFrame

_log = logging.getLogger(__name__)


def make_app(host: Host) -> ASGIApp:
    """The ASGI application that serves a host; it closes the host in the end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await host.aclose()

    app = FastAPI(
        title="Email security connector",
        summary="Ask any email-security product the same three questions and get OCSF back.",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.host = host
    for part in (operations, health):
        app.include_router(part.router)
    app.add_exception_handler(ConnectorError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _failed)
    return RequestFrame(Limits(app, host))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConnectorError)  # noqa: S101
    if isinstance(error, AuthenticationError) and (
        name := getattr(request.state, "integration", "")
    ):
        # Secrets are read again next time: a new one may have been put in place.
        request.app.state.host.forget(name)
    return answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    location, *path = first["loc"]
    name = str(path[0]) if path else ""
    refused = HostError(f"{name}: {first['msg']}.", parameter=name, location=str(location))
    return answer(request, refused)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        refused: HostError = MethodNotAllowed(
            f"This path does not take {request.method}.",
            remediation=f"It takes {allowed}." if allowed else "",
        )
        response = answer(request, refused)
        response.headers["Allow"] = allowed
        return response
    if error.status_code == 404:
        return answer(
            request, NoSuchPath("Nothing is served here.", remediation="See /openapi.json.")
        )
    return answer(request, HostError("The request cannot be understood."))


async def _failed(request: Request, error: Exception) -> Response:
    _log.error("unexpected %s", type(error).__name__, exc_info=error)
    host: Host = request.app.state.host
    body = problems.unexpected(request.state.request_id, host.clock.now())
    return Response(orjson.dumps(body), 500, media_type="application/json")


def answer(request: Request, error: ConnectorError) -> Response:
    """The Problem of an error."""
    status, _ = problems.status_of(error)
    host: Host = request.app.state.host
    body = problems.problem_of(error, request.state.request_id, host.clock.now())
    headers = {}
    if (seconds := problems.retry_after(error, status)) is not None:
        headers["Retry-After"] = str(seconds)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")
