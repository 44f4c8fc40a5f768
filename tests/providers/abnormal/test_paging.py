"""Lists without an order: every page goes on where the last one ended, or says that it cannot."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from abnormal_script import (
    Script,
    account,
    ids,
    message,
    pages,
    path_of,
    result,
    results,
    threat,
)
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
def test_a_threat_detected_late_pushes_nothing_out_and_is_announced(limit: int) -> None:
    script, current = changing()
    with script.connector(page_size=2) as connector:
        first = connector.query_threats(limit=limit)
        current.insert(0, "t7")
        rest = [first, *_after(connector, first.cursor, limit)]
    found = [uid for page in rest for uid in uids(page.events)]
    assert found == ["t1", "t2", "t3", "t4", "t5", "t6"]
    assert [page.meta.complete for page in rest[:2]] == [True, False]
    assert [notice.code for notice in rest[1].messages] == ["list_changed"]


@pytest.mark.parametrize(
    "now",
    [
        ["t3", "t1", "t2", "t4"],  # the place stands later on its page
        ["t3", "t4", "t1", "t2"],  # on the next page
        ["t3", "t2", "t4"],  # where it stood, but one before it is gone
        ["t3", "t1", "t4"],  # the place is gone
    ],
)
@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_threat_that_moves_up_over_the_place_is_announced(size: int, now: list[str]) -> None:
    script, current = changing(size, 4)
    with script.connector(page_size=size) as connector:
        first = connector.query_threats(limit=2)
        current[:] = now
        rest = _after(connector, first.cursor, 2)
    assert [notice.code for notice in rest[0].messages] == ["list_changed"]
    assert not rest[0].meta.complete
    assert now[-1] in ("t2", *(uid for page in rest for uid in uids(page.events)))


def test_a_threat_that_moves_up_between_two_requests_for_the_list_is_announced() -> None:
    script, current = changing(2, 4)
    listed, asked = listing(2, current), []

    def answer(request: httpx.Request) -> httpx.Response:
        response = listed(request)
        asked.append(request.url.params["pageNumber"])
        if len(asked) == 2:  # the list was read up to its second page, and looked at once more
            current[:] = ["t4", "t1", "t2", "t3"]
        return response

    script.answers["/threats"] = answer
    with script.connector(page_size=2) as connector:
        found = read(connector, 4)
    assert "list_changed" in [notice.code for page in found for notice in page.messages]
    assert not found[0].meta.complete


def test_threats_that_were_read_may_change_places_among_themselves() -> None:
    script, current = changing(4, 4)
    with script.connector(page_size=4) as connector:
        first = connector.query_threats(limit=3)
        current[:2] = "t2", "t1"
        (page,) = _after(connector, first.cursor, 3)
    assert (uids(page.events), page.meta.complete) == (["t4"], True)


def test_a_list_that_moves_while_its_threats_are_read_loses_none_of_them() -> None:
    script, current = account(40, 100), [f"t{number}" for number in range(1, 41)]

    def late_message(request: httpx.Request) -> httpx.Response:
        if "t30" in current[20:]:
            current.remove("t30")
            current.insert(0, "t30")
        return httpx.Response(200, json=threat("t5", message(5)))

    script.answers |= {"/threats": listing(100, current), "/threats/t5": late_message}
    page = script.connector().query_threats()
    assert len(page.events) == 40
    assert page.meta.complete
    assert script.asked()["/threats"] == 1


def test_reading_threats_ends_a_batch_before_the_time_of_a_page_is_used_up() -> None:
    script = account(30, 100)

    def slow(request: httpx.Request) -> httpx.Response:
        script.clock.sleep(2)
        return httpx.Response(200, json=threat(path_of(request).rpartition("/")[2], message()))

    script.answers |= {f"/threats/t{number}": slow for number in range(1, 31)}
    page = script.connector().query_threats()
    assert (len(page.events), page.meta.complete) == (30, True)
    assert script.asked()["/threats"] == 3


@pytest.mark.parametrize("limit", [1, 2])
def test_mail_that_arrives_late_before_the_place_is_announced(limit: int) -> None:
    held = [1, 2, 3, 4]

    def search(request: httpx.Request) -> httpx.Response:
        start = 2 * int(request.url.params["pageNumber"]) - 2
        found = results(*(result(number) for number in held[start : start + 2]))
        following = start // 2 + 2 if start + 2 < len(held) else None
        more = {"total": len(held), "pageNumber": start // 2 + 1, "nextPageNumber": following}
        return httpx.Response(200, json=found | more)

    script = Script({"/search abnormal": search, "/search quarantine": results()})
    with script.connector(page_size=2) as connector:
        first = connector.query_events(limit=limit)
        held.insert(0, 5)
        second = connector.query_events(limit=4, cursor=first.cursor)
    assert (first.meta.complete, second.meta.complete) == (True, False)
    assert [event["email"]["subject"] for event in second.events] == [
        f"Subject {number}" for number in range(limit + 1, 5)
    ]


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


@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_list_that_shrank_to_the_place_ends_there(status: int) -> None:
    script, current = changing(size=4, count=5)
    listed = listing(4, current)

    def answer(request: httpx.Request) -> httpx.Response:
        beyond = request.url.params["pageNumber"] == "2" and len(current) < 5
        gone = httpx.Response(status, json={"message": "no such page"})
        return gone if beyond and status != 200 else listed(request)

    script.answers["/threats"] = answer
    with script.connector(page_size=4) as connector:
        first = connector.query_threats(limit=4)
        assert first.cursor
        current.pop()
        page = connector.query_threats(limit=4, cursor=first.cursor)
    assert (page.events, page.cursor) == ([], "")
    assert page.meta.complete


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (results(result(1), result(2), total=25_000), "list_short"),
        (results(total=25, nextPageNumber=2), "list_short"),
        (results(total=0), ""),
        (results(result(1), total=None), ""),
        (results(result(1), total="many"), ""),
        (results(result(1), total=0), ""),
    ],
)
def test_a_search_that_ends_before_its_total_is_announced(last: dict[str, Any], code: str) -> None:
    script = Script({"/search abnormal": last, "/search quarantine": results()})
    page = script.connector().query_events()
    assert [notice.code for notice in page.messages] == [code][: bool(code)]
    assert page.meta.complete is not bool(code)


def test_the_total_is_compared_with_the_results_of_all_pages() -> None:
    parts = (results(result(1), result(2), total=4), results(result(3), total=4))
    script = Script({"/search abnormal": pages(*parts), "/search quarantine": results()})
    with script.connector(page_size=2) as connector:
        found = read(connector, 1, "query_events")
    assert [page.meta.complete for page in found] == [True, True, False, True]
    assert "4 results" in found[2].meta.reasons[0]
    assert "after 3" in found[2].meta.reasons[0]


def test_behind_an_empty_page_that_names_another_the_list_goes_on() -> None:
    script = account(2, 100)
    script.answers["/threats"] = pages({"threats": []}, {"threats": []}, ids("t1", "t2"))
    page = script.connector().query_threats()
    assert (uids(page.events), page.meta.complete) == (["t1", "t2"], True)


def test_a_list_of_empty_pages_without_end_is_given_up_and_announced() -> None:
    def empty(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["pageNumber"])
        return httpx.Response(200, json=ids(pageNumber=number, nextPageNumber=number + 1))

    script = Script({"/threats": empty})
    page = script.connector().query_threats()
    assert [notice.code for notice in page.messages] == ["list_endless"]
    assert (page.meta.complete, page.cursor) == (False, "")
    assert script.asked()["/threats"] == 4


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
