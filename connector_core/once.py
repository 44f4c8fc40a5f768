"""What several operations need at the same time is asked for once.

The first to need it asks; the others wait and get what it got, a `ConnectorError` too. When the
first is stopped for a reason of its own (its caller went away, its time is used up), the next one
asks instead.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from connector_core.errors import ConnectorError, ProviderError


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None
    error: ConnectorError | None = None

    def value(self) -> Any:
        if self.error is not None:
            raise copy(self.error)  # one of its own for each: whoever catches it may add to it
        return self.result


class Once:
    """For threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[_Outcome | None]] = {}

    def run(self, key: str, ask: Callable[[], Any]) -> Any:
        """What `ask` returns or raises, here or in the thread that asks for the same already."""
        while True:
            with self._lock:
                waiting = self._under_way.get(key)
                if waiting is None:
                    own = self._under_way[key] = Future()
            if waiting is None:
                return self._lead(key, own, ask)
            if (outcome := waiting.result()) is not None:
                return outcome.value()

    def _lead(self, key: str, own: "Future[_Outcome | None]", ask: Callable[[], Any]) -> Any:
        outcome: _Outcome | None = None
        try:
            result = ask()
            outcome = _Outcome(result)
        except ConnectorError as error:
            outcome = _shared(error)
            raise
        finally:
            with self._lock:
                del self._under_way[key]
            own.set_result(outcome)
        return result


class AsyncOnce:
    """For tasks; every event loop has its own."""

    def __init__(self) -> None:
        self._loops: WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[str, asyncio.Future[_Outcome | None]]
        ] = WeakKeyDictionary()

    async def run(self, key: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        """As `Once.run`."""
        loop = asyncio.get_running_loop()
        under_way = self._loops.setdefault(loop, {})
        while (waiting := under_way.get(key)) is not None:
            # Shielded: one who gives up must not take the answer from the others.
            if (outcome := await asyncio.shield(waiting)) is not None:
                return outcome.value()
        own = under_way[key] = loop.create_future()
        outcome = None
        try:
            result = await ask()
            outcome = _Outcome(result)
        except ConnectorError as error:
            outcome = _shared(error)
            raise
        finally:
            del under_way[key]
            own.set_result(outcome)
        return result


def _shared(error: ConnectorError) -> _Outcome | None:
    """What the others get of an error; nothing of one that is about the first one's own time."""
    late = isinstance(error, ProviderError) and error.details.get("cause") == "deadline"
    return None if late else _Outcome(error=copy(error))
