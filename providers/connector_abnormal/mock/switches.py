"""What can be odd about the emulated vendor. All are facts or guesses about the real one."""

from dataclasses import dataclass
from typing import Literal

from .records import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The behaviour of one vendor; the defaults are a vendor in good order."""

    address_allowed: bool = True
    """Whether the caller stands on the token's list of addresses; else every answer is 403."""
    search_forbidden: frozenset[Source] = frozenset()
    """Sources of `/search` that are not enabled for the customer: 403."""
    missing_details: frozenset[str] = frozenset()
    """Threat ids that are listed although their detail is 404."""
    detail_pages: Literal["followed", "ignored", "ignored_silently"] = "followed"
    """``ignored``: each page of a campaign holds its first ten messages and names a next page;
    ``ignored_silently``: it names none."""
    message_cap: int = 2_000
    """So many messages of a campaign can be read at most."""
    trailing_empty_page: bool = False
    """Whether the last full page of a list names one more, which is empty."""
    list_carries_messages: bool = False
    """Whether list items hold fields of a message beside their id."""
    search_cap: int | None = None
    """So many results of `/search` can be read at most; `total` tells of all."""
    search_max_days: float | None = None
    """Longer windows of `/search` are a 400."""
    max_concurrency_per_resource: int | None = 5
    """More requests for one kind of thing than these are a 429."""
    latency: float = 0.0
    """Seconds that each answer takes by the vendor's clock."""
