"""Read one page in a fresh process and print the number of events and the peak memory in MB.

    python scripts/bench_memory.py none|replayed|embedded RECORDING NOW_MS

`replayed` answers sign-in and hunting from memory, so that the connector is measured and not the
embedded tenant's query engine. Used by bench.py.
"""

import resource
import sys
from pathlib import Path

import httpx

from connector_core import Connector, ManualClock
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.encode import encode
from connector_defender_office365.mock.tenant import EmbeddedTenant

EVENTS = 5_000
MEGABYTE_KB = 1_024


class Replay(httpx.BaseTransport):
    """Signs in at an embedded tenant that holds no rows; answers queries from a recording."""

    def __init__(self, recording: Path, clock: ManualClock) -> None:
        self._sign_in = EmbeddedTenant(rows={}, clock=clock).transport()
        self._recording = recording

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if not request.url.path.endswith("/runHuntingQuery"):
            return self._sign_in.handle_request(request)
        schema = b"getschema" in request.read()
        content = encode(_Schema(), "https://graph.microsoft.com") if schema else b""
        return httpx.Response(200, content=content or self._recording.read_bytes(), request=request)


class _Schema:
    """The answer to the question which columns the tenant has."""

    columns = (("HuntingTable", "string"), ("ColumnName", "string"), ("ColumnType", "string"))
    rows = tuple(
        (table, name, kind) for table, of in DOCUMENTED.items() for name, kind in of.items()
    )


def main(mode: str, recording: str, now: str) -> None:
    """Read the page."""
    clock = ManualClock(int(now) / 1_000)
    found = 0
    if mode == "replayed":
        transport = Replay(Path(recording), clock)
        settings = default_settings()
        with Connector.open(
            "emailsecurity_defender_for_office", settings, transport=transport, clock=clock
        ) as email:
            found = len(email.query_events(limit=EVENTS).events)
    elif mode == "embedded":
        with Connector.open("emailsecurity_defender_for_office_mock", clock=clock) as email:
            found = len(email.query_events(limit=EVENTS).events)
    print(found, peak_kb() / MEGABYTE_KB)


def peak_kb() -> int:
    """The most memory this program held; getrusage also counts what its parent held before."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
