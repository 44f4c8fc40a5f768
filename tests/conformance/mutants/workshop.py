"""Makes a mutant of the example provider, and lets the kit judge it in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ACME: Final = Path(__file__).resolve().parents[2] / "plugins" / "acme"
SUITE: Final = "test_conformance.py::TestAcme"
PATIENCE: Final = 120
"""Seconds for one run; a test of the kit takes less than two."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The example provider with one small change."""

    name: str
    breaks: str
    """What it does wrong, in one sentence."""
    caught_by: str
    """The standard test that owns the broken promise, with the id of the case."""
    file: str
    """What is changed: a file of the package."""
    old: str
    """Stands there exactly once; empty to add `new` at the end of the file."""
    new: str
    by: str = "AssertionError"
    """The exception that the owner must fail with: its own assertion, or what the mutant throws;
    empty where a failure was expected that did not come."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one standard test ended."""

    test: str
    outcome: str
    """``passed``, ``failed`` or ``skipped``; ``broken`` outside of the test itself."""
    raised: str
    """The name of the exception's class."""
    said: str


def build(home: Path, mutant: Mutant | None = None) -> None:
    """Lay a copy of the example out as if it were installed in `home`; raises LookupError."""
    package = home / "connector_acme"
    rubbish = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ACME / "src" / "connector_acme", package, ignore=rubbish)
    shutil.copy(ACME / "tests" / "test_conformance.py", home)
    _install(home)
    if mutant is None:
        return
    file = package / mutant.file
    text = file.read_text("utf-8")
    if mutant.old and text.count(mutant.old) != 1:
        raise LookupError(f"{mutant.name}: not once in {mutant.file}: {mutant.old}")
    changed = text.replace(mutant.old, mutant.new) if mutant.old else f"{text}\n{mutant.new}\n"
    file.write_text(changed, "utf-8")


def _install(home: Path) -> None:
    """Write the metadata that entry points are found by."""
    project = tomllib.loads((ACME / "pyproject.toml").read_text("utf-8"))["project"]
    metadata = home / f"connector_acme-{project['version']}.dist-info"
    metadata.mkdir()
    named = {"Metadata-Version": "2.1", "Name": project["name"], "Version": project["version"]}
    metadata.joinpath("METADATA").write_text("".join(f"{k}: {v}\n" for k, v in named.items()))
    groups = project["entry-points"].items()
    lines = [line for group, entries in groups for line in (f"[{group}]", *_pairs(entries))]
    metadata.joinpath("entry_points.txt").write_text("\n".join(lines))


def _pairs(entries: dict[str, str]) -> list[str]:
    return [f"{name} = {value}" for name, value in entries.items()]


def judge(home: Path, tests: Sequence[str] = ()) -> dict[str, Verdict]:
    """Run the kit, or some of its tests, on what was built in `home`; verdicts by test."""
    told = home / "verdicts.jsonl"
    plugins = ("connector_conformance.plugin", "witness", "no:cacheprovider")
    command = [
        sys.executable,
        *("-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={home}", f"--verdicts={told}"),
        *(word for plugin in plugins for word in ("-p", plugin)),
        *([f"{SUITE}::{test}" for test in tests] or ["test_conformance.py"]),
    ]
    paths = (str(home), str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))
    environment = {name: text for name, text in os.environ.items() if "PYTEST" not in name}
    environment |= {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    run = subprocess.run(
        command,
        cwd=home,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if not told.exists():
        raise RuntimeError(f"the kit did not run:\n{run.stdout[-2_000:]}\n{run.stderr[-2_000:]}")
    found = [Verdict(**json.loads(line)) for line in told.read_text("utf-8").splitlines()]
    return {verdict.test: verdict for verdict in found}
