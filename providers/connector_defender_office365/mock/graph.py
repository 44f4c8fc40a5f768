"""Microsoft Graph: `POST /v1.0/security/runHuntingQuery`, and Graph's way to refuse.

Source: the `runHuntingQuery` page and the error, throttling and security overview pages of the
Graph documentation (2026), and answers recorded on live tenants in 2023-2026. Forms that were
never recorded (a bad `Timespan`, a missing `Query`, a wrong method) are marked "unverified".
"""

import threading
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

import msgspec

from connector_core.clock import Clock

from .applications import HUNTING_ROLE
from .clouds import CLOUDS, LOOPBACK
from .encode import encode
from .store import Store
from .timespan import RETENTION, parse_timespan, ticks
from .tokens import BadToken, TokenMint
from .wire import Request, Response, json_response, nginx_response

RESULT_SIZE: Final = (
    "Query execution has exceeded the allowed result size. "
    "Optimize your query by limiting the number of results and try again."
)
RUN: Final = "/v1.0/security/"
NAMES: Final = frozenset(
    {"runhuntingquery", "microsoft.graph.security.runhuntingquery"}  # paths have no case
)
_OK_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)
_DIAGNOSTIC = (
    '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5",'
    '"ScaleUnit":"000","RoleInstance":"EMULATOR"}}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What Graph allows; the defaults are the published or observed figures."""

    rows: int = 100_000
    """Rows of one answer; more are cut off without a word."""
    result_bytes: int = 50_000_000
    body_bytes: int = 1_048_576
    """Size of a request body, above which the proxy answers 413 by itself."""
    proxy_bytes: int | None = None
    """Size of an answer, above which the proxy answers 502 by itself."""
    calls_per_minute: int | None = None
    """Graph promises at least 45; None is no limit."""
    seconds: float = 180.0
    """Run time of one query."""


class GraphRefusal(Exception):  # noqa: N818
    """An answer in Graph's error envelope."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class Graph:
    """The hunting endpoint of one tenant."""

    def __init__(self, mint: TokenMint, store: Store, clock: Clock, limits: Limits) -> None:
        self._mint = mint
        self._store = store
        self._clock = clock
        self._limits = limits
        self._calls: deque[float] = deque()
        self._counting = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if len(request.body) > self._limits.body_bytes:
            return nginx_response(413, "Request Entity Too Large")
        seconds = self._clock.now()
        now = datetime.fromtimestamp(seconds, UTC)
        try:
            self._check_route(request)
            self._check_token(request)
            self._check_rate()
            body = self._answer(request, ticks(seconds))
        except GraphRefusal as refusal:
            return refusal_response(refusal, request, now)
        if self._limits.proxy_bytes is not None and len(body) > self._limits.proxy_bytes:
            return nginx_response(502, "Bad Gateway")
        headers = (("Content-Type", _OK_TYPE), *graph_headers(request, now))
        return Response(200, (*headers, ("OData-Version", "4.0")), body)

    def _check_route(self, request: Request) -> None:
        path = request.parts.path
        name = path.removeprefix(RUN)
        if name == "security.runHuntingQuery":
            raise GraphRefusal(400, "BadRequest", f"Resource not found for segment '{name}'.")
        if not path.startswith(RUN) or name.lower() not in NAMES:
            raise GraphRefusal(404, "ResourceNotFound", "Resource not found.")
        if request.method != "POST":  # body unverified
            raise GraphRefusal(
                405, "MethodNotAllowed", "The method is not allowed.", (("Allow", "POST"),)
            )

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.header("Authorization").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token.strip():
                raise BadToken("Access token is empty.")
            claims = self._mint.read(token.strip())
            if not _accepts(request, claims.audience):
                raise BadToken("Access token validation failure. Invalid audience.")
        except BadToken as bad:
            raise GraphRefusal(
                401,
                "InvalidAuthenticationToken",
                str(bad),
                (("WWW-Authenticate", 'Bearer realm="", error="invalid_token"'),),
            ) from None
        if HUNTING_ROLE not in claims.roles:
            raise GraphRefusal(
                403,
                "Forbidden",
                f"Missing application roles. API required roles: {HUNTING_ROLE}, "
                f"application roles: {','.join(claims.roles)}.",
            )

    def _check_rate(self) -> None:
        """A sliding minute; calls that are turned away count too."""
        allowed = self._limits.calls_per_minute
        if allowed is None:
            return
        now = self._clock.monotonic()
        with self._counting:
            while self._calls and self._calls[0] <= now - 60:
                self._calls.popleft()
            self._calls.append(now)
            if len(self._calls) <= allowed:
                return
            wait = int(self._calls[-allowed] + 60 - now) + 1
        raise GraphRefusal(
            429, "TooManyRequests", "Please retry after", (("Retry-After", str(wait)),)
        )

    def _answer(self, request: Request, now: int) -> bytes:
        from .engine import KqlError

        kql, since, until = _parse(request, now)
        try:
            result = self._store.query(
                kql,
                now=now,
                since=since,
                until=until,
                timeout=self._limits.seconds,
                max_rows=self._limits.rows,
            )
        except KqlError as error:
            if error.kind == "timeout":
                raise GraphRefusal(504, "UnknownError", "") from None
            message = RESULT_SIZE if error.kind == "result_size" else error.message
            raise GraphRefusal(400, "BadRequest", message) from None
        body = encode(result, request.origin)
        if len(body) > self._limits.result_bytes:
            raise GraphRefusal(400, "BadRequest", RESULT_SIZE)
        return body


def graph_headers(request: Request, now: datetime) -> tuple[tuple[str, str], ...]:
    """Headers of every answer that Graph itself makes."""
    own = str(uuid.uuid4())
    return (
        ("Cache-Control", "no-cache"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("request-id", own),
        ("client-request-id", request.header("client-request-id") or own),
        ("x-ms-ags-diagnostic", _DIAGNOSTIC),
        ("Date", format_datetime(now, usegmt=True)),
    )


def refusal_response(refusal: GraphRefusal, request: Request, now: datetime) -> Response:
    """Graph's error envelope; its `date` has no `Z`."""
    headers = graph_headers(request, now)
    named = dict(headers)
    error = {
        "code": refusal.code,
        "message": refusal.message,
        "innerError": {
            "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": named["request-id"],
            "client-request-id": named["client-request-id"],
        },
    }
    return json_response(
        refusal.status, {"error": error}, (*headers, *refusal.headers), "application/json"
    )


def _accepts(request: Request, audience: str) -> bool:
    """Whether a token for `audience` opens this host: its own, or any on the loopback address."""
    if request.host in LOOPBACK:
        graphs = {f"https://{host}" for cloud in CLOUDS for host in cloud.graphs}
        return audience in graphs | {request.origin}
    return audience == f"https://{request.host}"


def _parse(request: Request, now: int) -> tuple[str, int, int]:
    """Query, start and end in ticks; the texts of these refusals are unverified."""
    body = _body(request)
    query, timespan = body.get("query"), body.get("timespan")
    if not isinstance(query, str) or not query.strip():
        raise GraphRefusal(400, "BadRequest", "The property 'Query' is required.")
    since = now - RETENTION
    if timespan is None:
        return query, since, now
    try:
        start, end = parse_timespan(str(timespan), now)
    except ValueError as error:
        raise GraphRefusal(
            400, "BadRequest", f"The property 'Timespan' is not valid: {error}."
        ) from None
    return query, max(start, since), min(end, now)


def _body(request: Request) -> dict[str, Any]:
    """The JSON body with property names in lower case.

    Without a charset, text beyond ASCII is misread, as on the service: Microsoft's page tells
    callers to send `charset=utf-8` for such queries.
    """
    kind, _, parameters = request.header("Content-Type").partition(";")
    if kind.strip().lower() != "application/json":
        raise GraphRefusal(415, "UnsupportedMediaType", "The content type is not supported.")
    encoding = "utf-8" if "utf-8" in parameters.lower() else "latin-1"
    try:
        body = msgspec.json.decode(request.body.decode(encoding).encode())
    except (ValueError, RecursionError):
        raise GraphRefusal(400, "BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(body, dict):
        raise GraphRefusal(400, "BadRequest", "Unable to read JSON request payload.")
    return {str(name).lower(): value for name, value in body.items()}
