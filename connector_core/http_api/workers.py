"""Several worker processes that share a port, and the process that looks after them.

uvicorn's own supervisor waits for the answer of a worker that starts, deaf to signals meanwhile and
to the worker's end; starts another one at once, however often that fails; and leaves the port open
while its workers stop, so that connections are taken which nobody serves.
"""

import logging
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

PATIENCE_SECONDS: Final = 30.0
"""How long a worker may be silent, as it is while it starts, before another takes its place."""
RESPAWN_SECONDS: Final = 10.0
"""From one start of a worker to the next one in the same place, at least."""

_log = logging.getLogger(__name__)


class Worker(Process):
    """One worker process; `target` and what it calls run in that process."""

    started = False
    """Whether it was ever ready to serve."""
    buried = False
    """Whether its end was taken note of."""
    begun = 0.0
    _asked: float | None = None
    """Since when it owes an answer."""

    def start(self) -> None:
        """Begin."""
        self.begun = time.monotonic()
        super().start()
        self.child_conn.close()  # with a copy here, the end of the worker would not be noticed

    def is_alive(self, timeout: float = PATIENCE_SECONDS) -> bool:
        """Whether it lives, and owes no answer for longer than `timeout`; never waits for one."""
        if not self.process.is_alive():
            return False
        now = time.monotonic()
        try:
            if self._asked is None:
                self.parent_conn.send(b"ping")
                self._asked = now
            elif self.parent_conn.poll():
                self.started = self.parent_conn.recv() or self.started
                self._asked = None
        except (OSError, EOFError):
            return False
        return self._asked is None or now - self._asked < timeout

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve."""
        self.parent_conn.close()  # with a copy here, the end of the supervisor would not be noticed
        super().target(sockets)

    def always_pong(self) -> None:
        """Answer the supervisor; without one, stop as if it had said so."""
        try:
            super().always_pong()
        except (EOFError, OSError):
            self.server.should_exit = True


class Supervisor(Multiprocess):
    """Starts workers, replaces those that end, and ends them all; `app` is asked at each start."""

    processes: list[Worker]  # type: ignore[assignment]
    respawn_seconds = RESPAWN_SECONDS

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], app: Callable[[], Any]
    ) -> None:
        super().__init__(config, sockets)
        self.failed = False
        """Whether a worker could not start, and none ever served."""
        self._app = app

    def init_processes(self) -> None:
        """Start all."""
        self.processes = [self._worker() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Replace workers that ended, unless it was in vain from the beginning."""
        if self.should_exit.is_set():  # a signal to all processes at once ends the workers, too
            return
        self._app()  # what it reads may be unusable by the time a worker ends
        for place, worker in enumerate(self.processes):
            if worker.is_alive():
                continue
            if not worker.buried:
                self._bury(worker)
            if not self.failed and time.monotonic() - worker.begun >= self.respawn_seconds:
                self.processes[place] = self._worker()

    def terminate_all(self) -> None:
        """Take no more connections, and let the workers stop."""
        for one in self.sockets:
            one.close()
        super().terminate_all()

    def handle_hup(self) -> None:
        """Nothing to do: every worker reads the file again when it changes."""

    def handle_ttin(self) -> None:
        """The number of workers stays."""

    def handle_ttou(self) -> None:
        """The number of workers stays."""

    def _worker(self) -> Worker:
        self.config.app = self._app()
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker

    def _bury(self, worker: Worker) -> None:
        worker.kill()  # one that hangs
        worker.join()
        worker.buried = True
        _log.error("Worker %s ended with %s.", worker.pid, worker.exitcode)
        in_vain = worker.exitcode == STARTUP_FAILURE
        if in_vain and not any(one.started for one in self.processes):
            self.failed = True
            self.should_exit.set()
