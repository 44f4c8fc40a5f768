"""From a query to KQL: which rows make a page, and which rows make a finding whole.

The shapes are few: one page of events with attachments and links joined for that page alone; one
page of the ids of threats from three sources; all rows of one table for given ids. Each window is
half-open and literal, the time test comes first, and a page goes on after (time, key), since many
rows share one second.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from connector_core.filter.planner import conjuncts, describe, plan
from connector_core.filter.predicate import AllOf, AnyOf, Condition, Negation, Predicate
from connector_core.provider import Disposition, FilterDisposition
from connector_core.query import Query, ResumePoint
from connector_defender_office365 import filters, kql
from connector_defender_office365.convert import PRODUCT
from connector_defender_office365.discovery import Schema
from connector_defender_office365.filters import Columns
from connector_defender_office365.inverse import (
    UNSAID,
    Inverse,
    Said,
    clamped,
    instant,
    instant_text,
)
from connector_defender_office365.schema import TABLES

DAY_MS: Final = 86_400_000
MARGIN_MS: Final = DAY_MS
"""Parts of a message carry clocks of their own: they are looked for a day around the window."""
EVIDENCE_MARGIN_MS: Final = 7 * DAY_MS
"""Evidence may be written days after its alert."""

Kind = Literal["message", "alert", "click"]

_ID: Final = "NetworkMessageId"
_RECIPIENT: Final = "RecipientEmailAddress"
_MAIL_KEY: Final = ("RecipientEmailAddress", "ReportId")
_ACTION_KEY: Final = (
    "RecipientEmailAddress",
    "ActionType",
    "Action",
    "ActionTrigger",
    "ActionResult",
    "DeliveryLocation",
    "ReportId",
)


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a query's window that one request covers."""

    start: int
    end: int
    after: ResumePoint | None = None
    """(time text, key) of the last row given out, or (time text, None) for everything beyond."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One request's worth of a query: its span, and how many rows to take."""

    query: Query
    span: Span
    take: int

    @property
    def descending(self) -> bool:
        """Whether newer rows come first."""
        return self.query.order == "newest_first"


# -- filters -------------------------------------------------------------------------------------


def said(predicate: Predicate, fields: Mapping[str, Inverse], negated: bool = False) -> Said:
    """The predicate in KQL, kept wide where a field cannot be said; negations go to the leaves."""
    match predicate:
        case Condition():
            return fields.get(predicate.field.name, _unsaid)(predicate, negated)
        case Negation(item=item):
            return said(item, fields, not negated)
        case AllOf(items=items) | AnyOf(items=items):
            parts = [said(item, fields, negated) for item in items]
            join = kql.all_of if isinstance(predicate, AllOf) is not negated else kql.any_of
            exact = all(part.exact for part in parts)
            return Said(join(*(part.predicate for part in parts)), exact)


def _unsaid(condition: Condition, negated: bool) -> Said:
    return UNSAID


def dispositions(
    predicate: Predicate, sources: Sequence[Mapping[str, Inverse]]
) -> list[FilterDisposition]:
    """What becomes of each filter over all sources of an operation."""
    found = []
    for part in conjuncts(predicate):
        answers = [said(AllOf(tuple(conjuncts(plan(part).pushed))), fields) for fields in sources]
        local = plan(part).local != AllOf(())
        disposition: Disposition = "narrowed"
        if all(answer.predicate == kql.TRUE for answer in answers) or not answers:
            disposition = "local"
        elif all(answer.exact for answer in answers) and not local:
            disposition = "pushed"
        found.append(FilterDisposition(describe(part), disposition))
    return found


# -- time and place ------------------------------------------------------------------------------


def within(start: int, end: int) -> kql.Where:
    """Rows of the half-open span, in milliseconds UTC."""
    time = kql.Column("Timestamp")
    return kql.Where(
        kql.all_of(
            kql.Binary(">=", time, kql.Instant(instant_text(clamped(start)))),
            kql.Binary("<", time, kql.Instant(instant_text(clamped(end)))),
        )
    )


def _beyond(part: Slice, key: str) -> tuple[kql.Where, ...]:
    """Rows after the resume point, in the order of the query."""
    if part.span.after is None:
        return ()
    text, last = part.span.after
    time, at = kql.Column("Timestamp"), kql.Instant(str(text))
    further = kql.Binary("<" if part.descending else ">", time, at)
    if last is None:
        edge = further if part.descending else kql.Binary(">=", time, at)
        return (kql.Where(edge),)
    order = kql.call("strcmp", kql.Column(key), kql.Text(str(last)))
    tie = kql.Binary("<" if part.descending else ">", order, kql.Long(0))
    return (kql.Where(kql.any_of(further, kql.all_of(kql.Binary("==", time, at), tie))),)


