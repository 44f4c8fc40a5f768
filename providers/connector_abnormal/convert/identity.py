"""What names an event, and when it was: ids and times that are the same on every read."""

import uuid
from typing import Final

from connector_core.convert import deterministic_uid, timestamp

NAMESPACE: Final = uuid.UUID("2f6f3b1a-4c0e-5d53-9a0b-7d9be0c4a7f2")
"""Namespace of the event ids that this mapping makes (UUID version 5)."""
PLAUSIBLE: Final = range(10**11, 10**13)
"""Milliseconds from 1973 to 2286: a time outside stands for none."""

event_uid = deterministic_uid(NAMESPACE)


def moment(text: str) -> tuple[int, str] | None:
    """Milliseconds UTC, and the same moment as RFC 3339 text; None for what is no time."""
    found = timestamp(text)
    return found if found and found[0] in PLAUSIBLE else None


def received(text: str) -> tuple[int | None, str | None, str | None] | None:
    """The moment to the millisecond, and the text as received."""
    if not text:
        return None
    found = moment(text)
    return (*found, text) if found else (None, None, text)


def remediated(text: str) -> tuple[int | None, str | None, str | None] | None:
    """The latest moment over all messages; each text also under unmapped."""
    return received(text)


def message_ids(text: str, number: str) -> tuple[str | None, str | None] | None:
    """The id as text; the number stands in where there is none, and under unmapped where it says
    something else.
    """
    if not text and not number:
        return None
    return text or number, number if text and number and number != text else None


def finding_uid(threat: str) -> str:
    """UUIDv5 of "threat" and threatId."""
    return event_uid(f"threat|{threat}")


def result_ids(
    universal: str, message: str, raw: str
) -> tuple[str | None, str | None, str | None] | None:
    """The first that there is; the others under unmapped where they say something else."""
    uid = universal or message or raw
    if not uid:
        return None
    return uid, message if message != uid else None, raw if raw != uid else None


def result_uid(
    source: str,
    universal: str,
    message: str,
    raw: str,
    mailbox: str,
    internet: str,
    time: str,
) -> str:
    """UUIDv5 of the source, the result's own id (or else its Message-ID and time), and the mailbox
    in lower case.
    """
    uid = universal or message or raw or f"{internet}|{time}"
    return event_uid("|".join(("search", source, uid, mailbox.lower())))
