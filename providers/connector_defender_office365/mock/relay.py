"""The way to a served tenant for a connector that asks for Microsoft's own hosts.

It does what a forward proxy with a name service of its own would do: the request goes to the
loopback address over real TLS, and where the answer names that address it names the asked host.
"""

import ssl
from typing import Final

import httpx

from .clouds import BY_LOGIN_HOST, GRAPH_HOSTS
from .server import RunningServer

_ALONE: Final = httpx.Limits(max_keepalive_connections=0)
"""No connection outlives its event loop."""


class Relay(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Takes requests for Microsoft's hosts to a `RunningServer`; refuses all others."""

    def __init__(self, server: RunningServer) -> None:
        context = ssl.create_default_context(cafile=str(server.ca_path))
        self._origin = httpx.URL(server.url)
        self._sync = httpx.HTTPTransport(verify=context)
        self._async = httpx.AsyncHTTPTransport(verify=context, limits=_ALONE)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = self._sync.handle_request(self._readdressed(request))
        if request.url.host in GRAPH_HOSTS:
            return response
        try:
            return self._renamed(request, response, response.read())
        finally:
            response.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = await self._async.handle_async_request(self._readdressed(request))
        if request.url.host in GRAPH_HOSTS:
            return response
        try:
            return self._renamed(request, response, await response.aread())
        finally:
            await response.aclose()

    def close(self) -> None:
        """Let go of open connections; those of asyncio are closed by their loop."""
        self._sync.close()

    def _readdressed(self, request: httpx.Request) -> httpx.Request:
        if request.url.host not in GRAPH_HOSTS and request.url.host not in BY_LOGIN_HOST:
            raise httpx.ConnectError(f"Nobody serves {request.url.host}.", request=request)
        url = request.url.copy_with(host=self._origin.host, port=self._origin.port)
        headers = request.headers.copy()
        headers["Host"] = self._origin.netloc.decode()
        return httpx.Request(
            request.method,
            url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def _renamed(
        self, request: httpx.Request, response: httpx.Response, body: bytes
    ) -> httpx.Response:
        """Entra's documents say where to go next: to the host that was asked."""
        own, asked = str(self._origin).rstrip("/"), f"https://{request.url.host}"
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in ("content-length", "content-encoding")
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            content=body.replace(own.encode(), asked.encode()),
            request=request,
        )
