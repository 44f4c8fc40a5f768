"""What findings of every kind share: which row leads, when it began, what the other rows say."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

from connector_core.convert import kept_json, timestamp_text
from connector_core.ocsf.enums import Disposition
from connector_core.ocsf.observables import observables
from connector_defender_office365 import convert
from connector_defender_office365.normalize import Event

SCAN: Final = {"type_uid": 400903, "type_name": "Email Activity: Scan"}
"""What kind of event a related event is: the delivery of one copy."""

ARTIFACTS: Final = frozenset(
    (
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
)
"""Attributes of which an evidence needs one."""

JSON_COLUMNS: Final = frozenset(
    (
        "AdditionalFields",
        "AuthenticationDetails",
        "Cc",
        "ConfidenceLevel",
        "DetectionMethods",
        "ForwardingInformation",
        "OriginalConfidenceLevel",
        "OriginalDetectionMethods",
        "To",
        "UrlChain",
    )
)

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

UNKNOWN_SEVERITY: Final = 99


def worst(
    pairs: Iterable[tuple[Any, Event]], tie: Callable[[Any], Any] = lambda row: ()
) -> tuple[Any, Event]:
    """The row that fared worst, with its event; of equals the earliest, then first by `tie`."""

    def rank(pair: tuple[Any, Event]) -> Any:
        row, event = pair
        severity = event["severity_id"]
        return (
            0 if severity == UNKNOWN_SEVERITY else -severity,
            -_EXPOSURE.get(event.get("disposition_id", 0), 1),
            event["time"],
            tie(row),
        )

    return min(pairs, key=rank)


def begin(finding: Event, events: Sequence[Event], *, spans: bool) -> None:
    """The finding's time is its first row's, and it was created then."""
    first = min(events, key=lambda event: int(event["time"]))
    last = max(int(event["time"]) for event in events)  # before the finding, one of them, changes
    finding["time"], finding["time_dt"] = first["time"], first["time_dt"]
    finding["metadata"]["original_time"] = first["metadata"]["original_time"]
    info = finding["finding_info"]
    info["created_time"], info["created_time_dt"] = finding["time"], finding["time_dt"]
    if spans:
        set_span(finding, finding["time"], last)


def set_span(finding: Event, start: int | None, end: int | None) -> None:
    """When what the finding tells of began and ended; each may be unknown."""
    if start is not None:
        finding["start_time"], finding["start_time_dt"] = start, timestamp_text(start)
    if end is not None:
        finding["end_time"], finding["end_time_dt"] = end, timestamp_text(end)


def detect(finding: Event, lead: Any, rows: Iterable[Any]) -> convert.Methods:
    """Give the finding the analytics of all rows, and say which methods those are; the lead's go
    first within a threat.
    """
    ordered = (lead, *(row for row in rows if row is not lead))
    methods = convert.methods_by_threat(getattr(row, "DetectionMethods", None) for row in ordered)
    for name, value in zip(
        ("analytic", "related_analytics"), convert.analytics_of(methods), strict=True
    ):
        if value:
            finding["finding_info"][name] = value
    return methods


def told(row: Any, lead: Any, columns: Iterable[str], always: Collection[str]) -> Event:
    """What a row says itself: the columns of `always`, and all that differs from the lead row."""
    found: Event = {}
    for column in columns:
        value = getattr(row, column, None)
        if column not in always and value == getattr(lead, column, None):
            continue
        kept = kept_json(value) if column in JSON_COLUMNS else value
        if kept not in (None, "", [], {}):
            found[column] = kept
    return found


def distinct_rows(rows: Sequence[Any]) -> list[Any]:
    """The rows without exact repetitions, in a stable order."""
    found = {repr(row): row for row in rows}
    return [found[key] for key in sorted(found)]


def union(lists: Iterable[Sequence[str] | None]) -> list[str]:
    """Every word of the lists once, in order, compared without case."""
    found: dict[str, str] = {}
    for words in lists:
        for word in words or ():
            found.setdefault(word.lower(), word)
    return list(found.values())


def finished(finding: Event) -> Event:
    """The finding with its observables, without empty parts."""
    if not finding.get("unmapped", True):
        del finding["unmapped"]
    found = observables(finding, "detection_finding")
    if found:
        finding["observables"] = found
    return finding
