"""What only this package knows; everything else is proved by the conformance kit."""

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("connector_acme", reason="this package is not installed here")

import httpx
from connector_acme.emulator import Emulator

from connector_core import Connector, ManualClock
from connector_core.errors import NotFoundError, ResponseInvalidError

NOW = 1_794_744_000.0
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "received_at": "2026-11-15T11:00:00Z",
    "direction": "inbound",
    "verdict": "phishing",
    "action": "delivered",
    "size_bytes": 2_000,
    "folder": "Inbox",
    "sender": "billing@supplier.example",
    "sender_name": "Billing",
    "recipients": ["jo@contoso.example"],
    "subject": "Invoice",
    "message_id": "<1@supplier.example>",
    "sender_ip": "192.0.2.7",
    "urls": ["https://supplier.example/pay"],
    "attachments": [{"name": "invoice.pdf", "sha256": "ab" * 32, "size_bytes": 900}],
}
Open = Callable[..., Connector]


def opened(*messages: dict[str, Any], transport: httpx.BaseTransport | None = None) -> Connector:
    clock = ManualClock(NOW)
    vendor = Emulator(
        "contoso.eu.mailguard.example", "a-key", clock, {"messages": messages, "detections": ()}
    )
    settings = {"account": "contoso", "api_key": "a-key"}
    return Connector.open(
        "emailsecurity_acme", settings, transport=transport or vendor, clock=clock
    )


def test_a_verdict_that_nobody_knows_is_its_own_severity_and_can_be_asked_for() -> None:
    known, unknown = MESSAGE, MESSAGE | {"id": "msg_2", "verdict": "quishing"}
    with opened(known, unknown) as email:
        page = email.query_events("severity[eq]Quishing")
    assert [(event["severity_id"], event["severity"]) for event in page.events] == [
        (99, "quishing")
    ]
    assert page.meta.drift == {"verdict=quishing": 1}


def test_a_verdict_in_the_words_of_ocsf_hides_no_message() -> None:
    odd, usual = MESSAGE | {"verdict": "High"}, MESSAGE | {"id": "msg_2"}
    with opened(odd, usual) as email:
        page = email.query_events("severity[eq]high")
    assert {event["metadata"]["uid"] for event in page.events} == {"msg_1", "msg_2"}


def test_messages_without_a_verdict_are_found_by_the_severity_unknown() -> None:
    with opened(MESSAGE | {"verdict": None}) as email:
        page = email.query_events("severity[eq]Unknown")
    assert len(page.events) == 1
    assert [each.disposition for each in page.meta.filters] == ["local"]


def test_a_filter_that_is_too_long_for_a_query_is_decided_here() -> None:
    with opened(MESSAGE) as email:
        wanted = ",".join(f"user{number}@contoso.example" for number in range(90))
        page = email.query_events(f"email.to[in]{wanted},jo@contoso.example")
    assert len(page.events) == 1
    assert "recipient" not in page.meta.native_query


@pytest.mark.parametrize("value", [7, True, {"a": 1}, ["x"], 1.5])
def test_a_value_of_another_type_is_kept_as_it_is_and_counted(value: Any) -> None:
    with opened(MESSAGE | {"folder": value}) as email:
        page = email.query_events()
    assert page.events[0]["unmapped"]["folder"] == value
    assert page.meta.drift == {"messages.folder": 1}


def test_a_field_that_nobody_knows_is_kept_and_counted() -> None:
    attachment = MESSAGE["attachments"][0] | {"macro": True}
    with opened(MESSAGE | {"tenant_note": "x", "attachments": [attachment, 7]}) as email:
        page = email.query_events()
    assert page.events[0]["unmapped"] == {
        "folder": "Inbox",
        "tenant_note": "x",
        "attachments": [{"name": "invoice.pdf", "macro": True}, 7],
    }
    assert page.meta.drift == {"messages.tenant_note": 1}


def test_a_part_of_an_answer_that_nobody_knows_is_counted() -> None:
    with opened(transport=_answering([MESSAGE], took_ms=7)) as email:
        page = email.query_events()
    assert page.meta.drift == {"answer.took_ms": 1}


def test_a_record_without_a_time_is_told_of_and_costs_no_other() -> None:
    with opened(MESSAGE, transport=_answering([MESSAGE, MESSAGE | {"received_at": ""}])) as email:
        page = email.query_events()
    assert len(page.events) == 1
    assert not page.meta.complete
    assert page.meta.reasons == ["A record of messages has no usable received_at."]


def test_an_answer_of_which_nothing_can_be_read_is_no_empty_answer() -> None:
    with opened(transport=_answering([{"uid": 1}])) as email, pytest.raises(ResponseInvalidError):
        email.query_events()


@pytest.mark.parametrize("threat_id", ["..", "../messages", "a/b", "a?b", "é", "x" * 65])
def test_an_id_that_would_lead_elsewhere_is_not_asked_for(threat_id: str) -> None:
    with opened() as email, pytest.raises(NotFoundError) as caught:
        email.get_threat(threat_id)
    assert caught.value.origin.status is None


def _answering(items: list[dict[str, Any]], **more: Any) -> httpx.MockTransport:
    answer = {"items": items, "next": None, "partial": False} | more
    return httpx.MockTransport(lambda request: httpx.Response(200, json=answer))
