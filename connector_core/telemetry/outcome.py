"""What an operation came to, in figures and fixed words, told once when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Watched = Literal["query_threats", "get_threat", "query_events", "check"]
"""The operations that are told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One finished operation; nothing in it comes from mail, but for the keys of `drift`."""

    provider: str
    operation: Watched
    seconds: float
    """From the question to the answer, pauses included."""
    calls: int = 0
    """Requests to the vendor, retries included, sign-in not."""
    retries: int = 0
    throttled: float = 0.0
    """Seconds of pauses that the vendor asked for."""
    pages: int = 0
    """1 when a page was handed out."""
    rows_read: int = 0
    rows_kept: int = 0
    complete: bool = True
    """Whether the answer says that nothing is missing; True as well when there is none."""
    drift: Mapping[str, int] = field(default_factory=dict, repr=False)
    """As in `Meta.drift`: keys may hold the vendor's words and are not to be published."""
    error: str = ""
    """Name of the class of the error that ended it; empty for an answer."""
    cancelled: bool = False
    """Whether it was given up before it ended: whoever asked went away, or had no more time."""


class Observer(Protocol):
    """Is told of every operation of a connector when it ends, in the thread or task that ran it."""

    def ended(self, outcome: Outcome) -> None:
        """Take note; must be quick and must not raise."""
        ...
