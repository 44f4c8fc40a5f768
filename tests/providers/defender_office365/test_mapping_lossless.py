"""Nothing that a row says is lost, whatever it says; and every event is valid OCSF."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_core.convert import timestamp
from connector_core.errors import MappingError
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.mapping import (
    ALERT_EVIDENCE,
    REPEATED_BY_FILE,
    REPEATED_BY_LINK,
)
from connector_defender_office365.normalize import Normalizers, email_event
from defender_rows import TENANT, make, row
from hostile import HOSTILE
from judges import ocsf

WORDS = (
    "Phish",
    "Malware",
    "Spam",
    "Phish, Malware",
    "Hoax",
    "Other",
    "Delivered",
    "Blocked",
    "Junked",
    "Replaced",
    "Junk",
    "Quarantine",
    "Inbox/folder",
    "Dropped",
    "Failed",
    "Success",
    "Error",
    "Phish ZAP",
    "Moved to quarantine",
    "Soft delete",
    "Redelivery",
    "ClickAllowed",
    "ClickBlocked",
    "High",
    "Low",
    "InitialAccess",
    "Impacted",
    "Custom detection",
    "Destination",
    "Add X-header",
    "0.0.0.0",  # noqa: S104
    "192.0.2.4",
    "2001:db8::4",
    "ana@example.com",
    "<>",
    "MAILER-DAEMON",
    "ana@bücher.example",
    "/o=Fabric/cn=ana",
    "https://ann:hush@trap.example:8443/x?y=1",
    "http://[::1",
    "uri=http://x.example/",
    "http://host.example:99999/",
    ".exe",
    "a.js",
    "C:\\Temp",
    "Trojan:Win32/X, Worm.B",
)
JSON_WORDS = (
    "{}",
    "[]",
    "null",
    '""',
    "[",
    '{"a":',
    '{"Phish":"High","Spam":"9"}',
    '{"Spam":7}',
    '{"Phish":["Spoof DMARC"]}',
    '{"SPF":"Pass","DKIM":null,"CompAuth":"none","X":[]}',
    '["ana@example.com","b"]',
    '["ana@example.com",5,null]',
    '[{"a":[1,{"b":"deep"}]}]',
    '["Phishing (T1566)","odd"]',
    '{"Recipient":"ana@example.com","Subject":"S"}',
    '{"P2Sender":"x","Recipient":"y","Urls":["http://x.example/",3],"SenderIP":"192.0.2.1"}',
    '{"Address":"2001:db8::4","Location":{"CountryCode":"NL","Asn":64500,"Latitude":1}}',
    '{"Name":"ana","AadUserId":"u","Sid":"s","DisplayName":"Ana","MailboxPrimaryAddress":"odd"}',
    '{"ProcessId":12}',
    '{"ProcessId":99999999999}',
    '{"LastVerdict":"Malicious","Url":"http://y.example/"}',
    '{"StartTimeUtc":"0001-01-01T00:00:00","EndTimeUtc":"2026-03-02T10:00:00.1234567Z"}',
    '"text"',
    "12345678901234567890123",
)
ENTITIES = (*ALERT_EVIDENCE, "Registry", None)

texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(JSON_WORDS),
    st.sampled_from([text for _, text in HOSTILE]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.none(),
)
times = st.sampled_from(
    ["2026-03-02T09:15:00Z", "2026-03-02T09:15:00.1234567Z", "2026-02-28T23:59:59.9999999Z"]
)


def cells(table: str, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of a table: any column may be null, empty, expected, odd or hostile."""
    kinds = {
        "datetime": times,
        "int": st.none() | st.integers(-1, 2**31 - 1),
        "long": st.none() | st.integers(0, 2**62),
        "bool": st.none() | st.booleans(),
    }
    columns = {name: kinds.get(kind, texts) for name, kind in DOCUMENTED[table].items()} | fixed
    always = {"Timestamp": times} | fixed
    names = st.lists(st.sampled_from(sorted(columns)), unique=True, max_size=12)
    return names.flatmap(
        lambda drawn: st.fixed_dictionaries({name: columns[name] for name in drawn} | always)
    )