def _sorted(part: Slice, key: str) -> kql.Sort:
    return kql.Sort((kql.SortKey("Timestamp", part.descending), kql.SortKey(key, part.descending)))


def _children(schema: Schema, query: Query) -> Callable[[str], tuple[kql.Pipeline, Columns] | None]:
    """Rows of another table, in the query's whole window and a margin around it."""

    def child(table: str) -> tuple[kql.Pipeline, Columns] | None:
        if table not in schema:
            return None
        return around(table, query), Columns(table, schema[table])

    return child


def around(table: str, query: Query, after: int = MARGIN_MS) -> kql.Pipeline:
    """A table in the query's window and a margin around it."""
    window = query.window
    return kql.Pipeline(
        kql.TableRef(table), (within(window.start - MARGIN_MS, window.end + after),)
    )


# -- events --------------------------------------------------------------------------------------

_EVENT_SOURCES: Final = (
    ("EmailEvents", "delivery", filters.email_events, _MAIL_KEY),
    ("EmailPostDeliveryEvents", "action", filters.post_delivery, _ACTION_KEY),
)


def event_fields(schema: Schema, query: Query) -> list[Mapping[str, Inverse]]:
    """The inverse mapping of each event table that the tenant has."""
    child = _children(schema, query)
    return [
        fields(Columns(name, schema[name]), child)
        for name, _, fields, _ in _EVENT_SOURCES
        if name in schema
    ]


def page_of_events(schema: Schema, part: Slice) -> kql.KqlText:
    """The rows of one page, newest (or oldest) first, with attachments and links as lists.

    Columns: every known and every new column of both tables, `Kind`, `EventKey`, `Files`, `Links`.
    """
    query = part.query
    child = _children(schema, query)
    branches = []
    for name, kind, fields, key in _EVENT_SOURCES:
        if name not in schema:
            continue
        columns = Columns(name, schema[name])
        found = said(plan(query.predicate).pushed, fields(columns, child))
        if found.predicate == kql.FALSE:
            continue
        branches.append(_event_branch(part, columns, kind, key, found.predicate))
    if not branches:
        branches = [_nothing(schema, part)]
    page = kql.Pipeline(kql.Union(tuple(branches))).pipe(
        _sorted(part, "EventKey"), kql.Take(part.take)
    )
    return kql.render(_with_parts(page, schema, part))


def _nothing(schema: Schema, part: Slice) -> kql.Pipeline:
    """No row of any table: the filters contradict what every table says."""
    name, kind, _, key = next(source for source in _EVENT_SOURCES if source[0] in schema)
    return _event_branch(part, Columns(name, schema[name]), kind, key, kql.FALSE)


def _event_branch(
    part: Slice, columns: Columns, kind: str, key: Sequence[str], predicate: kql.Expr
) -> kql.Pipeline:
    pieces: list[kql.Expr] = [kql.Text(kind)]
    for name in (_ID, *key):
        pieces += [kql.Text("|"), columns(name)]
    steps: list[kql.TabularOperator] = [within(part.span.start, part.span.end)]
    if predicate != kql.TRUE:
        steps.append(kql.Where(predicate))
    steps.append(
        kql.Extend(
            (
                kql.Named("Kind", kql.Text(kind)),
                kql.Named("EventKey", kql.call("strcat", *pieces)),
                kql.Named("RecipientKey", kql.call("tolower", columns(_RECIPIENT))),
            )
        )
    )
    steps += _beyond(part, "EventKey")
    steps.append(kql.Project((*columns.present, "Kind", "EventKey", "RecipientKey")))
    return kql.Pipeline(kql.TableRef(columns.table), tuple(steps))


