"""A tenant without some columns: an answer that may lack something says so."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from connector_core import Connector
from connector_core.filter import FilterField, Operator
from connector_defender_office365 import needs
from connector_defender_office365.discovery import KEYS
from connector_defender_office365.filters import EVENT_FIELDS, THREAT_FIELDS
from connector_defender_office365.schema import TABLES
from strategies.budget import THOROUGH
from strategies.defender_rows import UNUSED, WINDOW, Rows, connected, fixed_rows, tenant_of
from strategies.differential import Listing
from strategies.filters import known_values, texts_for

Column = tuple[str, str]
TIME = "2026-11-10T10:30:00Z"
MAIL = "0a1b2c3d-0000-4000-8000-000000000001"
PHISH = "0a1b2c3d-0000-4000-8000-000000000002"
EXE, ANN = "email.files.name[eq]evil.exe", "resources.name[eq]ann@example.com"

SCENE: Rows = {
    "EmailEvents": [
        {"NetworkMessageId": MAIL, "RecipientEmailAddress": "ann@example.com"},
        {"NetworkMessageId": MAIL, "RecipientEmailAddress": "bob@example.com"},
        {
            "NetworkMessageId": PHISH,
            "RecipientEmailAddress": "ann@example.com",
            "ThreatTypes": "Phish",
            "DeliveryAction": "Blocked",
        },
        {
            "NetworkMessageId": PHISH,
            "RecipientEmailAddress": "bob@example.com",
            "ThreatTypes": "Phish",
            "DeliveryAction": "Delivered",
            "Subject": "the copy that leads",
        },
    ],
    "EmailAttachmentInfo": [
        {
            "NetworkMessageId": MAIL,
            "RecipientEmailAddress": "ann@example.com",
            "FileName": "evil.exe",
        },
    ],
    "AlertInfo": [
        {"AlertId": "points-at-mail", "ServiceSource": "Microsoft Defender XDR"},
        {"AlertId": "by-service", "ServiceSource": "Microsoft Defender for Office 365"},
        {"AlertId": "by-detection", "DetectionSource": "Microsoft Defender for Office 365"},
    ],
    "AlertEvidence": [
        {"AlertId": "points-at-mail", "EntityType": "MailMessage", "NetworkMessageId": MAIL},
        {
            "AlertId": "by-service",
            "EntityType": "User",
            "AccountName": "ann",
            "AccountUpn": "ann@example.com",
            "EvidenceRole": "Impacted",
            "Categories": '["InitialAccess"]',
        },
    ],
    "UrlClickEvents": [
        {"ReportId": "blocked", "ActionType": "ClickBlocked"},
        {"ReportId": "accused", "ThreatTypes": "Phish"},
    ],
}


@cache
def tenant_without(*hidden: Column) -> Connector:
    timed = {name: [{"Timestamp": TIME, **row} for row in rows] for name, rows in SCENE.items()}
    return connected(tenant_of(timed, hidden_columns=hidden))


def asked(connector: Connector, operation: Listing, *filters: str) -> tuple[list[str], bool]:
    """The ids of what is answered, and whether it is said to be all."""
    page = getattr(connector, operation)((*WINDOW, *filters), limit=500)
    assert not page.cursor
    return sorted(event["metadata"]["uid"] for event in page.events), page.meta.complete


@pytest.mark.parametrize(
    ("operation", "table", "column", "filters"),
    [
        ("query_threats", "AlertEvidence", "EntityType", ()),
        ("query_threats", "AlertInfo", "ServiceSource", ()),
        ("query_threats", "AlertInfo", "DetectionSource", ()),
        ("query_threats", "UrlClickEvents", "ActionType", ()),
        ("query_threats", "UrlClickEvents", "ThreatTypes", ()),
        ("query_threats", "EmailEvents", "ThreatTypes", ()),
        ("query_threats", "EmailEvents", "DeliveryAction", ("finding_info.title[like]leads",)),
        ("query_threats", "AlertEvidence", "EvidenceRole", (ANN,)),
        ("query_threats", "AlertEvidence", "Categories", ("finding_info.types[eq]InitialAccess",)),
        ("query_threats", "AlertEvidence", "EntityType", ("user.name[eq]ann",)),
        ("query_events", "EmailEvents", "RecipientEmailAddress", ()),
        ("query_events", "EmailAttachmentInfo", "RecipientEmailAddress", (EXE,)),
    ],
)
def test_what_is_lost_with_a_column_leaves_the_answer_incomplete(
    operation: Listing, table: str, column: str, filters: tuple[str, ...]
) -> None:
    there, all_there = asked(tenant_without(), operation, *filters)
    found, complete = asked(tenant_without((table, column)), operation, *filters)
    assert all_there
    assert len(found) < len(there)
    assert not complete


# -- every column of every table ------------------------------------------------------------------

FIELDS: Mapping[Listing, Sequence[FilterField]] = {
    "query_events": EVENT_FIELDS,
    "query_threats": THREAT_FIELDS,
}
FEW: Mapping[Listing, Collection[str]] = {
    "query_events": ("severity", "to", "email.to", "email.files.name"),
    "query_threats": (
        "disposition",
        "finding_info.types",
        "resources.name",
        "user.name",
        "email.to",
        "email.files.hashes.value",
    ),
}
CASES = [
    (operation, field)
    for operation, fields in FIELDS.items()
    for field in (None, *fields)
    if field is None or field.name in FEW[operation] or (THOROUGH and field.name != "time")
]
VALUES = 4 if THOROUGH else 1


@cache
def full_rows() -> Rows:
    """Rows that hold something in every column of text."""
    rows = fixed_rows()
    for table, column in UNUSED:
        if TABLES[table][column] == "string":
            for number, row in enumerate(rows[table]):
                row[column] = f"{column} {number % 3}"
    return rows


@cache
def everything(operation: Listing) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = getattr(whole(), operation)(WINDOW, limit=500).events
    return found


@cache
def whole() -> Connector:
    return connected(tenant_of(full_rows()))


def without(operation: Listing, field: FilterField | None) -> Connector:
    """Opened on a tenant that lacks every column that the answer is said not to need."""
    hidden = [
        (table, column)
        for table, columns in TABLES.items()
        if table in needs.READ[operation]
        for column in columns.keys()
        - KEYS[table]
        - needs.deciding(operation, table)
        - (needs.columns(operation, table, field) if field else frozenset())
    ]
    assert hidden
    return connected(tenant_of(full_rows(), hidden_columns=hidden))


@pytest.mark.parametrize(
    ("operation", "field"), CASES, ids=lambda case: getattr(case, "name", str(case))
)
def test_an_answer_called_complete_needs_none_of_the_columns_that_are_missing(
    operation: Listing, field: FilterField | None
) -> None:
    lacking, selected = without(operation, field), 0
    filters = [()] if field is None else list(conditions(field, everything(operation)))
    for wanted in filters:
        found = asked(whole(), operation, *wanted)
        assert found == asked(lacking, operation, *wanted) == (found[0], True), wanted
        selected += len(found[0])
    assert selected


def conditions(field: FilterField, events: list[dict[str, Any]]) -> list[tuple[str]]:
    """Filters on the field, with values that it has."""
    known = known_values(field, events)
    if field.values and not field.open:
        known = [value for value in known if value in field.values]
    texts = texts_for(field, Operator.EQ, known[:VALUES])
    return [(f"{field.name}[eq]{text}",) for text in texts[:VALUES] if text]
