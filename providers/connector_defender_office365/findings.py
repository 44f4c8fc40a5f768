"""Fold the rows of one threat into one Detection Finding.

The copy (or click) that fared worst leads: its verdict, outcome and headers are the finding's. No
row is left out, whatever the filters were: every copy, file, link, recipient and piece of evidence
is in the finding.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connector_core.convert import email_address, timestamp_text
from connector_core.ocsf.enums import Disposition, ResourceRole
from connector_core.ocsf.observables import observables
from connector_defender_office365 import convert
from connector_defender_office365.normalize import Event, Normalizers, split_files, split_links

SCAN_TYPE_UID: Final = 400903

_EXPOSURE: Final = {
    int(Disposition.ALLOWED): 6,
    int(Disposition.TAGGED): 5,
    int(Disposition.OTHER): 4,
    int(Disposition.DELAYED): 3,
    int(Disposition.UNKNOWN): 3,
    int(Disposition.ERROR): 2,
    int(Disposition.CORRECTED): 2,
}
"""How exposed the user was, by disposition; whatever is not listed was stopped."""

_PER_COPY: Final = (
    "RecipientEmailAddress",
    "RecipientObjectId",
    "RecipientDomain",
    "Timestamp",
    "ThreatTypes",
    "DeliveryAction",
    "DeliveryLocation",
    "LatestDeliveryAction",
    "LatestDeliveryLocation",
    "ReportId",
)


def _worst(rows: Sequence[Any], events: Sequence[Event]) -> Event:
    """The event of the row that fared worst; of equals, the earliest."""
    ranked = sorted(
        zip(rows, events, strict=True),
        key=lambda pair: (
            -int(pair[1]["severity_id"]) if pair[1]["severity_id"] != 99 else 0,
            -_EXPOSURE.get(pair[1]["disposition_id"], 1),
            pair[1]["time"],
            getattr(pair[0], "RecipientEmailAddress", None) or "",
            getattr(pair[0], "ActionType", None) or "",
        ),
    )
    return ranked[0][1]


def message_finding(
    tables: Normalizers, copies: Sequence[Any], files: Sequence[Any], links: Sequence[Any]
) -> Event:
    """All copies of one message; at least one carries a verdict."""
    accused = [row for row in copies if row.ThreatTypes]
    events = [tables.message(row) for row in accused]
    finding = _worst(accused, events)
    _set_times(finding, [event["time"] for event in events])
    email = finding["evidences"].setdefault("email", {})
    _add_recipients(email, copies)
    if "from" not in email and "to" not in email:
        email["to"] = []
    evidences = [finding.pop("evidences")]
    unmapped = finding.setdefault("unmapped", {})
    for column in _PER_COPY:
        unmapped.pop(column, None)
    unmapped["EmailEvents"] = [_copy(row) for row in copies]
    parts, rest, infected = split_files(_distinct(tables.file.of_row(row) for row in files))
    evidences += [{"file": part} for part in parts]
    if rest:
        unmapped["EmailAttachmentInfo"] = rest
    for family in finding.get("malware", ()):
        if infected:
            family["files"] = infected
    urls, left = split_links(_distinct(tables.link.of_row(row) for row in links))
    evidences += [{"url": url} for url in urls]
    if left:
        unmapped["EmailUrlInfo"] = left
    finding["evidences"] = evidences
    finding["resources"] = _mailboxes(copies)
    finding["finding_info"]["related_events"] = [
        {
            "uid": convert.email_event_uid(row.NetworkMessageId, row.RecipientEmailAddress or ""),
            "type_uid": SCAN_TYPE_UID,
        }
        for row in _by_recipient(copies)
    ]
    return _finished(finding)


def _add_recipients(email: Event, copies: Sequence[Any]) -> None:
    """Every mailbox a copy went to stands among the recipients, whatever the header says."""
    valid = list(email.get("to", ()))
    odd = list(email.get("to_mailboxes", ()))
    known = {text.lower() for text in (*valid, *odd)}
    for row in _by_recipient(copies):
        address = row.RecipientEmailAddress
        if address and address.lower() not in known:
            known.add(address.lower())
            (valid if email_address(address) else odd).append(address)
    if valid:
        email["to"] = valid
    if odd:
        email["to_mailboxes"] = odd


def _by_recipient(copies: Sequence[Any]) -> list[Any]:
    return sorted(
        {(row.RecipientEmailAddress or "").lower(): row for row in copies}.values(),
        key=lambda row: row.RecipientEmailAddress or "",
    )


def _copy(row: Any) -> Event:
    found = {name: getattr(row, name, None) for name in _PER_COPY}
    return {name: value for name, value in found.items() if value}


def _mailboxes(copies: Sequence[Any]) -> list[Event]:
    return [
        convert.resource(
            row.RecipientEmailAddress or "unknown",
            getattr(row, "RecipientObjectId", None) or "",
            "Mailbox",
            ResourceRole.TARGET,
        )
        for row in _by_recipient(copies)
    ]


def _distinct(parts: Iterable[Event]) -> list[Event]:
    """Files come once per recipient: equal parts, their row ids aside, are one part."""
    found: dict[str, Event] = {}
    for part in parts:
        told = {key: value for key, value in part.items() if key != "unmapped"}
        left = {k: v for k, v in part.get("unmapped", {}).items() if k in ("UrlLocation",)}
        found.setdefault(repr((told, left)), part)
    return list(found.values())


def click_finding(tables: Normalizers, rows: Sequence[Any]) -> Event:
    """All rows of one click: the block, and the click-through that followed it."""
    events = [tables.click(row) for row in rows]
    finding = _worst(rows, events)
    _set_times(finding, [event["time"] for event in events], spans=len(events) > 1)
    shown, seen = [], set()
    for event in [finding, *(event for event in events if event is not finding)]:
        evidence = event.pop("evidences", {})
        if evidence and repr(evidence) not in seen:
            seen.add(repr(evidence))
            shown.append(evidence)
    if shown:
        finding["evidences"] = shown
    if len(rows) > 1:
        finding.setdefault("unmapped", {})["UrlClickEvents"] = [
            {"Timestamp": row.Timestamp, "ActionType": row.ActionType or ""} for row in rows
        ]
    return _finished(finding)


def alert_finding(tables: Normalizers, rows: Sequence[Any], evidence: Sequence[Any]) -> Event:
    """One alert with all its evidence."""
    finding = min((tables.alert(row) for row in rows), key=lambda event: int(event["time"]))
    _set_times(finding, [], spans=False)
    shown: list[Event] = []
    rest: list[Event] = []
    resources: dict[str, Event] = {}
    messages: dict[str, None] = {}
    for row in _distinct_rows(evidence):
        item = tables.evidence(row)
        left = item.pop("unmapped", {})
        shown.append(_usable(item, left))
        if left:
            rest.append({"EntityType": row.EntityType or "", **left})
        if item.get("uid") and (row.EntityType or "").lower() == "mailmessage":
            messages[item["uid"]] = None
        if (row.EvidenceRole or "").lower() == "impacted" and "user" in item:
            _affect(resources, item["user"], row.EntityType or "")
    if shown:
        finding["evidences"] = shown
    if rest:
        finding.setdefault("unmapped", {})["AlertEvidence"] = rest
    if resources:
        finding["resources"] = list(resources.values())
    if messages:
        finding["finding_info"]["related_events"] = [
            {"uid": uid, "type_uid": SCAN_TYPE_UID} for uid in messages
        ]
        if len(messages) == 1:
            finding["metadata"]["correlation_uid"] = next(iter(messages))
    return _finished(finding)


_ARTIFACTS: Final = (
    "email",
    "user",
    "url",
    "src_endpoint",
    "dst_endpoint",
    "file",
    "device",
    "process",
    "data",
)


def _usable(item: Event, left: Event) -> Event:
    """Evidence that shows nothing by itself shows the row's own fields as `data`."""
    if not any(key in item for key in _ARTIFACTS):
        item["data"] = dict(left) or {"EntityType": item.get("name", "")}
        left.clear()
    return item


