"""When to try again, and after how long: the rules, without any sending.

A pause is the longer of what the vendor asked for and a random back-off; what the vendor asked
for is never shortened. Nothing waits past its deadline: then the caller gets the error, which
says how long to wait.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from connector_core.clock import Clock
from connector_core.errors import ProviderError, RateLimitedError

ATTEMPTS: Final = 6
ATTEMPTS_AFTER_GATEWAY_TIMEOUT: Final = 2
"""A gateway that gave up once on a query will do so again: better ask for less."""
BACKOFF_SECONDS: Final = 0.5
BACKOFF_MAX_SECONDS: Final = 30.0
GATEWAY_TIMEOUT: Final = 504

_random = random.SystemRandom()


@dataclass(slots=True)
class Budget:
    """What one operation may spend, and what it has spent."""

    clock: Clock
    deadline: float
    """On the clock's monotonic scale, seconds."""
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    """Seconds of pauses between attempts."""

    @property
    def left(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - self.clock.monotonic()


@dataclass(slots=True)
class Trial:
    """The attempts of one call."""

    budget: Budget
    attempts: int = 0
    pause: float = field(default=0.0)
    """Seconds to wait before the next attempt."""

    def again(self, error: Exception) -> bool:
        """Whether the call is worth another attempt after `error`; sets `pause` if so."""
        if not isinstance(error, ProviderError) or not error.retryable:
            return False
        if "permanent" in error.details:
            return False
        slow = error.origin.status == GATEWAY_TIMEOUT
        if self.attempts >= (ATTEMPTS_AFTER_GATEWAY_TIMEOUT if slow else ATTEMPTS):
            return False
        pause = delay(self.attempts, error.retry_after)
        if pause > self.budget.left:
            return False
        self.pause = pause
        self.budget.retries += 1
        if isinstance(error, RateLimitedError):
            self.budget.waited += pause
        return True


def delay(attempt: int, asked: float | None) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1).

    Full jitter below an exponential ceiling; with a wish of the vendor, that plus up to a fifth.
    """
    ceiling = min(BACKOFF_MAX_SECONDS, BACKOFF_SECONDS * 2 ** min(attempt, 16))
    jitter = _random.uniform(0, ceiling)
    return jitter if asked is None else max(asked * _random.uniform(1.0, 1.2), jitter)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a ``Retry-After`` header asks for; None when absent or not understood.

    Takes ASCII digits or an HTTP date; a date is measured against the answer's own ``Date``, so
    that a wrong clock on this side does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    then, now = _http_date(text), _http_date(headers.get("date", ""))
    if then is None:
        return None
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
