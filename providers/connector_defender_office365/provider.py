"""The Defender provider: which queries answer which operation, and how answers become batches."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from connector_core.errors import (
    NotFoundError,
    Origin,
    ProviderError,
    QueryRejectedError,
    ResultTooLargeError,
)
from connector_core.filter.planner import conditions
from connector_core.provider import (
    Batch,
    Call,
    CheckReport,
    Context,
    Flow,
    Notice,
    Plan,
    Record,
    ask,
    ask_all,
)
from connector_core.query import Operation, Query, ResumePoint, Window
from connector_defender_office365 import findings, graph, normalize, translate
from connector_defender_office365.auth import EntraAuth
from connector_defender_office365.check import check
from connector_defender_office365.config import DefenderConfig
from connector_defender_office365.discovery import DOCUMENTED, Schema, discover, no_tables
from connector_defender_office365.inverse import instant_text
from connector_defender_office365.kql import KqlText
from connector_defender_office365.normalize import Event, Normalizers
from connector_defender_office365.translate import Kind, Slice

IDS_PER_BATCH: Final = 250
"""Findings per batch: their ids stand in the queries for their rows."""
RETENTION_DAYS: Final = 30
DAY_MS: Final = 86_400_000
GATEWAY_TIMEOUT: Final = 504
SMALLEST_SPAN_MS: Final = 1_000


class DefenderProvider:
    """Microsoft Defender for Office 365, asked through Microsoft Graph advanced hunting."""

    def __init__(self, config: DefenderConfig, context: Context) -> None:
        self._config = config
        self._clock = context.clock
        self._root = config.endpoints.graph
        self._schema: Schema | None = None
        self.auth = EntraAuth(config, context.clock)

    @property
    def identity(self) -> str:
        """Region and tenant."""
        return f"{self._config.region}/{self._config.tenant_id}"

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Graph and the sign-in host of the region."""
        endpoints = self._config.endpoints
        return frozenset(
            origin.removeprefix("https://") for origin in (endpoints.graph, endpoints.login)
        )

    @cached_property
    def _normalizers(self) -> Normalizers:
        return Normalizers(self._config.tenant_id, self._schema or DOCUMENTED)

    # -- operations ------------------------------------------------------------------------------

    def query_events(self, query: Query) -> Flow[Batch]:
        """Deliveries and later actions, in one order."""
        schema = yield from self._known_schema()
        if "EmailEvents" not in schema and "EmailPostDeliveryEvents" not in schema:
            raise no_tables()
        self._refuse_blind_filters(query, schema)
        wanted = query.limit
        answer = yield from self._narrowing(query, wanted, translate.page_of_events)
        records, notices = self._event_records(answer.rows[:wanted], query)
        return self._batch(answer, records, notices + self._notices(_EVENT_TABLES), wanted)

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Messages with a verdict, alerts and risky clicks, in one order."""
        schema = yield from self._known_schema()
        if not any(table in schema for _, table, _ in translate.THREAT_SOURCES):
            raise no_tables()
        self._refuse_blind_filters(query, schema)
        wanted = min(query.limit, IDS_PER_BATCH)
        answer = yield from self._narrowing(query, wanted, translate.page_of_threats)
        rows = answer.rows[:wanted]
        ids: dict[Kind, list[str]] = defaultdict(list)
        for row in rows:
            ids[row.Kind].append(row.Id)
        found, read, notices = yield from self._findings(ids, query)
        answer.rows_read += read
        records = [
            Record(found[row.Kind, row.Id], _position(row, row.ThreatKey))
            for row in rows
            if (row.Kind, row.Id) in found
        ]
        return self._batch(answer, records, notices + self._notices(_THREAT_TABLES), wanted)

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """The message, alert or click with this id, whole."""
        yield from self._known_schema()
        now = int(self._clock.now() * 1_000) + 1
        query = Query(window=Window(now - RETENTION_DAYS * DAY_MS, now))
        ids: dict[Kind, list[str]] = {
            "alert": [threat_id],
            "message": [threat_id],
            "click": [threat_id],
        }
        found, read, notices = yield from self._findings(ids, query)
        if not found:
            raise NotFoundError(
                "There is no threat with this id in the last 30 days.",
                origin=Origin(operation="get_threat"),
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        kind = next(kind for kind in ids if any(key[0] == kind for key in found))
        event = next(event for key, event in found.items() if key[0] == kind)
        return Batch(
            records=[Record(event, ())],
            notices=notices + self._notices(_THREAT_TABLES),
            rows_read=read,
            drift=self._drift(),
        )

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The first query of the operation, and what becomes of each filter."""
        schema = self._schema or DOCUMENTED
        part = translate.slice_of(query, query.limit + 1)
        if operation == "query_threats":
            sources = translate.threat_fields(schema, query)
            text = translate.page_of_threats(
                schema, replace(part, take=min(part.take, IDS_PER_BATCH + 1))
            )
            calls = 1 + len(translate.DETAIL_TABLES)
        else:
            sources = translate.event_fields(schema, query)
            text, calls = translate.page_of_events(schema, part), 1
        return Plan(
            native_query=text,
            filters=translate.dispositions(query.predicate, sources),
            calls=calls,
        )

    def check(self) -> Flow[CheckReport]:
        """Sign-in, permission, licence, tables, clock: each with its remedy."""
        return check(self._config, self.auth, lambda: discover(self._root), self._clock)

    # -- asking ----------------------------------------------------------------------------------

    def _known_schema(self) -> Flow[Schema]:
        if self._schema is None:
            self._schema = yield from discover(self._root)
            self.__dict__.pop("_normalizers", None)
        return self._schema

    def _narrowing(
        self, query: Query, wanted: int, text_of: Callable[[Schema, Slice], KqlText]
    ) -> "Flow[_Answer]":
        """One page; where Graph gives up on it, fewer rows of a shorter span, never a gap."""
        part = translate.slice_of(query, wanted + 1)
        while True:
            text = text_of(self._schema or DOCUMENTED, part)
            try:
                result = yield from ask(graph.hunting_request(self._root, text), graph.read_result)
            except ResultTooLargeError as error:
                narrower = _narrower(part, error)
                if narrower is None:
                    raise
                part = narrower
                continue
            rows, bad = graph.decode_fast(result, graph.row_type(result.columns))
            return _Answer(part, text, rows, bad, result.capped)

    def _findings(
        self, ids: Mapping[Kind, Sequence[str]], query: Query
    ) -> "Flow[tuple[dict[tuple[Kind, str], Event], int, list[Notice]]]":
        """Every row about each id, folded; keys are kind and id."""
        schema = self._schema or DOCUMENTED
        wanted = [
            (table, key, ids[kind])
            for kind, table, key in translate.DETAIL_TABLES
            if ids.get(kind) and table in schema
        ]
        answers = yield from self._rows_side_by_side(wanted, query)
        rows: dict[str, dict[str, list[Any]]] = {}
        notices: list[Notice] = []
        read = 0
        for (table, key, _), (found, bad, capped) in zip(wanted, answers, strict=True):
            read += len(found) + len(bad)
            notices += _unreadable(table, bad) + (_capped(table) if capped else [])
            groups = rows.setdefault(table, defaultdict(list))
            for row in found:
                groups[str(getattr(row, key)).lower()].append(row)
        result: dict[tuple[Kind, str], Event] = {}
        for kind, members in ids.items():
            for uid in members:
                event = self._fold(kind, uid.lower(), rows, notices)
                if event is not None:
                    result[kind, uid] = event
        return result, read, notices

    def _rows_side_by_side(
        self, wanted: Sequence[tuple[str, str, Sequence[str]]], query: Query
    ) -> "Flow[list[tuple[list[Any], list[tuple[int, str]], bool]]]":
        schema = self._schema or DOCUMENTED
        calls = [
            Call(
                graph.hunting_request(
                    self._root, translate.rows_of(schema, table, key, uids, query)
                ),
                graph.read_result,
            )
            for table, key, uids in wanted
        ]
        try:
            results = yield from ask_all(calls)
        except ResultTooLargeError:
            if all(len(uids) == 1 for _, _, uids in wanted):
                raise
            halves = [
                [(table, key, uids[side]) for table, key, uids in wanted if uids[side]]
                for side in (slice(None, 1), slice(1, None))
            ]
            whole: dict[str, tuple[list[Any], list[tuple[int, str]], bool]] = {
                table: ([], [], False) for table, _, _ in wanted
            }
            for half in halves:
                answers = yield from self._rows_side_by_side(half, query)
                for (table, _, _), (rows, bad, capped) in zip(half, answers, strict=True):
                    before = whole[table]
                    whole[table] = (before[0] + rows, before[1] + bad, before[2] or capped)
            return [whole[table] for table, _, _ in wanted]
        return [
            (*graph.decode_fast(result, graph.row_type(result.columns)), result.capped)
            for result in results
        ]

    # -- making events -----------------------------------------------------------------------------

    def _event_records(
        self, rows: Sequence[Any], query: Query
    ) -> tuple[list[Record], list[Notice]]:
        tables = self._normalizers
        records: list[Record] = []
        notices: list[Notice] = []
        previous: tuple[str, str] | None = None
        for row in rows:
            position = _position(row, row.EventKey)
            if position == previous:
                continue  # the same row twice
            previous = position
            delivery = row.Kind == "delivery"
            table = "EmailEvents" if delivery else "EmailPostDeliveryEvents"
            make = normalize.email_event if delivery else normalize.post_delivery_event
            try:
                records.append(Record(make(tables, row), position))
            except Exception as error:
                notices.append(_unmapped(table, row, error))
        return records, notices

    def _fold(
        self,
        kind: Kind,
        uid: str,
        rows: Mapping[str, Mapping[str, list[Any]]],
        notices: list[Notice],
    ) -> Event | None:
        def of(table: str) -> list[Any]:
            return rows.get(table, {}).get(uid, [])

        tables = self._normalizers
        table = _LISTED_IN[kind]
        listed = of(table)
        if kind == "message" and not any(row.ThreatTypes for row in listed):
            return None
        if not listed:
            return None
        try:
            match kind:
                case "message":
                    return findings.message_finding(
                        tables, listed, of("EmailAttachmentInfo"), of("EmailUrlInfo")
                    )
                case "click":
                    return findings.click_finding(tables, listed)
                case "alert":
                    return findings.alert_finding(tables, listed, of("AlertEvidence"))
        except Exception as error:
            notices.append(_unmapped(table, listed[0], error))
            return None

    # -- statements --------------------------------------------------------------------------------

    def _batch(
        self,
        answer: "_Answer",
        records: list[Record],
        notices: list[Notice],
        wanted: int,
    ) -> Batch:
        notices = notices + _unreadable("hunting", answer.bad)
        if answer.capped:
            notices += _capped("hunting")
        return Batch(
            records=records,
            resume=answer.resume(wanted),
            notices=notices,
            native_query=answer.text,
            rows_read=answer.rows_read,
            drift=self._drift(),
        )

    def _drift(self) -> dict[str, int]:
        found = self._normalizers.take_drift()
        for table, columns in self._normalizers.new_columns.items():
            found |= {f"{table}.{column}": 1 for column in columns}
        return found

    def _refuse_blind_filters(self, query: Query, schema: Schema) -> None:
        """A filter on a table that the tenant lacks would find nothing and look like an answer."""
        for condition in conditions(query.predicate):
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

    def _notices(self, tables: Sequence[str]) -> list[Notice]:
        schema = self._schema or DOCUMENTED
        found = [
            Notice(
                code="table_missing",
                message=f"The tenant has no table {table}; the answer lacks what it would tell.",
                incomplete=True,
                details={"table": table},
            )
            for table in tables
            if table not in schema
        ]
        for table, columns in translate.missing_columns(schema).items():
            if table in tables and columns:
                found.append(
                    Notice(
                        code="column_missing",
                        message=f"The tenant's {table} lacks columns: {', '.join(columns)}.",
                        details={"table": table},
                    )
                )
        return found


