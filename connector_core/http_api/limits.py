"""Refuses requests that are too large before anything of them is looked at."""

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from connector_core.http_api.errors import BodyTooLarge, HostError, UrlTooLong
from connector_core.http_api.host import Host
from connector_core.http_api.problems import problem_of


class Limits:
    """The part of the application between `RequestFrame` and everything else."""

    def __init__(self, app: ASGIApp, host: Host) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and (refused := self._too_much(scope)):
            now = self._host.clock.now()
            await _refuse(refused, scope["state"]["request_id"], now, send)
            return
        await self._app(scope, receive, send)

    def _too_much(self, scope: Scope) -> HostError | None:
        config = self._host.config
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > config.max_url:
            return UrlTooLong(
                f"Path and query string are longer than {config.max_url} bytes.",
                parameter="filter",
                remediation="Ask with fewer or shorter filters, in several queries.",
            )
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > config.max_body:
            return BodyTooLarge(
                f"The body is larger than {config.max_body} bytes.", location="body"
            )
        return None


async def _refuse(error: HostError, request_id: str, now: float, send: Send) -> None:
    body = orjson.dumps(problem_of(error, request_id, now))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
