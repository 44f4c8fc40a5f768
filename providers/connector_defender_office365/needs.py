"""Which columns an answer needs: those that decide what is listed, and those of its filters.

The mapping's rows name most of them. What code fills beside the rows it fills from the columns
listed here.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from connector_core.filter.fields import FilterField
from connector_core.mapping import Table
from connector_core.query import Operation
from connector_defender_office365.discovery import KEYS
from connector_defender_office365.mapping import (
    ALERT_EVIDENCE,
    ALERT_INFO,
    EMAIL_ATTACHMENT_INFO,
    EMAIL_EVENTS,
    EMAIL_POST_DELIVERY_EVENTS,
    EMAIL_URL_INFO,
    MESSAGES,
    URL_CLICK_EVENTS,
)
from connector_defender_office365.schema import TABLES

_READ: Final[Mapping[Operation, tuple[tuple[str, Table], ...]]] = {
    "query_events": (
        ("", EMAIL_EVENTS),
        ("", EMAIL_POST_DELIVERY_EVENTS),
        ("email.files.", EMAIL_ATTACHMENT_INFO),
        ("email.urls.", EMAIL_URL_INFO),
    ),
    "query_threats": (
        ("", MESSAGES),
        ("evidences.file.", EMAIL_ATTACHMENT_INFO),
        ("evidences.url.", EMAIL_URL_INFO),
        ("", ALERT_INFO),
        *(("evidences.", table) for table in ALERT_EVIDENCE.values()),
        ("", URL_CLICK_EVENTS),
    ),
}
"""The tables of an operation, and the attribute that holds what each makes."""

READ: Final[Mapping[Operation, tuple[str, ...]]] = {
    operation: tuple(dict.fromkeys(mapping.name for _, mapping in tables))
    for operation, tables in _READ.items()
}
"""The names of the tables of an operation."""


def _of(mapping: Table, *attributes: str) -> tuple[str, ...]:
    """The columns from which the mapping's rows make these attributes."""
    rows = [row for name in attributes if (row := mapping.find(name)) is not None]
    return tuple(name for row in rows for name in (*row.columns, *getattr(row, "uses", ())))


_DECIDING: Final[Mapping[Operation, Mapping[str, tuple[str, ...]]]] = {
    "query_events": {  # events that differ in these alone would look like one event told twice
        mapping.name: _of(mapping, "metadata.uid")
        for mapping in (EMAIL_EVENTS, EMAIL_POST_DELIVERY_EVENTS)
    },
    "query_threats": {
        "EmailEvents": ("ThreatTypes",),
        "UrlClickEvents": ("ThreatTypes", "ActionType"),
        "AlertInfo": ("ServiceSource", "DetectionSource"),
        "AlertEvidence": ("EntityType",),
    },
}
"""Columns that tell what is listed from the rest, with filters or without."""

_LEADING: Final[Mapping[str, tuple[str, ...]]] = {
    "EmailEvents": (*_of(MESSAGES, "severity_id", "disposition_id"), "RecipientEmailAddress"),
    "UrlClickEvents": _of(URL_CLICK_EVENTS, "severity_id", "disposition_id"),
    "AlertInfo": _of(ALERT_INFO, "severity_id"),
}
"""Columns that tell which row of a finding leads: most attributes are that row's."""

_BY_CODE: Final[Mapping[Operation, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    "query_events": (("email.files.", "EmailAttachmentInfo", ("RecipientEmailAddress",)),),
    "query_threats": (
        ("finding_info.types", "AlertEvidence", ("Categories",)),
        ("resources.", "EmailEvents", ("RecipientEmailAddress", "RecipientObjectId")),
        ("resources.", "AlertEvidence", ("EvidenceRole", *_of(ALERT_EVIDENCE["User"], "user"))),
        ("metadata.correlation_uid", "AlertEvidence", _of(ALERT_EVIDENCE["MailMessage"], "uid")),
        ("evidences.email.to", "EmailEvents", ("RecipientEmailAddress",)),
    ),
}
"""How the paths begin that code fills, and the table and columns from which it does."""


def deciding(operation: Operation, table: str) -> frozenset[str]:
    """The columns of a table without which its events or findings cannot all be told."""
    return frozenset(_DECIDING[operation].get(table, ()))


def columns(operation: Operation, table: str, field: FilterField) -> frozenset[str]:
    """The columns of a table from which the values of a filter field are made."""
    found = {name for path in field.paths for name in _behind(operation, table, path)}
    if operation == "query_threats" and found - KEYS[table]:
        found.update(_LEADING.get(table, ()))
    return frozenset(found)


def _behind(operation: Operation, table: str, path: str) -> Iterator[str]:
    parts = path.split(".")
    if parts[:2] == ["unmapped", table] or path.startswith("evidences.data"):  # by its own name
        yield from (part for part in parts[2:] if part in TABLES[table])
    for begin, name, names in _BY_CODE[operation]:
        if name == table and path.startswith(begin):
            yield from names
    for prefix, mapping in _READ[operation]:
        if mapping.name == table and path.startswith(prefix):
            yield from _nearest(mapping, path.removeprefix(prefix).split("."))


def _nearest(mapping: Table, parts: list[str]) -> tuple[str, ...]:
    """The columns of the row that fills the attribute, or else of what holds it."""
    for length in range(len(parts), 0, -1):
        found = ".".join(parts[:length])
        if mapping.find(found) is not None:
            return _of(mapping, found)
    return ()