_EVENT_TABLES: Final = (
    "EmailEvents",
    "EmailPostDeliveryEvents",
    "EmailAttachmentInfo",
    "EmailUrlInfo",
)
_THREAT_TABLES: Final = (
    "EmailEvents",
    "EmailAttachmentInfo",
    "EmailUrlInfo",
    "AlertInfo",
    "AlertEvidence",
    "UrlClickEvents",
)
_LISTED_IN: Final = {kind: table for kind, table, _ in translate.THREAT_SOURCES}


class _Answer:
    """The rows of one page query, and where the stream goes on after them."""

    def __init__(
        self, part: Slice, text: str, rows: list[Any], bad: list[tuple[int, str]], capped: bool
    ) -> None:
        self.part, self.text, self.rows, self.bad, self.capped = part, text, rows, bad, capped
        self.rows_read = len(rows) + len(bad)

    def resume(self, wanted: int) -> ResumePoint | None:
        """After the last row given out; at the edge of the span; or None at the stream's end."""
        more = len(self.rows) + len(self.bad) >= self.part.take
        given = self.rows[: min(wanted, self.part.take - 1)]
        if more and given:
            last = given[-1]
            return _position(last, getattr(last, "EventKey", None) or last.ThreatKey)
        window, span = self.part.query.window, self.part.span
        if self.part.descending and span.start > window.start:
            return (instant_text(span.start), None)
        if not self.part.descending and span.end < window.end:
            return (instant_text(span.end), None)
        return None


