"""Three tenants behind one host, asked at once, with faults, new tokens and new settings between.

Every tenant has words of its own in subjects, addresses, ids and secrets. None of them may come
out where another tenant asks, and none at all in logs, metrics and spans.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connector_core import ManualClock
from connector_core.http_api import Host
from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from connector_defender_office365.mock.faults import Faults
from http_api.canaries import COUNT, WINDOW, Canary, Still, abnormal, defender, trouble
from http_api.held import PATIENCE
from http_api.served import bearer, serving
from opened import NOW

LISTED = {"threats": "query_threats", "email-events": "query_events"}
BASE = "/v1/email-security"
CLIENTS = 2
"""Of each integration, at the same time."""
ROUNDS = 2
LIMIT = 2
Pages = dict[str, list[list[dict[str, Any]]]]


@dataclass
class Desk:
    """The configuration file of the host, and who has which token."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)

    def write(self, name: str, canary: Canary, **more: Any) -> None:
        """Serve a tenant under a name, with a new token from now on."""
        if name in self.tokens:
            self.revoked.append(self.tokens[name])
        self.tokens[name] = new_token()
        hashes = [TokenHash.of(self.tokens[name])]
        config = canary.by_reference(self.environ)
        write_integration(
            self.path, name, provider=canary.provider, config=config, token_hashes=hashes, **more
        )


@dataclass
class Seen:
    """What came out, and where."""

    answers: dict[str, list[bytes]] = field(default_factory=dict)
    """Heads and bodies by integration."""
    pages: dict[str, list[Pages]] = field(default_factory=dict)
    """One walk each through all pages."""
    details: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cursors: dict[str, dict[str, str]] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)
    crossed: list[tuple[str, str, httpx.Response]] = field(default_factory=list)
    """Cursors of one integration shown with the token of another."""
    revoked: list[int] = field(default_factory=list)
    metrics: str = ""
    log: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)


class Client:
    """Asks in the name of one integration, and keeps all that it gets."""

    def __init__(self, http: httpx.AsyncClient, desk: Desk, name: str, seen: Seen) -> None:
        self._http, self._desk, self.name, self._seen = http, desk, name, seen

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Ask until the answer is good: vendors are in trouble now and then."""
        for _ in range(5):
            headers = bearer(self._desk.tokens[self.name])
            answer = await self._http.get(f"{BASE}/{path}", params=params, headers=headers)
            self._seen.answers[self.name].append(repr(answer.headers).encode() + answer.content)
            self._seen.statuses.add(answer.status_code)
            if answer.status_code == 200:
                return dict(answer.json())
        raise AssertionError(f"{self.name}: {answer.status_code} {answer.text}")

    async def walk(self) -> None:
        """All pages of both listings, and every threat in full."""
        pages: Pages = {}
        for path in LISTED:
            pages[path] = []
            cursor = ""
            while cursor or not pages[path]:
                answer = await self.get(path, filter=WINDOW, limit=LIMIT, cursor=cursor)
                pages[path].append(answer["result"])
                cursor = answer["cursor"]
                self._seen.cursors[self.name].setdefault(path, cursor)
        self._seen.pages[self.name].append(pages)
        for found in (one for page in pages["threats"] for one in page):
            answer = await self.get(f"threats/{found['finding_info']['uid']}", meta="completeness")
            self._seen.details[self.name].append(answer["result"])


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return Still(NOW)


@pytest.fixture(scope="module")
def tenants(clock: ManualClock) -> dict[str, Canary]:
    """By name of integration; the twin has an integration of its own to the first one's tenant."""
    alpha = defender("alpha", "a", clock)
    return {
        "alpha": alpha,
        "beta": defender("beta", "b", clock),
        "gamma": abnormal("gamma", clock),
        "twin": alpha,
    }


@pytest.fixture(scope="module")
def expected(tenants: dict[str, Canary], clock: ManualClock) -> dict[str, Pages]:
    """The same pages in process, asked before anything goes wrong."""
    return {name: asyncio.run(_in_process(one, clock)) for name, one in tenants.items()}


async def _in_process(canary: Canary, clock: ManualClock) -> Pages:
    pages: Pages = {}
    async with canary.connector(clock) as connector:
        for path, operation in LISTED.items():
            pages[path] = []
            cursor = ""
            while cursor or not pages[path]:
                page = await getattr(connector, operation)(WINDOW, limit=LIMIT, cursor=cursor)
                pages[path].append(orjson.loads(page.json())["result"])
                cursor = page.cursor
        for found in (one for page in pages["threats"] for one in page):
            await connector.get_threat(found["finding_info"]["uid"])
    return pages


@pytest.fixture(scope="module")
def seen(
    tenants: dict[str, Canary],
    expected: dict[str, Pages],
    clock: ManualClock,
    tmp_path_factory: pytest.TempPathFactory,
) -> Seen:
    seen = Seen()
    desk = Desk(tmp_path_factory.mktemp("isolation") / "config.toml")
    for name, canary in tenants.items():
        desk.write(name, canary)
        seen.answers[name], seen.pages[name], seen.details[name] = [], [], []
        seen.cursors[name] = {}
    transports = {name: canary.witness for name, canary in tenants.items()}
    host = Host(desk.path, environ=desk.environ, clock=clock, transports=transports)
    with told(seen), serving(host) as url:
        asyncio.run(_everything(url, desk, tenants, seen))
    for canary in tenants.values():
        if hasattr(canary.vendor, "faults"):
            canary.vendor.faults = Faults()
    return seen


