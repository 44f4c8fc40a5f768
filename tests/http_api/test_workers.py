"""Several worker processes: one that dies is replaced, whatever became of the file; all end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import uvicorn
from uvicorn.supervisors.multiprocess import SIGNALS

from connector_core.http_api.workers import Supervisor
from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from http_api.held import PATIENCE
from http_api.served import bearer

PROVIDER = "emailsecurity_defender_for_office_mock"
PROGRAM = """
import sys
from pathlib import Path
from connector_core.http_api import workers
from connector_core.http_api.run import serve

workers.Supervisor.respawn_seconds = 0.0
if __name__ == "__main__":
    serve(Path(sys.argv[1]), port=0, workers=2)
"""


@dataclass
class Running:
    """A host of two workers."""

    process: subprocess.Popen[str]
    path: Path
    token: str
    url: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)

    def says(self, *wanted: str) -> list[dict[str, Any]]:
        """Read its log until each of these begins a line; gives those lines."""
        found: dict[str, dict[str, Any]] = {}
        stderr: IO[str] | None = self.process.stderr
        assert stderr is not None
        while set(wanted) - found.keys():
            text = stderr.readline()
            assert text, f"it never said {set(wanted) - found.keys()}"
            line = json.loads(text)  # nothing else is written there
            self.lines.append(line)
            for one in wanted:
                if line["message"].startswith(one):
                    found[one] = line
        return [found[one] for one in wanted]

    def pids(self) -> list[int]:
        """The next two workers that start."""
        started: list[int] = []
        while len(started) < 2:
            (line,) = self.says("Started server process")
            started.append(int(line["message"].split("[")[1][:-1]))
        return started

    def ready(self) -> int:
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            assert client.get("/providers").status_code  # it answers
            return client.get("/readyz").status_code

    def ask(self) -> int:
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            path = "/v1/capabilities/providers"
            return client.get(path, headers=bearer(self.token)).status_code


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    path, token = folder / "config.toml", new_token()
    write_integration(
        path, "work", provider=PROVIDER, config={}, token_hashes=[TokenHash.of(token)]
    )
    program = folder / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, str(program), str(path)], stderr=subprocess.PIPE, text=True
    ) as process:
        host = Running(process, path, token)
        try:
            (line,) = host.says("Serving on ")
            host.url = line["message"].removeprefix("Serving on ")
            yield host
        finally:
            process.kill()


def test_a_worker_is_replaced_even_while_the_file_cannot_be_read(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        first, second = host.pids()
        host.path.write_text("this is no TOML\n")
        host.says("The configuration file")  # the supervisor saw it
        for pid in (first, second):
            os.kill(pid, signal.SIGKILL)
        assert not {first, second} & set(host.pids())
        assert (host.ask(), host.ready()) == (200, 503)
        host.process.send_signal(signal.SIGTERM)
        assert host.process.wait(PATIENCE) == 0
    assert [line for line in host.lines if "Going on with what was read before" in line["message"]]
    assert not [line for line in host.lines if "traceback" in line]


def test_workers_end_when_their_supervisor_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        pids = host.pids()
        host.process.kill()
        host.says(*(f"Finished server process [{pid}]" for pid in pids))


def test_a_signal_to_all_processes_at_once_is_no_death_of_workers(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        pids = host.pids()
        for pid in (host.process.pid, *pids):  # as Ctrl-C in a terminal does
            os.kill(pid, signal.SIGINT)
        assert host.process.wait(PATIENCE) == 0
        assert host.process.stderr is not None
        rest = [json.loads(text)["message"] for text in host.process.stderr]
    assert not [text for text in rest if text.startswith(("Worker ", "Started server process"))]


# -- one by one ------------------------------------------------------------------------------------


def config(app: Callable[[], Any]) -> uvicorn.Config:
    return uvicorn.Config(app, factory=True, workers=1, log_config=None)


def dies() -> None:
    os._exit(7)


def fails() -> None:
    sys.exit(3)


def hangs() -> None:
    signal.pause()


@contextmanager
def supervisor(app: Callable[[], Any]) -> Iterator[Supervisor]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    made = Supervisor(config(app), [], lambda: app)
    made.init_processes()
    try:
        yield made
    finally:
        for worker in made.processes:
            worker.kill()
            worker.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def test_nobody_waits_for_the_answer_of_a_worker_that_starts() -> None:
    with supervisor(hangs) as several:
        (worker,) = several.processes
        assert worker.is_alive(timeout=PATIENCE)
        assert worker.is_alive(timeout=PATIENCE), "it owes an answer, but not for long"
        assert not worker.is_alive(timeout=0)
        several.handle_hup()
        assert several.processes == [worker], "it reads the file again by itself"


def test_the_end_of_a_worker_that_starts_is_noticed_at_once() -> None:
    with supervisor(dies) as several:
        (worker,) = several.processes
        assert worker.is_alive()
        assert worker.parent_conn.poll(PATIENCE), "what it held is closed"
        worker.join()
        assert not worker.is_alive()
        several.keep_subprocess_alive()
        several.keep_subprocess_alive()
        assert several.processes == [worker], "another one would die as fast"
        assert not several.failed
        several.respawn_seconds = 0.0
        several.keep_subprocess_alive()
        assert several.processes != [worker]


def test_when_no_worker_can_start_there_is_no_second_attempt() -> None:
    with supervisor(fails) as several:
        (worker,) = several.processes
        worker.join()
        several.keep_subprocess_alive()
        assert several.failed
        assert several.should_exit.is_set()
        assert several.processes == [worker]
