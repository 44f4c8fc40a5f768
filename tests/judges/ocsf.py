"""Is this valid OCSF 1.8.0? Answers that share nothing with the code under test.

`OcsfJudge` is the kit's own, see `connector_conformance.ocsf_judge`. `second_opinion` asks an
independent validator that is kept outside this repository; tests that use it are skipped with that
reason when it is not there. `judge_every_page`, loaded as a pytest plugin, judges each event that
any test receives from the core.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from connector_conformance.ocsf_judge import VERSION, Event, OcsfJudge, judge

__all__ = ["VERSION", "Event", "OcsfJudge", "judge"]

NO_SECOND_OPINION = (
    "the second opinion is an independent validator kept outside this repository; "
    "EMAIL_SECURITY_JUDGES names no folder that holds it"
)

# --- the second opinion -------------------------------------------------------------------------


def _validator() -> Path | None:
    folder = os.environ.get("EMAIL_SECURITY_JUDGES")
    script = Path(folder, "ocsf-validate", "validate_ocsf.py") if folder else None
    return script if script and script.is_file() else None


def second_opinion_available() -> bool:
    """Whether EMAIL_SECURITY_JUDGES names a folder with `ocsf-validate/validate_ocsf.py`."""
    return _validator() is not None


def second_opinion(events: list[Event]) -> str | None:
    """What the independent validator says of the events; None when it finds nothing.

    It judges strictly, once by the core schema and once with the platform extensions. Raises
    RuntimeError when the validator is not there.
    """
    script = _validator()
    if script is None:
        raise RuntimeError(NO_SECOND_OPINION)
    said = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        path.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
        for schema in ("ocsf-1.8.0-email-bare.json", "ocsf-1.8.0-platform.json"):
            command = [sys.executable, str(script), str(script.parent / schema), str(path)]
            command += ["--strict", "--require-version", VERSION]
            command += ["--min-events", str(len(events))]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said.append(f"{schema}:\n{done.stdout}{done.stderr}")
    return "\n".join(said) or None


# --- every page that a test receives ------------------------------------------------------------

PAGE_AUDIT = "connector_core.page"


class PageWatch:
    """Keeps the distinct events of the pages handed out since the last `verdict`.

    An audit hook can never be removed, so the hook stays and `active` switches it.
    """

    def __init__(self) -> None:
        self.active = True
        self._seen: set[bytes] = set()
        self._fresh: list[tuple[str, bytes]] = []
        self._faults: list[str] = []

    def hook(self, audit: str, arguments: tuple[Any, ...]) -> None:
        """Copies the events at once, as bytes: later changes to them change nothing here."""
        if audit != PAGE_AUDIT or not self.active:
            return
        operation, events = arguments
        for event in events:
            try:
                copy = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
            except TypeError as error:
                # a raised error would surface inside the core, in another's call
                self._faults.append(f"{operation}: an event is not JSON: {error}")
                continue
            if copy not in self._seen:
                self._seen.add(copy)
                self._fresh.append((operation, copy))

    def verdict(self) -> str | None:
        """A readable text on the events that came since the last call; None when all are valid."""
        fresh, self._fresh = self._fresh, []
        said, self._faults = self._faults, []
        bad = 0
        for operation, copy in fresh:
            event = orjson.loads(copy)
            if not (problems := judge().problems(event)):
                continue
            self._seen.discard(copy)  # the next test that receives it fails as well
            bad += 1
            if bad <= 5:
                metadata = event.get("metadata")
                uid = metadata.get("uid") if isinstance(metadata, dict) else None
                said.append(f"{operation}: event {uid} is not valid OCSF {VERSION}:")
                said += [f"    {problem}" for problem in itertools.islice(problems, 20)]
        if bad > 5:
            said.append(f"and {bad - 5} more events are not valid")
        return "\n".join(said) or None


@pytest.fixture(scope="session")
def page_watch() -> Iterator[PageWatch]:
    """The watch of this process, switched off when the session ends."""
    watch = PageWatch()
    sys.addaudithook(watch.hook)
    yield watch
    watch.active = False


@pytest.fixture(autouse=True)
def judge_every_page(page_watch: PageWatch) -> Iterator[None]:
    """Fails the test that received an event that is not valid OCSF."""
    yield
    if said := page_watch.verdict():
        pytest.fail(said, pytrace=False)


@pytest.fixture
def unjudged_pages(page_watch: PageWatch) -> Iterator[Callable[[], str | None]]:
    """For a test that makes invalid pages on purpose: gives their verdict and clears it."""
    yield page_watch.verdict
    page_watch.verdict()
