"""A client span for every request that goes out, those that sign in included.

Of the request it shows method and host; never its path and query string, which may hold ids and
addresses. The span lasts until the answer is read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from connector_core.telemetry.spans import PREFIX, Span, start
from connector_core.vendor_text import safe_id

SENT: Final = "connector_core.sent"
"""In a request's extensions: how often it has been sent."""
REQUEST_IDS: Final = ("request-id", "x-request-id", "x-ms-request-id")
"""Headers in which vendors name a request."""


class Traced(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Passes on to a transport what it is given, blocking or not."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send."""
        with _sending(request) as sent:
            response: httpx.Response = self._inner.handle_request(request)
        return _answered(sent, response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send."""
        with _sending(request) as sent:
            response: httpx.Response = await self._inner.handle_async_request(request)
        return _answered(sent, response)

    def close(self) -> None:
        """Close what is wrapped."""
        self._inner.close()

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._inner.aclose()


@contextmanager
def _sending(request: httpx.Request) -> Iterator[Span]:
    """A span that goes on after the block, unless the block fails."""
    before = request.extensions.get(SENT, 0)
    request.extensions = {**request.extensions, SENT: before + 1}
    url = request.url
    values: dict[str, str | int] = {
        "http.request.method": request.method,
        "server.address": url.host,
        "server.port": url.port or 443,
    }
    if before:
        values["http.request.resend_count"] = before
    sent = start(request.method, "client", values)
    try:
        yield sent
    except BaseException as error:
        if not isinstance(error, asyncio.CancelledError):  # nobody's fault
            sent.fail(type(error).__name__)
        sent.end()
        raise


def _answered(sent: Span, response: httpx.Response) -> httpx.Response:
    if not sent:
        return response
    sent.set({"http.response.status_code": response.status_code})
    named = (safe_id(response.headers.get(name)) for name in REQUEST_IDS)
    if request_id := next(filter(None, named), ""):
        sent.set({f"{PREFIX}vendor.request_id": request_id})
    if response.status_code >= 400:
        sent.fail(str(response.status_code))
    if response.is_closed:  # an in-process transport gave the whole
        sent.end()
    else:
        response.stream = _Body(response.stream, sent)
    return response


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer's body; the span ends with it."""

    def __init__(self, stream: Any, sent: Span) -> None:
        self._stream = stream
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except Exception as error:
            self._sent.fail(type(error).__name__)
            raise

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except Exception as error:
            self._sent.fail(type(error).__name__)
            raise

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._sent.end()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._sent.end()
