"""One page of the ids of findings from three tables, and all rows about given ids.

A finding is made of every row about its id, in the query's window and a margin around it; its time
is that of the first row. A slice shorter than the window may meet a finding's later rows without
its first one: such a finding belongs to another slice, and the caller leaves it there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from connector_core.filter.planner import plan
from connector_core.query import Query
from connector_defender_office365 import filters, kql
from connector_defender_office365.convert import PRODUCT
from connector_defender_office365.discovery import Schema
from connector_defender_office365.filters import Child, Columns, Fields
from connector_defender_office365.schema import TABLES

from .predicates import Facts, PredicateTranslator
from .slices import (
    DAY_MS,
    MARGIN_MS,
    Slice,
    Span,
    around,
    beyond,
    children,
    in_order,
    inside,
    within,
)

RETENTION_MS: Final = 30 * DAY_MS
"""What Graph keeps (Microsoft, "Use the Microsoft Graph security API", 2026: 30 days). Evidence can
be days older or younger than its alert, so it is looked for this far on both sides of a window."""

Kind = Literal["message", "alert", "click"]

_ID: Final = "Id"
_OWN_NAMES: Final = (PRODUCT, PRODUCT.replace(" ", ""))
"""How rows spell the product; compared without case."""
_SOURCES: Final[tuple[tuple[Kind, str, str, Callable[[Columns, Child], Fields]], ...]] = (
    ("message", "EmailEvents", "NetworkMessageId", filters.messages),
    ("alert", "AlertInfo", "AlertId", filters.alerts),
    ("click", "UrlClickEvents", "ReportId", filters.clicks),
)
"""Kind of finding, the table that lists it, the column that identifies it, its fields in KQL."""

LISTED_IN: Final[Mapping[Kind, str]] = {kind: table for kind, table, _, _ in _SOURCES}

DETAIL_TABLES: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("message", "EmailEvents", "NetworkMessageId"),
    ("message", "EmailAttachmentInfo", "NetworkMessageId"),
    ("message", "EmailUrlInfo", "NetworkMessageId"),
    ("alert", "AlertInfo", "AlertId"),
    ("alert", "AlertEvidence", "AlertId"),
    ("click", "UrlClickEvents", "ReportId"),
)
"""Which tables make a finding of each kind whole, and by which column."""


def threat_sources(schema: Schema, query: Query) -> list[PredicateTranslator]:
    """What each threat table that the tenant has says about a predicate."""
    child = children(schema, query)
    return [
        _facts(schema, table, fields, child, True).translated
        for _, table, _, fields in _SOURCES
        if table in schema
    ]


def _facts(
    schema: Schema,
    table: str,
    fields: Callable[[Columns, Child], Fields],
    child: Child,
    all_rows: bool,
) -> Facts:
    return Facts(fields(Columns(table, schema[table]), child), _ID, all_rows)


def page_of_threats(schema: Schema, part: Slice) -> kql.KqlText:
    """Time, kind and id of the findings of one page, from every table, in one order.

    Columns: `Timestamp`, `Kind`, `Id` (in lower case; empty for rows that have none), `ThreatKey`.
    """
    asked = [_branch(schema, part, *source) for source in _SOURCES if source[1] in schema]
    # A table that the filters rule out is not read; one is asked anyway, for an answer.
    branches = [branch for branch in asked if _NOTHING not in branch.operators] or asked[:1]
    key = kql.call("strcat", kql.Column("Kind"), kql.Text("|"), kql.Column(_ID))
    page = kql.Pipeline(kql.Union(tuple(branches))).pipe(
        kql.Extend((kql.Named("ThreatKey", key),)),
        *beyond(part, "ThreatKey"),
        in_order(part, "ThreatKey"),
        kql.Take(part.take),
        kql.Project(("Timestamp", "Kind", _ID, "ThreatKey")),
    )
    return kql.render(kql.Query(page))


_NOTHING: Final = kql.Where(kql.FALSE)


def _branch(
    schema: Schema,
    part: Slice,
    kind: Kind,
    table: str,
    key: str,
    fields: Callable[[Columns, Child], Fields],
) -> kql.Pipeline:
    span, columns = part.span, Columns(table, schema[table])
    facts = _facts(schema, table, fields, children(schema, part.query), part.whole)
    wanted = facts.translated(plan(part.query.predicate).pushed).predicate
    first = kql.Named("Timestamp", kql.call("min", kql.Column("Timestamp")))
    return kql.Pipeline(kql.TableRef(table)).pipe(
        within(span.start - MARGIN_MS, span.end + MARGIN_MS),
        kql.Where(_told_apart(key, span)),
        kql.Where(_LISTED[kind](schema, part.query, columns)),
        kql.Extend((kql.Named(_ID, kql.call("tolower", kql.Column(key))),)),
        kql.Summarize((first, *facts.counts), by=(_ID,)),
        within(span.start, span.end),
        *(() if wanted == kql.TRUE else (kql.Where(wanted),)),
        kql.Project(("Timestamp", kql.Named("Kind", kql.Text(kind)), _ID)),
    )


def _told_apart(key: str, span: Span) -> kql.Expr:
    """Rows with an id, and those of the span without: folded into one, they are at least told of.

    Their fold has the empty id. Of the margin they are left out, where they may be older than the
    span and take the fold's time along.
    """
    return kql.any_of(kql.call("isnotempty", kql.Column(key)), inside(span.start, span.end))


# -- what is a finding: as a predicate on rows to be found, and of rows that were read ------------


def _accused(schema: Schema, query: Query, columns: Columns) -> kql.Expr:
    """Copies with a verdict."""
    return kql.call("isnotempty", columns("ThreatTypes"))


def _risky(schema: Schema, query: Query, columns: Columns) -> kql.Expr:
    """All rows of clicks of which one was blocked or carries a verdict."""
    stopped = kql.Binary("contains", columns("ActionType"), kql.Text("ClickBlocked"))
    verdict = kql.call("isnotempty", columns("ThreatTypes"))
    return _about("UrlClickEvents", "ReportId", query, kql.any_of(stopped, verdict))


def _in_scope(schema: Schema, query: Query, columns: Columns) -> kql.Expr:
    """Alerts of Defender for Office 365, and others that point at a message."""
    names = tuple(map(kql.Text, _OWN_NAMES))
    ours = kql.any_of(
        *(
            kql.Member(columns(column), names, ignore_case=True)
            for column in ("ServiceSource", "DetectionSource")
        )
    )
    found = [_about("AlertInfo", "AlertId", query, ours)]
    if "AlertEvidence" in schema:
        entity = Columns("AlertEvidence", schema["AlertEvidence"])("EntityType")
        mail = kql.Member(entity, (kql.Text("MailMessage"),), ignore_case=True)
        found.append(_about("AlertEvidence", "AlertId", query, mail, RETENTION_MS))
    return kql.any_of(*found)


def _about(
    table: str, key: str, query: Query, where: kql.Expr, margin: int = MARGIN_MS
) -> kql.Among:
    """Rows whose id has a row in `table`, anywhere around the window, for which `where` holds."""
    rows = around(table, query.window, margin).pipe(kql.Where(where))
    return kql.Among(kql.Column(key), rows, key)


_LISTED: Final[Mapping[Kind, Callable[[Schema, Query, Columns], kql.Expr]]] = {
    "message": _accused,
    "alert": _in_scope,
    "click": _risky,
}


def risky(row: Any) -> bool:
    """Whether a click was blocked or carries a verdict."""
    return bool(row.ThreatTypes) or "clickblocked" in (row.ActionType or "").lower()


def in_scope(rows: Sequence[Any], evidence: Sequence[Any]) -> bool:
    """Whether an alert is Defender for Office 365's own, or points at a message."""
    own = {name.lower() for name in _OWN_NAMES}
    return any(
        (row.ServiceSource or "").lower() in own or (row.DetectionSource or "").lower() in own
        for row in rows
    ) or any((row.EntityType or "").lower() == "mailmessage" for row in evidence)


# -- all rows about given ids ----------------------------------------------------------------------


def rows_of(schema: Schema, table: str, key: str, ids: Sequence[str], query: Query) -> kql.KqlText:
    """All rows of `table` for `ids`, every column, in the query's window and a margin.

    Text columns that the tenant lacks come as empty text.
    """
    margin = RETENTION_MS if table == "AlertEvidence" else MARGIN_MS
    member = kql.Member(kql.Column(key), tuple(kql.Text(uid) for uid in ids), ignore_case=True)
    lacking = (
        kql.Named(name, kql.Text(""))
        for name, kind in TABLES[table].items()
        if kind == "string" and name not in schema[table]
    )
    shown = kql.Project((*schema[table], *lacking))
    return kql.render(kql.Query(around(table, query.window, margin).pipe(kql.Where(member), shown)))
