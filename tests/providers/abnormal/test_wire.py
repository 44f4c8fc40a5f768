"""What goes over the wire: requests as the API wants them, answers in every form it gives them."""

import json
from typing import Any

import httpx
import pytest

from abnormal_script import Script, ids, message, pages, path_of, result, results, threat
from connector_core.errors import NotFoundError, ResponseInvalidError

WINDOW = ("time[gte]2026-11-20T10:00:00.250Z", "time[lt]2026-11-20T11:30:00.750Z")


def test_the_list_is_always_filtered_and_its_window_reaches_outward_to_whole_seconds() -> None:
    script = Script({"/threats": ids()})
    script.connector().query_threats(WINDOW)
    (request,) = script.requests
    assert request.url.params["filter"] == (
        "receivedTime gte 2026-11-20T10:00:00Z lte 2026-11-20T11:30:01Z"
    )
    assert (request.url.params["pageSize"], request.url.params["pageNumber"]) == ("100", "1")
    assert b"+" not in request.url.query


def test_every_request_carries_the_token_and_goes_to_the_region() -> None:
    script = Script({"/threats": ids("t1"), "/threats/t1": threat("t1", message())})
    script.connector(region="eu").query_threats()
    assert {request.headers["Authorization"] for request in script.requests} == {
        "Bearer a-token-of-a-test"
    }
    assert {request.url.host for request in script.requests} == {"eu.rest.abnormalsecurity.com"}


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("2026-11-20T10:00:00.249Z", False),
        ("2026-11-20T10:00:00.250Z", True),
        ("2026-11-20T11:30:00.749999999Z", True),
        ("2026-11-20T11:30:00.75Z", False),
    ],
)
def test_the_window_holds_to_the_millisecond_whatever_the_vendor_lists(
    received: str, kept: bool
) -> None:
    one = threat("t1", message(receivedTime=received))
    script = Script({"/threats": ids("t1"), "/threats/t1": one})
    assert bool(script.connector().query_threats(WINDOW).events) is kept


def test_a_search_asks_both_sources_with_times_that_reach_outward() -> None:
    script = Script({"/search abnormal": results(), "/search quarantine": results()})
    script.connector().query_events(WINDOW, limit=200)
    assert [path_of(request) for request in script.requests] == [
        "/search abnormal",
        "/search quarantine",
    ]
    request = script.requests[0]
    assert request.method == "POST"
    assert dict(request.url.params) == {"pageNumber": "1", "pageSize": "200"}
    assert json.loads(request.content) == {
        "source": "abnormal",
        "filters": {"start_time": "2026-11-20T09:59:59Z", "end_time": "2026-11-20T11:30:02Z"},
    }


def test_of_a_list_that_carries_messages_only_the_id_is_read() -> None:
    listed = {"threats": [{"threatId": "t1", "subject": "another", "receivedTime": "no time"}]}
    script = Script({"/threats": listed, "/threats/t1": threat("t1", message())})
    page = script.connector().query_threats()
    assert [event["finding_info"]["title"] for event in page.events] == ["Malware: Subject 1"]
    assert page.meta.complete


def test_an_id_that_came_as_a_number_is_text() -> None:
    uid = 2**63 - 1
    script = Script({"/threats": ids(uid), f"/threats/{uid}": threat(str(uid), message())})
    (event,) = script.connector().query_threats().events
    assert event["finding_info"]["uid"] == "9223372036854775807"


@pytest.mark.parametrize("last", [{}, {"nextPageNumber": None}, {"nextPageNumber": 2}])
def test_a_list_ends_when_no_page_follows_or_an_empty_one(last: dict[str, Any]) -> None:
    def listed(request: httpx.Request) -> httpx.Response:
        first = request.url.params["pageNumber"] == "1"
        return httpx.Response(200, json=ids("t1") | last if first else ids(pageNumber=2))

    script = Script({"/threats": listed, "/threats/t1": threat("t1", message())})
    with script.connector() as connector:
        found = list(connector.iter_threats())
    assert [event["finding_info"]["uid"] for event in found] == ["t1"]


def test_a_list_that_leads_back_is_no_answer() -> None:
    script = Script({"/threats": ids("t1", pageNumber=2, nextPageNumber=1)})
    with pytest.raises(ResponseInvalidError, match="page that follows"):
        script.connector().query_threats()


