"""The command that proves a provider."""

import argparse
import sys
from pathlib import Path

import pytest

from cli.shell import Shell
from connector_core.cli import exits
from connector_core.cli.conformance import CODES, arguments


def test_an_unknown_or_broken_provider_is_one_readable_line(guided: Shell) -> None:
    run = guided("conformance", "emailsecurity_guidde")
    assert (run.code, run.out) == (6, "")
    (line,) = run.err.splitlines()
    assert "emailsecurity_guided" in line
    broken = Shell(guided.home, ("import_error",))("conformance", "emailsecurity_lame")
    assert (broken.code, broken.out) == (6, "")
    assert "lame_vendor_sdk" in broken.err


@pytest.mark.parametrize("missing", ["pytest", "connector_conformance"])
def test_without_the_kit_it_says_what_to_install(
    guided: Shell, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not installed
    run = guided("conformance", "emailsecurity_guided")
    assert (run.code, run.out) == (1, "")
    (line,) = run.err.splitlines()
    assert missing in line
    assert "pip install 'connector-core[conformance]'" in line


@pytest.mark.parametrize("extra", [["--live"], ["--integration", "work"]])
def test_a_live_run_needs_an_integration_and_the_other_way_round(
    guided: Shell, extra: list[str]
) -> None:
    run = guided("conformance", "emailsecurity_guided", *extra)
    assert (run.code, run.out) == (exits.USAGE, "")
    assert "belong together" in run.err


def test_the_kit_is_called_with_all_that_was_said(tmp_path: Path) -> None:
    report = tmp_path / "report"
    words = arguments("emailsecurity_acme", report, live=True, integration="work")
    parser = argparse.ArgumentParser()
    parser.add_argument("--pyargs")
    parser.add_argument("--live", action="store_true")
    for option in ("--provider", "--integration", "--conformance-report", "-c", "--rootdir", "-p"):
        parser.add_argument(option)
    read = vars(parser.parse_args(words))
    assert read["pyargs"] == "connector_conformance"
    assert read["provider"] == "emailsecurity_acme"
    assert (read["live"], read["integration"]) == (True, "work")
    assert read["conformance_report"] == str(report)


def test_a_relative_report_is_written_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = arguments("emailsecurity_acme", Path("report"), live=False, integration="")
    assert words[-1] == str(tmp_path / "report")
    assert "--live" not in words


def test_every_exit_code_of_pytest_has_one_of_ours() -> None:
    assert {int(code) for code in pytest.ExitCode} <= set(CODES)
    assert set(CODES.values()) <= {row.code for row in exits.TABLE}
    assert CODES[pytest.ExitCode.NO_TESTS_COLLECTED] != exits.OK
