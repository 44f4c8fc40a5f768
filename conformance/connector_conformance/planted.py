"""What is known of a planted message, and whether an event is about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from connector_conformance.bench import Mail
from connector_conformance.subject import Event, ListOperation, Subject

VALUES: Final[Mapping[str, Callable[[Mail], str]]] = {
    "email.from": lambda mail: mail.sender,
    "email.to": lambda mail: mail.recipient,
    "email.subject": lambda mail: mail.subject,
    "email.message_uid": lambda mail: mail.message_id,
    "email.urls.url_string": lambda mail: mail.url,
    "email.files.name": lambda mail: mail.file_name,
    "src_endpoint.ip": lambda mail: mail.ip,
}
"""What is known of a message, by the filter that asks for it."""


def listed(subject: Subject, operation: ListOperation, mails: Sequence[Mail]) -> list[Mail]:
    """The messages that an operation has to show: all mail, or what was detected."""
    all_mail = subject.capabilities(operation).visibility == "all_mail"
    return [mail for mail in mails if mail.threat or (all_mail and operation == "query_events")]


def unseen(events: Sequence[Event], mails: Sequence[Mail]) -> list[Mail]:
    """The messages that no event is about."""
    held = [set(texts(event)) for event in events]
    return [mail for mail in mails if not any(shows(each, mail) for each in held)]


def shows(held: set[str], mail: Mail) -> bool:
    """Whether an event with these texts is about a message; its copies have other recipients."""
    named = held & {mail.message_id, mail.message_id.strip("<>"), mail.subject} - {""}
    return bool(named) and mail.recipient in held


def texts(node: Any) -> Iterator[str]:
    """Every text in an event."""
    match node:
        case str():
            yield node
        case list():
            for item in node:
                yield from texts(item)
        case dict():
            for item in node.values():
                yield from texts(item)
