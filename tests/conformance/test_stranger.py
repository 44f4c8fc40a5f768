"""A provider from a repository of its own, installed from its wheel beside this project's."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from zipfile import ZipFile

import pytest

from architecture.test_dependencies import PUBLIC_CORE
from architecture.tree import Module, within
from stranger import (
    ACME,
    KIT,
    PLUGINS,
    Environment,
    environment,
    proof,
    repository,
    tidy,  # noqa: F401  # a fixture
    wheels,
)

pytestmark = pytest.mark.xdist_group("stranger")

BROKEN = (PLUGINS / "import_error", PLUGINS / "versions")
TWIN = (PLUGINS / "rival", PLUGINS / "good" / "acme_plugin.py")
"""A distribution that claims the id of another one."""

LISTINGS = """
import json
from connector_core.registry import registry
print(json.dumps([[one.id, one.distribution, one.error or ""] for one in registry().providers()]))
"""
QUESTION = """
import json, sys
from connector_conformance.subject import Subject
from connector_core.registry import registry
with Subject.named(sys.argv[1]).open() as email:
    page = email.query_threats(["severity[ne]Informational", "email.subject[like]invoice"])
    first = email.get_threat(page.events[0]["finding_info"]["uid"])
    print(json.dumps({
        "subjects": [event["evidences"][0]["email"]["subject"] for event in page.events],
        "complete": page.meta.complete,
        "same": first.event == page.events[0],
        "modelled": type(page.result[0]).__name__,
    }))
"""
HOMES = """
import json, connector_acme, connector_conformance, connector_core
packages = (connector_acme, connector_conformance, connector_core)
print(json.dumps([package.__file__ for package in packages]))
"""


def said(done: CompletedProcess[str]) -> Any:
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def listed(where: Environment) -> dict[str, tuple[str, str]]:
    """Provider id -> the distribution it comes from, and why it cannot be used."""
    return {id: (home, error) for id, home, error in said(where.run("python", "-c", LISTINGS))}


def test_everything_of_ours_comes_from_the_wheels() -> None:
    where = environment()
    for file in said(where.run("python", "-c", HOMES)):
        assert Path(file).is_relative_to(where.site)


def test_the_wheels_hold_all_that_they_need_and_no_tests() -> None:
    ours, acme = ({*ZipFile(wheel).namelist()} for wheel in wheels())
    assert {"connector_acme/py.typed", "connector_acme/cases/bench.toml"} <= acme
    assert {"connector_core/py.typed", "connector_conformance/py.typed"} <= ours
    folders = {name.split("/")[0] for name in ours | acme if ".dist-info/" not in name}
    assert all(re.fullmatch(r"connector_[a-z0-9_]+", folder) for folder in folders)


@pytest.mark.parametrize("file", sorted((ACME / "src").rglob("*.py")), ids=lambda file: file.stem)
def test_the_example_needs_nothing_but_public_names(file: Path) -> None:
    allowed = {*PUBLIC_CORE, "connector_acme"}
    if file.stem == "bench":
        allowed.add("connector_conformance.bench")
    for name in Module(f"connector_acme.{file.stem}", file).imports(typing=True):
        assert not name.startswith("connector_") or within(name, *allowed), name


def test_a_strangers_provider_is_ready() -> None:
    assert listed(environment())["emailsecurity_acme"] == ("connector-acme", "")


def test_a_strangers_provider_answers_over_its_emulator() -> None:
    answer = said(environment().run("python", "-c", QUESTION, "emailsecurity_acme"))
    assert answer["subjects"]
    assert all("invoice" in subject.lower() for subject in answer["subjects"])
    assert answer["complete"]
    assert answer["same"]
    assert answer["modelled"] == "DetectionFinding"


def test_the_kit_proves_a_strangers_provider_without_any_code() -> None:
    done = proof()
    assert done.returncode == 0, f"the kit refuses the example provider:\n{done.stdout[-8_000:]}"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 100, done.stdout[-2_000:]


def test_a_stranger_who_inherits_is_held_to_the_same_laws() -> None:
    listing = ("--collect-only", "-q")
    inherit = ("python", "-m", "pytest", "tests/test_conformance.py", *listing)
    inherited = environment().run(*inherit, folder=repository())
    by_name = environment().run(*KIT, *listing, folder=repository())
    assert laws(inherited) == laws(by_name)


def test_the_strangers_own_tests_pass() -> None:
    own = ("python", "-m", "pytest", "tests/test_provider.py")
    done = environment().run(*own, folder=repository())
    assert done.returncode == 0, done.stdout[-8_000:]
    assert "skipped" not in done.stdout


def laws(done: CompletedProcess[str]) -> set[str]:
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = {line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line}
    assert len(found) > 100
    return found


def test_broken_neighbours_are_listed_with_their_reasons_and_everybody_else_is_served() -> None:
    where = environment(*BROKEN)
    found = listed(where)
    assert "lame_vendor_sdk" in found["emailsecurity_lame"][1]
    assert "outdated" in found["emailsecurity_outdated"][1]
    assert "too new" in found["emailsecurity_too_new"][1]
    healthy = listed(environment())
    assert {id: found[id] for id in healthy} == healthy
    assert said(where.run("python", "-c", QUESTION, "emailsecurity_acme"))["subjects"]


def test_a_twin_takes_down_the_id_that_it_claims_and_no_other() -> None:
    where = environment(*BROKEN, *TWIN)
    found = listed(where)
    home, error = found["emailsecurity_acme"]
    assert "connector-acme 1.0.0" in error, home
    assert "rival-connector 2.0" in error
    healthy = listed(environment())
    del healthy["emailsecurity_acme"]
    assert {id: found[id] for id in healthy} == healthy
    refused = where.run("python", "-c", QUESTION, "emailsecurity_acme")
    assert refused.returncode != 0
    assert "claimed more than once" in refused.stderr
