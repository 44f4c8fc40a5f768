"""Refuses requests that are too large or too slow, before anything of them is looked at."""

import asyncio
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_core.http_api.errors import BodyTooLarge, HostError, UrlTooLong
from connector_core.http_api.host import Host
from connector_core.http_api.problems import problem_of, retry_after

MAX_HEADERS: Final = 32_768
"""Bytes of all headers together."""


class HeadersTooLarge(HostError):  # noqa: N818
    """The request's headers are larger than the host takes."""

    status = 431
    code = "headers_too_large"


class TooSlow(HostError):  # noqa: N818
    """The request's body did not arrive in time."""

    status = 408
    code = "too_slow"


class ClientGone(HostError):  # noqa: N818
    """The client went away before it was answered: a status for the log, nobody receives it."""

    status = 499
    code = "client_gone"


class Limits:
    """The part of the application between `RequestFrame` and everything else.

    What comes after it receives the body in one piece.
    """

    def __init__(self, app: ASGIApp, host: Host) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
            body = await self._body(receive)
        except HostError as error:
            await refuse(error, scope, self._host.clock.now(), send)
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def received() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, received, send)

    def _check(self, scope: Scope) -> None:
        config = self._host.config
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > config.max_url:
            raise UrlTooLong(
                f"Path and query string are longer than {config.max_url} bytes.",
                parameter="filter",
                remediation="Ask with fewer or shorter filters, in several queries.",
            )
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            raise HeadersTooLarge(
                f"The headers are larger than {MAX_HEADERS} bytes.", location="header"
            )
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > config.max_body:
            raise self._too_large()

    async def _body(self, receive: Receive) -> bytes:
        """All of the body, counted while it comes: its length need not be told beforehand."""
        config = self._host.config
        body = bytearray()
        try:
            async with asyncio.timeout(config.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone("The client went away.")
                    body += message.get("body", b"")
                    if len(body) > config.max_body:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise TooSlow(
                f"The body did not arrive within {config.body_seconds:g} s.", location="body"
            ) from None

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"The body is larger than {self._host.config.max_body} bytes.", location="body"
        )


async def refuse(error: HostError, scope: Scope, now: float, send: Send) -> None:
    """Answer with the Problem of an error, from outside of the application's own handlers."""
    body = orjson.dumps(problem_of(error, scope["state"]["request_id"], now))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if (seconds := retry_after(error, error.status)) is not None:
        headers.append((b"retry-after", b"%d" % seconds))
    if isinstance(error, TooSlow):
        headers.append((b"connection", b"close"))  # the rest may still drip
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
