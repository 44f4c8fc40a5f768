"""Around every request: an id in its answer and in its lines of log, and one line of its own."""

import contextvars
import logging
import re
import time
import uuid
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "x-request-id"
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""The id of the request that is being served."""

_log = logging.getLogger(__name__)
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestFrame:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(HEADER.encode(), b"").decode("latin-1")
        own = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        request_id.set(own)
        scope.setdefault("state", {})["request_id"] = own
        status, begin = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((HEADER.encode(), own.encode()))
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = scope.get("route")
            _log.info(
                "request",
                extra={
                    "method": scope["method"],
                    "route": getattr(route, "path", ""),  # the template: no ids, no filters
                    "status": status,
                    "duration_ms": round((time.perf_counter() - begin) * 1_000, 1),
                    "integration": scope["state"].get("integration", ""),
                },
            )
