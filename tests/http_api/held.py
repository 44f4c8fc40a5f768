"""A way to the vendor that can be held: requests wait until a test lets them go."""

import asyncio
import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

PATIENCE = 30.0
"""Seconds after which a test that waits in vain fails."""


class Held(httpx.AsyncBaseTransport):
    """Holds queries while `closed`; tells when one arrived and when one was given up."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.closed = False
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        """Paths of the queries that were held."""
        self.given_up = threading.Semaphore(0)
        """Released once for every query that was cancelled while it was held."""
        self._inner = inner
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait if need be, then answer."""
        if self.closed and request.url.path.endswith("/runHuntingQuery"):
            gate = asyncio.Event()
            self._waiting.append((asyncio.get_running_loop(), gate))
            self.arrived.put(request.url.path)
            try:
                await gate.wait()
            except asyncio.CancelledError:
                self.given_up.release()
                raise
        return await self._inner.handle_async_request(request)

    def open(self) -> None:
        """Let all go."""
        self.closed = False
        for loop, gate in self._waiting:
            loop.call_soon_threadsafe(gate.set)
        self._waiting.clear()


@contextmanager
def request_lines() -> Iterator[queue.SimpleQueue[logging.LogRecord]]:
    """The host's lines of log, one for each request that has ended."""
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.put(record)

    logger = logging.getLogger("connector_core.http_api.requests")
    handler, before = Handler(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
