"""What the copies of one message say together: their verdicts, their headers, their recipients."""

from collections.abc import Sequence
from typing import Any, Final

from connector_core.convert import email_address
from connector_defender_office365 import convert
from connector_defender_office365.findings.fold import detect
from connector_defender_office365.normalize import Event

Judged = Sequence[tuple[Any, Event]]
"""Copies with a verdict, each with the event made of it alone."""

PER_MESSAGE: Final = (
    "SenderFromAddress",
    "SenderDisplayName",
    "To",
    "Cc",
    "Subject",
    "InternetMessageId",
    "SenderIPv4",
    "SenderIPv6",
)
"""Columns that nearly always agree: copies that differ in one are an evidence of their own."""
KEPT: Final = ("SenderFromAddress", "SenderIPv4", "SenderIPv6")
"""Columns kept under `unmapped` where their attribute cannot hold them, and where filters look."""


def add_verdicts(finding: Event, lead: Any, accused: Judged) -> None:
    """What found the threats, malware, overrides, odd senders of all copies; the lead's first."""
    ordered = (finding, *(event for _, event in accused if event is not finding))
    message = convert.methods_text(detect(finding, lead, (row for row, _ in accused)))
    if message:
        finding["message"] = message
    for name, key in (("malware", _family), ("authorizations", repr)):
        found: dict[str, Event] = {}
        for event in ordered:
            for item in event.get(name, ()):
                found.setdefault(key(item), item)
        if found:
            finding[name] = list(found.values())
    for column in KEPT:
        texts = (event.get("unmapped", {}).get(column) for event in ordered)
        kept = list(dict.fromkeys(filter(None, texts)))
        if kept:
            finding.setdefault("unmapped", {})[column] = kept[0] if len(kept) == 1 else kept


def _family(malware: Event) -> str:
    return str(malware["name"]).lower()


def versions(lead: Any, first: Event, accused: Judged, copies: Sequence[Any]) -> list[Event]:
    """The lead's evidence with the recipients of all copies; then one for each other way in which
    the message was sent, with what that says otherwise and who got it.
    """
    first.setdefault("email", {})
    groups: dict[str, list[tuple[Any, Event]]] = {_version(lead): []}
    for row, event in accused:
        groups.setdefault(_version(row), []).append((row, event["evidences"]))
    del groups[_version(lead)]
    others = [_otherwise(first, lead, group) for group in groups.values()]
    _add_recipients(first["email"], copies)
    return [first, *filter(None, others)]


def _version(row: Any) -> str:
    return repr([getattr(row, column, None) or "" for column in PER_MESSAGE])


def _otherwise(first: Event, lead: Any, copies: Sequence[tuple[Any, Event]]) -> Event:
    row, evidence = copies[0]
    same_header = getattr(row, "To", None) == getattr(lead, "To", None)
    email = {
        name: value
        for name, value in evidence.get("email", {}).items()
        if value != first["email"].get(name)
        and not (name in ("to", "to_mailboxes") and same_header)
    }
    found = {name: value for name, value in evidence.items() if value != first.get(name)}
    if not (email or "src_endpoint" in found):
        return {}
    _add_recipients(email, [row for row, _ in copies])
    named = {name: first[name] for name in ("name", "uid") if name in first}
    return named | found | {"email": email}


def recipient(row: Any) -> str:
    """The mailbox that the copy is for."""
    return row.RecipientEmailAddress or ""


def _add_recipients(email: Event, copies: Sequence[Any]) -> None:
    """Every mailbox a copy went to stands among the recipients, whatever the header says."""
    valid = list(email.get("to", ()))
    odd = list(email.get("to_mailboxes", ()))
    known = {text.lower() for text in (*valid, *odd)}
    for address in map(recipient, copies):
        if address and address.lower() not in known:
            known.add(address.lower())
            (valid if email_address(address) else odd).append(address)
    if valid:
        email["to"] = valid
    if odd:
        email["to_mailboxes"] = odd
    if "from" not in email and "to" not in email:
        email["to"] = []  # the object needs one of the two; an address is never made up
