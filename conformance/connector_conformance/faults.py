"""What can go wrong between a connector and its vendor, and what may come of it: a table."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import httpx

from connector_conformance.cases import VendorFault
from connector_conformance.wire import Exchange, Spoil
from connector_core import errors
from connector_core.clock import ManualClock
from connector_core.errors import (
    AuthenticationError,
    ConnectorError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)

REQUEST_ID: Final = "kit-request-7"
REQUEST_ID_HEADERS: Final = frozenset(
    {"x-request-id", "request-id", "x-correlation-id", "x-ms-request-id", "x-amzn-requestid"}
)
"""Headers in which vendors name a request. A spoiled answer names `REQUEST_ID` in those that the
vendor's own answers have."""
Errors = tuple[type[ConnectorError], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which an answer goes wrong."""

    name: str
    spoil: Spoil
    errors: Errors
    """What a connector may raise because of it."""
    once: Literal["recovers", "may recover"] = "may recover"
    """Whether a single one must be got over, or may be an error as well."""
    announced: bool = False
    """Whether an answer that says that it is incomplete will do instead of an error: for what can
    befall one object, or one of several sources."""
    wait: float = 0.0
    """Seconds that the vendor asks to wait."""
    retryable: bool = False
    """Whether the error has to say that the same call may work later."""
    renewed: bool = False
    """Whether a single one must be got over where requests sign in: the token may have been taken
    back early, and a new one can be fetched. Where nothing signs in, an error is right as well."""
    lists: bool = False
    """Whether it is meant for operations that list alone: one record may hold empty lists."""

    @property
    def blind(self) -> bool:
        """Whether it is the same whatever the vendor would have answered."""
        return not isinstance(self.spoil, Altering)


def status(
    code: int, body: bytes = b'{"error": {"code": "Kit", "message": "no"}}', **more: str
) -> Spoil:
    """An answer with this status and body; underscores in names of headers become hyphens."""
    kind = "text/html" if body.startswith(b"<") else "application/json"
    extra = {name.replace("_", "-"): value for name, value in more.items()}

    def spoil(exchange: Exchange, request: httpx.Request) -> httpx.Response:
        headers = {"content-type": kind} | request_ids(exchange) | extra
        return httpx.Response(code, headers=headers, content=body)

    return spoil


def request_ids(exchange: Exchange) -> dict[str, str]:
    """The headers of a spoiled answer that name the request."""
    names = {name.lower() for name, _ in exchange.headers} & REQUEST_ID_HEADERS
    return dict.fromkeys(sorted(names), REQUEST_ID)


@dataclass(frozen=True, slots=True)
class Altering:
    """Makes another answer of the vendor's own, which the vendor is asked for."""

    alter: Callable[[Exchange, dict[str, str]], httpx.Response]
    """Takes the headers as well, without those that tell how the body was coded."""

    def __call__(self, exchange: Exchange, request: httpx.Request) -> httpx.Response:
        """The other answer."""
        headers = {name.lower(): value for name, value in exchange.headers}
        return self.alter(exchange, headers | request_ids(exchange))


def _truncated(exchange: Exchange, headers: dict[str, str]) -> httpx.Response:
    body = exchange.body[: len(exchange.body) // 2]
    return httpx.Response(200, headers=headers, content=body)


def _malformed(exchange: Exchange, headers: dict[str, str]) -> httpx.Response:
    return httpx.Response(200, headers=headers, content=exchange.body + b'"]')


def _broken_gzip(exchange: Exchange, headers: dict[str, str]) -> httpx.Response:
    packed = gzip.compress(exchange.body, mtime=0)
    headers = headers | {"content-encoding": "gzip"}
    stream = httpx.ByteStream(packed[: len(packed) // 2])  # as `content` it would be decoded here
    return httpx.Response(200, headers=headers, stream=stream)


def emptied(name: str) -> Callable[[Exchange, dict[str, str]], httpx.Response]:
    """The vendor's answer with its lists empty, and an error in words under a name beside them.

    An answer without a list stays as it is.
    """

    def alter(exchange: Exchange, headers: dict[str, str]) -> httpx.Response:
        try:
            body = json.loads(exchange.body)
        except ValueError:
            return exchange.response()
        if not isinstance(body, dict) or not any(isinstance(one, list) for one in body.values()):
            return exchange.response()
        said = "The search timed out."
        body = {key: [] if isinstance(one, list) else one for key, one in body.items()}
        body[name] = [{"message": said}] if name == "errors" else said
        return httpx.Response(200, headers=headers, content=json.dumps(body).encode())

    return alter


def failure(error: type[httpx.TransportError]) -> Spoil:
    """No answer at all."""

    def spoil(exchange: Exchange, request: httpx.Request) -> httpx.Response:
        raise error("no answer", request=request)

    return spoil


def _row(name: str, spoil: Spoil, errors: Errors, *traits: str, wait: float = 0.0) -> Fault:
    return Fault(
        name=name,
        spoil=spoil,
        errors=errors,
        once="recovers" if PASSES in traits else "may recover",
        announced=ANNOUNCED in traits,
        retryable=RETRYABLE in traits,
        renewed=RENEWED in traits,
        lists=LISTED in traits,
        wait=wait,
    )


PASSES: Final = "a single one must be got over"
RETRYABLE: Final = "the error says that the same call may work later"
ANNOUNCED: Final = "it may befall one object or one source of many"
RENEWED: Final = "a single one must be got over where a connector signs in: a token can be renewed"
LISTED: Final = "it befalls lists alone"

_HTML: Final = b"<!doctype html><title>Proxy</title><p>Please sign in."
_ELSEWHERE: Final = "https://other.example/"
_WHO: Final[Errors] = (AuthenticationError,)
_RIGHT: Final[Errors] = (PermissionDeniedError, AuthenticationError)
_RATE: Final[Errors] = (RateLimitedError,)
_DOWN: Final[Errors] = (UnavailableError,)
_SLOW: Final[Errors] = (UnavailableError, errors.ResultTooLargeError)
_SHAPE: Final[Errors] = (ResponseInvalidError,)
_GONE: Final[Errors] = (NotFoundError, QueryRejectedError, PermissionDeniedError)
_ANY: Final[Errors] = (ProviderError,)

# fmt: off
FAULTS: Final[tuple[Fault, ...]] = (
    _row("401",                    status(401),                        _WHO, RENEWED),
    _row("403",                    status(403),                        _RIGHT, ANNOUNCED),
    _row("404",                    status(404),                        _GONE, ANNOUNCED),
    _row("429 with Retry-After",   status(429, Retry_After="7"),       _RATE, PASSES, RETRYABLE,
         wait=7),
    _row("429 for a day",          status(429, Retry_After="86400"),   _RATE, RETRYABLE),
    _row("429 without a word",     status(429, b""),                   _RATE, PASSES, RETRYABLE),
    _row("500",                    status(500),                        _DOWN),
    _row("502 in HTML",            status(502, _HTML),                 _DOWN, PASSES),
    _row("503",                    status(503),                        _DOWN, PASSES, RETRYABLE),
    _row("504",                    status(504, _HTML),                 _SLOW),
    _row("no connection",          failure(httpx.ConnectError),        _DOWN, PASSES, RETRYABLE),
    _row("connection cut",         failure(httpx.RemoteProtocolError), _DOWN, PASSES, RETRYABLE),
    _row("silence",                failure(httpx.ReadTimeout),         _DOWN, PASSES),
    _row("truncated JSON",         Altering(_truncated),               _SHAPE, PASSES),
    _row("malformed JSON",         Altering(_malformed),               _SHAPE, PASSES),
    _row("a broken gzip coding",   Altering(_broken_gzip),             _SHAPE, PASSES),
    _row("bytes that are no text", status(200, b'{"\xff": 1}'),        _SHAPE, PASSES),
    _row("an empty body",          status(200, b""),                   _SHAPE, PASSES),
    _row("HTML in a 200",          status(200, _HTML),                 _SHAPE, PASSES),
    _row("an error inside a 200",  status(200),                        _ANY),
    *(_row(f"an empty list beside {name!r}", Altering(emptied(name)), _ANY, ANNOUNCED, LISTED)
      for name in ("error", "errors", "message", "detail")),
    _row("204",                    status(204, b""),                   _ANY),
    _row("302 to another host",    status(302, b"", Location=_ELSEWHERE), _ANY),
    _row("a list of lists",        status(200, b'[["kit"]]'),          _SHAPE),
    _row("other names",            status(200, b'{"kit": [{"a": 1}]}'), _SHAPE),
    _row("an empty object",        status(200, b"{}"),                 _SHAPE),
    _row("null",                   status(200, b"null"),               _SHAPE),
    _row("a number",               status(200, b"7"),                  _SHAPE),
)
# fmt: on
"""Name, what comes instead of the answer, the errors that may follow, traits."""


def passing_time(spoil: Spoil, clock: ManualClock) -> Spoil:
    """The same, where silence lasts as long as the request is ready to wait."""

    def slow(exchange: Exchange, request: httpx.Request) -> httpx.Response:
        try:
            return spoil(exchange, request)
        except httpx.TimeoutException:
            clock.advance(request.extensions.get("timeout", {}).get("read") or 0.0)
            raise

    return slow


def of_vendor(fault: VendorFault) -> Fault:
    """A refusal in the vendor's own words, as a row of the table.

    ``expects`` names an error, or is ``recovers``, or ``announced`` for what may befall one object
    of many. Raises ValueError for any other word.
    """
    kind = getattr(errors, fault.expects, None)
    if isinstance(kind, type) and issubclass(kind, ConnectorError):
        expected: Errors = (kind,)
    elif fault.expects in ("recovers", "announced"):
        expected = _ANY
    else:
        raise ValueError(f"bench.toml: [[faults]] {fault.name!r}: no error {fault.expects!r}")
    body = status(fault.status, fault.body.encode())

    def spoil(exchange: Exchange, request: httpx.Request) -> httpx.Response:
        response = body(exchange, request)
        response.headers.update(dict(fault.headers))
        return response

    return Fault(
        name=fault.name,
        spoil=spoil,
        errors=expected,
        once="recovers" if fault.expects == "recovers" else "may recover",
        announced=fault.expects == "announced",
    )
