"""Around every request: an id in its answer and in its lines of log, a line of its own, its
metrics and its span. What it is about (path, query string, ids) is in none of them.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_core.errors import ProviderError
from connector_core.http_api.frames import frames
from connector_core.http_api.metrics import Metrics
from connector_core.telemetry import Span, span
from connector_core.telemetry.instruments import OTHER
from connector_core.telemetry.spans import PREFIX
from connector_core.vendor_text import safe_id

HEADER: Final = b"x-request-id"
METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked all the time: a good answer is told at DEBUG only."""
current: ContextVar[Mapping[str, Any]] = ContextVar("request", default=MappingProxyType({}))
"""The state of the request that is being served: `request_id`, later `integration`."""

_log = logging.getLogger(__name__)
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class RequestFrame:
    """The outermost part of the application.

    No exception leaves it: the server would write its message into its log.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        state = scope.setdefault("state", {})
        state["request_id"] = _request_id(headers)
        current.set(state)
        parent = {"traceparent": headers.get(b"traceparent", b"").decode("latin-1")}
        method = scope["method"] if scope["method"] in METHODS else OTHER
        with (
            self._metrics.in_flight.track_inprogress(),
            span(method, {"http.request.method": method}, kind="server", parent=parent) as own,
        ):
            answer = _Answer(scope, send, method, lambda told: self._tell(told, state, own))
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:
                kind = type(error).__name__
                state.setdefault("fault", fault(error))
                _log.error("unexpected %s", kind, extra={"traceback": frames(error)})
            finally:
                answer.over()

    def _tell(self, told: dict[str, Any], state: Mapping[str, Any], own: Span) -> None:
        seconds = told["duration_ms"] / 1_000
        route = told["route"] or OTHER
        self._metrics.served(told["method"], route, told["status"], seconds)
        if by := told.get("broken_off"):
            self._metrics.broken_off(route, by)
        own.rename(f"{told['method']} {told['route']}".strip())
        own.set(
            {
                "http.route": told["route"],
                "http.response.status_code": told["status"],
                f"{PREFIX}request_id": state["request_id"],
                f"{PREFIX}integration": state.get("integration", ""),
            }
        )
        if told["status"] >= 500 or by == "host":
            own.fail(told.get("error") or str(told["status"]))
        quiet = told["route"] in PROBES and told["status"] < 400
        _log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=told)


class _Answer:
    """What goes out, counted; told once, when its last part is ready or nothing more can come."""

    def __init__(
        self, scope: Scope, send: Send, method: str, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self._tell: Callable[[dict[str, Any]], None] | None = tell
        self._state: dict[str, Any] = scope["state"]
        self._method = method
        self._scope = scope
        self._send = send
        self._begin = time.perf_counter()
        self._status = 500  # what the server makes of no answer at all
        self._bytes = 0
        self._whole = False

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            header = (HEADER, self._state["request_id"].encode())
            message["headers"] = [*message.get("headers", ()), header]
        if message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._whole:
                self.over()  # before whoever waits for it can ask again
        await self._send(message)

    def over(self) -> None:
        """Nothing more will come."""
        tell, self._tell = self._tell, None
        if tell is not None:
            tell(self._told())

    def _told(self) -> dict[str, Any]:
        route = self._scope.get("route")
        by = "client" if self._state.get("client_left") else "host"
        return {
            "method": self._method,
            "route": getattr(route, "path_format", ""),  # the template: no ids, no filters
            "status": self._status,
            "duration_ms": round((time.perf_counter() - self._begin) * 1_000, 1),
            "bytes": self._bytes,
            **({} if self._whole else {"broken_off": by}),
            **self._state.get("fault", {}),
        }


def fault(error: Exception) -> dict[str, str | int]:
    """What the log says of an error: its class, and where the vendor can find it."""
    told: dict[str, str | int] = {"error": type(error).__name__}
    if isinstance(error, ProviderError):
        origin = error.origin
        found = {
            "vendor_status": origin.status,
            "vendor_code": safe_id(origin.code),
            "vendor_request_id": safe_id(origin.request_id),
        }
        told |= {name: value for name, value in found.items() if value}
    return told


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    given = headers.get(HEADER, b"")
    return given.decode("ascii") if _GIVEN.fullmatch(given) else uuid.uuid4().hex
