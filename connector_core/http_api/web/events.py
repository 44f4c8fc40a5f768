"""Events and findings, in the shape in which they are shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector_core.convert import timestamp_text

FEW: Final = 3
"""Recipients, senders or subjects in one cell of a table."""
MOST: Final = 200
"""Recipients or links of one finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of a table."""

    severity: str
    level: int
    """OCSF's ``severity_id``."""
    disposition: str
    senders: Sequence[str]
    recipients: Sequence[str]
    subjects: Sequence[str]
    time: str
    uid: str
    """Of the finding; empty for an email activity."""


def line_of(event: Mapping[str, Any]) -> Line:
    """A row about a finding or an email activity."""
    mails = _mails(event)
    info = _dict(event.get("finding_info"))
    subjects = _unique(mail.get("subject") for mail in mails)
    return Line(
        severity=str(event.get("severity", "")),
        level=_int(event.get("severity_id")),
        disposition=str(event.get("disposition", "")),
        senders=_unique(mail.get("from") or mail.get("from_mailbox") for mail in mails)
        or _unique([event.get("from")]),
        recipients=_recipients(mails) or _unique(_list(event.get("to"))),
        subjects=subjects or _unique([info.get("title")]),
        time=moment(event.get("time")),
        uid=str(info.get("uid", "")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment."""

    name: str
    type: str
    size: str
    hashes: Sequence[tuple[str, str]]
    """Algorithm and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence, but for its files and links, which have tables of their own."""

    name: str
    facts: Sequence[tuple[str, Sequence[str]]]
    """OCSF path -> values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding in full."""

    title: str
    uid: str
    severity: str
    level: int
    facts: Sequence[tuple[str, Sequence[str]]]
    """Label -> values."""
    recipients: Sequence[str]
    files: Sequence[File]
    links: Sequence[str]
    evidences: Sequence[Evidence]
    event: Mapping[str, Any]


def finding_of(event: Mapping[str, Any]) -> Finding:
    """A finding in the shape of its page."""
    info = _dict(event.get("finding_info"))
    proofs = [_dict(one) for one in _list(event.get("evidences"))]
    mails = _mails(event)
    severity = str(event.get("severity", ""))
    facts: dict[str, list[Any]] = {
        "Severity": [severity],
        "Disposition": [event.get("disposition")],
        "Action": [event.get("action")],
        "Status": [event.get("status")],
        "Types": _list(info.get("types")),
        "Confidence": [event.get("confidence")],
        "Time": [moment(event.get("time"))],
        "First seen": [moment(event.get("start_time"))],
        "Last seen": [moment(event.get("end_time"))],
        "Product": [_dict(_dict(event.get("metadata")).get("product")).get("name")],
        "Description": [info.get("desc")],
        "Message": [event.get("message")],
        "Policy": [_dict(event.get("policy")).get("name")],
        "Malware": [_dict(one).get("name") for one in _list(event.get("malware"))],
        "Techniques": [
            _dict(_dict(one).get("technique")).get("uid") for one in _list(event.get("attacks"))
        ],
        "Affected": [_dict(one).get("name") for one in _list(event.get("resources"))],
    }
    told = [_evidence(proof) for proof in proofs]
    return Finding(
        title=str(info.get("title", "")) or "Finding",
        uid=str(info.get("uid", "")),
        severity=severity,
        level=_int(event.get("severity_id")),
        facts=[(label, found) for label, values in facts.items() if (found := _unique(values))],
        recipients=_recipients(mails),
        files=_files(proofs, mails),
        links=_unique(
            _dict(url).get("url_string")
            for holder in (*proofs, *mails)
            for url in (holder.get("url"), *_list(holder.get("urls")))
        ),
        evidences=[one for one in told if one.facts],
        event=event,
    )


def moment(value: object) -> str:
    """A time of OCSF (milliseconds UTC) as RFC 3339 text; empty when there is none."""
    return timestamp_text(value) if isinstance(value, int) else ""


def _evidence(proof: Mapping[str, Any]) -> Evidence:
    """What the tables of files and links do not say already."""
    found: dict[str, list[object]] = {}
    if proof.keys() - {"name", "uid", "file", "url"} or not proof.keys() & {"file", "url"}:
        for path, value in _leaves({key: proof[key] for key in proof if key != "name"}):
            if not path.startswith(("email.files", "email.urls")) and not path.endswith("_id"):
                found.setdefault(path, []).append(value)
    facts = [(path, kept) for path, values in found.items() if (kept := _unique(values))]
    return Evidence(name=str(proof.get("name", "")) or "Evidence", facts=facts)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value that holds no other, with its path; lists add nothing to a path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, value


def _files(*holders: Iterable[Mapping[str, Any]]) -> list[File]:
    found = []
    for holder in (one for some in holders for one in some):
        for each in (holder.get("file"), *_list(holder.get("files"))):
            if file := _dict(each):
                found.append(
                    File(
                        name=str(file.get("name", "")),
                        type=str(file.get("type", "")),
                        size=f"{size:,}" if isinstance(size := file.get("size"), int) else "",
                        hashes=tuple(
                            (str(one.get("algorithm", "")), str(one.get("value", "")))
                            for one in map(_dict, _list(file.get("hashes")))
                        ),
                    )
                )
    return list(dict.fromkeys(found))


def _mails(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    holders = [event, *map(_dict, _list(event.get("evidences")))]
    return [mail for holder in holders if (mail := _dict(holder.get("email")))]


def _recipients(mails: Iterable[Mapping[str, Any]]) -> list[str]:
    keys = ("to", "cc", "delivered_to_list")
    return _unique(to for mail in mails for key in keys for to in _list(mail.get(key)))


def _unique(values: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value not in (None, "")))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