def _position(row: Any, key: str) -> tuple[str, str]:
    return (row.Timestamp, key)


def _narrower(part: Slice, error: ProviderError) -> Slice | None:
    """A smaller request after one that was too much; None when it cannot be smaller."""
    slow = error.origin.status == GATEWAY_TIMEOUT
    take = part.take if slow else max(2, part.take // 4)
    span = part.span
    upper, lower = span.end, span.start
    if span.after is not None:
        edge = _milliseconds(str(span.after[0]))
        if part.descending:
            upper = min(upper, edge + 1)
        else:
            lower = max(lower, edge)
    if upper - lower > SMALLEST_SPAN_MS:
        middle = (upper + lower) // 2
        span = replace(span, start=middle) if part.descending else replace(span, end=middle)
    elif take == part.take:
        return None
    return replace(part, take=take, span=span)


def _milliseconds(text: str) -> int:
    from connector_core.convert import timestamp

    found = timestamp(text)
    return found[0] if found else 0


def _unmapped(table: str, row: Any, error: Exception) -> Notice:
    fault = normalize.mapping_error(table, row, error)
    return Notice(
        code="row_unmapped",
        message=str(fault),
        incomplete=True,
        details={"table": table, "row": fault.row, "column": fault.column},
    )


def _unreadable(table: str, bad: Sequence[tuple[int, str]]) -> list[Notice]:
    return [
        Notice(
            code="row_unreadable",
            message=f"A row of the {table} answer could not be read: {reason}.",
            incomplete=True,
        )
        for _, reason in bad
    ]


def _capped(table: str) -> list[Notice]:
    return [
        Notice(
            code="row_cap",
            message=f"The {table} answer reached Graph's limit of {graph.MAX_ROWS} rows;"
            " some may be missing.",
            incomplete=True,
            details={"table": table},
        )
    ]
