"""One side of bench_http.py in a process of its own; its vendor answers at once from a recording.

    python scripts/bench_http_child.py serve|call FOLDER    # writes its port, or 0
    cpu          -> processor seconds of the process so far
    peak         -> the most memory it held, in kB
    calls COUNT  -> wall and processor seconds of each of COUNT pages asked in process, medians

Commands are lines of stdin, answers lines of stdout. It ends with its stdin.
"""

import asyncio
import gc
import socket
import statistics
import sys
import threading
import time
from pathlib import Path

import httpx
import uvicorn

from connector_core import AsyncConnector, ManualClock
from connector_core.http_api import Host, make_app
from connector_core.http_api.logs import configure
from connector_core.http_api.run import options
from connector_core.http_api.warm import warmed
from connector_defender_office365.mock.config import default_settings
from scripts.bench_memory import Replay, peak_kb

PROVIDER = "emailsecurity_defender_for_office"
NAME = "bench"
LIMIT = 100
NOW = 1_793_491_200
"""2026-11-01T00:00:00Z in seconds, when the recording's newest mail came."""
SECRET = "BENCH_CLIENT_SECRET"  # noqa: S105


class AsyncReplay(httpx.AsyncBaseTransport):
    """`Replay` for asyncio; nothing in it waits."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self._inner = Replay(folder / "answer.json", clock)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        answer = self._inner.handle_request(request)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.read(), request=request
        )


def serve(folder: Path) -> int:
    """Serve in a thread; returns the port."""
    configure("json", "info")  # the line of log is part of the work
    clock = ManualClock(NOW)
    secret = default_settings()["credential"]["client_secret"]
    transports = {NAME: AsyncReplay(folder, clock)}
    host = Host(
        folder / "config.toml", environ={SECRET: secret}, clock=clock, transports=transports
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(warmed(host)), **options(host.config)))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return int(listener.getsockname()[1])


async def calls(folder: Path, count: int) -> tuple[float, float]:
    """Wall and processor seconds of one page, its JSON included."""
    clock = ManualClock(NOW)
    async with AsyncConnector.open(
        PROVIDER, default_settings(), transport=AsyncReplay(folder, clock), clock=clock
    ) as connector:
        walls = []
        begin = 0.0
        for number in range(-5, count):  # the first ones sign in and warm up
            if number == 0:
                gc.collect()
                gc.freeze()  # as `warmed` does for the host
                begin = time.process_time()
            start = time.perf_counter()
            page = await connector.query_events(limit=LIMIT)
            page.json()
            walls.append(time.perf_counter() - start)
            if len(page.events) != LIMIT:
                raise SystemExit(f"{len(page.events)} events instead of {LIMIT}")
        return statistics.median(walls[5:]), (time.process_time() - begin) / count


def main(mode: str, where: str) -> None:
    """Do what is asked for."""
    folder = Path(where)
    print(serve(folder) if mode == "serve" else 0, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["cpu"]:
                print(time.process_time(), flush=True)
            case ["peak"]:
                print(peak_kb(), flush=True)
            case ["calls", count]:
                print(*asyncio.run(calls(folder, int(count))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
