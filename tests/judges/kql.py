"""Microsoft's own KQL parser and analyzer as a judge of every query text that a test renders.

Three things, all in the test suite only:

- the fixture `kql_judge`, to ask about one text;
- a pytest plugin: whatever text any test renders is judged at the end of that test, which fails
  with the query and the diagnostics when one is bad. Texts are told apart, so each costs once;
- `second_opinion`: a second, independently written judge kept outside this repository, when
  the environment variable EMAIL_SECURITY_JUDGES names the folder that holds `kql-judge/`.

Node and `npm ci` in `tests/kql_judge` are needed. Without them the fixture skips with the reason
and the plugin says at the end how much went unjudged; with the variable CI set both fail.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import pytest

from connector_defender_office365.kql import AUDIT_EVENT
from connector_defender_office365.schema import TABLES

HARNESS = Path(__file__).resolve().parents[1] / "kql_judge"
NODE_MODULES = HARNESS / "node_modules"
PACKAGE = NODE_MODULES / "@kusto" / "language-service-next" / "package.json"

JudgedTree = str | list["JudgedTree"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Microsoft's library says about one text; `kql_judge/judge.mjs` explains the fields."""

    ok: bool
    diagnostics: tuple[str, ...]
    literals: tuple[str, ...]
    shape: str
    columns: dict[str, str]
    tree: JudgedTree | None


def unavailable() -> str | None:
    """Why no text can be judged here, or None when it can."""
    if shutil.which("node") is None:
        return "Node is not installed"
    if not PACKAGE.exists():
        return "Microsoft's KQL library is not installed: run `npm ci` in tests/kql_judge"
    return None


class KqlJudge:
    """One Node process, started by the first question (about 2 s), then some 70 texts a second."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._node: subprocess.Popen[str] | None = None

    def judge(self, text: str, *, tree: bool = False) -> Verdict:
        """Judge one text against the tables of the provider's schema."""
        with self._lock:
            node = self._node = self._node or self._start()
            assert node.stdin is not None
            assert node.stdout is not None
            node.stdin.write(json.dumps({"query": text, "tree": tree}) + "\n")
            node.stdin.flush()
            answer = node.stdout.readline()
        if not answer:
            raise RuntimeError(f"the KQL judge ended with code {node.wait(timeout=10)}; see stderr")
        found = json.loads(answer)
        return Verdict(
            ok=found["ok"],
            diagnostics=tuple(found["diagnostics"]),
            literals=tuple(found["literals"]),
            shape=found["shape"],
            columns=dict(found["columns"]),
            tree=found["tree"],
        )

    def close(self) -> None:
        """End the Node process; a later question starts a new one."""
        if self._node is not None:
            self._node.communicate(timeout=10)
            self._node = None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["node", str(HARNESS / "judge.mjs"), str(_schema_file())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="kql-judge-")


@cache
def _schema_file() -> Path:
    file = Path(_scratch().name) / "schema.json"
    tables = {
        table: [{"name": name, "type": kind} for name, kind in columns.items()]
        for table, columns in TABLES.items()
    }
    file.write_text(json.dumps(tables), encoding="utf-8")
    return file


_judge = KqlJudge()


@pytest.fixture(scope="session")
def kql_judge() -> KqlJudge:
    """Microsoft's analyzer, shared by the whole test run."""
    if reason := unavailable():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return _judge


# --- every rendered text is judged ----------------------------------------------------------------


class _Collector:
    """The texts rendered since the last look. An audit hook cannot be removed: it has a switch."""

    def __init__(self) -> None:
        self.on = False
        self.paused = 0
        self.hooked = False
        self.new: dict[str, None] = {}
        self.good: set[str] = set()
        self.shapes: dict[str, str] = {}
        """One good text of each shape: what the second judge is asked."""
        self.unjudged: set[str] = set()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == AUDIT_EVENT and self.on and not self.paused:
            self.new[str(arguments[0])] = None

    def take(self) -> list[str]:
        texts, self.new = self.new, {}
        return [text for text in texts if text not in self.good]


