"""By hand: these rows, this filter, these events. And tenants that lack tables or columns."""

from typing import Any

import pytest

from connector_core import Connector
from connector_core.errors import NotFoundError, PermissionDeniedError, QueryRejectedError
from connector_core.provider import Notice
from connector_core.query import Query, Window
from connector_defender_office365 import translate
from connector_defender_office365.schema import TABLES
from judges.kql import unjudged
from strategies.defender_rows import WINDOW, Row, Rows, connected, fixed_rows, tenant_of
from strategies.differential import Listing

ONE, TWO, THREE = (f"0a1b2c3d-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
AT = "2026-11-10T10:30:00Z"
LATER = "2026-11-10T10:45:00Z"
YESTERDAY = "2026-11-09T18:00:00Z"


def mail(uid: str, **cells: object) -> Row:
    return {
        "Timestamp": AT,
        "NetworkMessageId": uid,
        "RecipientEmailAddress": "ann@example.com",
        "SenderFromAddress": "eve@evil.example",
        "DeliveryAction": "Delivered",
        "DeliveryLocation": "Inbox/Folder",
        "ReportId": "r",
        **cells,
    }


def named(event: dict[str, Any]) -> str:
    """Whose event it is: the last digit of its message, or what it calls itself."""
    info = event.get("finding_info", {})
    return str(event.get("message_trace_uid") or info.get("uid"))[-1]


def chosen(rows: Rows, operation: Listing, *filters: str) -> str:
    """The names of the selected events, oldest first."""
    ask = getattr(connected(tenant_of(rows)), operation)
    page = ask((*WINDOW, *filters), order="oldest_first")
    assert page.meta.complete, page.meta.reasons
    return "".join(map(named, page.events))


# fmt: off
EVENTS: dict[str, tuple[list[Row], dict[str, str]]] = {
    # name: rows, then filter -> the last digits of the messages it selects
    "letter case": (
        [mail(ONE, Subject="Invoice"), mail(TWO, Subject="INVOICE 2"), mail(THREE)],
        {"email.subject[eq]invoice": "1", "email.subject[like]VOICE": "12",
         "email.subject[ne]invoice": "23", "email.subject[not like]voice": "3"},
    ),
    "look-alikes are other letters": (
        [mail(ONE, Subject="\u212a"), mail(TWO, Subject="k"), mail(THREE, Subject="K")],
        {"email.subject[eq]k": "23", "email.subject[ne]k": "1", "email.subject[eq]\u212a": "1"},
    ),
    "letter case beyond ASCII": (
        [mail(ONE, Subject="DRINGENDE ÜBERWEISUNG"), mail(TWO, Subject="сЧёт"),
         mail(THREE, Subject="UBERWEISUNG")],
        {"email.subject[like]überweisung": "1", "email.subject[eq]СчЁТ": "2",
         "email.subject[in]uberweisung,счет,dringende überweisung": "13",
         "email.subject[not like]überweisung": "23"},
    ),
    "nothing satisfies no condition": (
        [mail(ONE, InternetMessageId=""), mail(TWO, InternetMessageId="<a@mail.example>",
              DeliveryAction="")],
        {'status_code[ne]""': "12", 'email.message_uid[ne]""': "12", 'status_code[eq]""': ""},
    ),
    "an empty subject is a subject": (
        [mail(ONE, Subject=""), mail(TWO, Subject="a")],
        {'email.subject[eq]""': "1", 'email.subject[ne]""': "2"},
    ),
    "outcomes": (
        [mail(ONE, ThreatTypes="Phish"),
         mail(TWO, ThreatTypes="phish, Spam", DeliveryAction="JUNKED", DeliveryLocation="Junk"),
         mail(THREE, DeliveryAction="Blocked", DeliveryLocation="Quarantine")],
        {"severity[eq]high": "1", "severity_id[gte]3": "12", "disposition[eq]Quarantined": "3",
         "disposition[eq]junked": "2", "action_id[lt]2": "1", "is_alert[eq]true": "12",
         "severity[not in]High,Medium": "3", "status[eq]Failure": "3"},
    ),
    "a word in other letters is another word": (
        [mail(ONE, DeliveryAction="Bloc\u212aed"), mail(TWO, DeliveryAction="Blocked"),
         mail(THREE, DeliveryAction="Deferred")],
        {"action_id[eq]99": "13", "action[eq]Denied": "2", "disposition[ne]Deferred": "12",
         "status_id[eq]2": "2"},
    ),
    "addresses": (
        [mail(ONE, RecipientEmailAddress="Ann@Example.com"), mail(TWO, RecipientEmailAddress="<>"),
         mail(THREE, RecipientEmailAddress="joann@example.com")],
        {"to[eq]ann@example.com": "1", "to[like]ann@example": "13", "to[ne]ann@example.com": "23",
         "to[eq]<>": "2", "to[ne]<>": "13", "to[not like]ann": "2"},
    ),
    "addresses that email_t refuses": (
        [mail(ONE, SenderFromAddress="billing@соntoso.example",
              SenderDisplayName="Billing", To='["Jürgen@müller.example"]'),
         mail(TWO, SenderMailFromAddress="/O=Example/CN=scanner", Cc='["scanner"]',
              RecipientEmailAddress="scan@localhost"),
         mail(THREE, SenderMailFromAddress="eve@evil.example", SenderDisplayName="Billing")],
        {"email.from[eq]billing@соntoso.example": "1", "email.from[like]ОnToso": "1",
         "email.from[ne]billing@соntoso.example": "23", "email.from[like]Billing": "1",
         "email.from[not like]Billing": "23", "from[eq]/o=example/cn=scanner": "2",
         "from[ne]eve@evil.example": "12", "email.to[eq]JÜRGEN@müller.example": "1",
         "to[like]localhost": "2", "email.to[eq]scan@localhost": "2", "email.cc[eq]scanner": "2"},
    ),
    "the To header, or else the recipient": (
        [mail(ONE, To='["\\u0062ob@example.com"]'), mail(TWO, To='["BOB@example.com"]'),
         mail(THREE, To="[]", RecipientEmailAddress="bob@example.com")],
        {"email.to[eq]bob@example.com": "123", "email.to[eq]ann@example.com": "",
         "email.to[ne]bob@example.com": ""},
    ),
    "addresses of the internet": (
        [mail(ONE, SenderIPv6="2001:DB8:0:0::0001"), mail(TWO, SenderIPv4="192.0.2.1"),
         mail(THREE, SenderIPv4="198.51.100.7", SenderIPv6="2001:db8::10")],
        {"src_endpoint.ip[eq]2001:db8::1": "1", "src_endpoint.ip[in]192.0.2.1,2001:db8::10": "23",
         "src_endpoint.ip[ne]192.0.2.1": "13", "src_endpoint.ip[like]2001": "13",
         "src_endpoint.ip[eq]198.51.100.7": "3", "src_endpoint.ip[ne]2001:db8::10": "12",
         "src_endpoint.ip[eq]2001:db8::1%eth0": ""},
    ),
    "message ids": (
        [mail(ONE, InternetMessageId="<A@mail.example>"),
         mail(TWO, InternetMessageId="a@mail.example"),
         mail(THREE, InternetMessageId="<Äb@mail.example")],
        {"email.message_uid[eq]a@mail.example": "12", "email.message_uid[eq]<a@MAIL.example>": "12",
         "email.message_uid[ne]<a@mail.example>": "3",
         "email.message_uid[eq]<ÄB@mail.example>": "3"},
    ),
    "nothing is no number": (
        [mail(ONE, EmailSize=None), mail(TWO, EmailSize=0), mail(THREE, EmailSize=10)],
        {"email.size[lt]1": "2", "email.size[ne]10": "12", "email.size[not in]0,10": "1",
         "email.size[gte]0": "23"},
    ),
    "the window is half open": (
        [mail(ONE, Timestamp="2026-11-10T10:00:00Z"), mail(TWO, Timestamp="2026-11-10T12:00:00Z"),
         mail(THREE, Timestamp="2026-11-10T11:59:59.9999999Z")],
        {"severity[ne]Low": "13", "time[eq]2026-11-10T11:59:59.999Z": "3",
         "time[gt]2026-11-10T11:59:59.998Z": "3", "time[ne]2026-11-10T10:00:00Z": "3"},
    ),
}
# fmt: on


@pytest.mark.parametrize("name", EVENTS)
def test_rows_written_by_hand_are_selected_as_a_person_would(name: str) -> None:
    rows, cases = EVENTS[name]
    connector = connected(tenant_of({"EmailEvents": rows}))
    for filter, wanted in cases.items():
        page = connector.query_events([*WINDOW, filter])
        assert "".join(sorted(map(named, page.events))) == wanted, filter


def test_attachments_and_links_belong_to_their_message_and_files_to_their_recipient() -> None:
    rows: Rows = {
        "EmailEvents": [mail(ONE), mail(TWO), mail(TWO, RecipientEmailAddress="bob@example.com")],
        "EmailAttachmentInfo": [
            {
                "Timestamp": "2026-11-10T06:00:00Z",  # hours before the window
                "NetworkMessageId": TWO.upper(),
                "RecipientEmailAddress": "BOB@example.com",
                "FileName": "a.exe",
                "FileSize": 7,
            }
        ],
        "EmailUrlInfo": [
            {"Timestamp": AT, "NetworkMessageId": ONE, "Url": "https://Evil.example/x"},
            {"Timestamp": "2026-11-12T00:00:00Z", "NetworkMessageId": TWO, "Url": "https://far/"},
        ],
    }
    assert chosen(rows, "query_events", "email.files.name[eq]A.EXE") == "2"
    assert chosen(rows, "query_events", "email.files.size[lte]7") == "2"
    assert chosen(rows, "query_events", "email.files.name[ne]a.exe") == "12"
    assert chosen(rows, "query_events", "email.urls.hostname[eq]evil.example") == "1"
    assert chosen(rows, "query_events", "email.urls.url_string[like]/X") == "1"
    assert chosen(rows, "query_events", "email.urls.url_string[like]far") == ""


# -- findings -------------------------------------------------------------------------------------


def test_a_message_is_one_finding_of_its_worst_copy_wherever_the_window_cuts_it() -> None:
    copies = [
        mail(ONE, ThreatTypes="Phish", DeliveryAction="Blocked", Timestamp="2026-11-10T11:59:00Z"),
        mail(ONE.upper(), ThreatTypes="Phish", RecipientEmailAddress="bob@example.com",
             Timestamp="2026-11-10T15:00:00Z"),
        mail(ONE, RecipientEmailAddress="eva@example.com", Timestamp="2026-11-10T09:00:00Z"),
    ]  # fmt: skip
    rows = {"EmailEvents": copies}
    assert chosen(rows, "query_threats", "severity[eq]High") == "1"
    assert chosen(rows, "query_threats", "severity[eq]Low") == ""
    assert chosen(rows, "query_threats", "email.to[eq]bob@example.com") == "1"
    assert chosen(rows, "query_threats", "email.to[eq]eva@example.com") == "1"
    (finding,) = connected(tenant_of(rows)).query_threats(WINDOW).events
    assert finding["time_dt"] == "2026-11-10T11:59:00Z"
    assert finding["end_time_dt"] == "2026-11-10T15:00:00Z"
    assert len(finding["finding_info"]["related_events"]) == 3
    early = [*copies, mail(ONE, ThreatTypes="Spam", Timestamp="2026-11-10T09:59:59Z")]
    assert chosen({"EmailEvents": early}, "query_threats") == ""


def test_a_click_and_what_followed_share_one_finding() -> None:
    click = {"Timestamp": AT, "ReportId": "c1", "Url": "https://evil.example/", "AccountUpn": "a"}
    rows: Rows = {
        "UrlClickEvents": [
            {**click, "ActionType": "ClickBlocked"},
            {**click, "ReportId": "C1", "Timestamp": "2026-11-10T13:00:00Z",
             "ActionType": "ClickAllowed", "IsClickedThrough": True},
            {**click, "ReportId": "c2", "ActionType": "ClickAllowed"},
        ]
    }  # fmt: skip
    assert chosen(rows, "query_threats") == "1"
    assert chosen(rows, "query_threats", "severity[eq]High") == "1"
    assert chosen(rows, "query_threats", "disposition[eq]Blocked") == ""
    connector = connected(tenant_of(rows))
    with pytest.raises(NotFoundError):  # a click that nothing was wrong with is no threat
        connector.get_threat("c2")


def alert(uid: str, **cells: object) -> Row:
    return {"Timestamp": AT, "AlertId": uid, "Title": "Mail", "Severity": "High", **cells}


def test_alerts_of_the_product_and_alerts_about_mail_are_in_scope() -> None:
    rows: Rows = {
        "AlertInfo": [
            alert("a1", ServiceSource="microsoft defender for office 365"),
            alert("a2", ServiceSource="Microsoft Defender XDR"),
            alert("A3", ServiceSource="Microsoft Defender XDR"),
        ],
        "AlertEvidence": [
            {"Timestamp": "2026-11-14T00:00:00Z", "AlertId": "a3", "EntityType": "mailmessage",
             "NetworkMessageId": TWO, "EmailSubject": "late"},
            {"Timestamp": AT, "AlertId": "a2", "EntityType": "Machine", "DeviceName": "pc"},
        ],
    }  # fmt: skip
    assert chosen(rows, "query_threats") == "13"
    assert chosen(rows, "query_threats", f"message_trace_uid[eq]{TWO.upper()}") == "3"
    connector = connected(tenant_of(rows))
    assert connector.get_threat("a3").event["finding_info"]["uid"] == "A3"
    with pytest.raises(NotFoundError):
        connector.get_threat("a2")


@pytest.mark.parametrize("day", ["2026-10-18", "2026-11-08", "2026-11-14"])
def test_evidence_of_any_day_that_is_kept_brings_its_alert_into_scope(day: str) -> None:
    rows: Rows = {
        "AlertInfo": [
            {"Timestamp": AT, "AlertId": "x1", "ServiceSource": "Microsoft Defender XDR"}
        ],
        "AlertEvidence": [
            {"Timestamp": f"{day}T08:00:00Z", "AlertId": "x1", "EntityType": "MailMessage"}
        ],
    }
    assert chosen(rows, "query_threats") == "1"


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("EmailEvents", {"ThreatTypes": "Phish", "RecipientEmailAddress": "ann@example.com"}),
        ("UrlClickEvents", {"ActionType": "ClickBlocked"}),
        ("AlertInfo", {"ServiceSource": "Microsoft Defender for Office 365"}),
    ],
)
def test_threats_without_an_id_are_told_of(table: str, cells: Row) -> None:
    nameless = [{"Timestamp": time, **cells} for time in (YESTERDAY, AT)]
    clicks = [
        {"Timestamp": AT, "ReportId": f"c{n}", "ActionType": "ClickBlocked"} for n in (1, 2, 3)
    ]
    rows = {"UrlClickEvents": clicks, table: nameless + clicks * (table == "UrlClickEvents")}
    stream = connected(tenant_of(rows)).iter_threats(WINDOW, page_size=1)
    assert sorted(map(named, stream)) == ["1", "2", "3"]
    assert [(notice.code, notice.details["table"]) for notice in stream.messages] == [
        ("row_without_id", table)
    ]
    assert not stream.complete
    assert told(connected(tenant_of({**rows, table: nameless[:1]})), "query_threats") == (True, [])


