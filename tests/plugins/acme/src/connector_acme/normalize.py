"""From a record to an event: types checked, table applied, nothing forgotten."""

from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from connector_core.errors import MappingError
from connector_core.mapping import Table, normalizer
from connector_core.ocsf.observables import ClassName, observables

from .mapping import DETECTIONS, LISTS, MESSAGES, NUMBERS

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: where it is listed, and how it becomes an event."""

    name: str
    table: Table
    time: str
    """The field that the list is ordered by."""
    makes: ClassName


MESSAGE: Final = Kind("messages", MESSAGES, "received_at", "email_activity")
DETECTION: Final = Kind("detections", DETECTIONS, "detected_at", "detection_finding")


class Normalizer:
    """Makes events of one kind of record, and counts what it did not know."""

    def __init__(self, kind: Kind, account: str) -> None:
        self._kind = kind
        self._types = {name: _type(name) for name, _ in kind.table.homes()}
        self._compiled = normalizer(
            kind.table,
            columns={n: "number" if type is int else "text" for n, type in self._types.items()},
            statics={"metadata.tenant_uid": account},
        )
        self._drift: Counter[str] = Counter()

    def event(self, record: Any) -> Event:
        """The event of a record; raises `MappingError` for one without id or time."""
        known, strange = self._sorted(record)
        event = self._compiled.normalize(SimpleNamespace(**known))
        if not known["id"] or "time" not in event:
            missing = self._kind.time if known["id"] else "id"
            raise MappingError(
                f"A record of {self._kind.name} has no usable {missing}.",
                table=self._kind.name,
                column=missing,
                row=known["id"] or "",
            )
        if strange:
            event["unmapped"] = event.get("unmapped", {}) | strange
        self._complete(event)
        event["observables"] = observables(event, self._kind.makes)
        return event

    def _sorted(self, record: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values of documented fields, and all others by their names."""
        record = record if isinstance(record, dict) else {}
        known: dict[str, Any] = dict.fromkeys(self._types)
        strange: dict[str, Any] = {}
        for name, value in record.items():
            if value is not None and type(value) is not self._types.get(name):
                strange[name] = value
                self._drift[f"{self._kind.name}.{name}"] += 1
            elif name in known:
                known[name] = value
        return known, strange

    def _complete(self, event: Event) -> None:
        """Wrap the evidence of a finding; an e-mail without any address says so."""
        holder = event
        if "evidences" in event:
            holder = event["evidences"]
            event["evidences"] = [holder]
        email = holder.setdefault("email", {})
        if "from" not in email and "to" not in email:
            email["to"] = []

    def take_drift(self) -> dict[str, int]:
        """What was met since the last call and is not in the documentation."""
        found = self._drift + self._compiled.drift
        self._drift.clear()
        self._compiled.drift.clear()
        return dict(found)


def _type(field: str) -> type:
    return list if field in LISTS else int if field in NUMBERS else str