MESSAGE = st.just("a1b2c3d4-0000-4000-8000-000000000009")
ALERT = st.just("fa000009")
CASES = {
    "email_event": st.fixed_dictionaries(
        {
            "EmailEvents": st.lists(cells("EmailEvents"), min_size=1, max_size=1),
            "EmailAttachmentInfo": st.lists(cells("EmailAttachmentInfo"), max_size=2),
            "EmailUrlInfo": st.lists(cells("EmailUrlInfo"), max_size=2),
        }
    ),
    "post_delivery_event": st.fixed_dictionaries(
        {
            "EmailPostDeliveryEvents": st.lists(
                cells("EmailPostDeliveryEvents"), min_size=1, max_size=1
            ),
        }
    ),
    "message_finding": st.fixed_dictionaries(
        {
            "EmailEvents": st.lists(
                cells("EmailEvents", NetworkMessageId=MESSAGE, ThreatTypes=texts),
                min_size=1,
                max_size=3,
            ).filter(lambda rows: any(row.get("ThreatTypes") for row in rows)),
            "EmailAttachmentInfo": st.lists(
                cells("EmailAttachmentInfo", NetworkMessageId=MESSAGE), max_size=2
            ),
            "EmailUrlInfo": st.lists(cells("EmailUrlInfo", NetworkMessageId=MESSAGE), max_size=2),
        }
    ),
    "click_finding": st.fixed_dictionaries(
        {
            "UrlClickEvents": st.lists(
                cells("UrlClickEvents", ReportId=ALERT), min_size=1, max_size=2
            ),
        }
    ),
    "alert_finding": st.fixed_dictionaries(
        {
            "AlertInfo": st.lists(cells("AlertInfo", AlertId=ALERT), min_size=1, max_size=2),
            "AlertEvidence": st.lists(
                cells("AlertEvidence", AlertId=ALERT, EntityType=st.sampled_from(ENTITIES)),
                max_size=3,
            ),
        }
    ),
}

REPEATED = {"EmailAttachmentInfo": REPEATED_BY_FILE, "EmailUrlInfo": REPEATED_BY_LINK}
"""Columns that repeat the message's own and are not read."""


def leaves(value: Any) -> Iterator[Any]:
    """Every text and number in a value."""
    match value:
        case dict():
            for part in value.values():
                yield from leaves(part)
        case list():
            for part in value:
                yield from leaves(part)
        case str() if value:
            yield value
        case int() | float():
            yield value


def said(cell: Any) -> Iterator[Any]:
    """What a cell says: each leaf of a JSON column, else the text or number itself."""
    if isinstance(cell, str):
        try:
            parsed = json.loads(cell)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict | list):
            yield from leaves(parsed)
            return
        if cell in ("null", '""'):
            return
    yield from leaves(cell)


def _plain(text: str) -> str:
    """A text without what a mapping may change about it: case, blanks, separators, quoting."""
    return re.sub(r"[\s,;|()\"\\.]+", "", text).lower()


def lost(event: Mapping[str, Any], rows: Mapping[str, Any]) -> list[str]:
    """Column and value of everything that the rows say and the event does not."""
    held = list(leaves(dict(event)))
    whole = "".join(_plain(str(leaf)) for leaf in held)
    numbers = {leaf for leaf in held if not isinstance(leaf, str)}
    missing = []
    for table, found in rows.items():
        for cells in found:
            for column, cell in cells.items():
                if column in REPEATED.get(table, ()):
                    continue
                for leaf in said(cell):
                    told = leaf in numbers or _plain(str(leaf)) in whole
                    told = told or _told_otherwise(table, column, leaf, held)
                    if not told:
                        missing.append(f"{table}.{column}: {leaf!r}")
    return missing


def _told_otherwise(table: str, column: str, leaf: Any, held: list[Any]) -> bool:
    """Values that stand in the event in another form."""
    if isinstance(leaf, str) and (found := timestamp(leaf)) is not None:
        return found[0] in held or found[0] < 0
    if isinstance(leaf, str) and leaf.startswith("uri="):
        return leaf.removeprefix("uri=") in held
    return False


@pytest.mark.parametrize("kind", CASES)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_that_rows_say_is_lost_and_the_event_is_valid(kind: str, data: Any) -> None:
    rows = data.draw(CASES[kind])
    event = make(kind, rows)
    assert lost(event, rows) == []
    assert ocsf.judge().problems(event) == []