def test_every_listed_finding_is_found_again_by_its_id() -> None:
    connector = connected(tenant_of(fixed_rows()))
    page = connector.query_threats(WINDOW)
    listed = {event["metadata"]["log_name"]: event for event in page.events}
    assert listed.keys() == {"EmailEvents", "AlertInfo", "UrlClickEvents"}
    for event in listed.values():
        assert connector.get_threat(event["finding_info"]["uid"].swapcase()).event == event


# -- tenants that lack something ------------------------------------------------------------------


def told(connector: Connector, operation: Listing, *filters: str) -> tuple[bool, list[Notice]]:
    page = getattr(connector, operation)([*WINDOW, *filters])
    return page.meta.complete, page.messages


@pytest.mark.parametrize("table", TABLES)
def test_a_tenant_without_a_table_says_so(table: str) -> None:
    rows = fixed_rows(9)
    connector = connected(tenant_of(rows, tables=set(TABLES) - {table}))
    for operation, used in (
        ("query_events", table.startswith("Email")),
        ("query_threats", table != "EmailPostDeliveryEvents"),
    ):
        complete, notices = told(connector, operation)  # type: ignore[arg-type]
        missing = [notice.details["table"] for notice in notices if notice.code == "table_missing"]
        assert complete is not used
        assert missing == [table] * used


