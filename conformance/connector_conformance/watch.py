"""Notes when this thread reaches for the network, another process or another thread."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

ACTS: Final = ("socket.", "subprocess.", "os.system", "os.posix_spawn", "_thread.start_new_thread")
"""Prefixes of audit events."""
_noted: Final[dict[int, list[str]]] = {}
_hooked: Final[list[bool]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _noted and event.startswith(ACTS):
        noted = _noted.get(threading.get_ident())
        if noted is not None:
            noted.append(event)


class Watch:
    """Collects audit events of the thread that started it."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def start(self) -> None:
        """From now on; `stop` must follow."""
        if not _hooked:  # an audit hook can never be taken away again
            _hooked.append(True)
            sys.addaudithook(_hook)
        _noted[threading.get_ident()] = self.acts

    def stop(self) -> None:
        """No longer."""
        _noted.pop(threading.get_ident(), None)


@contextmanager
def watching() -> Iterator[list[str]]:
    """The audit events of this thread within the block."""
    watch = Watch()
    watch.start()
    try:
        yield watch.acts
    finally:
        watch.stop()
