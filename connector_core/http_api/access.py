"""From the token of a request to the integration that it opens."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from connector_core.http_api import parameters
from connector_core.http_api.host import Host
from connector_core.http_api.integration import OpenIntegration

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="integrationToken",
    description="Made by `email-security integrations add` or `rotate`.",
)


def host_of(request: Request) -> Host:
    """The host that serves a request."""
    host: Host = request.app.state.host
    return host


async def _integration(
    request: Request,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> OpenIntegration:
    return host_of(request).integration(await _anybody(request, shown))


async def _anybody(
    request: Request,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    name = host_of(request).admit(shown.credentials if shown else "")
    request.state.integration = name
    parameters.check(request)
    return name


TokenIntegration = Annotated[OpenIntegration, Depends(_integration)]
"""The integration that the request's token opens."""
AnyIntegration = Annotated[str, Depends(_anybody)]
"""Its name alone: for what is the same for every integration."""
