"""Answers as Synqly's envelope; a large page goes out piece by piece, never copied whole."""

from collections.abc import AsyncIterator, Iterator, Mapping
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
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer: mail is kept by nobody on the way, and is no page to be looked at."""


def page_response(
    page: Page[Any], meta: Mapping[str, Any], request_id: str, now: float
) -> Response:
    """``{result, cursor, meta, messages}``.

    Of a large page the first piece and the tail are made at once: what cannot be written there is
    still an error with a status of its own, and not an answer that breaks off.
    """
    tail = {"cursor": page.cursor, **_beside(page, meta, request_id, now)}
    if len(page.events) <= SMALL:
        return json_response({"result": page.events, **tail})
    pieces = _pieces(page.events, orjson.dumps(tail))
    sent = _sent(next(pieces), pieces)
    return StreamingResponse(sent, headers=HEADERS, media_type=JSON)


def detail_response(
    detail: Detail, meta: Mapping[str, Any], request_id: str, now: float
) -> Response:
    """``{result, meta, messages}``."""
    body = {"result": detail.event, **_beside(detail, meta, request_id, now)}
    return json_response(body)


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of one piece."""
    whole = HEADERS | dict(headers or {})
    return Response(orjson.dumps(body), status, headers=whole, media_type=JSON)


def _beside(
    answer: Page[Any] | Detail, meta: Mapping[str, Any], request_id: str, now: float
) -> dict[str, Any]:
    told = [warning_of(notice, request_id, now) for notice in answer.messages]
    return {"meta": dict(meta), "messages": {"problems": told}}


def _pieces(events: list[dict[str, Any]], tail: bytes) -> Iterator[bytes]:
    for start in range(0, len(events), PIECE):
        piece = orjson.dumps(events[start : start + PIECE])[1:-1]
        yield (b"," if start else b'{"result":[') + piece
    yield b"]," + tail[1:]


async def _sent(first: bytes, others: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    for piece in others:
        yield piece