def test_a_filter_on_a_missing_table_is_refused() -> None:
    connector = connected(tenant_of({}, tables={"EmailEvents", "AlertInfo"}))
    for filter in ("email.files.name[eq]a", "email.urls.hostname[ne]a"):
        for ask in (connector.query_events, connector.query_threats):
            with pytest.raises(QueryRejectedError, match="has no table"):
                ask([filter])


def test_a_tenant_with_children_alone_has_nothing_to_read() -> None:
    connector = connected(tenant_of({}, tables={"EmailUrlInfo", "AlertEvidence"}))
    for ask in (connector.query_events, connector.query_threats):
        with pytest.raises(PermissionDeniedError):
            ask(())


HIDDEN = {
    "EmailEvents": ["To", "Cc", "EmailSize", "ThreatNames", "Subject", "ReportId"],
    "EmailAttachmentInfo": ["FileName", "RecipientEmailAddress", "FileSize"],
    "EmailUrlInfo": ["UrlDomain", "UrlChainPosition"],
    "EmailPostDeliveryEvents": ["ThreatTypes", "SenderFromAddress", "EmailDirection"],
    "UrlClickEvents": ["IsClickedThrough", "IPAddress", "Workload"],
    "AlertInfo": ["Category", "Severity"],
    "AlertEvidence": ["AdditionalFields", "EvidenceRole", "EmailSubject"],
}


