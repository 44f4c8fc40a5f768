"""A large answer is never in memory a second time."""

import tracemalloc
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from connector_core.http_api.envelope import page_response
from connector_core.page import Page
from opened import DAY, Site

COUNT = 2_000


async def test_a_large_page_goes_out_without_a_copy_of_it() -> None:
    with Site(1).connector() as connector:
        page: Page[Any] = connector.query_events(DAY)
    page.events = page.events * COUNT
    size = len(orjson.dumps(page.events))
    assert size > 2_000_000
    response = page_response(page, {}, "id-of-a-request", 0.0)
    assert isinstance(response, StreamingResponse)
    sent = 0
    tracemalloc.start()
    try:
        async for piece in response.body_iterator:
            sent += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > size
    assert peak < size / 5
