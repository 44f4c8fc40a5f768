"""One alert with all its evidence is one Detection Finding."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector_core.convert import json_object, timestamp
from connector_core.ocsf.enums import ResourceRole
from connector_defender_office365 import convert
from connector_defender_office365.findings.fold import (
    ARTIFACTS,
    SCAN,
    begin,
    distinct_rows,
    finished,
    set_span,
    told,
    union,
    worst,
)
from connector_defender_office365.mapping import REPEATED_BY_EVIDENCE
from connector_defender_office365.normalize import Event, Normalizers


def alert_finding(tables: Normalizers, rows: Sequence[Any], evidence: Sequence[Any]) -> Event:
    """One alert with all its evidence; of several rows about it the most severe leads."""
    rows, evidence = distinct_rows(rows), distinct_rows(evidence)
    pairs = [(row, tables.alert(row)) for row in rows]
    lead, finding = worst(pairs, repr)
    begin(finding, [event for _, event in pairs], spans=False)
    set_span(finding, *_span(evidence))
    info = finding["finding_info"]
    info["data_sources"] = [table for table in info["data_sources"] if tables.has(table)]
    if tables.portal:
        info["src_url"] = convert.alert_page(tables.portal, info["uid"])
    categories = [convert.types(getattr(row, "Categories", None)) for row in evidence]
    types = union((info.get("types"), *categories))
    if types:
        info["types"] = types
    unmapped = finding.setdefault("unmapped", {})
    if len(rows) > 1:
        columns = dict.fromkeys(("Timestamp", *tables.columns("AlertInfo")))
        unmapped["AlertInfo"] = [told(row, lead, columns, ("Timestamp",)) for row in rows]
    shown: list[Event] = []
    rest: list[Event] = []
    for number, row in enumerate(evidence):
        item = tables.evidence(row)
        left = _own(item.pop("unmapped", {}), lead)
        if not ARTIFACTS & item.keys():
            item["data"], left = left or {"EntityType": row.EntityType or "unknown"}, {}
        shown.append(item)
        if left:
            entity = {"EntityType": row.EntityType} if row.EntityType else {}
            rest.append({"evidence": number} | entity | left)
    if shown:
        finding["evidences"] = shown
    if rest:
        unmapped["AlertEvidence"] = rest
    impacted = _impacted(zip(evidence, shown, strict=True))
    if impacted:
        finding["resources"] = impacted
    _relate(finding, [item["uid"] for item in shown if "uid" in item])
    return finished(finding)


def _own(left: Event, alert: Any) -> Event:
    """What the row says beyond the alert's own columns; Categories stand in the finding's types."""
    return {
        column: value
        for column, value in left.items()
        if column not in REPEATED_BY_EVIDENCE
        or (column not in ("AlertId", "Categories") and value != getattr(alert, column, None))
    }


def _span(evidence: Sequence[Any]) -> tuple[int | None, int | None]:
    """The first start and the last end that evidence tells; the year 1 stands for "not known"."""
    told = [json_object(getattr(row, "AdditionalFields", None)) for row in evidence]
    starts, ends = (
        [moment for fields in told if (moment := _moment(fields.get(key))) is not None]
        for key in ("StartTimeUtc", "EndTimeUtc")
    )
    return min(starts, default=None), max(ends, default=None)


def _moment(text: Any) -> int | None:
    found = timestamp(text) if isinstance(text, str) else None
    return found[0] if found and found[0] > 0 else None


def _impacted(pairs: Iterable[tuple[Any, Event]]) -> list[Event]:
    """Mailboxes and users that the alert's evidence calls impacted, each once."""
    found: dict[str, Event] = {}
    for row, item in pairs:
        if (row.EvidenceRole or "").lower() == "impacted" and "user" in item:
            user: Mapping[str, str] = item["user"]
            name = user.get("email_addr") or user.get("name") or ""
            made = convert.resource(
                name, user.get("uid", ""), row.EntityType or "", ResourceRole.AFFECTED
            )
            found.setdefault((name or user.get("uid", "")).lower(), made)
    return list(found.values())


def _relate(finding: Event, messages: Sequence[str]) -> None:
    """Name the messages in the evidence; a single one also correlates."""
    distinct = list(dict.fromkeys(messages))
    if distinct:
        finding["finding_info"]["related_events"] = [{"uid": uid} | SCAN for uid in distinct]
    if len(distinct) == 1:
        finding["metadata"]["correlation_uid"] = distinct[0]
