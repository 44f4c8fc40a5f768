"""The emulated vendor as an httpx transport: no socket, the same bytes."""

import asyncio
from typing import TYPE_CHECKING

import httpx

from .wire import Answer, Request

if TYPE_CHECKING:
    from .vendor import AbnormalVendor


class VendorTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Serves `httpx.Client` and `httpx.AsyncClient`; other hosts refuse the connection."""

    def __init__(self, vendor: "AbnormalVendor") -> None:
        self.vendor = vendor

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        with self.vendor.visit(self._taken(request, request.read())) as answer:
            seconds, late = self._wait(request)
            if seconds:
                self.vendor.clock.sleep(seconds)
            return _given(request, answer, late)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; others get their turn while it is under way."""
        with self.vendor.visit(self._taken(request, await request.aread())) as answer:
            seconds, late = self._wait(request)
            if seconds:
                await self.vendor.clock.asleep(seconds)
            else:
                await asyncio.sleep(0)
            return _given(request, answer, late)

    def _taken(self, request: httpx.Request, body: bytes) -> Request:
        url = str(request.url)
        if not self.vendor.serves(url):
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        return Request(request.method, url, dict(request.headers), body)

    def _wait(self, request: httpx.Request) -> tuple[float, bool]:
        """Seconds to wait, and whether the caller's patience ends the wait."""
        latency = self.vendor.switches.latency
        patience = request.extensions.get("timeout", {}).get("read")
        late = patience is not None and latency > patience
        return (patience if late else latency), late


def _given(request: httpx.Request, answer: Answer, late: bool) -> httpx.Response:
    if late:
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    return httpx.Response(
        answer.status,
        headers={"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))},
        stream=httpx.ByteStream(answer.body),
        request=request,
        extensions={"http_version": b"HTTP/1.1"},
    )
