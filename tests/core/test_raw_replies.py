"""The vendor's replies come along when they are asked for, and only then."""

import orjson

from opened import DAY, Site, message

HUNTING = "POST /v1.0/security/runHuntingQuery"


def test_nothing_is_kept_unless_asked_for() -> None:
    assert Site().connector().query_events(DAY, limit=3).raw == []


def test_a_page_brings_what_the_vendor_sent() -> None:
    page = Site().connector().query_events(DAY, limit=3, raw=True)
    columns, rows = page.raw
    assert [reply.endpoint for reply in page.raw] == [HUNTING, HUNTING]
    assert (columns.supporting, rows.supporting) == (True, False)
    sent = [row["NetworkMessageId"] for row in orjson.loads(rows.body)["results"]]
    assert [event["message_trace_uid"] for event in page.events] == sent[:3]


def test_a_detail_brings_the_reply_of_every_table() -> None:
    connector = Site().connector()
    (finding,) = connector.query_threats(DAY, limit=1).events
    detail = connector.get_threat(finding["finding_info"]["uid"], raw=True)
    assert len(detail.raw) == detail.meta.calls
    assert not any(reply.supporting for reply in detail.raw)


async def test_both_connectors_bring_the_same() -> None:
    site = Site()
    async with site.async_connector() as connector:
        page = await connector.query_threats(DAY, limit=3, raw=True)
    there = site.connector().query_threats(DAY, limit=3, raw=True)
    assert [reply.endpoint for reply in page.raw] == [reply.endpoint for reply in there.raw]
    assert [reply.number for reply in page.raw] == list(range(len(page.raw)))


def test_a_reply_shows_no_mail_in_its_repr() -> None:
    site = Site(rows={"EmailEvents": [message(1, Subject="canary-5b1")]})
    page = site.connector().query_events(DAY, limit=3, raw=True)
    assert any(b"canary-5b1" in reply.body for reply in page.raw)
    assert "canary-5b1" not in repr(page.raw)