FILE_COLUMNS: Final = (
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
LINK_COLUMNS: Final = (
    "Url",
    "UrlDomain",
    "UrlLocation",
    "UrlChainId",
    "UrlChainPosition",
    "ReportId",
)


def _with_parts(page: kql.Pipeline, schema: Schema, part: Slice) -> kql.Query:
    """Join what the page's messages carried, for those messages alone."""
    ids = kql.Pipeline(kql.LetRef("page")).pipe(kql.Project((_ID,)))
    lets = [kql.Let("page", page, materialize=True)]
    body = kql.Pipeline(kql.LetRef("page"))
    extra: list[str] = []
    for table, name, wanted, key in (
        ("EmailAttachmentInfo", "Files", FILE_COLUMNS, (_ID, "RecipientKey")),
        ("EmailUrlInfo", "Links", LINK_COLUMNS, (_ID,)),
    ):
        if table not in schema:
            continue
        columns = Columns(table, schema[table])
        rows = around(table, part.query).pipe(
            kql.Where(kql.Member(kql.Column(_ID), ids)),
            kql.Extend((kql.Named("RecipientKey", kql.call("tolower", columns(_RECIPIENT))),))
            if len(key) > 1
            else kql.Extend((kql.Named("RecipientKey", kql.Text("")),)),
            kql.Summarize(
                (kql.Named(name, kql.call("make_list", _packed(columns, wanted))),), by=key
            ),
        )
        lets.append(kql.Let(name.lower(), rows))
        body = body.pipe(kql.Join(kql.Pipeline(kql.LetRef(name.lower())), on=key, kind="leftouter"))
        extra.append(name)
    shown = dict.fromkeys(
        column for table, *_ in _EVENT_SOURCES if table in schema for column in schema[table]
    )
    body = body.pipe(
        _sorted(part, "EventKey"),
        kql.Project((*_projected(shown, page), "Kind", "EventKey", *extra)),
    )
    return kql.Query(body, tuple(lets))


def _projected(shown: Mapping[str, None], page: kql.Pipeline) -> list[str]:
    """Only columns that some branch of the page has."""
    union = page.source
    branches = union.parts if isinstance(union, kql.Union) else (page,)
    have = {
        column
        for branch in branches
        for step in branch.operators
        if isinstance(step, kql.Project)
        for column in step.columns
    }
    return [column for column in shown if column in have]


def _packed(columns: Columns, wanted: Sequence[str]) -> kql.Expr:
    pairs: list[kql.Expr] = []
    for name in wanted:
        if columns.has(name):
            pairs += [kql.Text(name), kql.Column(name)]
    return kql.call("bag_pack", *pairs)


# -- threats -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Facts:
    """Facts about single rows that a folded finding must have met, counted while folding."""

    fields: Mapping[str, Inverse]
    counts: list[kql.Named] = field(default_factory=list)

    def said(self, predicate: Predicate, negated: bool = False) -> kql.Expr:
        """The predicate on a folded row: "some row of the finding says so"."""
        match predicate:
            case Condition(field=known):
                if known.name == "time":
                    return self.fields["time"](predicate, negated).predicate
                return self._some(
                    self.fields.get(known.name, _unsaid)(predicate, negated).predicate
                )
            case Negation(item=item):
                return self.said(item, not negated)
            case AllOf(items=items) | AnyOf(items=items):
                join = kql.all_of if isinstance(predicate, AllOf) is not negated else kql.any_of
                return join(*(self.said(item, negated) for item in items))

    def _some(self, fact: kql.Expr) -> kql.Expr:
        if fact in (kql.TRUE, kql.FALSE) or _about_key(fact):
            return fact
        name = f"Rows{len(self.counts)}"
        self.counts.append(kql.Named(name, kql.call("countif", fact)))
        return kql.Binary(">", kql.Column(name), kql.Long(0))


def _about_key(fact: kql.Expr) -> bool:
    """Whether a fact is a look-up of the finding's own id in another table."""
    return isinstance(fact, kql.Member) and isinstance(fact.options, kql.Pipeline)


_VERDICT: Final = kql.call("isnotempty", kql.Column("ThreatTypes"))
_STOPPED: Final = kql.Binary("contains", kql.Column("ActionType"), kql.Text("ClickBlocked"))

THREAT_SOURCES: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("message", "EmailEvents", _ID),
    ("alert", "AlertInfo", "AlertId"),
    ("click", "UrlClickEvents", "ReportId"),
)
"""Kind of finding, the table that lists it, the column that identifies it."""

_THREAT_FIELDS: Final = {
    "message": filters.messages,
    "alert": filters.alerts,
    "click": filters.clicks,
}


def threat_fields(schema: Schema, query: Query) -> list[Mapping[str, Inverse]]:
    """The inverse mapping of each threat table that the tenant has."""
    child = _children(schema, query)
    return [
        _THREAT_FIELDS[kind](Columns(table, schema[table]), child)
        for kind, table, _ in THREAT_SOURCES
        if table in schema
    ]


