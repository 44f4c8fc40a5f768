"""Run alone in a fresh interpreter: loads one plugin, and prints what that did as JSON."""

import json
import locale
import logging
import os
import socket
import sys
import threading
import time
import warnings
from typing import Any

import pluggy  # noqa: F401

import connector_core.clock
import connector_core.convert
import connector_core.errors
import connector_core.filter
import connector_core.hookspecs
import connector_core.mapping
import connector_core.provider
import connector_core.query
import connector_core.setup  # noqa: F401

ALLOWED = {"connector_core", "pluggy"}
HEAVY = {"httpx", "pydantic", "cryptography"}
"""What even the core has not imported by now."""
ACTS = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove",
    "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate",
    "os.putenv", "os.unsetenv", "_thread.start_new_thread", "urllib.Request", "sqlite3.connect",
)  # fmt: skip
"""Prefixes of the audit events that loading a plugin must not cause."""


def main(module: str) -> None:
    """Load the plugin; the last line of the output says what happened."""
    own = module.partition(".")[0]
    acts: list[str] = []
    watching = [True]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and (event.startswith(ACTS) or _writes(event, arguments)):
            acts.append(event)

    before, modules = _state(), set(sys.modules)
    sys.addaudithook(watch)
    begin = time.perf_counter()
    __import__(module)
    cards = list(sys.modules[module].connector_providers())
    seconds = time.perf_counter() - begin
    watching.clear()
    after = _state()
    tops = {name.split(".")[0] for name in set(sys.modules) - modules}
    known = ALLOWED | {own} | sys.stdlib_module_names
    said = {
        "foreign": sorted(tops - known),
        "acts": sorted(set(acts)),
        "changed": [name for name in before if before[name] != after[name]],
        "ids": [card.id for card in cards],
        "seconds": seconds,
    }
    print(json.dumps(said))


def _writes(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return False
    flags = arguments[2] if isinstance(arguments[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))


def _state() -> dict[str, str]:
    root = logging.getLogger()
    return {
        "the environment": repr(sorted(os.environ.items())),
        "the working directory": os.getcwd(),
        "the level or the handlers of logging": repr((root.level, root.handlers)),
        "what logging leaves out": repr(root.manager.disable),
        "the warning filters": repr(warnings.filters),
        "the locale": repr(locale.setlocale(locale.LC_ALL)),
        "the search path": repr(sys.path),
        "the exception hook": repr((sys.excepthook, threading.excepthook)),
        "the time-out of sockets": repr(socket.getdefaulttimeout()),
        "the recursion limit": repr(sys.getrecursionlimit()),
        "the threads": repr(threading.active_count()),
    }


if __name__ == "__main__":
    main(sys.argv[1])
