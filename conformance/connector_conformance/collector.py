"""Collects what each standard test proved, and writes the report when the run ends."""

from pathlib import Path
from typing import Any, Final

import pytest

from connector_conformance.report import Outcome, Result, report, to_json, to_markdown

FACTS: Final = "conformance"


class Collector:
    """A pytest plugin of one run; with pytest-xdist it works where the results come together."""

    def __init__(self, path: str, config: pytest.Config) -> None:
        self._path = Path(path)
        self._is_worker = hasattr(config, "workerinput")
        self._results: dict[str, Result] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of one phase of one test; the worst phase counts."""
        properties: dict[str, Any] = dict(report.user_properties)
        facts = properties.pop(FACTS, None)
        if facts is None or (report.when != "call" and report.passed):
            return
        said = str(report.longrepr)[-2_000:] if report.failed else ""
        self._results[report.nodeid] = Result(
            **facts,
            outcome=_outcome(report, exercised=properties.get("exercised", True)),
            reason=getattr(report, "wasxfail", "") or said,
            undeclared=tuple(properties.get("undeclared", ())),
            seconds=round(report.duration, 3),
            measured={
                name: value
                for name, value in properties.items()
                if name not in ("exercised", "undeclared")
            },
        )

    def pytest_sessionfinish(self) -> None:
        """Write both files."""
        if self._is_worker:
            return
        found = report(self._results.values())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.with_name(self._path.name + ".json").write_bytes(to_json(found))
        self._path.with_name(self._path.name + ".md").write_text(to_markdown(found), "utf-8")


def _outcome(report: pytest.TestReport, *, exercised: bool) -> Outcome:
    if hasattr(report, "wasxfail"):
        return "expected failure" if report.skipped else "failed"
    if report.failed:
        return "failed"
    if report.skipped:
        return "skipped"
    return "passed" if exercised else "not exercised"
