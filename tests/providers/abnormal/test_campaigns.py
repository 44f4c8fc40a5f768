"""A campaign is read with all its messages, and says so when they are not all."""

from typing import Any

import httpx
import pytest

from abnormal_script import Script, account, ids, message, pages, threat
from connector_core.errors import NotFoundError, ResponseInvalidError


def site(answer: Any, **more: Any) -> Script:
    return Script({"/threats": ids("t1"), "/threats/t1": answer} | more)


def held(script: Script) -> tuple[list[str], list[str]]:
    """The ids of the messages that came, and the notices."""
    page = script.connector().query_threats("time[gte]2026-11-01")
    uids = [evidence["uid"] for event in page.events for evidence in event["evidences"]]
    return uids, [notice.code for notice in page.messages]


def test_every_page_of_messages_is_read() -> None:
    script = site(
        pages(threat("t1", message(3)), threat("t1", message(2)), threat("t1", message()))
    )
    assert held(script) == (["3", "2", "1"], [])
    assert script.asked()["/threats/t1"] == 3


def test_a_page_of_messages_that_comes_again_ends_the_reading_and_is_announced() -> None:
    script = site(threat("t1", message(2), message(1), pageNumber=None, nextPageNumber=2))
    assert held(script) == (["2", "1"], ["messages_capped"])
    assert script.asked()["/threats/t1"] == 2


def test_fewer_messages_than_recipients_are_announced() -> None:
    assert held(site(threat("t1", message(), recipientCount=3))) == (["1"], ["messages_capped"])


def test_recipients_are_counted_once_and_messages_without_one_are_given_the_benefit() -> None:
    two = (message(3), message(2, recipientAddress="USER3@contoso.example"))
    assert held(site(threat("t1", *two, recipientCount=1)))[1] == []
    assert held(site(threat("t1", *two, recipientCount=2)))[1] == ["messages_capped"]
    nameless = (*two, message(1, recipientAddress=None))
    assert held(site(threat("t1", *nameless, recipientCount=2)))[1] == []


def test_more_messages_than_the_vendor_shows_are_announced() -> None:
    def part(start: int, count: int) -> dict[str, Any]:
        numbers = range(start, start + count)
        return threat("t1", *(message(1, abxMessageIdStr=str(number)) for number in numbers))

    script = site(pages(part(0, 1_000), part(1_000, 1_000), part(2_000, 500)))
    uids, codes = held(script)
    assert len(uids) == 2_000
    assert codes == ["messages_capped"]
    assert script.asked()["/threats/t1"] == 2


TEN = [message(number) for number in range(1, 11)]


def test_behind_ten_messages_a_page_that_nobody_named_is_looked_for() -> None:
    more = pages(threat("t1", *TEN), threat("t1", message(11)))

    def unnamed(request: httpx.Request) -> httpx.Response:
        body = more(request).json()
        return httpx.Response(200, json=body | {"nextPageNumber": None})

    uids, codes = held(site(unnamed))
    assert (len(uids), codes) == (11, [])
    assert held(site(threat("t1", *TEN)))[1] == ["messages_capped"]  # the same ten once more


@pytest.mark.parametrize(
    "beyond",
    [
        httpx.Response(200, json=threat("t1")),
        httpx.Response(404, json={"detail": "No such page"}),
        httpx.Response(400, json={"error": "pageNumber is too large"}),
    ],
)
def test_ten_messages_that_are_all_cost_one_request_more(beyond: httpx.Response) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        first = request.url.params["pageNumber"] == "1"
        return httpx.Response(200, json=threat("t1", *TEN)) if first else beyond

    script = site(answer)
    page = script.connector().query_threats("time[gte]2026-11-01")
    assert (len(page.events[0]["evidences"]), page.meta.complete) == (10, True)
    assert (script.asked()["/threats/t1"], page.meta.calls) == (2, 3)


@pytest.mark.parametrize("count", [9, 11])
def test_other_counts_of_messages_are_not_asked_about(count: int) -> None:
    script = site(threat("t1", *(message(number) for number in range(count))))
    assert held(script)[1] == []
    assert script.asked()["/threats/t1"] == 1


def test_behind_an_empty_page_of_messages_reading_goes_on() -> None:
    script = site(pages(threat("t1", message(2)), threat("t1"), threat("t1", message(1))))
    assert held(script) == (["2", "1"], [])


def test_empty_pages_of_messages_without_end_are_announced() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["pageNumber"])
        some = (message(),) if number == 1 else ()
        return httpx.Response(
            200, json=threat("t1", *some, pageNumber=number, nextPageNumber=number + 1)
        )

    script = site(answer)
    assert held(script) == (["1"], ["messages_capped"])
    assert script.asked()["/threats/t1"] == 4


def test_a_page_of_messages_that_is_gone_is_announced() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["pageNumber"] == "2":
            return httpx.Response(404)
        return httpx.Response(200, json=threat("t1", message(), nextPageNumber=2))

    assert held(site(answer)) == (["1"], ["messages_capped"])


