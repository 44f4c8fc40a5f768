"""Ask a tenant which hunting tables and columns it has.

A tenant without a licence lacks whole tables, and new columns arrive tenant by tenant; naming one
that is missing makes Graph refuse the query. One fuzzy union of ``getschema`` answers for all
tables, since a fuzzy union passes over tables that do not exist.
"""

from collections.abc import Mapping
from typing import Final

from connector_core.errors import PermissionDeniedError, QueryRejectedError, ResponseInvalidError
from connector_core.provider import Flow, ask
from connector_defender_office365 import graph, kql
from connector_defender_office365.schema import TABLES

Schema = Mapping[str, Mapping[str, str]]
"""Table -> column -> KQL type."""

DOCUMENTED: Final[Schema] = TABLES

KEYS: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset({"Timestamp", key})
    for table, key in (
        ("EmailEvents", "NetworkMessageId"),
        ("EmailAttachmentInfo", "NetworkMessageId"),
        ("EmailUrlInfo", "NetworkMessageId"),
        ("EmailPostDeliveryEvents", "NetworkMessageId"),
        ("UrlClickEvents", "ReportId"),
        ("AlertInfo", "AlertId"),
        ("AlertEvidence", "AlertId"),
    )
}
"""Columns without which the rows of a table cannot be put in order or told apart."""

_TYPES: Final = {"sbyte": "bool", "object": "dynamic", "int64": "long", "int32": "int"}


def question() -> kql.KqlText:
    """The query for all tables at once."""
    parts = tuple(_columns_of(table) for table in TABLES)
    return kql.render(kql.Query(kql.Pipeline(kql.Union(parts, fuzzy=True), (_PROJECT,))))


_CELLS: Final = ("HuntingTable", "ColumnName", "ColumnType")
_PROJECT: Final = kql.Project(_CELLS)


def _columns_of(table: str) -> kql.Pipeline:
    named = kql.Extend((kql.Named("HuntingTable", kql.Text(table)),))
    return kql.Pipeline(kql.TableRef(table), (kql.GetSchema(), named, _PROJECT))


def discover(root: str) -> Flow[Schema]:
    """The tables and columns that the tenant has.

    A table without its time or its id cannot be read and counts as missing. Raises
    `PermissionDeniedError` when there is no table at all.
    """
    try:
        request = graph.hunting_request(root, question())
        result = yield from ask(request, graph.read_result, once="schema")
    except QueryRejectedError as error:
        if not error.details.get("missing"):
            raise
        result = None
    found: dict[str, dict[str, str]] = {}
    for row in graph.decode_rows(result) if result else ():
        table, name, kind = (str(row.get(cell) or "") for cell in _CELLS)
        if table not in TABLES or not name or not kind:
            raise ResponseInvalidError(
                "Graph's answer about the tenant's tables has an unknown shape: a cell is missing.",
                remediation="Try again; if it persists, report it.",
            )
        columns = found.setdefault(table, {})
        if name in DOCUMENTED[table] or _can_be_asked(name):
            columns[name] = _TYPES.get(kind.lower(), kind)
    usable = {table: columns for table, columns in found.items() if KEYS[table] <= columns.keys()}
    if not usable:
        raise no_tables()
    return usable


def _can_be_asked(name: str) -> bool:
    """Whether a column nobody knows yet can stand in our queries beside our own columns."""
    try:
        kql.Column(name)
    except ValueError:
        return False
    return name not in _OWN_COLUMNS


_OWN_COLUMNS: Final = frozenset(
    ("Kind", "Id", "EventKey", "ThreatKey", "MessageKey", "RecipientKey", "Files", "Links")
)
"""Names that the page queries give to columns of their own."""


def no_tables() -> PermissionDeniedError:
    """The error of a tenant that has none of the tables."""
    return PermissionDeniedError(
        "The tenant has none of the e-mail hunting tables.",
        remediation="Check that it has Defender for Office 365 Plan 2 and that the service is"
        " set up: the tables appear in Advanced hunting at security.microsoft.com.",
        details={"topic": "licence"},
    )
