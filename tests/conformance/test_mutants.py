"""The kit judged by what it must not let pass: providers with one fault each."""

from pathlib import Path

import pytest

from .mutants import MUTANTS
from .mutants.score import markdown
from .mutants.workshop import Mutant, build, judge

FEWEST = 60
NAMES = [mutant.name for mutant in MUTANTS]


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_the_kit_catches(mutant: Mutant, tmp_path: Path) -> None:
    build(tmp_path, mutant)
    verdict = judge(tmp_path, [mutant.caught_by])[mutant.caught_by]
    assert verdict.outcome == "failed", f"{mutant.breaks} {mutant.caught_by}: {verdict}"
    assert verdict.raised == mutant.by, f"{mutant.breaks} It fails for another reason: {verdict}"


def test_the_example_without_a_fault_passes_what_catches_the_mutants(tmp_path: Path) -> None:
    build(tmp_path)
    owners = sorted({mutant.caught_by for mutant in MUTANTS})
    verdicts = judge(tmp_path, owners)
    assert sorted(verdicts) == owners
    red = [verdict for verdict in verdicts.values() if verdict.outcome != "passed"]
    assert not red


def test_there_are_mutants_for_every_law() -> None:
    assert len(set(NAMES)) == len(NAMES) >= FEWEST
    table = markdown(MUTANTS)
    print(f"{len(MUTANTS)} mutants\n\n{table}")
    assert table.count("\n") == len(MUTANTS) + 2
