"""Lists without an order: every page goes on where the last one ended, or says that it cannot."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from abnormal_script import Script, account, ids, message, pages, result, results, threat
from connector_core import Connector
from connector_core.errors import CursorError


def uids(events: list[dict[str, Any]]) -> list[str]:
    return [event["finding_info"]["uid"] for event in events]


def read(connector: Connector, limit: int, operation: str = "query_threats") -> list[Any]:
    """All pages, one after the other."""
    found, cursor = [], ""
    while True:
        page = getattr(connector, operation)(limit=limit, cursor=cursor)
        found.append(page)
        cursor = page.cursor
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_the_pages_of_threats_add_up_to_the_list(limit: int, size: int) -> None:
    script = account(7, size)
    with script.connector(page_size=size) as connector:
        found = read(connector, limit)
    assert [uid for page in found for uid in uids(page.events)] == [f"t{n}" for n in range(1, 8)]
    assert all(page.meta.complete for page in found)
    sizes = {r.url.params["pageSize"] for r in script.requests if r.url.path == "/v1/threats"}
    assert sizes == {str(size)}


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
def test_the_pages_of_mail_add_up_to_both_sources(limit: int) -> None:
    script = Script(
        {
            "/search abnormal": pages(results(result(1), result(2)), results(result(3))),
            "/search quarantine": pages(results(result(4)), results(result(5), result(6))),
        }
    )
    with script.connector(page_size=2) as connector:
        found = read(connector, limit, "query_events")
    events = [event for page in found for event in page.events]
    assert [event["email"]["subject"] for event in events] == [f"Subject {n}" for n in range(1, 7)]
    assert [event["metadata"]["log_source"] for event in events] == (
        ["abnormal"] * 3 + ["quarantine"] * 3
    )


async def test_asyncio_reads_the_same() -> None:
    connector = account(5, 2).async_connector(page_size=2)
    found = [event async for event in connector.iter_threats()]
    await connector.aclose()
    assert uids(found) == ["t1", "t2", "t3", "t4", "t5"]


def listing(size: int, current: list[str]) -> Callable[[httpx.Request], httpx.Response]:
    """A list that a test changes while it is read."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["pageNumber"])
        start = (page - 1) * size
        following = {"nextPageNumber": page + 1} if start + size < len(current) else {}
        body = ids(*current[start : start + size], pageNumber=page)
        return httpx.Response(200, json=body | following)

    return answer


def changing(size: int = 2, count: int = 6) -> tuple[Script, list[str]]:
    script, current = account(count + 2, 100), [f"t{number}" for number in range(1, count + 1)]
    script.answers["/threats"] = listing(size, current)
    return script, current


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_threat_detected_late_pushes_nothing_out_and_nothing_comes_twice(limit: int) -> None:
    script, current = changing()
    with script.connector(page_size=2) as connector:
        first = connector.query_threats(limit=limit)
        current.insert(0, "t7")
        rest = [first, *_after(connector, first.cursor, limit)]
    found = [uid for page in rest for uid in uids(page.events)]
    assert found == ["t1", "t2", "t3", "t4", "t5", "t6"]
    assert all(page.meta.complete for page in rest)


def _after(connector: Connector, cursor: str, limit: int) -> list[Any]:
    found = []
    while cursor:
        page = connector.query_threats(limit=limit, cursor=cursor)
        found.append(page)
        cursor = page.cursor
    return found


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_threat_that_disappears_leaves_no_gap_behind_it(limit: int) -> None:
    script, current = changing()
    with script.connector(page_size=100) as connector:
        script.answers["/threats"] = listing(100, current)
        first = connector.query_threats(limit=limit)
        if limit > 1:
            current.remove("t1")
        rest = [first, *_after(connector, first.cursor, limit)]
    found = [uid for page in rest for uid in uids(page.events)]
    assert found == ["t1", "t2", "t3", "t4", "t5", "t6"]


def test_of_a_threat_that_is_listed_twice_the_nearer_place_counts() -> None:
    script, current = changing()
    current[:] = ["t1", "t2", "t1", "t3"]
    script.answers["/threats"] = listing(100, current)
    with script.connector(page_size=100) as connector:
        first = connector.query_threats(limit=1)
        current.insert(0, "t4")
        rest = _after(connector, first.cursor, 100)
    assert "t2" in [uid for page in rest for uid in uids(page.events)]


def test_when_the_last_threat_read_disappears_the_answer_says_so() -> None:
    script, current = changing()
    with script.connector(page_size=2) as connector:
        first = connector.query_threats(limit=3)
        current.remove("t3")
        page = connector.query_threats(limit=3, cursor=first.cursor)
    assert [notice.code for notice in page.messages] == ["list_changed"]
    assert not page.meta.complete


def test_a_vendor_that_ignores_page_numbers_is_found_out() -> None:
    script = account(2, 100)
    script.answers["/threats"] = ids("t1", "t2", pageNumber=None, nextPageNumber=2)
    with script.connector() as connector:
        found = read(connector, 5)
    assert [uid for page in found for uid in uids(page.events)] == ["t1", "t2"]
    assert [notice.code for page in found for notice in page.messages] == ["page_repeated"]
    assert not found[-1].meta.complete


def test_a_threat_that_is_listed_twice_comes_once() -> None:
    script = Script({"/threats": ids("t1", "t1"), "/threats/t1": threat("t1", message())})
    assert uids(script.connector().query_threats().events) == ["t1"]
    assert script.asked()["/threats/t1"] == 1


def test_a_threat_that_is_listed_and_gone_is_skipped_and_announced() -> None:
    script = account(3, 100)
    del script.answers["/threats/t2"]
    page = script.connector().query_threats()
    assert uids(page.events) == ["t1", "t3"]
    assert [(notice.code, notice.incomplete) for notice in page.messages] == [
        ("finding_unread", True)
    ]
    assert "'t2'" in page.meta.reasons[0]


def test_two_threats_are_read_side_by_side_and_never_three() -> None:
    script = account(6, 100)
    waiting = Script(script.answers, together=2)
    assert len(waiting.connector().query_threats().events) == 6
    assert waiting.most == 2


def test_a_window_without_an_end_is_frozen_by_the_first_page() -> None:
    script = account(4, 100)
    with script.connector() as connector:
        cursor = connector.query_threats(limit=2).cursor
        script.clock.sleep(3_600)
        connector.query_threats(limit=2, cursor=cursor)
    asked = [r.url.params["filter"] for r in script.requests if r.url.path == "/v1/threats"]
    assert len(set(asked)) == 1


def test_a_cursor_of_another_account_is_refused() -> None:
    script = account(4, 100)
    cursor = script.connector().query_threats(limit=2).cursor
    with pytest.raises(CursorError):
        script.connector(token="another-token").query_threats(limit=2, cursor=cursor)
