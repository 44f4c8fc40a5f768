"""A threat with all its messages is one Detection Finding."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector_abnormal.mapping import REPEATED
from connector_abnormal.normalize import (
    MESSAGE_FORM,
    THREAT_FORM,
    Event,
    addressed,
    leave,
    make_message,
    make_threat,
)
from connector_core.errors import MappingError
from connector_core.ocsf.enums import DetectionStatus, Disposition, ResourceRole
from connector_core.ocsf.observables import observables

_EXPOSURE: Final = {
    int(Disposition.ALLOWED): 4,
    int(Disposition.OTHER): 3,
    int(Disposition.UNKNOWN): 2,
    int(Disposition.QUARANTINED): 1,
}
"""How exposed the reader was, by disposition."""
_PROGRESS: Final = {
    int(DetectionStatus.NEW): 0,
    int(DetectionStatus.IN_PROGRESS): 1,
    int(DetectionStatus.OTHER): 2,
    int(DetectionStatus.UNKNOWN): 3,
    int(DetectionStatus.RESOLVED): 4,
}
"""How far the remediation of a message is."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as a row, and what it adds to the finding."""

    row: Any
    event: Event

    @property
    def time(self) -> int | None:
        found: int | None = self.event.get("time")
        return found

    @property
    def uid(self) -> str:
        return str(self.event["evidences"].get("uid", ""))


def detection_finding(
    threat: str, head: Mapping[str, Any], raws: Iterable[Mapping[str, Any]], drift: Counter[str]
) -> Event:
    """The finding of a threat, by the id that it was asked for with.

    Raises `MappingError` when no message has a time of receipt: the finding would have none.
    """
    row, rest = THREAT_FORM.row(head, drift)
    if (row.threatId or "").lower() != threat.lower():
        if row.threatId:
            rest["threatId"] = row.threatId
            drift["Threat.threatId: another than asked for"] += 1
        row.threatId = threat
    finding = make_threat(row)
    leave(finding, rest)
    messages = sorted(
        (_message(raw, row, drift) for raw in raws), key=lambda each: (each.time or 0, each.uid)
    )
    dated = [message for message in messages if message.time is not None]
    if not dated:
        raise MappingError("no time of receipt", table="Threat", column="messages.receivedTime")
    _add_times(finding, dated)
    _add_judgement(finding, [message.event for message in messages])
    _add_words(finding, dated + [each for each in messages if each.time is None])
    finding["finding_info"]["related_events_count"] = len(messages)
    finding["evidences"] = [message.event["evidences"] for message in messages]
    leave(finding, {"messages": [_rest(message) for message in messages]})
    if mailboxes := _mailboxes(messages):
        finding["resources"] = mailboxes
    return observed(finding)


def observed(finding: Event) -> Event:
    """The finding with its observables, made anew."""
    finding.pop("observables", None)
    if found := observables(finding, "detection_finding"):
        finding["observables"] = found
    return finding


def _message(raw: Mapping[str, Any], threat: Any, drift: Counter[str]) -> _Message:
    row, rest = MESSAGE_FORM.row(raw, drift)
    event = make_message(row)
    leave(event, rest)
    addressed(event["evidences"].setdefault("email", {}))
    left = event.get("unmapped", {})
    for name in REPEATED:
        if name in left and left[name] == getattr(threat, name):
            del left[name]
    return _Message(row, event)


def _add_times(finding: Event, dated: Sequence[_Message]) -> None:
    first, last = dated[0].event, dated[-1].event
    info = finding["finding_info"]
    for place, name, event in (
        (finding, "time", last),
        (finding, "end_time", last),
        (info, "last_seen_time", last),
        (finding, "start_time", first),
        (info, "first_seen_time", first),
    ):
        place[name], place[f"{name}_dt"] = event["time"], event["time_dt"]
    finding["metadata"]["original_time"] = last["unmapped"]["receivedTime"]


_LEADING: Final = (
    (("severity_id", "severity"), lambda event: -event["severity_id"]),
    (("is_alert",), lambda event: not event["is_alert"]),
    (
        ("disposition_id", "disposition", "action_id", "action"),
        lambda event: -_EXPOSURE.get(event["disposition_id"], 0),
    ),
    (
        ("status_id", "status", "status_detail"),
        lambda event: _PROGRESS.get(event["status_id"], 0),
    ),
)
"""Attributes that one message gives to the whole finding, and the rank by which it is found."""


def _add_judgement(finding: Event, events: Sequence[Event]) -> None:
    for names, rank in _LEADING:
        leading = min(events, key=rank)
        finding |= {name: leading[name] for name in names if name in leading}


def _add_words(finding: Event, messages: Sequence[_Message]) -> None:
    """What is told of all messages together, the earliest first."""
    info = finding["finding_info"]
    infos = [message.event["finding_info"] for message in messages]
    info["title"] = infos[0]["title"]
    if page := next((each["src_url"] for each in infos if "src_url" in each), ""):
        info["src_url"] = page
    if found := _union(each.get("types", ()) for each in infos):
        info["types"] = found
    if found := _union(each["desc"].split("\n") for each in infos if "desc" in each):
        info["desc"] = "\n".join(found)
    if tags := _tags(infos):
        info["tags"] = tags
    remediated = [each for each in infos if "modified_time" in each]
    if remediated:
        latest = max(remediated, key=lambda each: int(each["modified_time"]))
        info["modified_time"] = latest["modified_time"]
        info["modified_time_dt"] = latest["modified_time_dt"]
    events = [message.event for message in messages]
    for place, parts, name in (
        (finding, events, "attacks"),
        (info, infos, "attacks"),
        (finding, events, "malware"),
    ):
        distinct = {repr(item): item for part in parts for item in part.get(name, ())}
        if distinct:
            place[name] = list(distinct.values())


def _union(lists: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(word for words in lists for word in words))


def _tags(infos: Iterable[Event]) -> list[Event]:
    found: dict[str, dict[str, None]] = {}
    for info in infos:
        for tag in info.get("tags", ()):
            found.setdefault(tag["name"], {}).update(dict.fromkeys(tag["values"]))
    return [{"name": name, "values": list(values)} for name, values in found.items()]


def _rest(message: _Message) -> Event:
    """What a message's evidence has no place for, with the id that joins the two."""
    found: Event = {"abxMessageIdStr": message.uid} if message.uid else {}
    found.update(message.event.get("unmapped", {}))
    return found


def _mailboxes(messages: Sequence[_Message]) -> list[Event]:
    names = {
        message.row.recipientAddress.lower(): message.row.recipientAddress
        for message in messages
        if message.row.recipientAddress
    }
    role = ResourceRole.TARGET
    return [
        {"name": name, "type": "Mailbox", "role_id": int(role), "role": role.caption}
        for name in names.values()
    ]