_collector = _Collector()


@contextlib.contextmanager
def unjudged() -> Iterator[None]:
    """Render texts in here that Microsoft would rightly refuse.

    For the few tests of the renderer that build trees over columns no table has, or that judge a
    text themselves. Everything that could be sent to the service stays outside.
    """
    _collector.paused += 1
    try:
        yield
    finally:
        _collector.paused -= 1


def _judge_new_texts() -> None:
    texts = _collector.take()
    if not texts:
        return
    if reason := unavailable():
        _collector.unjudged.update(texts)
        if os.environ.get("CI"):
            pytest.fail(f"{len(texts)} rendered queries cannot be judged: {reason}", pytrace=False)
        return
    problems = []
    for text in texts:
        verdict = _judge.judge(text)
        if verdict.ok:
            _collector.good.add(text)
            _collector.shapes.setdefault(verdict.shape, text)
        else:
            problems.append("\n".join([text, *(f"  -> {line}" for line in verdict.diagnostics)]))
    if problems:
        heading = "Microsoft's analyzer refuses a query that this test rendered:"
        pytest.fail("\n\n".join([heading, *problems]), pytrace=False)


def pytest_configure() -> None:
    if not _collector.hooked:
        sys.addaudithook(_collector)
        _collector.hooked = True
    _collector.on = True


def pytest_unconfigure() -> None:
    _collector.on = False
    _judge.close()
    if _scratch.cache_info().currsize:
        _scratch().cleanup()
        _scratch.cache_clear()
        _schema_file.cache_clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    # Texts of the fixtures' setup are judged here too. A test that failed already keeps its error.
    try:
        yield
    except BaseException:
        _collector.take()
        raise
    _judge_new_texts()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    yield
    _judge_new_texts()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _collector.unjudged:
        terminalreporter.write_line(
            f"{len(_collector.unjudged)} rendered queries were not judged: {unavailable()}",
            yellow=True,
        )


# --- a second opinion -----------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def second_opinion_on_every_shape() -> Iterator[None]:
    """At the end of the run the second judge, when there is one, must agree on every shape."""
    yield
    if _collector.shapes and second_opinion_available():
        problems = second_opinion(_collector.shapes.values())
        if problems:
            heading = "The second judge refuses queries of shapes that the first accepts:"
            pytest.fail("\n\n".join([heading, *problems]), pytrace=False)


def second_opinion_available() -> bool:
    """Whether a second judge was named and can run."""
    folder = os.environ.get("EMAIL_SECURITY_JUDGES")
    here = folder is not None and (Path(folder) / "kql-judge" / "judge.mjs").is_file()
    return here and unavailable() is None


def second_opinion(texts: Iterable[str]) -> list[str]:
    """What a second, independently written judge kept outside this repository finds wrong.

    Its folder may be read-only, so its scripts run from a copy beside our installed library.
    """
    home = Path(_scratch().name) / "second"
    if not home.exists():
        original = Path(os.environ["EMAIL_SECURITY_JUDGES"]) / "kql-judge"
        home.mkdir()
        for file in [*original.glob("*.mjs"), *original.glob("package*.json")]:
            shutil.copyfile(file, home / file.name)
        (home / "node_modules").symlink_to(NODE_MODULES, target_is_directory=True)
    queries = list(texts)
    lines = (json.dumps({"id": n, "query": text}) for n, text in enumerate(queries))
    run = subprocess.run(
        ["node", "judge.mjs", "--schema", str(_schema_file()), "--brief"],
        cwd=home,
        input="\n".join(lines) + "\n",
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
        timeout=300,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if [answer["id"] for answer in answers] != list(range(len(queries))):
        raise RuntimeError(f"the second judge answered {len(answers)} of {len(queries)} texts")
    return [
        f"{found['code']}: {found['message']}\n{queries[answer['id']]}"
        for answer in answers
        for found in answer["diagnostics"]
        if found["severity"] == "Error"
    ]
