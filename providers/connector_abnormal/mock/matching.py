"""How texts and times match. The vendor publishes none of these rules: they are guesses, kept here.

Change them here when a real tenant teaches better; nothing else knows them.
"""

import re
from collections.abc import Iterable

from .records import Campaign
from .wire import RefusalError


def text_matches(wanted: str, *held: object) -> bool:
    """Whether a text filter selects a record: it is contained, without case, in a text of it."""
    return any(wanted.casefold() in text.casefold() for text in _texts(held))


def regex_matches(pattern: str, *held: object) -> bool:
    """The same with a regular expression, which may match anywhere."""
    try:
        found = re.compile(pattern, re.IGNORECASE)
    except re.error:
        raise RefusalError(400, "The regular expression cannot be read.") from None
    return any(found.search(text) for text in _texts(held))


def _texts(held: Iterable[object]) -> Iterable[str]:
    for value in held:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _texts(value)


def received_between(campaign: Campaign, first: int | None, last: int | None) -> bool:
    """Whether any message came in the span, both ends included."""
    return any(_within(message.received, first, last) for message in campaign.messages)


def remediated_between(campaign: Campaign, first: int | None, last: int | None) -> bool:
    """Whether the latest remediation of the campaign falls in the span."""
    moments = [m.remediated for m in campaign.messages if m.remediated is not None]
    return bool(moments) and _within(max(moments), first, last)


def _within(at: int, first: int | None, last: int | None) -> bool:
    return (first is None or first <= at) and (last is None or at <= last)