@pytest.mark.parametrize("messages", [[], None, [message(receivedTime=None)]])
def test_a_campaign_without_a_time_is_announced(messages: Any) -> None:
    script = site({"threatId": "t1", "messages": messages})
    assert held(script) == ([], ["row_unmapped"])
    with script.connector() as connector, pytest.raises(ResponseInvalidError, match="no finding"):
        connector.get_threat("t1")


def test_a_campaign_is_returned_whole_and_found_by_any_of_its_messages() -> None:
    script = site(threat("t1", message(2, subject="Old news"), message(1, subject="Invoice")))
    with script.connector() as connector:
        for words in ("email.subject[eq]old news", "email.subject[like]voic"):
            (event,) = connector.query_threats(words).events
            assert len(event["evidences"]) == 2
        assert connector.query_threats("email.subject[not like]news").events == []


def test_a_campaign_is_placed_by_its_last_message() -> None:
    script = site(threat("t1", message(30), message(90)))
    with script.connector() as connector:
        (event,) = connector.query_threats().events
        before = connector.query_threats("time[lt]2026-11-20T11:20:00Z")
    assert event["time_dt"] == "2026-11-20T11:29:00Z"
    assert event["finding_info"]["first_seen_time_dt"] == "2026-11-20T10:29:00Z"
    assert before.events == []
    assert [notice.code for notice in before.messages] == ["finding_goes_on"]


LATER = message(3, receivedTime="2026-11-20T12:00:30Z")


@pytest.mark.parametrize("text", ["severity[eq]High", "time[gte]2026-11-20", "time[lt]2026-11-21"])
def test_a_campaign_that_grows_while_it_is_read_stays_in_the_answer(text: str) -> None:
    page = site(threat("t1", message(1), LATER)).connector().query_threats(text)
    (event,) = page.events
    assert page.meta.complete
    assert len(event["evidences"]) == 2
    assert event["time_dt"] == "2026-11-20T11:58:00Z"
    assert event["metadata"]["original_time"] == "2026-11-20T11:58:00Z"
    assert event["finding_info"]["last_seen_time_dt"] == "2026-11-20T12:00:30Z"


def test_a_campaign_that_grows_between_two_pages_stays_in_the_answer() -> None:
    messages = [message(2)]
    script = Script(
        {
            "/threats": ids("t1", "t2"),
            "/threats/t1": threat("t1", message(1)),
            "/threats/t2": lambda request: httpx.Response(200, json=threat("t2", *messages)),
        }
    )
    with script.connector() as connector:
        first = connector.query_threats(limit=1)
        messages.append(LATER)
        script.clock.sleep(60)
        second = connector.query_threats(limit=1, cursor=first.cursor)
    assert [event["finding_info"]["uid"] for event in second.events] == ["t2"]
    assert second.meta.complete


@pytest.mark.parametrize(
    "messages",
    [
        [message(1, receivedTime="2026-11-10T00:00:00Z")],
        [message(1, receivedTime="2026-11-10T00:00:00Z"), message(2, receivedTime=None)],
        [message(1, receivedTime="2026-11-20T13:00:00Z")],
    ],
)
def test_a_campaign_that_is_listed_without_a_message_in_the_range_is_announced(
    messages: list[dict[str, Any]],
) -> None:
    page = site(threat("t1", *messages)).connector().query_threats("time[gte]2026-11-19")
    assert page.events == []
    assert [notice.code for notice in page.messages] == ["finding_outside"]
    assert "'t1'" in page.meta.reasons[0]
    assert not page.meta.complete


# -- threats by their ids ------------------------------------------------------------------------


def named(
    script: Script, text: str | list[str], **settings: Any
) -> tuple[list[str], dict[str, int]]:
    """The ids of the findings that came, and the requests."""
    page = script.connector().query_threats(text, **settings)
    assert page.meta.complete
    return [event["finding_info"]["uid"] for event in page.events], dict(script.asked())


def test_a_threat_with_a_known_id_is_asked_for_without_the_list() -> None:
    one = "finding_info.uid[eq]t3"
    assert named(account(9, 100), one) == (["t3"], {"/threats/t3": 1})
    two = "finding_info.uid[in]t3,t4"
    assert named(account(9, 100), two) == (["t3", "t4"], {"/threats/t3": 1, "/threats/t4": 1})
    plan = account(9, 100).connector().explain("query_threats", one)
    assert plan.native_query == "GET /v1/threats/t3?pageSize=100&pageNumber=1"


def test_a_threat_with_a_known_id_has_to_pass_the_other_filters() -> None:
    text = ["finding_info.uid[eq]t3", "email.subject[eq]another"]
    assert account(9, 100).connector().query_threats(text).events == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("finding_info.uid[eq]T3", ["t3"]),
        ("finding_info.uid[in]t3,nobody", ["t3"]),
        ("finding_info.uid[eq]nobody", []),
        ("finding_info.uid[eq]../t3", []),
        ("finding_info.uid[ne]t3", ["t1", "t2", "t4"]),
        ("finding_info.uid[like]3", ["t3"]),
    ],
)
def test_what_is_not_found_by_its_id_is_looked_for_in_the_list(text: str, found: list[str]) -> None:
    uids, asked = named(account(4, 100), text)
    assert uids == found
    assert asked["/threats"] == 1


