"""When to try again, and after how long: the rules, without any sending.

A pause is the longer of what the vendor asked for and a random back-off; what the vendor asked
for is never shortened. Nothing waits past its deadline: then the caller gets the error, which
says when to ask again.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector_core.clock import Clock
from connector_core.errors import Origin, ProviderError, RateLimitedError
from connector_core.vendor_text import safe_id

ATTEMPTS: Final = 6
ATTEMPTS_AFTER_GATEWAY_TIMEOUT: Final = 2
"""A gateway that gave up twice will do so again: better ask for less."""
BACKOFF_SECONDS: Final = 0.5
BACKOFF_MAX_SECONDS: Final = 30.0
GATEWAY_TIMEOUT: Final = 504

NO_WAIT: Final[dict[str, Any]] = {
    "attempts": ATTEMPTS,
    "timeout": None,
    "wait_initial": 0.0,
    "wait_max": 0.0,
    "wait_jitter": 0.0,
}
"""How stamina runs the attempts of a call: `Trial` decides on each, and waits on our clock."""

# stamina says every retry as a warning; without a handler Python would print it on stderr.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_log = logging.getLogger(__name__)
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """One reply as the vendor sent it."""

    number: int
    """Of its call among those of the operation, from 0."""
    endpoint: str
    """Method and path, such as ``POST /v1.0/security/runHuntingQuery``; no query string."""
    body: bytes = field(repr=False)
    """Decoded from its content coding."""
    supporting: bool = False
    """Whether it was asked on behalf of all operations, see `Call.once`."""


@dataclass(slots=True)
class Budget:
    """What one operation may spend, and what it has spent; shared by calls side by side."""

    clock: Clock
    deadline: float
    """On the clock's monotonic scale, seconds."""
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    """Seconds of pauses that the vendor's rate limit caused."""
    replies: list[RawReply] | None = None
    """What the vendor answered, when the caller wants to see it."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def left(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - self.clock.monotonic()

    def count_call(self) -> int:
        """One more request is about to be sent; returns how many were before it."""
        with self._lock:
            self.calls += 1
            return self.calls - 1

    def keep(self, reply: RawReply) -> None:
        """Keep a reply that was understood, for a caller who wants to see it."""
        if self.replies is not None:
            with self._lock:
                self.replies.append(reply)

    def count_retry(self, throttled: float) -> None:
        """One more attempt follows, after `throttled` seconds that the vendor asked for."""
        with self._lock:
            self.retries += 1
            self.waited += throttled


def _never() -> bool:
    return False


@dataclass(slots=True)
class Trial:
    """The attempts of one call."""

    budget: Budget
    halted: Callable[[], bool] = _never
    """Whether nobody waits for the result any more."""
    attempts: int = 0
    pause: float = 0.0
    """Seconds to wait before the next attempt."""
    reason: str = ""
    """Class of the error that makes another attempt necessary."""

    def again(self, error: Exception) -> bool:
        """Whether the call is worth another attempt after `error`; sets `pause` if so.

        If not, an error that knows how long to wait is told when that is over.
        """
        if not isinstance(error, ProviderError):
            return False
        self.pause = delay(self.attempts, error.retry_after)
        if self._worthwhile(error):
            throttled = isinstance(error, RateLimitedError)
            self.budget.count_retry(self.pause if throttled else 0.0)
            self.reason = type(error).__name__
            _say(self, error.origin)
            return True
        if error.retry_after is not None:
            _say_when(error, self.budget.clock.now() + error.retry_after)
        return False

    def _worthwhile(self, error: ProviderError) -> bool:
        slow = error.origin.status == GATEWAY_TIMEOUT
        most = ATTEMPTS_AFTER_GATEWAY_TIMEOUT if slow else ATTEMPTS
        in_time = self.pause < self.budget.left
        return error.retryable and self.attempts < most and in_time and not self.halted()


def delay(attempt: int, asked: float | None) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1).

    Full jitter below an exponential ceiling; with a wish of the vendor, that plus up to a fifth.
    """
    ceiling = min(BACKOFF_MAX_SECONDS, BACKOFF_SECONDS * 2 ** min(attempt, 16))
    jitter = _random.uniform(0, ceiling)
    return jitter if asked is None else max(asked * _random.uniform(1.0, 1.2), jitter)


def _say(trial: Trial, origin: Origin) -> None:
    """A line of log, without the message: it may quote what the vendor quotes of the question."""
    _log.info(
        "Attempt %d ended with %s (status %s, code %s, request id %s). Next in %.1f s.",
        trial.attempts,
        trial.reason,
        origin.status or "-",
        safe_id(origin.code) or "-",
        safe_id(origin.request_id) or "-",
        trial.pause,
    )


def _say_when(error: ProviderError, moment: float) -> None:
    try:
        # Whole seconds, rounded up: earlier than asked for would be too early.
        then = datetime.fromtimestamp(moment, UTC) + timedelta(microseconds=999_999)
    except (OverflowError, ValueError, OSError):
        return  # beyond the year 9999
    when = f"{then:%Y-%m-%dT%H:%M:%SZ}"
    error.details["resume_at"] = when
    error.remediation = f"{error.remediation} Ask again at {when} or later.".strip()
