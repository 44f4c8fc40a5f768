"""Where a provider stands behind an event: as it says itself, or by what the event is."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from connector_core.provider import Batch, EmailSecurityProvider, Flow
from connector_core.query import Query, ResumePoint


class Noting:
    """The provider, with the place behind each event written down."""

    def __init__(self, provider: EmailSecurityProvider) -> None:
        self._provider = provider
        self.places: dict[int, ResumePoint] = {}
        """By the identity of the event, which holds as long as the event is kept."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def query_threats(self, query: Query) -> Flow[Batch]:
        """The provider's own."""
        return self._noted(self._provider.query_threats(query))

    def query_events(self, query: Query) -> Flow[Batch]:
        """The provider's own."""
        return self._noted(self._provider.query_events(query))

    def _noted(self, flow: Flow[Batch]) -> Flow[Batch]:
        batch = yield from flow
        for record in batch.records:
            self.places[id(record.event)] = record.resume
        if batch.records and batch.resume is not None:  # as pages that end here are cut
            self.places[id(batch.records[-1].event)] = batch.resume
        return batch


def identity(event: Mapping[str, Any]) -> str:
    """What tells an event from others of its provider and time, short enough for a cursor."""
    uids = [(event.get(one) or {}).get("uid") for one in ("metadata", "finding_info")]
    plain = orjson.dumps(uids if any(uids) else event, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()[:24]


def added(total: int, identity: str) -> int:
    """The sum of identities, in whatever order they come; fits in 63 bits.

    >>> added(added(0, "1f"), "2a") == added(added(0, "2a"), "1f")
    True
    """
    return (total + int(identity[:15], 16)) % (1 << 60)
