"""From hunting rows to OCSF objects: compiled mapping tables, and what joins parts to wholes."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from connector_core.errors import MappingError
from connector_core.mapping import Normalizer, Table, normalizer
from connector_core.ocsf.observables import observables
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

Event = dict[str, Any]
KINDS: Final = {"int": "number", "long": "number", "bool": "boolean"}
"""KQL type -> kind of column for the mapping compiler; anything else is text."""


class Normalizers:
    """The mapping tables compiled for one tenant: its id, and the columns that it has."""

    def __init__(self, tenant_id: str, schema: Schema) -> None:
        self._schema = schema
        self._statics = {"metadata.tenant_uid": tenant_id}
        self.drift: Counter[str] = Counter()
        self._compiled: list[Normalizer] = []
        self.new_columns = {
            table: [name for name in columns if name not in TABLES[table]]
            for table, columns in schema.items()
        }
        self.email_event = self._event(EMAIL_EVENTS)
        self.post_delivery = self._event(EMAIL_POST_DELIVERY_EVENTS)
        self.message = self._event(MESSAGES)
        self.click = self._event(URL_CLICK_EVENTS)
        self.alert = self._event(ALERT_INFO)
        self.file = _Part(self._columns("EmailAttachmentInfo"), EMAIL_ATTACHMENT_INFO)
        self.link = _Part(self._columns("EmailUrlInfo"), EMAIL_URL_INFO)
        self._evidence = {
            entity.lower(): normalizer(table, columns=self._columns("AlertEvidence")).normalize
            for entity, table in ALERT_EVIDENCE.items()
        }

    def _columns(self, table: str) -> dict[str, str]:
        present = self._schema.get(table, {})
        return {name: KINDS.get(kind, "text") for name, kind in present.items()}

    def _event(self, table: Table) -> Callable[[Any], Event]:
        compiled = normalizer(
            table,
            columns=self._columns(table.name),
            statics=self._statics,
            extra=self.new_columns.get(table.name, ()),
        )
        self._compiled.append(compiled)
        return compiled.normalize

    def evidence(self, row: Any) -> Event:
        """The evidence object of one AlertEvidence row; what does not fit is under ``unmapped``."""
        make = self._evidence.get((row.EntityType or "").lower(), self._evidence[""])
        return make(row)

    def take_drift(self) -> dict[str, int]:
        """What was met since the last call that the mapping does not know."""
        total: Counter[str] = Counter()
        for compiled in self._compiled:
            total.update(compiled.drift)
            compiled.drift.clear()
        return dict(total)


class _Part:
    """Compiles a table of parts (files, links) that come as JSON texts or as rows."""

    def __init__(self, columns: dict[str, str], table: Table) -> None:
        fields = [(name, Any, None) for name in columns]
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Part", fields, gc=False)).decode
        self._normalize = normalizer(table, columns=columns).normalize

    def of_text(self, text: str) -> Event:
        """The part packed into a JSON text."""
        return self._normalize(self._decode(text))

    def of_row(self, row: Any) -> Event:
        """The part that a row of its own table describes."""
        return self._normalize(row)


# -- e-mail activities -----------------------------------------------------------------------------


def email_event(tables: Normalizers, row: Any) -> Event:
    """One EmailEvents row, with the attachments and links joined to it."""
    event = tables.email_event(row)
    email = event.setdefault("email", {})
    files, links = getattr(row, "Files", None), getattr(row, "Links", None)
    if files:
        _add_files(event, email, [tables.file.of_text(text) for text in _texts(files)])
    if links:
        _add_links(event, email, [tables.link.of_text(text) for text in _texts(links)])
    return _finished(event, email)


def post_delivery_event(tables: Normalizers, row: Any) -> Event:
    """One EmailPostDeliveryEvents row."""
    event = tables.post_delivery(row)
    return _finished(event, event.setdefault("email", {}))


def _texts(items: Any) -> Iterable[str]:
    """The elements of a list of bags: JSON texts, or objects that were decoded already."""
    for item in items:
        yield item if isinstance(item, str) else msgspec.json.encode(item).decode()


def _finished(event: Event, email: Event) -> Event:
    if "from" not in email and "to" not in email:
        email["to"] = []  # the object needs one of the two; an address is never made up
    event["observables"] = observables(event, "email_activity")
    return event


def _add_files(event: Event, email: Event, parts: Sequence[Event]) -> None:
    files, rest, infected = split_files(parts)
    email["files"] = files
    if rest:
        event.setdefault("unmapped", {})["EmailAttachmentInfo"] = rest
    for family in event.get("malware", ()):
        if infected:
            family["files"] = infected


def split_files(parts: Sequence[Event]) -> tuple[list[Event], list[Event], list[Event]]:
    """The file objects, what they have no place for, and the files with a verdict."""
    files, rest, infected = [], [], []
    for part in parts:
        left = part.pop("unmapped", None)
        files.append(part)
        if left:
            rest.append(left)
            if left.get("ThreatTypes"):
                infected.append(part)
    return files, rest, infected


def _add_links(event: Event, email: Event, parts: Sequence[Event]) -> None:
    urls, rest = split_links(parts)
    if urls:
        email["urls"] = urls
    if rest:
        event.setdefault("unmapped", {})["EmailUrlInfo"] = rest


def split_links(parts: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """The URL objects, and what they have no place for."""
    urls, rest = [], []
    for part in parts:
        left = part.pop("unmapped", None)
        if "url_string" in part or "path" in part:
            urls.append(part)
        elif part:
            left = {**(left or {}), **part}
        if left:
            rest.append(left)
    return urls, rest


def row_key(table: str, row: Any) -> str:
    """What names a row in a notice: ids alone, never content."""
    return (
        f"{table} {getattr(row, 'NetworkMessageId', None) or getattr(row, 'ReportId', None) or ''}"
    )


def mapping_error(table: str, row: Any, error: Exception) -> MappingError:
    """A fault met while mapping a row, named by table, row and column."""
    column = error.column if isinstance(error, MappingError) else ""
    what = (
        f"column {column}" if column else f"a value of an unforeseen form ({type(error).__name__})"
    )
    key = row_key(table, row)
    return MappingError(f"Row {key} cannot be mapped: {what}.", table=table, column=column, row=key)