def test_more_ids_than_a_page_holds_are_looked_for_in_the_list() -> None:
    uids, asked = named(account(4, 100), "finding_info.uid[in]t3,t4", limit=1)
    assert uids == ["t3"]
    assert asked["/threats"]


def test_a_threat_with_a_known_id_outside_the_range_is_left_to_the_list() -> None:
    uids, asked = named(account(4, 100), ["finding_info.uid[eq]t3", "time[lt]2026-11-20"])
    assert (uids, asked["/threats"]) == ([], 1)


# -- one threat in full --------------------------------------------------------------------------

ATTACHMENTS = {
    "attachments": [
        {"abxMessageId": 1, "abxMessageIdStr": "1", "attachmentName": "invoice.zip"},
        {"abxMessageIdStr": 1, "attachmentName": "known.pdf"},
        {"abxMessageIdStr": "9", "attachmentName": "lost.doc"},
    ],
    "tenantId": 7,
}
LINKS = {
    "links": [
        {
            "abxMessageIdStr": "1",
            "domainLink": "evil.example",
            "linkType": "html",
            "source": "body",
            "displayText": "Pay here",
            "linkUrl": "https://evil.example/pay",
        },
        None,
    ]
}


def test_one_threat_is_read_with_its_attachments_and_links() -> None:
    script = site(
        threat("t1", message(attachmentNames=["known.pdf"]), tenantId=7),
        **{"/threats/t1/attachments": ATTACHMENTS, "/threats/t1/links": LINKS},
    )
    detail = script.connector().get_threat("t1")
    (evidence,) = detail.event["evidences"]
    assert [file["name"] for file in evidence["email"]["files"]] == ["known.pdf", "invoice.zip"]
    assert [url["hostname"] for url in evidence["email"]["urls"]] == ["evil.example"]
    assert detail.event["finding_info"]["data_sources"] == ["threats", "attachments", "links"]
    assert detail.event["unmapped"]["attachments"] == [
        {"abxMessageIdStr": "9", "attachmentName": "lost.doc"}
    ]
    assert detail.event["unmapped"]["links"] == [
        {
            "abxMessageIdStr": "1",
            "url_string": "https://evil.example/pay",
            "domainLink": "evil.example",
            "linkType": "html",
            "source": "body",
            "displayText": "Pay here",
        }
    ]
    assert {"https://evil.example/pay", "invoice.zip"} <= {
        each["value"] for each in detail.event["observables"]
    }
    assert [notice.code for notice in detail.messages] == ["row_unreadable"]


@pytest.mark.parametrize("status", [403, 404])
def test_details_that_are_not_given_are_announced_and_the_finding_stands(status: int) -> None:
    refused = {"/threats/t1/attachments": httpx.Response(status), "/threats/t1/links": LINKS}
    detail = site(threat("t1", message()), **refused).connector().get_threat("t1")
    assert detail.event["finding_info"]["uid"] == "t1"
    assert "detail_missing" in [notice.code for notice in detail.messages]
    assert not detail.meta.complete


def test_details_that_go_on_where_nobody_can_ask_are_announced() -> None:
    cut = {"/threats/t1/attachments": ATTACHMENTS | {"nextPageNumber": 2}}
    detail = (
        site(threat("t1", message()), **cut, **{"/threats/t1/links": {"links": []}})
        .connector()
        .get_threat("t1")
    )
    assert [notice.code for notice in detail.messages] == ["detail_missing"]
    assert "attachments" in detail.meta.reasons[0]


def test_what_one_finding_was_made_of_is_not_told_of_the_next() -> None:
    full = {"/threats/t1/attachments": ATTACHMENTS, "/threats/t1/links": {"links": []}}
    with site(threat("t1", message()), **full).connector() as connector:
        first, again = connector.get_threat("t1"), connector.get_threat("t1")
        (listed,) = connector.query_threats().events
    assert first.event == again.event
    assert listed["finding_info"]["data_sources"] == ["threats"]


def test_a_threat_that_answers_under_another_id_keeps_the_one_it_was_asked_for_with() -> None:
    empty = {"/threats/t1/attachments": {"attachments": []}, "/threats/t1/links": {"links": None}}
    detail = site(threat("other", message()), **empty).connector().get_threat("t1")
    assert detail.event["finding_info"]["uid"] == "t1"
    assert detail.event["unmapped"]["threatId"] == "other"
    assert detail.meta.drift == {"Threat.threatId: another than asked for": 1}
    assert [notice.code for notice in detail.messages] == ["finding_mistaken"]
    assert not detail.meta.complete


def test_a_threat_whose_later_page_answers_under_another_id_is_announced() -> None:
    script = site(pages(threat("t1", message(1)), threat("other", message(2))))
    assert held(script) == (["2", "1"], ["finding_mistaken"])


def test_a_threat_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        site(httpx.Response(404, json={"detail": "Not found"})).connector().get_threat("t1")
