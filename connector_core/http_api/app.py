"""Puts the host's parts together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from connector_core import __version__
from connector_core.errors import AuthenticationError, ConnectorError
from connector_core.http_api import (
    capabilities,
    documented,
    health,
    metrics,
    operations,
    problems,
    web,
)
from connector_core.http_api.attention import Attention
from connector_core.http_api.errors import HostError, MethodNotAllowed, NoSuchPath
from connector_core.http_api.host import Host
from connector_core.http_api.limits import Limits
from connector_core.http_api.refusals import problem_response, refusal
from connector_core.http_api.requests import RequestFrame, fault

PARTS: Final = (operations, capabilities, documented, health, metrics, web)
"""Modules with a router."""


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
        openapi_url=None,  # see `documented`; and their pages load scripts from elsewhere
        redirect_slashes=False,
        telemetry={  # its spans hold query strings, its logs what errors say: see `requests`
            "tracing": False, "metrics": False, "logs": False, "auto_configure": False,
        },
    )  # fmt: skip
    app.state.host = host
    for part in PARTS:
        app.include_router(part.router)
    app.add_exception_handler(ConnectorError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _failed)
    return RequestFrame(Limits(Attention(app, host), host), host.metrics)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConnectorError)  # noqa: S101
    if isinstance(error, AuthenticationError) and (
        name := getattr(request.state, "integration", "")
    ):
        # Secrets are read again next time: a new one may have been put in place.
        request.app.state.host.doubt(name)
    return answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    location, *path = first["loc"]
    name, given = str(path[0]) if path else "", first.get("input")
    refused = HostError(
        f"{name}: {first['msg']}.",
        parameter=name,
        location=str(location),
        value=given if isinstance(given, str) else None,
    )
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
        paths = "The paths are in /openapi.json; a client's base URL ends before /v1."
        return answer(request, NoSuchPath("Nothing is served here.", remediation=paths))
    return answer(request, HostError("The request cannot be understood."))


async def _failed(request: Request, error: Exception) -> Response:
    request.state.fault = fault(error)
    host: Host = request.app.state.host
    problem = problems.unexpected(request.state.request_id, host.clock.now())
    return problem_response(request.scope, problem)


def answer(request: Request, error: ConnectorError) -> Response:
    """The Problem of an error."""
    host: Host = request.app.state.host
    return refusal(request.scope, error, host.clock.now())
