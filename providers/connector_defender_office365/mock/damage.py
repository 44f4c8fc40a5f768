"""Makes a fault happen to the answer of a request."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

from .clouds import CLOUDS
from .entra_errors import Refused, entra_headers, refusal_response
from .faults import Damage, Effect, Endpoint, Slow, Status
from .graph import GraphRefusal, graph_headers
from .graph import refusal_response as graph_response
from .wire import Breakage, Request, Response

_BOMB_BYTES = 64 * 2**20


def spoil(
    effect: Effect,
    endpoint: Endpoint,
    request: Request,
    now: float,
    answer: Callable[[], Response],
) -> Response:
    """The spoiled response; `answer` makes the good one where that is needed."""
    match effect:
        case Status():
            return _status(effect, endpoint, request, now)
        case Slow(seconds):
            return replace(answer(), delay=seconds)
        case Damage():
            return _damaged(effect, answer())
        case Breakage.CUT:
            return replace(answer(), breakage=effect)
        case Breakage.REFUSED | Breakage.SILENT:
            return Response(0, breakage=effect)
        case _:
            assert_never(effect)


def _status(effect: Status, endpoint: Endpoint, request: Request, now: float) -> Response:
    moment = datetime.fromtimestamp(now, UTC)
    extra = tuple(effect.headers.items())
    if isinstance(effect.code, int):
        refused = Refused(effect.code, value=request.parts.path.split("/")[1], cloud=CLOUDS[1].name)
        return replace(refusal_response(refused, request, now, extra=extra), status=effect.status)
    if effect.code:
        refusal = GraphRefusal(effect.status, effect.code, effect.message, extra)
        return graph_response(refusal, request, moment)
    own = graph_headers(request, moment) if endpoint == "graph" else entra_headers(request)
    if "Server" in effect.headers:
        own = ()  # the proxy answers by itself
    return Response(
        effect.status, (("Content-Type", effect.content_type), *own, *extra), effect.body
    )


def _damaged(damage: Damage, good: Response) -> Response:
    body = good.body
    packed = (*good.headers, ("Content-Encoding", "gzip"))
    match damage:
        case Damage.TRUNCATED:
            return replace(good, body=body[: len(body) // 2])
        case Damage.EMPTY:
            return replace(good, body=b"")
        case Damage.BAD_GZIP:
            return replace(good, headers=packed, body=b"\x1f\x8b\x08\x00 this is not gzip")
        case Damage.BOMB:
            return replace(good, headers=packed, body=gzip.compress(b" " * _BOMB_BYTES, 9, mtime=0))
        case Damage.NOT_UTF8:
            return replace(good, body=body.replace(b'":"', b'":"\xff', 1))
        case Damage.DUPLICATE_KEY:
            again = b'"results":[]' if b'"results":' in body else b'"access_token":null'
            return replace(good, body=body[:-1] + b"," + again + b"}")
        case Damage.WRONG_TYPE:
            kept = tuple(h for h in good.headers if h[0] != "Content-Type")
            return replace(good, headers=(*kept, ("Content-Type", "text/plain")))
        case _:
            assert_never(damage)
