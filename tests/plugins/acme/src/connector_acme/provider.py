"""Acme Mail Guard: which requests answer which operation, and how answers become batches."""

import re
from typing import Any, Final

from connector_core.convert import timestamp_text
from connector_core.errors import (
    MappingError,
    NotFoundError,
    Origin,
    ProviderError,
    ResponseInvalidError,
)
from connector_core.provider import (
    Batch,
    CheckItem,
    CheckReport,
    Context,
    Flow,
    Notice,
    Plan,
    Record,
    ask,
)
from connector_core.query import Operation, Query

from . import wire
from .capabilities import PAGE
from .config import AcmeConfig
from .normalize import DETECTION, MESSAGE, Kind, Normalizer
from .translate import OF_DETECTIONS, OF_MESSAGES, translate

SAID: Final = {"messages": OF_MESSAGES, "detections": OF_DETECTIONS}
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What an id of Acme looks like; anything else could lead to another path."""


class AcmeProvider:
    """One account of Acme Mail Guard."""

    def __init__(self, config: AcmeConfig, context: Context) -> None:
        self._host = config.host
        self.auth = wire.KeyAuth(config.api_key)
        self.identity = f"{config.region}/{config.account}"
        self.hosts = frozenset({config.host})
        self._normalizers = {
            kind.name: Normalizer(kind, config.account) for kind in (MESSAGE, DETECTION)
        }

    # -- operations ------------------------------------------------------------------------------

    def query_events(self, query: Query) -> Flow[Batch]:
        """Messages, newest first."""
        return self._list(MESSAGE, query)

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Detections, newest first."""
        return self._list(DETECTION, query)

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """The detection with this id."""
        if not ID.fullmatch(threat_id):
            raise NotFoundError(
                "Acme has no detection with this id.",
                origin=Origin(operation="get_threat"),
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        request = wire.request(self._host, f"/v1/detections/{threat_id}")
        found = yield from ask(request, wire.read_record)
        if found.get("id") != threat_id:
            raise ResponseInvalidError("Acme answered with another detection.")
        return self._batch(DETECTION, wire.Answer([found]), f"GET {request.url.path}")

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The first request of the operation, and what becomes of each filter."""
        kind = MESSAGE if operation == "query_events" else DETECTION
        _, told = translate(query.predicate, SAID[kind.name])
        return Plan(native_query=f"GET {self._path(kind, query)}", filters=told)

    def check(self) -> Flow[CheckReport]:
        """Whether the key is accepted, and may read both kinds of record."""
        items = []
        for kind in (MESSAGE, DETECTION):
            path = wire.path_of(f"/v1/{kind.name}", {"limit": 1})
            try:
                yield from ask(wire.request(self._host, path), wire.read_list)
            except ProviderError as error:
                items.append(CheckItem(kind.name, "failed", str(error), error.remediation))
            else:
                items.append(CheckItem(kind.name, "ok", f"{kind.name} can be read"))
        return CheckReport(items)

    # -- lists -----------------------------------------------------------------------------------

    def _list(self, kind: Kind, query: Query) -> Flow[Batch]:
        path = self._path(kind, query)
        answer = yield from ask(wire.request(self._host, path), wire.read_list)
        return self._batch(kind, answer, f"GET {path}")

    def _path(self, kind: Kind, query: Query) -> str:
        parameters, _ = translate(query.predicate, SAID[kind.name])
        place = {"after": str(query.resume[0])} if query.resume else {}
        return wire.path_of(
            f"/v1/{kind.name}",
            {
                "from": timestamp_text(query.window.start),
                "to": timestamp_text(query.window.end),
                **parameters,
                "limit": min(query.limit, PAGE),
                **place,
            },
        )

    def _batch(self, kind: Kind, answer: wire.Answer, native_query: str) -> Batch:
        """The records of an answer as events; one that cannot be read is told of, never lost."""
        normalizer = self._normalizers[kind.name]
        records: list[Record] = []
        notices = [PARTIAL] if answer.partial else []
        for row in answer.records:
            try:
                records.append(Record(normalizer.event(row), place_of(kind, row)))
            except MappingError as error:
                notices.append(_unreadable(error))
        if answer.records and not records:
            raise ResponseInvalidError(f"None of Acme's {kind.name} could be read.")
        return Batch(
            records=records,
            resume=None if answer.next is None else (answer.next,),
            notices=notices,
            native_query=native_query,
            rows_read=len(answer.records),
            drift=normalizer.take_drift() | {f"answer.{name}": 1 for name in answer.strange},
        )


def place_of(kind: Kind, row: dict[str, Any]) -> tuple[str]:
    """Where a list goes on behind this record, as Acme's `after` takes it."""
    return (f"{row[kind.time]},{row['id']}",)


PARTIAL: Final = Notice(
    code="partial_answer",
    message="A part of Acme's index did not answer: records may be missing.",
    incomplete=True,
)


def _unreadable(error: MappingError) -> Notice:
    return Notice(
        code="row_unmapped",
        message=error.message,
        incomplete=True,
        details={"table": error.table, "column": error.column},
    )
