"""The score of the kit: for people, and in the summary of a run of the tests."""

from collections.abc import Sequence

import pytest

from .workshop import Mutant

TEST = "test_mutants.py::test_the_kit_catches["


def markdown(mutants: Sequence[Mutant]) -> str:
    """Every mutant and the standard test that catches it, as a table."""
    lines = ["| What the provider does | Caught by |", "| --- | --- |"]
    lines += [f"| {one.breaks.rstrip('.')} | `{one.caught_by}` |" for one in mutants]
    return "\n".join(lines) + "\n"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the mutants that were tried were caught."""
    stats = terminalreporter.stats
    caught, escaped = (
        sum(TEST in report.nodeid for outcome in outcomes for report in stats.get(outcome, ()))
        for outcomes in (("passed",), ("failed", "error"))
    )
    if caught + escaped:
        terminalreporter.write_line(f"{caught} of {caught + escaped} mutants caught")
