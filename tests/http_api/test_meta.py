"""What a caller can learn beside the answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from http_api.site import Served, served
from opened import DAY

pytestmark = pytest.mark.xdist_group("http_api_meta")

THREATS = "/v1/email-security/threats"
EVENTS = "/v1/email-security/email-events"
HUNTING = "POST /v1.0/security/runHuntingQuery"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("host")) as host:
        yield host


def meta(host: Served, *functions: str, path: str = EVENTS, **asked: Any) -> dict[str, Any]:
    asked = {"filter": DAY, "limit": 2} | asked if path == EVENTS else asked
    answer = host.get(path, meta=list(functions), **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["meta"]  # type: ignore[no-any-return]


def test_nothing_is_told_unless_asked_for(host: Served) -> None:
    assert meta(host) == {}


def test_the_vendors_replies_are_told_as_it_wrote_them(host: Served) -> None:
    asked = meta(host, "api/response(primary)", "api/response(all)")["api"]["response"]
    assert asked["primary"]["endpoint"] == HUNTING
    assert asked["primary"]["response"] in asked["list"][HUNTING]
    rows = json.loads(asked["primary"]["response"])["results"]
    # One row more than asked for tells that there is a next page.
    assert [row["Subject"] for row in rows] == ["Invoice 4", "Invoice 3", "Invoice 2"]


def test_the_primary_reply_is_of_the_query_not_of_the_columns(host: Served) -> None:
    token = host.desktop.add("fresh", host.site)  # it has not asked for the columns yet
    answer = host.get(EVENTS, token, filter=DAY, limit=2, meta=["api/response(primary)"])
    primary = json.loads(answer.json()["meta"]["api"]["response"]["primary"]["response"])
    assert primary["results"][0]["Subject"] == "Invoice 4"


def test_the_count_is_of_this_answer(host: Served) -> None:
    assert meta(host, "stats/count()") == {"stats": {"count": {"*": 2}}}
    (uid,) = (
        one["finding_info"]["uid"]
        for one in host.get(THREATS, filter=DAY, limit=1).json()["result"]
    )
    assert meta(host, "stats/count", path=f"{THREATS}/{uid}") == {"stats": {"count": {"*": 1}}}


def test_the_native_query_is_the_one_that_was_sent(host: Served) -> None:
    with host.site.connector() as connector:
        expected = connector.explain("query_events", DAY, limit=2).native_query
    assert meta(host, "query/native") == {"query": {"native": expected}}


def test_the_plan_tells_what_becomes_of_each_filter(host: Served) -> None:
    plan = meta(host, "query/plan", order="time[asc]")["query"]["plan"]
    assert [one["filter"] for one in plan["filters"]] == list(DAY)
    assert {one["disposition"] for one in plan["filters"]} == {"pushed"}
    assert (plan["limit"], plan["order"]) == (2, "oldest_first")


def test_the_plan_of_a_later_page_has_the_range_of_the_first(host: Served) -> None:
    asked = {"limit": 2, "meta": ["query/plan", "completeness"]}
    first = host.get(EVENTS, **asked).json()
    host.site.clock.advance(60)
    second = host.get(EVENTS, cursor=first["cursor"], **asked).json()
    ranges = [
        told["effective_range"]
        for page in (first, second)
        for told in (page["meta"]["query"]["plan"], page["meta"]["completeness"])
    ]
    assert ranges == [ranges[0]] * 4


def test_completeness_tells_what_was_searched_and_what_came_of_it(host: Served) -> None:
    told = meta(host, "completeness")["completeness"]
    assert told["complete"] is True
    assert told["effective_range"] == {
        "start": "2026-10-31T00:00:00Z", "end": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    assert (told["rows_kept"], told["retries"], told["drift"]) == (2, 0, {})
    assert "native_query" not in told


def test_an_answer_that_lacks_something_says_so_twice(host: Served) -> None:
    answer = host.get(
        EVENTS, filter=["time[gte]2026-01-01T00:00:00Z", DAY[1]], limit=1, meta="completeness"
    ).json()
    (problem,) = answer["messages"]["problems"]
    assert problem["type"] == "urn:connector:notice:time_range_clamped"
    assert problem["status"] == 200
    assert problem["instance"].startswith("urn:request:")
    told = answer["meta"]["completeness"]
    assert (told["complete"], told["reasons"]) == (False, [problem["message"]])


def test_functions_are_joined_and_asked_once(host: Served) -> None:
    told = meta(
        host, "query/native", "query/plan", "query/native()", "stats/count", "stats/count()"
    )
    assert told["query"].keys() == {"native", "plan"}
    assert told["stats"] == {"count": {"*": 2}}


@pytest.mark.parametrize("name", ["mapping/chains", "api/response(none)", "stats/count(x)", ""])
def test_an_unknown_function_is_told_the_known_ones(host: Served, name: str) -> None:
    answer = host.get(EVENTS, meta=["completeness", name])
    assert answer.status_code == 400
    told = answer.json()
    assert told["context"]["parameter"] == {"id": "meta", "location": "query", "value": name}
    for known in ("api/response(primary)", "stats/count()", "query/plan", "completeness"):
        assert known in told["remediation"]
