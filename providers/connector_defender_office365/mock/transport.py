"""The embedded tenant as an httpx transport: no socket, the same bytes.

What breaks a connection raises what httpx raises for it, or breaks the stream half way.
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import anyio.to_thread
import httpx

from .wire import Breakage, Request, Response

if TYPE_CHECKING:
    from .tenant import EmbeddedTenant


class EmbeddedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Serves `httpx.Client` and `httpx.AsyncClient`; other hosts refuse the connection.

    Waiting (a slow answer, silence until the read time-out) is done on the tenant's clock.
    """

    def __init__(self, tenant: "EmbeddedTenant") -> None:
        self._tenant = tenant

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = self._tenant.handle(_taken(request, request.read()))
        wait, late = _wait(request, response)
        if wait:
            self._tenant.clock.sleep(wait)
        return _given(request, response, late)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; the query runs in a thread, so that other tasks go on."""
        taken = _taken(request, await request.aread())
        response = await anyio.to_thread.run_sync(self._tenant.handle, taken)
        wait, late = _wait(request, response)
        if wait:
            await self._tenant.clock.asleep(wait)
        return _given(request, response, late)


def _taken(request: httpx.Request, body: bytes) -> Request:
    return Request(request.method, str(request.url), dict(request.headers), body)


def _wait(request: httpx.Request, response: Response) -> tuple[float, bool]:
    """Seconds to wait, and whether the client's read time-out ends the wait."""
    patience = request.extensions.get("timeout", {}).get("read")
    if response.breakage is Breakage.SILENT:
        return patience or 0.0, True
    if patience is not None and response.delay > patience:
        return patience, True
    return response.delay, False


def _given(request: httpx.Request, response: Response, late: bool) -> httpx.Response:
    if late:
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    if response.breakage is Breakage.REFUSED:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)
    body = response.body
    cut = response.breakage is Breakage.CUT
    return httpx.Response(
        response.status,
        headers=[*response.headers, ("Content-Length", str(len(body)))],
        stream=_Body(body, cut, request),
        request=request,
        extensions={"http_version": b"HTTP/1.1"},
    )


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body in two pieces; when cut, the second never comes."""

    def __init__(self, body: bytes, cut: bool, request: httpx.Request) -> None:
        self._body = body
        self._cut = cut
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._body) // 2
        yield self._body[:half]
        if self._cut:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {half} bytes, expected {len(self._body)})",
                request=self._request,
            )
        yield self._body[half:]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece
