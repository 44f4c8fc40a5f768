"""All copies of one message with a verdict are one Detection Finding."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connector_core.ocsf.enums import ResourceRole
from connector_defender_office365 import convert
from connector_defender_office365.findings.copies import add_verdicts, recipient, versions
from connector_defender_office365.findings.fold import (
    SCAN,
    begin,
    distinct_rows,
    finished,
    told,
    union,
    worst,
)
from connector_defender_office365.normalize import Event, Normalizers, infect, part_key

PER_COPY: Final = (
    "Timestamp",
    "RecipientEmailAddress",
    "RecipientObjectId",
    "RecipientDomain",
    "ThreatTypes",
    "DeliveryAction",
    "DeliveryLocation",
    "LatestDeliveryAction",
    "LatestDeliveryLocation",
    "ReportId",
)
"""Columns told of each copy, also where all copies agree."""


def message_finding(
    tables: Normalizers, copies: Sequence[Any], files: Sequence[Any], links: Sequence[Any]
) -> Event:
    """All copies of one message; at least one carries a verdict, and the one that fared worst
    leads.
    """
    copies = sorted(distinct_rows(copies), key=recipient)
    accused = [(row, tables.message(row)) for row in copies if row.ThreatTypes]
    lead, finding = worst(accused, recipient)
    events = [event for _, event in accused]
    begin(finding, events, spans=True)
    finding["is_alert"] = any(event["is_alert"] for event in events)
    info = finding["finding_info"]
    types = union(event["finding_info"].get("types") for event in events)
    if types:
        info["types"] = types
    info["title"] = convert.message_title(types, lead.Subject or "")
    info["data_sources"] = [table for table in info["data_sources"] if tables.has(table)]
    info["related_events"] = [
        {"uid": convert.email_event_uid(row.NetworkMessageId, row.RecipientEmailAddress or "")}
        | SCAN
        for row in _by_recipient(copies)
    ]
    add_verdicts(finding, lead, accused)
    unmapped = finding.setdefault("unmapped", {})
    for column in PER_COPY:
        unmapped.pop(column, None)
    columns = dict.fromkeys((*PER_COPY, *tables.columns("EmailEvents")))
    unmapped["EmailEvents"] = [told(row, lead, columns, PER_COPY) for row in copies]
    finding["evidences"] = [
        *versions(lead, finding["evidences"], accused, copies),
        *_files(finding, unmapped, [tables.file.of_row(row) for row in files]),
        *_links(unmapped, [tables.link.of_row(row) for row in links]),
    ]
    resources = _mailboxes(copies)
    if resources:
        finding["resources"] = resources
    return finished(finding)


def _by_recipient(copies: Sequence[Any]) -> Iterable[Any]:
    return {recipient(row).lower(): row for row in copies}.values()


def _mailboxes(copies: Sequence[Any]) -> list[Event]:
    return [
        convert.resource(
            recipient(row),
            getattr(row, "RecipientObjectId", None) or "",
            "Mailbox",
            ResourceRole.TARGET,
        )
        for row in _by_recipient(copies)
        if recipient(row) or getattr(row, "RecipientObjectId", None)
    ]


def _files(finding: Event, unmapped: Event, parts: Sequence[Event]) -> list[Event]:
    """One evidence for each file: its rows, one for each recipient, tell of the same file."""
    found, rest = _folded(parts)
    for family in finding.get("malware", ()):
        infect(family, parts)
    if rest:
        unmapped["EmailAttachmentInfo"] = rest
    return [{"name": "File", "file": part} for part in found]


def _links(unmapped: Event, parts: Sequence[Event]) -> list[Event]:
    found, rest = _folded(parts)
    if rest:
        unmapped["EmailUrlInfo"] = rest
    return [{"name": "Url", "url": part} for part in found if "url_string" in part]


def _folded(parts: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Equal objects once; what they have no place for, with the ReportIds of equal rests listed."""
    found: dict[str, Event] = {}
    rest: dict[str, Event] = {}
    for part in sorted(parts, key=repr):
        left: Mapping[str, Any] = part.get("unmapped", {})
        shown = {key: value for key, value in part.items() if key != "unmapped"}
        found.setdefault(repr(shown), shown)
        kept = {key: value for key, value in left.items() if key != "ReportId"}
        if "url_string" not in shown and "type_id" not in shown:
            kept |= shown
        if not (kept or left.get("ReportId")):
            continue
        group = rest.setdefault(repr((shown, kept)), {**part_key(shown), **kept, "ReportId": []})
        if left.get("ReportId"):
            group["ReportId"].append(left["ReportId"])
    for group in rest.values():
        ids = list(dict.fromkeys(group.pop("ReportId")))
        if ids:
            group["ReportId"] = ids[0] if len(ids) == 1 else ids
    return list(found.values()), list(rest.values())
