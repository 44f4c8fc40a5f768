"""Answers as Synqly's envelope; a large page goes out piece by piece, never copied whole."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response, StreamingResponse

from connector_core.http_api.problems import warning_of
from connector_core.page import Detail, Page

SMALL: Final = 100
"""Events of a page that goes out at once."""
PIECE: Final = 64
"""Events of one piece of a larger page."""
JSON: Final = "application/json"


def page_response(page: Page[Any], meta: Mapping[str, Any], now: float) -> Response:
    """``{result, cursor, meta, messages}``."""
    tail = {"cursor": page.cursor, **_beside(page, meta, now)}
    if len(page.events) <= SMALL:
        return Response(orjson.dumps({"result": page.events, **tail}), media_type=JSON)
    return StreamingResponse(_pieces(page.events, tail), media_type=JSON)


def detail_response(detail: Detail, meta: Mapping[str, Any], now: float) -> Response:
    """``{result, meta, messages}``."""
    body = {"result": detail.event, **_beside(detail, meta, now)}
    return Response(orjson.dumps(body), media_type=JSON)


def _beside(answer: Page[Any] | Detail, meta: Mapping[str, Any], now: float) -> dict[str, Any]:
    told = [warning_of(notice, now) for notice in answer.messages]
    return {"meta": dict(meta), "messages": {"problems": told}}


async def _pieces(events: list[dict[str, Any]], tail: Mapping[str, Any]) -> AsyncIterator[bytes]:
    yield b'{"result":['
    for start in range(0, len(events), PIECE):
        piece = orjson.dumps(events[start : start + PIECE])[1:-1]
        yield b"," + piece if start else piece
    yield b"]," + orjson.dumps(tail)[1:]
