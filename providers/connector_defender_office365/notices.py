"""What a caller is told beside the answer: what the tenant lacks, and what could not be read."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from connector_core.errors import Origin, QueryRejectedError
from connector_core.filter.fields import FilterField
from connector_core.filter.planner import conditions
from connector_core.filter.predicate import Predicate
from connector_core.mapping import Table
from connector_core.provider import Notice
from connector_core.query import Operation
from connector_defender_office365 import graph, normalize
from connector_defender_office365.discovery import Schema
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

_READ: Final[dict[Operation, tuple[tuple[str, Table], ...]]] = {
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

_DECIDING: Final = {"EmailEvents": "ThreatTypes", "UrlClickEvents": "ThreatTypes"}
"""Without this column threats of the table cannot be told from the rest."""


def lacking(operation: Operation, schema: Schema, predicate: Predicate) -> list[Notice]:
    """What the tenant has not: tables, and columns; the latter matter when a filter needs them."""
    read = dict.fromkeys(table.name for _, table in _READ[operation])
    found = [
        Notice(
            code="table_missing",
            message=f"The tenant has no table {table}; the answer lacks what it would tell.",
            incomplete=True,
            details={"table": table},
        )
        for table in read
        if table not in schema
    ]
    filtered = {condition.field for condition in conditions(predicate)}
    for table in read:
        absent = [name for name in TABLES[table] if name not in schema.get(table, TABLES[table])]
        if absent:
            needed = set(absent) & {
                column for each in filtered for column in _columns(operation, table, each)
            }
            if operation == "query_threats":
                needed |= set(absent) & {_DECIDING.get(table, "")}
            found.append(_column_missing(table, absent, sorted(needed)))
    return found


def _column_missing(table: str, absent: Sequence[str], needed: Sequence[str]) -> Notice:
    wanted = f" What was asked for may need {', '.join(needed)}." if needed else ""
    return Notice(
        code="column_missing",
        message=f"The tenant's {table} lacks columns: {', '.join(absent)}.{wanted}",
        incomplete=bool(needed),
        details={"table": table},
    )


def _columns(operation: Operation, table: str, field: FilterField) -> Iterator[str]:
    """The columns of a table from which the values of a filter field are made."""
    for prefix, mapping in _READ[operation]:
        for path in field.paths:
            if mapping.name != table or not path.startswith(prefix):
                continue
            parts = path.removeprefix(prefix).split(".")
            for length in range(len(parts), 0, -1):
                row = mapping.find(".".join(parts[:length]))
                if row is not None:
                    yield from (*row.columns, *getattr(row, "uses", ()))
                    break


def refuse_blind_filters(predicate: Predicate, schema: Schema) -> None:
    """A filter on a table that the tenant lacks would find nothing and look like an answer."""
    for condition in conditions(predicate):
        for prefix, table in (
            ("email.files.", "EmailAttachmentInfo"),
            ("email.urls.", "EmailUrlInfo"),
        ):
            if condition.field.name.startswith(prefix) and table not in schema:
                raise QueryRejectedError(
                    f"This tenant has no table {table}, so {condition.field.name} cannot be"
                    " filtered.",
                    origin=Origin(operation="query"),
                    remediation="Leave the filter out, or check the tenant's licence.",
                )


def unmapped(table: str, row: Any, error: Exception) -> Notice:
    """A row that cannot be made into an event."""
    fault = normalize.mapping_error(table, row, error)
    return Notice(
        code="row_unmapped",
        message=str(fault),
        incomplete=True,
        details={"table": table, "row": fault.row, "column": fault.column},
    )


def unreadable(table: str, bad: Sequence[tuple[int, str]]) -> list[Notice]:
    """Rows that are no rows."""
    return [
        Notice(
            code="row_unreadable",
            message=f"A row of the {table} answer could not be read: {reason}.",
            incomplete=True,
        )
        for _, reason in bad
    ]


def capped(table: str) -> Notice:
    """As many rows as Graph ever returns."""
    return Notice(
        code="row_cap",
        message=f"The {table} answer reached Graph's limit of {graph.MAX_ROWS} rows;"
        " some may be missing.",
        incomplete=True,
        details={"table": table},
    )


def not_found_again(kind: str, uid: str) -> Notice:
    """A finding that was listed, and of which the second read found no row."""
    return Notice(
        code="finding_unread",
        message=f"The {kind} with the id {uid[:80]!r} was listed but could not be read;"
        " the answer lacks it.",
        incomplete=True,
        details={"table": kind},
    )
