"""All rows of one click are one Detection Finding: the block, and the click-through after it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from connector_defender_office365.findings.fold import (
    ARTIFACTS,
    begin,
    detect,
    distinct_rows,
    finished,
    told,
    union,
    worst,
)
from connector_defender_office365.normalize import Event, Normalizers

PER_ROW: Final = ("Timestamp", "ActionType", "IsClickedThrough")
"""Columns told of each row, where there are several."""


def click_finding(tables: Normalizers, rows: Sequence[Any]) -> Event:
    """All rows of one click; the one that fared worst leads."""
    rows = sorted(distinct_rows(rows), key=lambda row: (row.Timestamp or "", row.ActionType or ""))
    pairs = [(row, tables.click(row)) for row in rows]
    lead, finding = worst(pairs, lambda row: row.ActionType or "")
    events = [event for _, event in pairs]
    begin(finding, events, spans=len(events) > 1)
    ordered = (finding, *(event for event in events if event is not finding))
    types = union(event["finding_info"].get("types") for event in ordered)
    if types:
        finding["finding_info"]["types"] = types
    detect(finding, lead, rows)
    evidences = [event.pop("evidences", {}) for event in ordered]
    shown = _distinct(item for item in evidences if ARTIFACTS & item.keys())
    if shown:
        finding["evidences"] = shown
    resources = _distinct(item for event in events for item in event.get("resources", ()))
    if resources:
        finding["resources"] = resources
    if len(rows) > 1:
        columns = dict.fromkeys((*PER_ROW, *tables.columns("UrlClickEvents")))
        finding.setdefault("unmapped", {})["UrlClickEvents"] = [
            told(row, lead, columns, PER_ROW) for row in rows
        ]
    return finished(finding)


def _distinct(objects: Iterable[Event]) -> list[Event]:
    found: dict[str, Event] = {}
    for item in objects:
        found.setdefault(repr(item), item)
    return list(found.values())
