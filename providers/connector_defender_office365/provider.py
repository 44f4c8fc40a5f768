"""The Defender provider: which queries answer which operation, and how answers become batches."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from connector_core.errors import (
    NotFoundError,
    Origin,
    ResponseInvalidError,
    ResultTooLargeError,
)
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
from connector_core.query import Operation, Query, Window
from connector_defender_office365 import findings, graph, normalize, notices, translate
from connector_defender_office365.answers import PageRows, milliseconds, sound
from connector_defender_office365.auth import EntraAuth
from connector_defender_office365.check import check
from connector_defender_office365.config import DefenderConfig
from connector_defender_office365.discovery import DOCUMENTED, Schema, discover, no_tables
from connector_defender_office365.kql import KqlText
from connector_defender_office365.normalize import Event, Normalizers
from connector_defender_office365.translate import Kind, Slice

IDS_PER_BATCH: Final = 250
"""Findings per batch: their ids stand in the queries for their rows."""
GATEWAY_TIMEOUT: Final = 504


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
        return Normalizers(self._config.tenant_id, self._schema or DOCUMENTED, self._config.region)

    # -- operations ------------------------------------------------------------------------------

    def query_events(self, query: Query) -> Flow[Batch]:
        """Deliveries and later actions, in one order."""
        schema = yield from self._known_schema()
        if "EmailEvents" not in schema and "EmailPostDeliveryEvents" not in schema:
            raise no_tables()
        notices.refuse_blind_filters(query.predicate, schema)
        part = translate.slice_of(query, query.limit)
        page = yield from self._page(part, translate.page_of_events, "EventKey")
        noted = notices.lacking("query_events", schema, query.predicate)
        records = self._event_records(page, noted)
        return self._batch(page, records, noted, page.rows_read)

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Messages with a verdict, alerts and risky clicks, in one order."""
        schema = yield from self._known_schema()
        if not any(table in schema for table in translate.LISTED_IN.values()):
            raise no_tables()
        notices.refuse_blind_filters(query.predicate, schema)
        part = translate.slice_of(query, min(query.limit, IDS_PER_BATCH))
        page = yield from self._page(part, translate.page_of_threats, "ThreatKey")
        ids: dict[Kind, list[str]] = defaultdict(list)
        for row, _ in page.given:
            if row.Id:
                ids[row.Kind].append(row.Id)
        noted = notices.lacking("query_threats", schema, query.predicate)
        found, read = yield from self._findings(ids, query, noted)
        records = []
        for row, place in page.given:
            event = found.get((row.Kind, row.Id))
            if not row.Id:
                noted.append(notices.without_id(translate.LISTED_IN[row.Kind]))
            elif event is None:
                noted.append(notices.not_found_again(row.Kind, row.Id))
            elif page.part.whole or page.part.span.start <= event["time"] < page.part.span.end:
                records.append(Record(event, place))
        return self._batch(page, records, noted, page.rows_read + read)

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """The message, alert or click with this id, whole: what `query_threats` would list."""
        schema = yield from self._known_schema()
        now = int(self._clock.now() * 1_000) + 1
        query = Query(window=Window(now - translate.RETENTION_MS, now))
        noted = notices.lacking("query_threats", schema, query.predicate)
        kinds: tuple[Kind, ...] = ("alert", "message", "click")
        found, read = yield from self._findings({kind: [threat_id] for kind in kinds}, query, noted)
        event = next((found[kind, threat_id] for kind in kinds if (kind, threat_id) in found), None)
        if event is None:
            raise NotFoundError(
                "There is no threat with this id in the last 30 days.",
                origin=Origin(operation="get_threat"),
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        return Batch(
            records=[Record(event, ())], notices=noted, rows_read=read, drift=self._drift()
        )

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The first query of the operation, and what becomes of each filter."""
        schema = self._schema or DOCUMENTED
        if operation == "query_threats":
            part = translate.slice_of(query, min(query.limit, IDS_PER_BATCH))
            sources = translate.threat_sources(schema, query)
            text = translate.page_of_threats(schema, part)
            calls = 1 + len(translate.DETAIL_TABLES)
        else:
            part = translate.slice_of(query, query.limit)
            sources = translate.event_sources(schema, query)
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

    def _page(
        self, part: Slice, text_of: Callable[[Schema, Slice], KqlText], key: str
    ) -> Flow[PageRows]:
        """One page; where Graph gives up on it, fewer rows of a shorter span, never a gap."""
        while True:
            text = text_of(self._schema or DOCUMENTED, part)
            try:
                result = yield from ask(graph.hunting_request(self._root, text), graph.read_result)
            except ResultTooLargeError as error:
                after = part.span.after
                narrower = part.narrower(
                    milliseconds(str(after[0])) if after else None,
                    slow=error.origin.status == GATEWAY_TIMEOUT,
                )
                if narrower is None:
                    raise
                part = narrower
                continue
            decoded, bad = graph.decode_fast(result, graph.row_type(result.columns))
            rows, odd = sound(decoded, key)
            page = PageRows.read(part, text, rows, [*bad, *odd], result.capped, key)
            if page.more and not rows:
                raise ResponseInvalidError(
                    "None of the rows of a page could be read.",
                    origin=Origin(operation="runHuntingQuery"),
                    remediation="Leave out the time at which it happens, or report it.",
                )
            if not page.stuck:
                return page
            part = part.wider()

    def _findings(
        self, ids: Mapping[Kind, Sequence[str]], query: Query, noted: list[Notice]
    ) -> "Flow[tuple[dict[tuple[Kind, str], Event], int]]":
        """Every row about each id, folded; keys are kind and id. Adds to the notices `noted`."""
        schema = self._schema or DOCUMENTED
        wanted = [
            Wanted(table, key, ids[kind])
            for kind, table, key in translate.DETAIL_TABLES
            if ids.get(kind) and table in schema
        ]
        answers = yield from self._rows_about(wanted, query)
        rows: dict[str, dict[str, list[Any]]] = {}
        read = 0
        for each, (found, bad, capped) in zip(wanted, answers, strict=True):
            read += len(found) + len(bad)
            noted += notices.unreadable(each.table, bad)
            noted += [notices.capped(each.table)] if capped else []
            groups = rows.setdefault(each.table, defaultdict(list))
            for row in sorted(found, key=lambda row: (row.Timestamp or "", repr(row))):
                groups[str(getattr(row, each.key)).lower()].append(row)
        result: dict[tuple[Kind, str], Event] = {}
        for kind, members in ids.items():
            for uid in members:
                event = self._fold(kind, uid.lower(), rows, noted)
                if event is not None:
                    result[kind, uid] = event
        return result, read

    def _rows_about(self, wanted: "Sequence[Wanted]", query: Query) -> "Flow[list[_Rows]]":
        """The rows of each table about its ids; asked again in smaller parts when too many."""
        schema = self._schema or DOCUMENTED
        calls = []
        for table, key, ids in wanted:
            text = translate.rows_of(schema, table, key, ids, query)
            calls.append(Call(graph.hunting_request(self._root, text), graph.read_result))
        try:
            results = yield from ask_all(calls)
        except ResultTooLargeError:
            if len(wanted) == 1 and len(wanted[0].ids) == 1:
                raise
            parts = []
            for each in wanted:
                parts.append((yield from self._rows_by_halves(each, query, alone=len(wanted) == 1)))
            return parts
        return [
            (*graph.decode_fast(result, graph.row_type(result.columns)), result.capped)
            for result in results
        ]

    def _rows_by_halves(self, wanted: "Wanted", query: Query, *, alone: bool) -> "Flow[_Rows]":
        """A table by itself; when that was too much, each half of its ids by itself."""
        middle = len(wanted.ids) // 2 if alone else 0
        rows: list[Any] = []
        bad: list[tuple[int, str]] = []
        capped = False
        for ids in (wanted.ids[:middle], wanted.ids[middle:]):
            if ids:
                ((found, faults, full),) = yield from self._rows_about(
                    [wanted._replace(ids=ids)], query
                )
                rows, bad, capped = rows + found, bad + faults, capped or full
        return rows, bad, capped

    # -- making events -----------------------------------------------------------------------------

    def _event_records(self, page: PageRows, noted: list[Notice]) -> list[Record]:
        tables = self._normalizers
        records: list[Record] = []
        for row, place in page.given:
            delivery = row.Kind == "delivery"
            table = "EmailEvents" if delivery else "EmailPostDeliveryEvents"
            make = normalize.email_event if delivery else normalize.post_delivery_event
            try:
                records.append(Record(make(tables, row), place))
            except Exception as error:
                noted.append(notices.unmapped(table, row, error))
        return records

    def _fold(
        self,
        kind: Kind,
        uid: str,
        rows: Mapping[str, Mapping[str, list[Any]]],
        noted: list[Notice],
    ) -> Event | None:
        """The finding of these rows; None when they are none."""

        def of(table: str) -> list[Any]:
            return rows.get(table, {}).get(uid, [])

        tables = self._normalizers
        listed = of(translate.LISTED_IN[kind])
        try:
            match kind:
                case "message":
                    files, links = of("EmailAttachmentInfo"), of("EmailUrlInfo")
                    if any(row.ThreatTypes for row in listed):
                        return findings.message_finding(tables, listed, files, links)
                case "click":
                    if any(translate.risky(row) for row in listed):
                        return findings.click_finding(tables, listed)
                case "alert":
                    evidence = of("AlertEvidence")
                    if listed and translate.in_scope(listed, evidence):
                        return findings.alert_finding(tables, listed, evidence)
        except Exception as error:
            noted.append(notices.unmapped(translate.LISTED_IN[kind], listed[0], error))
        return None

    # -- statements --------------------------------------------------------------------------------

    def _batch(
        self, page: PageRows, records: list[Record], noted: list[Notice], rows_read: int
    ) -> Batch:
        noted = noted + notices.unreadable("hunting", page.bad)
        return Batch(
            records=records,
            resume=page.resume(),
            notices=noted + ([notices.capped("hunting")] if page.capped else []),
            native_query=page.text,
            rows_read=rows_read,
            drift=self._drift(),
        )

    def _drift(self) -> dict[str, int]:
        found = self._normalizers.take_drift()
        for table, columns in self._normalizers.new_columns.items():
            found |= {f"{table}.{column}": 1 for column in columns}
        return found


class Wanted(NamedTuple):
    """Rows of a table to be read: those whose column `key` holds one of `ids`."""

    table: str
    key: str
    ids: Sequence[str]


_Rows = tuple[list[Any], list[tuple[int, str]], bool]
"""Rows, faults of rows that could not be read, and whether some may have been left out."""