@pytest.mark.parametrize("table", [*HIDDEN, "all of them"])
def test_a_tenant_without_some_columns_answers_and_says_so(table: str) -> None:
    hidden = {table: HIDDEN[table]} if table in HIDDEN else HIDDEN
    pairs = [(name, column) for name, columns in hidden.items() for column in columns]
    connector = connected(tenant_of(fixed_rows(9), hidden_columns=pairs))
    for operation in ("query_events", "query_threats"):
        complete, notices = told(connector, operation)
        assert complete, notices
        assert {notice.code for notice in notices} <= {"column_missing"}
        if table in HIDDEN and notices:
            assert all(column in notices[0].message for column in HIDDEN[table])


def test_a_filter_that_needs_a_missing_column_leaves_the_answer_incomplete() -> None:
    hidden = [("EmailEvents", "EmailSize"), ("EmailUrlInfo", "Url"), ("AlertInfo", "Severity")]
    connector = connected(tenant_of(fixed_rows(9), hidden_columns=hidden))
    for operation, filter, complete in (
        ("query_events", "email.size[gt]1", False),
        ("query_events", "email.urls.url_string[like]a", False),
        ("query_events", "severity[eq]High", True),
        ("query_threats", "severity[eq]High", False),
        ("query_threats", "email.subject[like]a", True),
    ):
        assert told(connector, operation, filter)[0] is complete, filter  # type: ignore[arg-type]


