"""A large answer is never in memory a second time."""

import tracemalloc
from typing import Any

import orjson
import pytest
from starlette.responses import StreamingResponse

from connector_core.http_api.envelope import page_response
from connector_core.page import Page
from opened import DAY, Site

COUNT = 2_000


def test_what_cannot_be_written_at_the_beginning_or_in_the_tail_is_an_error_in_time() -> None:
    with Site(1).connector() as connector:
        page: Page[Any] = connector.query_events(DAY)
    page.events = page.events * COUNT
    with pytest.raises(TypeError):
        page_response(page, {"completeness": object()}, "id-of-a-request", 0.0)
    page.events[0] = {**page.events[0], "time": 2**70}
    with pytest.raises(TypeError):
        page_response(page, {}, "id-of-a-request", 0.0)


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
