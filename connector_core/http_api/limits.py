"""Refuses requests that are too large or too slow, before anything of them is looked at."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_core.http_api.errors import (
    Ambiguous,
    BodyTooLarge,
    ClientGone,
    HeadersTooLarge,
    HostError,
    TooSlow,
    UrlTooLong,
)
from connector_core.http_api.host import Host
from connector_core.http_api.refusals import refusal

MAX_HEADERS: Final = 32_768
"""Bytes of all headers together."""
ONCE: Final = (b"authorization",)
"""Headers that a proxy on the way and this host must not read differently."""


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
            await refuse(error, scope, self._host.clock.now(), receive, send)
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
        names = [name for name, _ in scope["headers"]]
        if several := [name for name in ONCE if names.count(name) > 1]:
            raise Ambiguous(
                f"The header {several[0].decode().title()} is given more than once.",
                parameter=several[0].decode().title(),
                location="header",
                remediation="Send it once.",
            )
        if b"transfer-encoding" in names and b"content-length" in names:
            raise Ambiguous(
                "The headers tell the end of the body in two ways.",
                parameter="Content-Length",
                location="header",
                remediation="Send Content-Length or Transfer-Encoding.",
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


async def refuse(error: HostError, scope: Scope, now: float, receive: Receive, send: Send) -> None:
    """Answer with an error from outside of the application's own handlers."""
    response = refusal(scope, error, now)
    if isinstance(error, (TooSlow, Ambiguous)):
        response.headers["Connection"] = "close"  # what follows may drip, or be no body at all
    await response(scope, receive, send)