def test_a_list_that_looks_unfiltered_is_announced() -> None:
    uids = [f"t{number}" for number in range(100)]
    details = {f"/threats/{uid}": threat(uid, message()) for uid in uids}
    listed = {"threats": [{"threatId": uid} for uid in uids]}
    page = Script({"/threats": listed} | details).connector().query_threats()
    assert [notice.code for notice in page.messages] == ["filter_ignored"]
    assert not page.meta.complete


UNKNOWN = [
    b"",
    b"[]",
    b"{}",
    b'{"threats": null, "results": null}',
    b'{"threats": {}, "results": {}}',
    b'{"items": []}',
    b'{"threats": [], "results": [], "error": "busy"}',
    b'{"threats": [], "results": [], "message": "busy"}',
    b'{"threats": [], "results": [], "detail": "busy"}',
    b'{"threats": [], "results": [], "errors": [{"message": "busy"}]}',
    b'{"threats": [{"threatId": "t1"}], "results": [{}], "detail": "a part is missing"}',
    b'{"threats": [], "results": [], "nextPageNumber": "soon"}',
    b'{"threats": [], "results": [],',
    b"<html>Bad gateway</html>",
    b"\xff\xfe",
    b"[" * 5_000,
]


@pytest.mark.parametrize("body", UNKNOWN)
@pytest.mark.parametrize("operation", ["query_threats", "query_events"])
def test_a_list_of_an_unknown_shape_is_never_taken_for_an_empty_one(
    operation: str, body: bytes
) -> None:
    answer = httpx.Response(200, content=body)
    script = Script({"/threats": answer, "/search abnormal": answer})
    with pytest.raises(ResponseInvalidError):
        getattr(script.connector(), operation)()


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages": [], "message": "busy"}',
        b"{}",
        b'{"threatId": "t1"}',
        b'{"messages": {}}',
        b"[]",
        b"no",
    ],
)
def test_a_threat_of_an_unknown_shape_is_refused(body: bytes) -> None:
    answer = httpx.Response(200, content=body)
    script = Script({"/threats": ids("t1"), "/threats/t1": answer})
    with pytest.raises(ResponseInvalidError):
        script.connector().query_threats()


def test_an_item_of_a_list_that_is_none_is_announced_and_loses_nothing_else() -> None:
    listed = {"threats": [7, {"threatId": None}, {"threatId": "t1"}], "pageNumber": 1}
    script = Script(
        {"/threats": listed, "/threats/t1": threat("t1") | {"messages": ["text", message()]}}
    )
    page = script.connector().query_threats()
    assert [event["finding_info"]["uid"] for event in page.events] == ["t1"]
    assert {notice.code for notice in page.messages} == {"row_unreadable"}
    assert not page.meta.complete


def test_a_search_result_that_is_none_is_announced_and_loses_nothing_else() -> None:
    found = results(None, result(), "text", result(2, received_time=None))
    script = Script({"/search abnormal": found, "/search quarantine": results()})
    page = script.connector().query_events()
    assert [event["email"]["subject"] for event in page.events] == ["Subject 1"]
    assert [notice.code for notice in page.messages] == ["row_unreadable", "row_unmapped"]
    assert "received_time" in page.messages[1].message


@pytest.mark.parametrize("uid", ["..", ".", "a/b", "a?b", "a b", "ü", "%2e%2e", "x" * 201])
def test_what_can_be_no_id_never_stands_in_a_path(uid: str) -> None:
    script = Script({"/threats": ids(uid)})
    with script.connector() as connector:
        with pytest.raises(NotFoundError):
            connector.get_threat(uid)
        page = connector.query_threats()
    assert [notice.code for notice in page.messages] == ["finding_unread"]
    assert script.asked() == {"/threats": 1}


def test_a_native_query_is_the_request_without_the_token() -> None:
    script = Script({"/threats": pages(ids())})
    told = script.connector().query_threats(WINDOW).meta.native_query
    assert told.startswith("GET /v1/threats?filter=receivedTime%20gte%202026-11-20T10:00:00Z")
    assert "token" not in told
