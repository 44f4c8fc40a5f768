"""A campaign is read with all its messages, and says so when they are not all."""

from typing import Any

import httpx
import pytest

from abnormal_script import Script, ids, message, pages, threat
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
        assert connector.query_threats("time[lt]2026-11-20T11:29:00Z").events == []
    assert event["time_dt"] == "2026-11-20T11:29:00Z"
    assert event["finding_info"]["first_seen_time_dt"] == "2026-11-20T10:29:00Z"


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


def test_a_threat_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        site(httpx.Response(404, json={"detail": "Not found"})).connector().get_threat("t1")