async def _everything(url: str, desk: Desk, tenants: dict[str, Canary], seen: Seen) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
        clients = [Client(http, desk, name, seen) for name in tenants for _ in range(CLIENTS)]
        for number in range(ROUNDS):
            for canary in tenants.values():
                if hasattr(canary.vendor, "faults"):
                    canary.vendor.faults = trouble()
                else:
                    canary.vendor.fail_next_n_with_429(2)
            async with asyncio.TaskGroup() as group:
                for client in clients:
                    group.create_task(client.walk())
                # In the midst of it: new tokens for three, and new settings for two of them.
                for name in ("alpha", "beta"):
                    desk.write(name, tenants[name], network={"timeout": 60.0 + number})
                desk.write("gamma", tenants["gamma"])
        for one, cursors in seen.cursors.items():
            for path, cursor in cursors.items():
                for other in tenants:
                    params = {"filter": WINDOW, "limit": LIMIT, "cursor": cursor}
                    answer = await http.get(
                        f"{BASE}/{path}", params=params, headers=bearer(desk.tokens[other])
                    )
                    seen.crossed.append((one, other, answer))
        for token in desk.revoked:
            answer = await http.get(f"{BASE}/threats", headers=bearer(token))
            seen.revoked.append(answer.status_code)
        seen.metrics = (await http.get("/metrics")).text


@contextmanager
def told(seen: Seen) -> Iterator[None]:
    """Collect all that is logged, at every level, and all spans."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # The client of this test logs what it asks; the vendors' clients are silenced by
            # `logs.configure`, which has tests of its own.
            if not record.name.startswith(("httpx", "httpcore")):
                seen.log.append(f"{record.name} {record.getMessage()} {vars(record)}")

    handler, root = Handler(), logging.getLogger()
    ours = [root, *map(logging.getLogger, ("connector_core", "uvicorn"))]
    before = [one.level for one in ours]
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    root.addHandler(handler)
    for one in ours:
        one.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        for one, level in zip(ours, before, strict=True):
            one.setLevel(level)
        seen.spans += [span.to_json() for span in exporter.get_finished_spans()]
        processor.shutdown()


def foreign_words(name: str, tenants: dict[str, Canary]) -> set[str]:
    """What the integration of this name must never be told."""
    own = set(tenants[name].words)
    return {word for canary in tenants.values() for word in canary.words} - own


def test_every_page_is_the_page_that_the_connector_gives_in_process(
    seen: Seen, expected: dict[str, Pages]
) -> None:
    for name, walks in seen.pages.items():
        assert len(walks) == CLIENTS * ROUNDS
        assert all(pages == expected[name] for pages in walks), name
        assert sum(map(len, expected[name]["threats"])) == COUNT


def test_every_detail_is_one_of_its_own_tenants_threats(
    seen: Seen, tenants: dict[str, Canary]
) -> None:
    for name, found in seen.details.items():
        assert len(found) == COUNT * CLIENTS * ROUNDS
        assert all(tenants[name].words[0] in str(one) for one in found), name


def test_no_answer_holds_a_word_of_another_tenant(seen: Seen, tenants: dict[str, Canary]) -> None:
    for name, answers in seen.answers.items():
        everything = b"\n".join(answers).decode()
        assert tenants[name].words[0] in everything
        assert [word for word in foreign_words(name, tenants) if word in everything] == []


def test_the_vendors_were_in_trouble_meanwhile(seen: Seen, tenants: dict[str, Canary]) -> None:
    for canary in tenants.values():
        assert any(entry.status in (401, 429, 503) for entry in canary.vendor.log), canary.name
    assert seen.statuses <= {200, 401, 403, 429, 503}


def test_a_cursor_opens_for_its_own_integration_alone(
    seen: Seen, tenants: dict[str, Canary]
) -> None:
    assert len(seen.crossed) == len(LISTED) * len(tenants) ** 2
    for one, other, answer in seen.crossed:
        if one == other:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 400, (one, other)
            assert answer.json()["type"] == "urn:connector:error:cursor"
            assert answer.json()["context"]["parameter"]["id"] == "cursor"


def test_cursors_show_nothing_of_their_tenant(seen: Seen, tenants: dict[str, Canary]) -> None:
    for name, cursors in seen.cursors.items():
        for cursor in cursors.values():
            assert not any(word in cursor for word in tenants[name].words)


def test_a_replaced_token_opens_nothing(seen: Seen) -> None:
    assert seen.revoked == [401] * 3 * ROUNDS


def test_nobodys_sign_in_is_used_at_another_vendor(seen: Seen, tenants: dict[str, Canary]) -> None:
    shown = {name: tenants[name].witness.credentials for name in ("alpha", "beta", "gamma")}
    for name in ("alpha", "beta"):
        paths = [entry.path for entry in tenants[name].vendor.log]
        assert sum(path.endswith("/token") for path in paths) > ROUNDS, "too few sign-ins"
        assert shown[name]
    assert shown["gamma"] == {"Bearer gamma-canary-token"}
    assert not shown["alpha"] & shown["beta"]
    assert not shown["gamma"] & (shown["alpha"] | shown["beta"])


@pytest.mark.parametrize(
    ("where", "sign"),
    [
        ("log", "connector_core.http_api.requests request"),
        ("spans", '"email_security.integration": "alpha"'),
        ("metrics", 'integration="alpha"'),
    ],
)
def test_what_is_told_of_the_work_holds_no_word_of_anybody(
    seen: Seen, tenants: dict[str, Canary], where: str, sign: str
) -> None:
    told = {"log": seen.log, "spans": seen.spans, "metrics": seen.metrics.splitlines()}[where]
    assert any(sign in one for one in told)
    words = {word for canary in tenants.values() for word in canary.words}
    assert [one for one in told if any(word in one for word in words)] == []
