"""A finding in full, in the shape in which its page shows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector_core.summary import dict_of, int_of, list_of, mails_of, moment, recipients_of, unique

FEW: Final = 3
"""Recipients, senders or subjects in one cell of a table."""
MOST: Final = 200
"""Recipients or links of one finding."""


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
    info = dict_of(event.get("finding_info"))
    proofs = [dict_of(one) for one in list_of(event.get("evidences"))]
    mails = mails_of(event)
    severity = str(event.get("severity", ""))
    facts: dict[str, list[Any]] = {
        "Severity": [severity],
        "Disposition": [event.get("disposition")],
        "Action": [event.get("action")],
        "Status": [event.get("status")],
        "Types": list_of(info.get("types")),
        "Confidence": [event.get("confidence")],
        "Time": [moment(event.get("time"))],
        "First seen": [moment(event.get("start_time"))],
        "Last seen": [moment(event.get("end_time"))],
        "Product": [dict_of(dict_of(event.get("metadata")).get("product")).get("name")],
        "Description": [info.get("desc")],
        "Message": [event.get("message")],
        "Policy": [dict_of(event.get("policy")).get("name")],
        "Malware": [dict_of(one).get("name") for one in list_of(event.get("malware"))],
        "Techniques": [
            dict_of(dict_of(one).get("technique")).get("uid")
            for one in list_of(event.get("attacks"))
        ],
        "Affected": [dict_of(one).get("name") for one in list_of(event.get("resources"))],
    }
    told = [_evidence(proof) for proof in proofs]
    return Finding(
        title=str(info.get("title", "")) or "Finding",
        uid=str(info.get("uid", "")),
        severity=severity,
        level=int_of(event.get("severity_id")),
        facts=[(label, found) for label, values in facts.items() if (found := unique(values))],
        recipients=recipients_of(mails),
        files=_files(proofs, mails),
        links=unique(
            dict_of(url).get("url_string")
            for holder in (*proofs, *mails)
            for url in (holder.get("url"), *list_of(holder.get("urls")))
        ),
        evidences=[one for one in told if one.facts],
        event=event,
    )


def _evidence(proof: Mapping[str, Any]) -> Evidence:
    """What the tables of files and links do not say already."""
    found: dict[str, list[object]] = {}
    if proof.keys() - {"name", "uid", "file", "url"} or not proof.keys() & {"file", "url"}:
        for path, value in _leaves({key: proof[key] for key in proof if key != "name"}):
            if not path.startswith(("email.files", "email.urls")) and not path.endswith("_id"):
                found.setdefault(path, []).append(value)
    facts = [(path, kept) for path, values in found.items() if (kept := unique(values))]
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
        for each in (holder.get("file"), *list_of(holder.get("files"))):
            if file := dict_of(each):
                found.append(
                    File(
                        name=str(file.get("name", "")),
                        type=str(file.get("type", "")),
                        size=f"{size:,}" if isinstance(size := file.get("size"), int) else "",
                        hashes=tuple(
                            (str(one.get("algorithm", "")), str(one.get("value", "")))
                            for one in map(dict_of, list_of(file.get("hashes")))
                        ),
                    )
                )
    return list(dict.fromkeys(found))