def test_without_verdicts_the_list_of_threats_is_incomplete() -> None:
    connector = connected(tenant_of(fixed_rows(9), hidden_columns=[("EmailEvents", "ThreatTypes")]))
    assert told(connector, "query_threats")[0] is False
    assert told(connector, "query_events")[0] is True


def test_a_table_without_its_id_counts_as_missing() -> None:
    connector = connected(tenant_of({}, hidden_columns=[("EmailUrlInfo", "NetworkMessageId")]))
    complete, notices = told(connector, "query_events")
    assert not complete
    assert [notice.details["table"] for notice in notices] == ["EmailUrlInfo"]


def test_new_columns_are_asked_for() -> None:
    schema: dict[str, dict[str, str]] = {table: dict(columns) for table, columns in TABLES.items()}
    schema["EmailEvents"]["Novelty"] = "dynamic"
    schema["AlertEvidence"]["Gadget"] = "string"
    schema["EmailAttachmentInfo"]["Shade"] = "string"
    query = Query(window=Window(0, 1))
    with unjudged():  # the judge knows the documented columns alone
        events = translate.page_of_events(schema, translate.slice_of(query, 1))
        detail = translate.rows_of(schema, "AlertEvidence", "AlertId", ["a"], query)
    assert "Topics, Novelty, " in events
    assert '"Shade", Shade)' in events
    assert detail.endswith("MachineGroup, Gadget")
