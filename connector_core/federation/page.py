"""What a federation answers: events with their origin, and what became of each provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from connector_core.errors import ConnectorError, ProviderError
from connector_core.page import Meta, problem
from connector_core.provider import Notice

Status = Literal["answered", "finished", "refused", "failed", "late"]
"""``answered``: asked, and it answered. ``finished``: an earlier page had its last event.
``refused``: it cannot answer this question. ``failed``: the error says how. ``late``: no answer
before the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedEvent:
    """One OCSF object, untouched, and what the federation knows about it."""

    provider: str
    """The name, within the federation, of the provider that it came from."""
    event: dict[str, Any]
    same_message: tuple[int, ...] = ()
    """Where on the same page (index into its events) other providers tell of the same message."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "provider": self.provider,
            "event": self.event,
            "same_message": list(self.same_message),
        }


@dataclass(slots=True, kw_only=True)
class ProviderAnswer:
    """What became of one provider on one page."""

    status: Status
    meta: Meta = field(default_factory=Meta)
    """Of all its pages that were read for this one; `rows_kept` counts its events in this page."""
    messages: list[Notice] = field(default_factory=list)
    error: ConnectorError | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing of this provider is missing from this part of the stream."""
        return self.error is None and self.meta.complete

    @property
    def reasons(self) -> list[str]:
        """Why it is not complete, one sentence each."""
        return [*self.meta.reasons, *([str(self.error)] if self.error else [])]

    def as_dict(self) -> dict[str, Any]:
        """The JSON-ready form of `meta`, with status and error."""
        told = self.meta.as_dict() | {"complete": self.complete, "reasons": self.reasons}
        return {"status": self.status, **told, "error": _told(self.error)}


@dataclass(kw_only=True)
class FederatedPage:
    """One page of a federated query."""

    events: Sequence[FederatedEvent]
    """In time order, as far as the providers answered."""
    cursor: str = ""
    """Asks for the next page; empty when every provider that can answer has no more."""
    providers: Mapping[str, ProviderAnswer]

    @property
    def complete(self) -> bool:
        """Whether every provider answered, and each in full."""
        return all(answer.complete for answer in self.providers.values())

    @property
    def reasons(self) -> list[str]:
        """Why it is not complete: one sentence each, with the provider in front."""
        return [
            f"{name}: {reason}"
            for name, answer in self.providers.items()
            for reason in answer.reasons
        ]

    def as_dict(self) -> dict[str, Any]:
        """The JSON-ready envelope ``{result, cursor, meta, messages}``, `meta` per provider."""
        problems = [
            told | {"context": {"provider": name, **told.get("context", {})}}
            for name, answer in self.providers.items()
            for told in map(problem, answer.messages)
        ]
        return {
            "result": [event.as_dict() for event in self.events],
            "cursor": self.cursor,
            "meta": {name: answer.as_dict() for name, answer in self.providers.items()},
            "messages": {"problems": problems},
        }

    def json(self) -> bytes:
        """The envelope as JSON."""
        return orjson.dumps(self.as_dict())


def _told(error: ConnectorError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "type": f"urn:connector:error:{type(error).__name__}",
        "message": str(error),
        "remediation": error.remediation,
        "retryable": isinstance(error, ProviderError) and error.retryable,
    }
