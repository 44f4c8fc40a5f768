"""A pytest plugin that writes down how each standard test of the kit ended, and why."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write: one JSON object per test."""
    parser.addoption("--verdicts", type=Path, required=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write the outcome of a test, or of the set-up that kept it from running."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        verdict = {
            "test": item.name,
            "outcome": report.outcome if report.when == "call" or report.skipped else "broken",
            "raised": call.excinfo.type.__name__ if call.excinfo else "",
            "said": str(call.excinfo.value) if call.excinfo else "",
        }
        with item.config.getoption("verdicts").open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict) + "\n")
    return report