def test_a_time_that_is_none_is_named_by_its_column() -> None:
    with pytest.raises(MappingError, match="Timestamp") as caught:
        make("post_delivery_event", {"EmailPostDeliveryEvents": [{"Timestamp": "yesterday"}]})
    assert caught.value.column == "Timestamp"


@pytest.mark.parametrize(
    ("kind", "table"),
    [("email_event", "EmailEvents"), ("post_delivery_event", "EmailPostDeliveryEvents")],
)
def test_a_row_that_names_nobody_and_nothing_has_no_observables(kind: str, table: str) -> None:
    event = make(kind, {table: [{"Timestamp": "2026-03-02T09:15:00Z"}]})
    assert event["email"] == {"to": []}
    assert "observables" not in event


def test_a_column_that_nobody_knows_is_kept_and_counted_as_new() -> None:
    schema = {**DOCUMENTED, "EmailEvents": {**DOCUMENTED["EmailEvents"], "Mood": "string"}}
    tables = Normalizers(TENANT, schema)
    cells = {"Timestamp": "2026-03-02T09:15:00Z", "Mood": "gloomy"}
    event = email_event(tables, row("EmailEvents", cells, schema))
    assert event["unmapped"] == {"Mood": "gloomy"}
    assert tables.new_columns["EmailEvents"] == ["Mood"]


@pytest.mark.parametrize("table", ["EmailAttachmentInfo", "EmailUrlInfo", "AlertEvidence"])
def test_a_new_column_of_a_part_is_kept(table: str) -> None:
    schema = {**DOCUMENTED, table: {**DOCUMENTED[table], "Mood": "string"}}
    tables = Normalizers(TENANT, schema)
    part = row(
        table,
        {"Mood": "gloomy", "EntityType": "Ip"} if table == "AlertEvidence" else {"Mood": "gloomy"},
        schema,
    )
    make_part = {
        "EmailAttachmentInfo": tables.file.of_row,
        "EmailUrlInfo": tables.link.of_row,
        "AlertEvidence": tables.evidence,
    }[table]
    assert make_part(part)["unmapped"]["Mood"] == "gloomy"


def test_a_tenant_that_lacks_columns_gets_the_same_event_without_them() -> None:
    present = {
        "Timestamp": "datetime",
        "NetworkMessageId": "string",
        "RecipientEmailAddress": "string",
    }
    tables = Normalizers(TENANT, {"EmailEvents": present})
    cells = {"Timestamp": "2026-03-02T09:15:00Z", "RecipientEmailAddress": "ana@example.com"}
    event = email_event(tables, row("EmailEvents", cells, {"EmailEvents": present}))
    assert ocsf.judge().problems(event) == []
    assert event["severity"] == "Informational"


def test_decoded_columns_are_read_like_texts() -> None:
    """Some tenants answer with lists and objects where the documents promise texts."""
    told = {
        "DetectionMethods": {"Phish": ["Spoof DMARC"]},
        "AuthenticationDetails": {"SPF": "pass"},
        "ConfidenceLevel": {"Phish": "High"},
        "To": ["ana@example.com"],
        "AdditionalFields": {"a": [1, None]},
    }
    fixed = {"Timestamp": "2026-03-02T09:15:00Z", "ThreatTypes": "Phish"}
    texts = {name: json.dumps(value) for name, value in told.items()}
    decoded, plain = (make("email_event", {"EmailEvents": [fixed | one]}) for one in (told, texts))
    assert decoded == plain


def test_changing_an_event_changes_no_other() -> None:
    rows = {
        "EmailEvents": [
            {
                "Timestamp": "2026-03-02T09:15:00Z",
                "AuthenticationDetails": '{"SPF":"pass","CompAuth":"none"}',
                "AdditionalFields": '{"a":["b"]}',
            }
        ],
        "EmailUrlInfo": [{"Url": "https://trap.example/x"}],
    }
    first = make("email_event", rows)
    for part in (first["unmapped"]["AuthenticationDetails"], first["email"]["urls"][0]):
        part.clear()
    first["unmapped"]["AdditionalFields"]["a"].append("c")
    second = make("email_event", rows)
    assert second["unmapped"]["AuthenticationDetails"] == {"CompAuth": "none"}
    assert second["unmapped"]["AdditionalFields"] == {"a": ["b"]}
    assert second["email"]["urls"][0]["hostname"] == "trap.example"
