"""A filter on threats finds all that the vendor reported in its role, wherever it is kept."""

import json

import pytest

from connector_core import Connector
from strategies.defender_rows import WINDOW, Row, Rows, connected, tenant_of

AT = "2026-11-10T10:30:00Z"
ONE, TWO = (f"0a1b2c3d-0000-4000-8000-00000000000{number}" for number in (1, 2))
LOOK_ALIKE = "billing@соntoso.example"
ALERT: Row = {"Timestamp": AT, "ServiceSource": "Microsoft Defender for Office 365"}


def evidence(uid: str, **fields: object) -> Row:
    return {
        "Timestamp": AT,
        "AlertId": uid,
        "EntityType": "MailMessage",
        "AdditionalFields": json.dumps(fields),
    }


ROWS: Rows = {
    "EmailEvents": [
        {"Timestamp": AT, "NetworkMessageId": ONE, "ThreatTypes": "Phish",
         "SenderFromAddress": LOOK_ALIKE, "SenderDisplayName": "Billing department",
         "RecipientEmailAddress": "scan@localhost", "Cc": '["jürgen@müller.example"]',
         "SenderIPv4": "192.0.2.1", "SenderIPv6": "2001:db8::1"},
        {"Timestamp": AT, "NetworkMessageId": TWO, "ThreatTypes": "Phish",
         "SenderFromAddress": "eve@evil.example", "SenderDisplayName": "Billing department",
         "RecipientEmailAddress": "ann@example.com", "SenderIPv6": "2001:db8::2"},
    ],
    "UrlClickEvents": [
        {"Timestamp": AT, "ReportId": "c3", "NetworkMessageId": ONE, "ActionType": "ClickBlocked"}
    ],
    "AlertInfo": [{**ALERT, "AlertId": f"a{number}"} for number in (4, 5, 6)],
    "AlertEvidence": [
        evidence("a4", P2Sender=LOOK_ALIKE, Recipient="scan@localhost", SenderIP="2001:db8::1"),
        evidence("a5", Sender="/O=Example/CN=scanner", Recipient="ann@example.com"),
        evidence("a6", P2Sender="eve@evil.example", Recipient="ann@example.com"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def connector() -> Connector:
    return connected(tenant_of(ROWS))


@pytest.mark.parametrize(
    ("filter", "wanted"),
    [
        (f"email.from[eq]{LOOK_ALIKE.upper()}", "14"),
        (f"email.from[ne]{LOOK_ALIKE}", "2356"),
        ("email.from[like]BILLING", "14"),
        ("email.from[like]department", ""),
        ("email.from[eq]/o=example/cn=SCANNER", "5"),
        ("email.to[eq]scan@localhost", "14"),
        ("email.to[ne]scan@localhost", "2356"),
        ("email.cc[eq]JÜRGEN@müller.example", "1"),
        ("src_endpoint.ip[eq]192.0.2.1", "1"),
        ("src_endpoint.ip[eq]2001:DB8:0::1", "14"),
        ("src_endpoint.ip[ne]2001:db8::1", "2356"),
        ("src_endpoint.ip[eq]fe80::1%eth0", ""),
        (f"message_trace_uid[eq]{ONE.upper()}", "13"),
        (f"message_trace_uid[ne]{ONE}", "2456"),
    ],
)
def test_findings_are_found(connector: Connector, filter: str, wanted: str) -> None:
    page = connector.query_threats((*WINDOW, filter))
    found = sorted(event["finding_info"]["uid"][-1] for event in page.events)
    assert "".join(found) == wanted
    assert page.meta.complete


def test_a_click_outside_received_mail_has_no_message(connector: Connector) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    click = {**ROWS["UrlClickEvents"][0], "NetworkMessageId": nothing}
    connector = connected(tenant_of({"UrlClickEvents": [click]}))
    for operator, count in (("eq", 0), ("ne", 1)):
        filter = f"message_trace_uid[{operator}]{nothing}"
        assert len(connector.query_threats((*WINDOW, filter)).events) == count


COPIES: Rows = {
    "EmailEvents": [
        {"Timestamp": AT, "NetworkMessageId": ONE, "ThreatTypes": "Phish",
         "SenderFromAddress": "ann@example.com", "RecipientEmailAddress": "ann@example.com",
         "DeliveryAction": "Delivered", "SenderIPv4": "192.0.2.1"},
        {"Timestamp": AT, "NetworkMessageId": ONE, "ThreatTypes": "Phish",
         "SenderFromAddress": "bücher@bücher.example", "RecipientEmailAddress": "bob@example.com",
         "DeliveryAction": "Blocked", "SenderIPv4": "192.0.2.9", "SenderIPv6": "2001:db8::9"},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("email.from[eq]BÜCHER@bücher.example", 1),
        ("email.from[eq]ann@example.com", 1),
        ("email.from[ne]bücher@bücher.example", 0),
        ("src_endpoint.ip[eq]192.0.2.9", 1),
        ("src_endpoint.ip[eq]2001:db8::9", 1),
        ("src_endpoint.ip[eq]2001:db8::8", 0),
    ],
)
def test_what_another_copy_says_of_its_sender_is_found(filter: str, found: int) -> None:
    page = connected(tenant_of(COPIES)).query_threats([*WINDOW, filter])
    assert len(page.events) == found
    assert page.meta.complete


@pytest.mark.parametrize(
    ("operation", "filter", "hidden"),
    [
        ("query_threats", "email.from[eq]ann@example.com", "EmailAttachmentInfo.AdditionalFields"),
        ("query_threats", "email.from[eq]ann@example.com", "EmailEvents.AdditionalFields"),
        ("query_events", "email.from[eq]ann@example.com", "EmailAttachmentInfo.SenderFromAddress"),
        ("query_events", "to[eq]ann@example.com", "EmailAttachmentInfo.RecipientEmailAddress"),
    ],
)
def test_a_column_that_fills_nothing_of_a_filter_is_not_missed(
    operation: str, filter: str, hidden: str
) -> None:
    table, _, column = hidden.partition(".")
    tenant = tenant_of(COPIES, hidden_columns=((table, column),))
    page = getattr(connected(tenant), operation)([*WINDOW, filter])
    assert len(page.events) == 1
    assert page.meta.complete
