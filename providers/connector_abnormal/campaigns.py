"""Reads campaigns with all their messages: one request for each page of each, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connector_abnormal import notices, wire
from connector_abnormal.wire import MAX_MESSAGES, Refused, ThreatPage
from connector_core.provider import Call, Flow, Notice, ask_all

CAPPED: Final = 10
"""So many messages come, whatever page is asked for, where page numbers are ignored. Source: Client
API 1.4.3, "/threats/{threatId}", pageNumber (2026)."""
MOST_IDLE: Final = 3
"""Pages without a new message, one after the other, that are read at most."""


@dataclass(slots=True)
class Campaign:
    """A threat, as far as its pages were read."""

    uid: str
    head: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    next: int | None = 1
    """The page to be read; None when there is none."""
    _seen: set[str] = field(default_factory=set)
    _idle: int = 0
    _beyond: bool = False
    """Whether the page to be read is one that the vendor did not name."""
    _unreadable: bool = False
    _repeated: bool = False
    _broken: bool = False
    _mistaken: bool = False

    def take(self, page: ThreatPage | Refused) -> None:
        """Add a page. The last one says so, repeats what is there, or reaches the vendor's cap."""
        if isinstance(page, Refused):
            self._broken, self.next = not self._beyond, None
            return
        told = page.head.get("threatId")
        self._mistaken |= bool(told) and str(told).lower() != self.uid.lower()
        self.head = {**page.head, **self.head}
        fresh = []
        keys = set()
        for message in page.messages:
            if not isinstance(message, dict):
                self._unreadable = True
                continue
            key = _key(message)
            keys.add(key)
            if key not in self._seen:
                fresh.append(message)
        self._repeated = bool(keys) and keys <= self._seen
        self._seen |= keys
        self.messages += fresh
        self._idle = 0 if fresh else self._idle + 1
        full = len(self.messages) >= MAX_MESSAGES
        ended = self._repeated or full or page.next is None
        self._broken = not ended and self._idle == MOST_IDLE
        self._beyond = self.next == 1 and page.next is None and len(page.messages) == CAPPED
        self.next = 2 if self._beyond else None if ended or self._broken else page.next

    def notices(self) -> Iterator[Notice]:
        """What is missing of it or wrong with it, as far as can be known."""
        if self._mistaken:
            yield notices.threat_mistaken(self.uid)
        if self._unreadable:
            yield notices.unreadable("messages", self.uid)
        held, told = len(self.messages), self.head.get("recipientCount")
        recipients = told if type(told) is int else None
        short = recipients is not None and recipients > self._recipients()
        if held >= MAX_MESSAGES or short or self._repeated or self._broken:
            yield notices.messages_missing(self.uid, held, recipients, repeated=self._repeated)

    def _recipients(self) -> int:
        """How many recipients the messages can have been for; one without its name is another."""
        names = [message.get("recipientAddress") for message in self.messages]
        known = {name.lower() for name in names if isinstance(name, str) and name}
        return len(known) + sum(not (isinstance(name, str) and name) for name in names)


def read_campaigns(
    root: str, threats: Sequence[str], *, must_be_there: bool = False
) -> Flow[dict[str, Campaign | None]]:
    """Each threat by its id, with every message that the vendor shows; None for one that is gone.

    With `must_be_there` one that is gone raises `NotFoundError`.
    """
    begin = wire.read_threat if must_be_there else wire.read_threat_if_there
    found: dict[str, Campaign | None] = {uid: Campaign(uid) for uid in threats}
    first = True
    while waiting := [each for each in found.values() if each and each.next is not None]:
        calls = [
            Call(
                wire.threat_request(root, each.uid, each.next or 1),
                begin if first else wire.read_threat_further,
            )
            for each in waiting
        ]
        pages = yield from ask_all(calls)
        for each, page in zip(waiting, pages, strict=True):
            if first and isinstance(page, Refused):
                found[each.uid] = None
            else:
                each.take(page)
        first = False
    return found


def _key(message: dict[str, Any]) -> str:
    """What tells a message from others of its threat."""
    uid = message.get("abxMessageIdStr") or message.get("abxMessageId")
    return str(uid) if uid else repr(message)
