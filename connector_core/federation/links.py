"""Which events of different providers tell of the same message."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connector_core.federation.page import FederatedEvent
from connector_core.filter.values import message_id_key


def message_ids(event: Mapping[str, Any]) -> frozenset[str]:
    """The internet message ids that an event is about, in the form in which filters compare them.

    An activity has one; of a finding, that of every evidence counts.

    >>> sorted(message_ids({"email": {"message_uid": " <A@mail.example> "}}))
    ['a@mail.example']
    """
    keys = (message_id_key(text) for text in _texts(event))
    return frozenset(key for key in keys if key)


def linked(events: Iterable[FederatedEvent]) -> list[FederatedEvent]:
    """The events, each with the places of those of other providers that share a message id.

    Events of one provider are not linked: that several of them tell of one message (one for each
    recipient, say) is that provider's own way of counting.
    """
    kept = list(events)
    ids = [message_ids(one.event) for one in kept]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for index, each in enumerate(ids):
        for key in each:
            holders[key].append(index)
    others: dict[tuple[str, frozenset[str]], tuple[int, ...]] = {}
    for index, one in enumerate(kept):
        group = (one.provider, ids[index])
        if group not in others:  # equal ones share one tuple, however large the group
            others[group] = _others(kept, holders, *group)
    return [
        replace(one, same_message=others[one.provider, ids[index]])
        for index, one in enumerate(kept)
    ]


def _others(
    events: Sequence[FederatedEvent],
    holders: Mapping[str, Sequence[int]],
    provider: str,
    ids: frozenset[str],
) -> tuple[int, ...]:
    found = {index for key in ids for index in holders[key] if events[index].provider != provider}
    return tuple(sorted(found))


def _texts(event: Mapping[str, Any]) -> Iterator[str]:
    """From whatever a provider made: an event that is odd has no links, and breaks no page."""
    evidences = event.get("evidences")
    for holder in (event, *(evidences if isinstance(evidences, list) else ())):
        email = holder.get("email") if isinstance(holder, Mapping) else None
        text = email.get("message_uid") if isinstance(email, Mapping) else None
        if isinstance(text, str):
            yield text
