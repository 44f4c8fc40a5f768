"""A host that is told to stop, in a process of its own, with the vendor behind real HTTPS."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import httpx
import pytest

from connector_core import SystemClock
from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.faults import Fault, Faults, Slow
from connector_defender_office365.mock.server import RunningServer, serve
from connector_defender_office365.mock.tenant import EmbeddedTenant
from http_api.held import PATIENCE
from http_api.served import bearer
from opened import PROVIDER, message

EVENTS = "/v1/email-security/email-events"
PROGRAM = """
import logging, sys
from pathlib import Path
from connector_core.http_api.run import serve

logging.basicConfig(level=logging.INFO)
serve(Path(sys.argv[1]), port=0, workers=int(sys.argv[2]))
"""


class Held(SystemClock):
    """A vendor that takes its time: as long as the test wants."""

    def __init__(self) -> None:
        self.asleep_now = threading.Event()
        self.wake = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait to be woken."""
        self.asleep_now.set()
        self.wake.wait(PATIENCE)


@dataclass
class Process:
    """A running host."""

    url: str
    token: str
    vendor: Held
    process: subprocess.Popen[str]

    def ask(self) -> httpx.Response:
        """Ask for a page."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            return client.get(EVENTS, headers=bearer(self.token))

    def says(self, pattern: str) -> str:
        """Wait for a line of its log."""
        assert self.process.stderr is not None
        return line_with(pattern, self.process.stderr)

    def says_all(self, *patterns: str) -> None:
        """The same for several lines, in any order."""
        left = list(patterns)
        while left:
            left.remove(self.says("|".join(left)))


@pytest.fixture(scope="module")
def tenant() -> EmbeddedTenant:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    row = message(1, Timestamp=f"{an_hour_ago:%Y-%m-%dT%H:%M:%S}Z")
    return EmbeddedTenant(clock=Held(), rows={"EmailEvents": [row]})


@pytest.fixture
def vendor(tenant: EmbeddedTenant) -> Iterator[RunningServer]:
    tenant.clock = Held()
    tenant.faults = Faults([Fault(endpoint="graph", effect=Slow(60))])
    with serve(tenant) as running:
        yield running
        tenant.clock.wake.set()


@contextmanager
def running(
    vendor: RunningServer, tenant: EmbeddedTenant, folder: Path, server: str, workers: int = 1
) -> Iterator[Process]:
    clock = tenant.clock
    assert isinstance(clock, Held)
    path, token = folder / "config.toml", new_token()
    path.write_text(f'[server]\n{server}\n[network]\nca_file = "{vendor.ca_path}"\n')
    config = default_settings() | {"emulator_url": vendor.url}
    secret = config["credential"]["client_secret"]
    (folder / "work.secret").write_text(secret)
    config["credential"]["client_secret"] = {"file": "work.secret"}
    write_integration(
        path, "work", provider=PROVIDER, config=config, token_hashes=[TokenHash.of(token)]
    )
    command = [sys.executable, "-c", PROGRAM, str(path), str(workers)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            url = line_with(r"http://127\.0\.0\.1:\d+", process.stderr)
            yield Process(url, token, clock, process)
        finally:
            process.kill()


def line_with(pattern: str, lines: IO[str]) -> str:
    """The part of a line that fits; reads no further than that line."""
    seen = []
    for line in lines:
        if match := re.search(pattern, line):
            return match[0]
        seen.append(line)
    raise AssertionError(f"no line fits {pattern}: {''.join(seen)}")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_under_way_is_answered_and_nothing_new_is_taken(
    vendor: RunningServer, tenant: EmbeddedTenant, tmp_path: Path, workers: int
) -> None:
    with (
        running(vendor, tenant, tmp_path, "shutdown_seconds = 60", workers) as host,
        ThreadPoolExecutor(1) as other,
    ):
        asked = other.submit(host.ask)
        assert host.vendor.asleep_now.wait(PATIENCE)
        host.process.send_signal(signal.SIGTERM)
        # One worker has something under way; the other one, if there is one, ends.
        host.says_all("Waiting for connections to close", *["Finished server"] * (workers - 1))
        address = httpx.URL(host.url)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.host, address.port or 0), timeout=PATIENCE)
        host.vendor.wake.set()
        answer = asked.result(PATIENCE)
        assert answer.status_code == 200
        assert [event["message_trace_uid"] for event in answer.json()["result"]] == [
            message(1)["NetworkMessageId"]
        ]
        host.process.wait(PATIENCE)


def test_who_still_waits_when_time_is_up_is_told_so(
    vendor: RunningServer, tenant: EmbeddedTenant, tmp_path: Path
) -> None:
    with (
        running(vendor, tenant, tmp_path, "shutdown_seconds = 0") as host,
        ThreadPoolExecutor(1) as other,
    ):
        asked = other.submit(host.ask)
        assert host.vendor.asleep_now.wait(PATIENCE)
        host.process.send_signal(signal.SIGTERM)
        answer = asked.result(PATIENCE)
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:connector:error:not_ready"
        assert answer.headers["Retry-After"] == "1"
        host.process.wait(PATIENCE)
