"""One page of events: deliveries and later actions in one order, with what the messages carried."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from connector_core.filter.planner import plan
from connector_core.query import Query, Window
from connector_defender_office365 import filters, kql
from connector_defender_office365.discovery import Schema
from connector_defender_office365.filters import Columns
from connector_defender_office365.schema import TABLES

from .predicates import PredicateTranslator, on_rows
from .slices import Slice, around, beyond, children, in_order, within

_ID: Final = "NetworkMessageId"
_RECIPIENT: Final = "RecipientEmailAddress"
_MAIL_KEY: Final = (_ID, _RECIPIENT, "ReportId")
_ACTION_KEY: Final = (
    _ID,
    _RECIPIENT,
    "ActionType",
    "Action",
    "ActionTrigger",
    "ActionResult",
    "DeliveryLocation",
    "ReportId",
)
_SOURCES: Final = (
    ("EmailEvents", "delivery", filters.email_events, _MAIL_KEY),
    ("EmailPostDeliveryEvents", "action", filters.post_delivery, _ACTION_KEY),
)
"""Table, kind of event, its fields in KQL, and the columns that tell its rows apart."""

_FILE_COLUMNS: Final = (
    "FileName",
    "FileType",
    "FileExtension",
    "SHA256",
    "FileSize",
    "ThreatTypes",
    "ThreatNames",
    "DetectionMethods",
    "ReportId",
    "AdditionalFields",
)
_LINK_COLUMNS: Final = (
    "Url",
    "UrlDomain",
    "UrlLocation",
    "UrlChainId",
    "UrlChainPosition",
    "ReportId",
)
_MESSAGE_KEY: Final = "MessageKey"
_RECIPIENT_KEY: Final = "RecipientKey"
_PARTS: Final = {
    "EmailAttachmentInfo": ("Files", _FILE_COLUMNS, (_MESSAGE_KEY, _RECIPIENT_KEY)),
    "EmailUrlInfo": ("Links", _LINK_COLUMNS, (_MESSAGE_KEY,)),
}
"""Table -> name of the list, what is listed, and what a part and its event have in common."""


def event_sources(schema: Schema, query: Query) -> list[PredicateTranslator]:
    """What each event table that the tenant has says about a predicate."""
    child = children(schema, query)
    return [
        on_rows(fields(Columns(name, schema[name]), child))
        for name, _, fields, _ in _SOURCES
        if name in schema
    ]


def page_of_events(schema: Schema, part: Slice) -> kql.KqlText:
    """The rows of one page, newest (or oldest) first, with attachments and links as lists.

    Columns: every column of the tables asked, `Kind`, `EventKey`, `Files`, `Links`.
    """
    wanted = plan(part.query.predicate).pushed
    asked = [source for source in _SOURCES if source[0] in schema]
    found = [source(wanted).predicate for source in event_sources(schema, part.query)]
    # A table that the filters rule out is not read; one is asked anyway, for an answer.
    kept = [index for index, predicate in enumerate(found) if predicate != kql.FALSE] or [0]
    branches, tables = [], []
    for index in kept:
        name, kind, _, key = asked[index]
        columns = Columns(name, schema[name])
        tables.append(columns)
        branches.append(_branch(part, columns, kind, key, found[index]))
    page = kql.Pipeline(kql.Union(tuple(branches))).pipe(
        in_order(part, "EventKey"), kql.Take(part.take)
    )
    return kql.render(_with_parts(page, tuple(tables), schema, part))


def _branch(
    part: Slice, columns: Columns, kind: str, key: tuple[str, ...], predicate: kql.Expr
) -> kql.Pipeline:
    table, made, shown = _columns_of(columns, kind, key)
    where = () if predicate == kql.TRUE else (kql.Where(predicate),)
    time = within(part.span.start, part.span.end)
    return kql.Pipeline(table, (time, *where, made, *beyond(part, "EventKey"), shown))


# No filter is part of what follows, so it is made once per table and kept (see `kql.Lasting`).


@lru_cache(maxsize=64)
def _columns_of(
    columns: Columns, kind: str, key: tuple[str, ...]
) -> tuple[kql.TableRef, kql.Lasting, kql.Lasting]:
    """A table of events, the columns made for its rows, and all that is shown of them."""
    pieces: list[kql.Expr] = [kql.Text(kind)]
    for name in key:
        pieces += [kql.Text("|"), columns(name)]
    made = (
        kql.Named("Kind", kql.Text(kind)),
        kql.Named("EventKey", kql.call("strcat", *pieces)),
        *_keys(columns, (_MESSAGE_KEY, _RECIPIENT_KEY)),
    )
    shown = kql.Project((*columns.present, *(column.name for column in made)))
    return kql.TableRef(columns.table), kql.Lasting(kql.Extend(made)), kql.Lasting(shown)


def _keys(columns: Columns, names: Sequence[str]) -> tuple[kql.Named, ...]:
    """Ids and addresses by which parts find their event: letter case differs between tables."""
    source = {_MESSAGE_KEY: _ID, _RECIPIENT_KEY: _RECIPIENT}
    return tuple(kql.Named(name, kql.call("tolower", columns(source[name]))) for name in names)


def _with_parts(
    page: kql.Pipeline, tables: tuple[Columns, ...], schema: Schema, part: Slice
) -> kql.Query:
    """Join what the page's messages carried, for those messages alone."""
    lets: list[kql.Let | kql.Lasting] = [kql.Let("page", page, materialize=True)]
    present = tuple(
        [
            table
            for table, (_, known, _) in _PARTS.items()
            if not schema.get(table, {}).keys().isdisjoint(known)
        ]
    )
    for table in present:
        lets.append(_listed(Columns(table, schema[table]), part.query.window))
    return kql.Query(_joined(tables, present, in_order(part, "EventKey")), tuple(lets))


@lru_cache(maxsize=64)
def _listed(columns: Columns, window: Window) -> kql.Lasting:
    """The page's rows of a table of parts, as one list for each message; kept for each window."""
    name, known, key = _PARTS[columns.table]
    new = tuple(column for column in columns.present if column not in TABLES[columns.table])
    ids = kql.Pipeline(kql.LetRef("page")).pipe(kql.Project((_ID,)))
    listed = kql.Named(name, kql.call("make_list", _packed(columns, known + new)))
    listing = around(columns.table, window).pipe(
        kql.Where(kql.Member(kql.Column(_ID), ids, ignore_case=True)),
        kql.Extend(_keys(columns, key)),
        kql.Summarize((listed,), by=key),
    )
    return kql.Lasting(kql.Let(name.lower(), listing))


@lru_cache(maxsize=64)
def _joined(
    tables: tuple[Columns, ...], parts: tuple[str, ...], order: kql.Lasting
) -> kql.Pipeline:
    """The page with its lists beside it, each column once."""
    names = dict.fromkeys(name for columns in tables for name in columns.present)
    lists = [_PARTS[part][::2] for part in parts]
    joins = [
        kql.Lasting(kql.Join(kql.Pipeline(kql.LetRef(name.lower())), on=key)) for name, key in lists
    ]
    shown = kql.Project((*names, "Kind", "EventKey", *(name for name, _ in lists)))
    return kql.Pipeline(kql.LetRef("page"), (*joins, order, kql.Lasting(shown)))


def _packed(columns: Columns, wanted: Sequence[str]) -> kql.Expr:
    pairs: list[kql.Expr] = []
    for name in wanted:
        if columns.has(name):
            pairs += [kql.Text(name), kql.Column(name)]
    return kql.call("bag_pack", *pairs)
