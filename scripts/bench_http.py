"""Measure the HTTP host under load, and against the same call in process; print tables.

    python scripts/bench_http.py            # about a minute
    python scripts/bench_http.py --quick    # one short round, to see that everything runs

Three processes: a real uvicorn whose vendor answers at once from a recording, the same connector
asked in process, and a load generator. A round asks both sides in turn, so that a busy machine
slows both alike. Ratios mean more than absolute figures. Nothing fails when a figure is missed.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from connector_defender_office365.mock.config import default_settings
from scripts.bench import reply, show
from scripts.bench_http_child import LIMIT, NAME, PROVIDER, SECRET

PATH = "/v1/email-security/email-events"
CLIENTS = (1, 8, 64)
LARGE = 5_000
"""Events of the page whose memory is measured."""


class Child:
    """A process that answers lines with lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.port = self._read()

    def ask(self, command: str) -> list[float]:
        """The numbers that it answers."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return [float(word) for word in self._read().split()]

    def _read(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        if not (line := self._process.stdout.readline().strip()):
            raise SystemExit("a measured process has ended; see above")
        return line


@contextmanager
def child(mode: str, folder: Path) -> Iterator[Child]:
    """One side, until the block ends."""
    script = str(Path(__file__).with_name("bench_http_child.py"))
    log = (folder / f"{mode}.log").open("w")
    with log, subprocess.Popen(
        [sys.executable, script, mode, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
    ) as process:  # fmt: skip
        yield Child(process)


def prepare(folder: Path, events: int) -> str:
    """The recording and the host's configuration; returns a token."""
    (folder / "answer.json").write_bytes(reply(events + 1, True))
    config = default_settings()
    config["credential"]["client_secret"] = {"env": SECRET}
    token = new_token()
    hashes = [TokenHash.of(token)]
    path = folder / "config.toml"
    write_integration(path, NAME, provider=PROVIDER, config=config, token_hashes=hashes)
    return token


def load(host: Child, token: str, path: str, clients: int, seconds: float) -> dict[str, Any]:
    """What the load generator found, and the host's processor seconds for each request."""
    script = str(Path(__file__).with_name("bench_http_load.py"))
    words = [host.port, token, path, clients, seconds, 100_000]
    before = host.ask("cpu")[0]
    ran = subprocess.run(
        [sys.executable, script, *map(str, words)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found | {"cpu": (host.ask("cpu")[0] - before) / found["count"]}


def under_load(quick: bool) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Rows of requests a second by clients, and of the overhead."""
    rounds, seconds = (1, 0.5) if quick else (5, 3.0)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        token = prepare(folder, LIMIT)
        host, bare = (stack.enter_context(child(mode, folder)) for mode in ("serve", "call"))
        page = f"{PATH}?limit={LIMIT}"
        load(host, token, page, 1, seconds / 2)  # signs in, warms up
        found: dict[str, list[dict[str, float]]] = {}
        calls = []
        for _ in range(rounds):
            wall, cpu = bare.ask(f"calls {30 if quick else 200}")
            calls.append({"p50": wall, "cpu": cpu})
            for clients in CLIENTS:
                one = load(host, token, page, clients, seconds)
                found.setdefault(_of(clients), []).append(one)
            alive = load(host, token, "/healthz", 1, seconds / 3)
            found.setdefault("/healthz, 1 client", []).append(alive)
    rows: list[Sequence[str]] = [
        (what, f"{_middle(each, 'rate'):,.0f}/s", _ms(each, "p50"), _ms(each, "p99"))
        for what, each in found.items()
    ]
    single = found[_of(1)]
    overhead: list[Sequence[str]] = [
        (what, _ms(calls, key), _ms(single, key), f"{_ratio(single, calls, key):.2f} x")
        for what, key in (("time to the whole answer", "p50"), ("processor time", "cpu"))
    ]
    return rows, overhead


def _of(clients: int) -> str:
    return f"{LIMIT} events, {clients} client{'s' * (clients > 1)}"


def _middle(found: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(one[key] for one in found)


def _ms(found: Sequence[dict[str, float]], key: str) -> str:
    return f"{_middle(found, key) * 1_000:.2f} ms"


def _ratio(ours: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]], key: str) -> float:
    """The median of each round's ratio."""
    return statistics.median(a[key] / b[key] for a, b in zip(ours, theirs, strict=True))


def memory() -> Iterator[Sequence[str]]:
    """Peak memory of a host: ready, with one large answer read, and with all of it sent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = prepare(folder, LARGE)
        with child("serve", folder) as host:
            base = f"http://127.0.0.1:{host.port}{PATH}?limit="
            headers = {"Authorization": f"Bearer {token}"}
            yield "ready", "", f"{host.ask('peak')[0] / 1_024:.0f} MB"
            for limit in (1, LARGE):
                request = urllib.request.Request(base + str(limit), headers=headers)  # noqa: S310
                with urllib.request.urlopen(request) as answer:  # noqa: S310
                    size = len(answer.read())
                peak = host.ask("peak")[0] / 1_024
                yield (
                    f"{limit:,} of {LARGE:,} events sent",
                    f"{size / 1e6:.1f} MB",
                    f"{peak:.0f} MB",
                )


def main(arguments: Sequence[str]) -> int:
    """Measure everything and print it."""
    print(f"Python {sys.version.split()[0]}")
    rows, overhead = under_load("--quick" in arguments)
    show("Under load", [("what", "rate", "p50", "p99"), *rows])
    show(
        f"One page of {LIMIT} events, one client",
        [("what", "in process", "by HTTP", "ratio"), *overhead],
    )
    show("Memory of the host", [("after", "answer", "peak"), *memory()])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
