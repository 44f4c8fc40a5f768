"""What a caller is told beside the answer: what the tenant lacks, and what could not be read."""

from collections.abc import Sequence
from typing import Any

from connector_core.errors import MappingError, Origin, QueryRejectedError
from connector_core.filter.planner import conditions
from connector_core.filter.predicate import Predicate
from connector_core.provider import Notice
from connector_core.query import Operation
from connector_defender_office365 import graph, needs
from connector_defender_office365.discovery import KEYS, Schema
from connector_defender_office365.schema import TABLES


def lacking(operation: Operation, schema: Schema, predicate: Predicate) -> list[Notice]:
    """What the tenant has not: tables; and columns, which matter when the answer needs them."""
    read = needs.READ[operation]
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
            needed = needs.deciding(operation, table).union(
                *(needs.columns(operation, table, field) for field in filtered)
            )
            found.append(_column_missing(table, absent, sorted(needed.intersection(absent))))
    return found


def _column_missing(table: str, absent: Sequence[str], needed: Sequence[str]) -> Notice:
    wanted = f" What was asked for may need {', '.join(needed)}." if needed else ""
    return Notice(
        code="column_missing",
        message=f"The tenant's {table} lacks columns: {', '.join(absent)}.{wanted}",
        incomplete=bool(needed),
        details={"table": table},
    )


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
    """A row that cannot be made into an event, named by table, row and column."""
    column = error.column if isinstance(error, MappingError) else ""
    what = (
        f"column {column}" if column else f"a value of an unforeseen form ({type(error).__name__})"
    )
    (key,) = KEYS[table] - {"Timestamp"}
    where = f"{table} {getattr(row, key, None) or ''}"  # never content
    return Notice(
        code="row_unmapped",
        message=f"Row {where} cannot be mapped: {what}.",
        incomplete=True,
        details={"table": table, "row": where, "column": column},
    )


def unreadable(table: str, bad: Sequence[tuple[int, str]]) -> list[Notice]:
    """One notice for each row that could not be decoded."""
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


def without_id(table: str) -> Notice:
    """Rows that tell of a threat and not of which one."""
    (key,) = KEYS[table] - {"Timestamp"}
    return Notice(
        code="row_without_id",
        message=f"Rows of {table} that tell of a threat have no {key}; the answer lacks them.",
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