def _distinct_rows(rows: Sequence[Any]) -> list[Any]:
    """Evidence rows without exact repetitions, in a stable order."""
    found = {repr(row): row for row in rows}
    return [found[key] for key in sorted(found)]


def _affect(resources: dict[str, Event], user: Mapping[str, Any], kind: str) -> None:
    name = user.get("email_addr") or user.get("name") or user.get("uid") or ""
    resources.setdefault(
        str(name).lower(),
        convert.resource(str(name), str(user.get("uid", "")), kind, ResourceRole.AFFECTED),
    )


def _set_times(finding: Event, times: Sequence[int], *, spans: bool = True) -> None:
    """The finding's time is its first row's; it was created then."""
    first = min(times, default=finding["time"])
    if first != finding["time"]:
        finding["time"], finding["time_dt"] = first, timestamp_text(first)
        finding["metadata"]["original_time"] = finding["time_dt"]
    info = finding["finding_info"]
    info["created_time"], info["created_time_dt"] = first, finding["time_dt"]
    if times and spans:
        last = max(times)
        finding["start_time"], finding["start_time_dt"] = first, timestamp_text(first)
        finding["end_time"], finding["end_time_dt"] = last, timestamp_text(last)


def _finished(finding: Event) -> Event:
    if not finding.get("unmapped", True):
        del finding["unmapped"]
    finding["observables"] = observables(finding, "detection_finding")
    if not finding["observables"]:
        del finding["observables"]
    return finding
