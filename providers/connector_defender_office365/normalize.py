"""From hunting rows to OCSF objects: compiled mapping tables, and what joins parts to wholes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from connector_core.mapping import Normalizer, Table, normalizer
from connector_core.ocsf.observables import observer
from connector_defender_office365 import convert
from connector_defender_office365.discovery import Schema
from connector_defender_office365.mapping import (
    ALERT_EVIDENCE,
    ALERT_INFO,
    EMAIL_ATTACHMENT_INFO,
    EMAIL_EVENTS,
    EMAIL_POST_DELIVERY_EVENTS,
    EMAIL_URL_INFO,
    MESSAGES,
    REPEATED_BY_FILE,
    REPEATED_BY_LINK,
    URL_CLICK_EVENTS,
)
from connector_defender_office365.schema import TABLES

Event = dict[str, Any]
KINDS: Final = {"int": "number", "long": "number", "bool": "boolean"}
"""KQL type -> kind of column for the mapping compiler; anything else is text."""


class Normalizers:
    """The mapping tables compiled for one tenant: its id, its region, the columns it has."""

    def __init__(self, tenant_id: str, schema: Schema, region: str = "global") -> None:
        self._schema = schema
        self._statics = {"metadata.tenant_uid": tenant_id}
        self._compiled: list[Normalizer] = []
        self.portal = convert.portal(region)
        self.new_columns = {
            table: [name for name in columns if name not in TABLES[table]]
            for table, columns in schema.items()
        }
        self.email_event = self._event(EMAIL_EVENTS)
        self.post_delivery = self._event(EMAIL_POST_DELIVERY_EVENTS)
        self.message = self._event(MESSAGES)
        self.click = self._event(URL_CLICK_EVENTS)
        self.alert = self._event(ALERT_INFO)
        self.file = self._part(EMAIL_ATTACHMENT_INFO, REPEATED_BY_FILE)
        self.link = self._part(EMAIL_URL_INFO, REPEATED_BY_LINK)
        self._evidence = {
            entity.lower(): self._compile(table) for entity, table in ALERT_EVIDENCE.items()
        }

    def has(self, table: str) -> bool:
        """Whether the tenant has the table."""
        return table in self._schema

    def columns(self, table: str) -> Collection[str]:
        """The names of the table's columns that the tenant has."""
        return self._schema.get(table, {}).keys()

    def _kinds(self, table: str) -> dict[str, str]:
        present = self._schema.get(table, {})
        return {name: KINDS.get(kind, "text") for name, kind in present.items()}

    def _event(self, table: Table) -> Callable[[Any], Event]:
        return self._compile(table, self._statics)

    def _compile(
        self, table: Table, statics: Mapping[str, Any] | None = None
    ) -> Callable[[Any], Event]:
        new = self.new_columns.get(table.name, ())
        compiled = normalizer(
            table,
            columns=self._kinds(table.name),
            statics=statics,
            extra=new,
            observed=table.produces == "email_activity",  # a finding is folded first
        )
        self._compiled.append(compiled)
        return compiled.normalize

    def _part(self, table: Table, repeated: Collection[str]) -> "_Part":
        kinds = {n: kind for n, kind in self._kinds(table.name).items() if n not in repeated}
        return _Part(kinds, table, self.new_columns.get(table.name, ()))

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

    def __init__(self, columns: dict[str, str], table: Table, new: Collection[str]) -> None:
        fields = [(name, Any, None) for name in columns]
        self._type = msgspec.defstruct("Part", fields, gc=False)
        self._normalize = normalizer(table, columns=columns, extra=new).normalize

    def of_bag(self, bag: Any) -> Event:
        """The part packed into a bag: an object that was decoded, or a JSON text."""
        if isinstance(bag, str):
            return self._normalize(msgspec.json.decode(bag, type=self._type))
        return self._normalize(msgspec.convert(bag, self._type))

    def of_row(self, row: Any) -> Event:
        """The part that a row of its own table describes."""
        return self._normalize(row)


# -- e-mail activities -----------------------------------------------------------------------------


_IN_FILES: Final = observer("email_activity", "email.files")
_IN_LINKS: Final = observer("email_activity", "email.urls")
_IN_MALWARE: Final = observer("email_activity", "malware.files")


def email_event(tables: Normalizers, row: Any) -> Event:
    """One EmailEvents row, with the attachments and links joined to it."""
    event = tables.email_event(row)
    email = event.get("email")
    if email is None:
        email = event["email"] = {}
    files, links = getattr(row, "Files", None), getattr(row, "Links", None)
    if files:
        _add_files(event, email, [tables.file.of_bag(bag) for bag in files])
    if links:
        _add_links(event, email, [tables.link.of_bag(bag) for bag in links])
    return event if "from" in email else _finished(event, email)


def post_delivery_event(tables: Normalizers, row: Any) -> Event:
    """One EmailPostDeliveryEvents row."""
    event = tables.post_delivery(row)
    return _finished(event, event.setdefault("email", {}))


def _finished(event: Event, email: Event) -> Event:
    if "from" not in email and "to" not in email:
        email["to"] = []  # the object needs one of the two; an address is never made up
    if not event["observables"]:
        del event["observables"]
    return event


def _add_files(event: Event, email: Event, parts: Sequence[Event]) -> None:
    for family in event.get("malware", ()):
        infect(family, parts)
    rest = []
    for part in parts:
        left = part.pop("unmapped", None)
        if left:
            rest.append(part_key(part) | left)
    email["files"] = list(parts)
    _IN_FILES(event["observables"], email["files"])
    infected = [file for family in event.get("malware", ()) for file in family.get("files", ())]
    _IN_MALWARE(event["observables"], infected)
    if rest:
        event.setdefault("unmapped", {})["EmailAttachmentInfo"] = rest


def part_key(part: Event) -> Event:
    """What says which file or link an entry under `unmapped` is about."""
    if "url_string" in part:
        return {"Url": part["url_string"]}
    if "hashes" in part:
        return {"SHA256": part["hashes"][0]["value"]}
    return {"FileName": part["name"]} if "name" in part else {}


def infect(family: Event, parts: Iterable[Event]) -> None:
    """Give a malware object its files: those with that verdict whose names are its or none."""
    found: dict[str, Event] = {}
    for part in parts:
        left = part.get("unmapped", {})
        names = [name.lower() for name in convert.words(left.get("ThreatNames", ""))]
        if convert.is_malware(left.get("ThreatTypes", "")) and (
            not names or family["name"].lower() in names
        ):
            shown = {key: value for key, value in part.items() if key != "unmapped"}
            found.setdefault(repr(shown), shown)
    if found:
        family["files"] = list(found.values())


def _add_links(event: Event, email: Event, parts: Sequence[Event]) -> None:
    urls, rest = [], []
    for part in parts:
        left = part.pop("unmapped", {})
        if "url_string" in part:
            urls.append(part)
            if left:
                rest.append(part_key(part) | left)
        elif part or left:  # the object needs the link or its path
            rest.append(part | left)
    if urls:
        email["urls"] = urls
        _IN_LINKS(event["observables"], urls)
    if rest:
        event.setdefault("unmapped", {})["EmailUrlInfo"] = rest
