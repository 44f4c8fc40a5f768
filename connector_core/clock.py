"""Time as a dependency: what is now, and how to wait for later."""

import asyncio
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Where the current time comes from, and how a pause is made."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; for measuring spans."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block for `seconds`."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Let other tasks run for `seconds`."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the thread for `seconds`."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Suspend the task for `seconds`."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that moves only when told to, or when somebody sleeps on it.

    >>> clock = ManualClock(1_000.0)
    >>> clock.sleep(5)
    >>> clock.now()
    1005.0
    """

    def __init__(self, now: float) -> None:
        self._start = now
        self._passed = 0.0
        self._lock = threading.Lock()
        self.slept: list[float] = []
        """Every pause asked for, in order."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        with self._lock:
            self._passed += seconds

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` at once, and note it."""
        self.slept.append(seconds)
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Like `sleep`, giving other tasks a turn."""
        self.sleep(seconds)
        await asyncio.sleep(0)
