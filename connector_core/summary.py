"""What a person sees first of a finding or an email activity: one line, for tables of any kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector_core.convert import timestamp_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of a table."""

    severity: str
    level: int
    """OCSF's ``severity_id``."""
    disposition: str
    senders: Sequence[str]
    recipients: Sequence[str]
    """Of the headers To and Cc, and those it was delivered to."""
    subjects: Sequence[str]
    """The finding's title when no mail has a subject."""
    time: str
    """RFC 3339, UTC; empty when the event has none."""
    uid: str
    """Of the finding; empty for an email activity."""


def line_of(event: Mapping[str, Any]) -> Line:
    """What is shown of an event."""
    mails = mails_of(event)
    info = dict_of(event.get("finding_info"))
    return Line(
        severity=str(event.get("severity", "")),
        level=int_of(event.get("severity_id")),
        disposition=str(event.get("disposition", "")),
        senders=unique(sender_of(mail) for mail in mails) or unique([event.get("from")]),
        recipients=recipients_of(mails) or unique(list_of(event.get("to"))),
        subjects=unique(mail.get("subject") for mail in mails) or unique([info.get("title")]),
        time=moment(event.get("time")),
        uid=str(info.get("uid", "")),
    )


def mails_of(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `email` objects of an event: its own, and those of its evidences."""
    holders = [event, *map(dict_of, list_of(event.get("evidences")))]
    return [mail for holder in holders if (mail := dict_of(holder.get("email")))]


def sender_of(mail: Mapping[str, Any]) -> object:
    """Who a mail says it is from."""
    return mail.get("from") or mail.get("from_mailbox")


def recipients_of(mails: Iterable[Mapping[str, Any]]) -> list[str]:
    """Everybody whom the mails went to, each once."""
    keys = ("to", "cc", "delivered_to_list")
    return unique(to for mail in mails for key in keys for to in list_of(mail.get(key)))


def moment(value: object) -> str:
    """A time of OCSF (milliseconds UTC) as RFC 3339 text; empty when there is none."""
    return timestamp_text(value) if isinstance(value, int) else ""


def unique(values: Iterable[object]) -> list[str]:
    """As text, each once, without what is empty."""
    return list(dict.fromkeys(str(value) for value in values if value not in (None, "")))


def dict_of(value: object) -> dict[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def int_of(value: object) -> int:
    """The value when it is a whole number, else 0."""
    return value if isinstance(value, int) else 0