def page_of_threats(schema: Schema, part: Slice) -> kql.KqlText:
    """Time, kind and id of the findings of one page, from every table, in one order.

    Columns: `Timestamp`, `Kind`, `Id`, `ThreatKey`.
    """
    branches = [
        _threat_branch(schema, part, kind, table, key)
        for kind, table, key in THREAT_SOURCES
        if table in schema
    ]
    key = kql.call("strcat", kql.Column("Kind"), kql.Text("|"), kql.Column("Id"))
    page = kql.Pipeline(kql.Union(tuple(branches))).pipe(
        kql.Extend((kql.Named("ThreatKey", key),)),
        *_beyond(part, "ThreatKey"),
        _sorted(part, "ThreatKey"),
        kql.Take(part.take),
        kql.Project(("Timestamp", "Kind", "Id", "ThreatKey")),
    )
    return kql.render(kql.Query(page))


def _threat_branch(schema: Schema, part: Slice, kind: Kind, table: str, key: str) -> kql.Pipeline:
    span, columns = part.span, Columns(table, schema[table])
    fields = dict(_THREAT_FIELDS[kind](columns, _children(schema, part.query)))
    fields["time"] = instant(kql.Column("Timestamp"))
    facts = _Facts(fields)
    wanted = facts.said(plan(part.query.predicate).pushed)
    first = kql.Named("Timestamp", kql.call("min", kql.Column("Timestamp")))
    steps: list[kql.TabularOperator] = [within(span.start - MARGIN_MS, span.end)]
    steps.append(kql.Where(kql.call("isnotempty", kql.Column(key))))
    conditions = [wanted]
    match kind:
        case "message":
            steps.append(kql.Where(_VERDICT))
        case "alert":
            steps.append(kql.Where(_in_scope(schema, part.query, columns)))
        case "click":
            counted = kql.call("countif", kql.any_of(_STOPPED, _VERDICT))
            facts.counts.append(kql.Named("Risky", counted))
            conditions.insert(0, kql.Binary(">", kql.Column("Risky"), kql.Long(0)))
    steps.append(kql.Summarize((first, *facts.counts), by=(key,)))
    steps.append(within(span.start, span.end))
    keep = kql.all_of(*conditions)
    if keep != kql.TRUE:
        steps.append(kql.Where(keep))
    shown = (
        "Timestamp",
        kql.Named("Kind", kql.Text(kind)),
        kql.Named("Id", kql.Column(key)),
    )
    return kql.Pipeline(kql.TableRef(table), (*steps, kql.Project(shown)))


def _in_scope(schema: Schema, query: Query, columns: Columns) -> kql.Expr:
    """Alerts of Defender for Office 365, and others that point at a message."""
    names = (kql.Text(PRODUCT), kql.Text(PRODUCT.replace(" ", "")))
    ours: list[kql.Expr] = [
        kql.Member(columns(column), names, ignore_case=True)
        for column in ("ServiceSource", "DetectionSource")
    ]
    if "AlertEvidence" in schema:
        evidence = Columns("AlertEvidence", schema["AlertEvidence"])
        mail = kql.Member(evidence("EntityType"), (kql.Text("MailMessage"),), ignore_case=True)
        ids = around("AlertEvidence", query, EVIDENCE_MARGIN_MS).pipe(
            kql.Where(mail), kql.Project(("AlertId",))
        )
        ours.append(kql.Member(kql.Column("AlertId"), ids))
    return kql.any_of(*ours)


DETAIL_TABLES: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("message", "EmailEvents", _ID),
    ("message", "EmailAttachmentInfo", _ID),
    ("message", "EmailUrlInfo", _ID),
    ("alert", "AlertInfo", "AlertId"),
    ("alert", "AlertEvidence", "AlertId"),
    ("click", "UrlClickEvents", "ReportId"),
)
"""Which tables make a finding of each kind whole, and by which column."""


def rows_of(schema: Schema, table: str, key: str, ids: Sequence[str], query: Query) -> kql.KqlText:
    """All rows of `table` for `ids`, every column, in the query's window and a margin."""
    margin = EVIDENCE_MARGIN_MS if table == "AlertEvidence" else MARGIN_MS
    member = kql.Member(kql.Column(key), tuple(kql.Text(uid) for uid in ids), ignore_case=True)
    rows = around(table, query, margin).pipe(kql.Where(member), kql.Project(tuple(schema[table])))
    return kql.render(kql.Query(rows))


def slice_of(query: Query, take: int) -> Slice:
    """The whole rest of a query as one slice."""
    window, resume = query.window, query.resume
    return Slice(query, Span(window.start, window.end, resume), take)


def missing_columns(schema: Schema) -> dict[str, list[str]]:
    """Documented columns that the tenant's tables lack."""
    return {
        table: absent
        for table, columns in TABLES.items()
        if table in schema and (absent := [name for name in columns if name not in schema[table]])
    }
