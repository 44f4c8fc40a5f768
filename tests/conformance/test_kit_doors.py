"""The two doors of the kit, as people use them: a class to inherit, and a command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OURS = "emailsecurity_defender_for_office"
QUICK = "limit_outside or order_that or overridden"
INHERIT = f'''
from connector_conformance.suite import ProviderConformance, Subject, expected_failure

class TestMine(ProviderConformance):
    subject = Subject.named("{OURS}")
'''


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One run of pytest, in a process and a folder of its own."""
    settings = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}", "-rA")
    command = [sys.executable, "-m", "pytest", *settings, *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_without_a_provider_the_suite_says_what_to_say(tmp_path: Path) -> None:
    done = run(tmp_path, "--pyargs", "connector_conformance")
    assert "say which provider to prove: --provider ID" in done.stdout
    assert "failed" not in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--provider", "emailsecurity_nobody"), "no installed package names a bench"),
        (("--live",), "--integration NAME"),
        (("--provider", OURS, "--integration", "x"), "give --live, too"),
    ],
    ids=["unknown", "live without integration", "integration without live"],
)
def test_options_that_cannot_be_right_end_the_run(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = run(tmp_path, "--pyargs", "connector_conformance", *words)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert told in done.stderr


def test_a_named_provider_is_proved_without_code_and_reported(tmp_path: Path) -> None:
    words = ("--provider", OURS, "-k", QUICK, "--conformance-report", str(tmp_path / "out/mine"))
    done = run(tmp_path, "--pyargs", "connector_conformance", *words)
    assert done.returncode == 0, done.stdout
    (told,) = json.loads((tmp_path / "out/mine.json").read_text())["providers"]
    assert told["provider"] == OURS
    assert told["counts"] == {"passed": 5}
    assert (
        "A limit outside the declared range is refused." in (tmp_path / "out/mine.md").read_text()
    )


def test_a_class_that_inherits_runs_the_same_tests(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(INHERIT)
    done = run(tmp_path, "-k", QUICK)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


REPLACED = """
    def test_an_order_that_is_not_declared_is_refused(self):
        pass
"""
REMOVED = """
    test_an_order_that_is_not_declared_is_refused = None
"""
EXCUSED = """
    @expected_failure("the vendor has no orders")
    def test_an_order_that_is_not_declared_is_refused(self):
        raise AssertionError
"""
CURED = """
    @expected_failure("the vendor has no orders")
    def test_an_order_that_is_not_declared_is_refused(self):
        pass
"""


@pytest.mark.parametrize("body", [REPLACED, REMOVED], ids=["replaced", "removed"])
def test_a_standard_test_cannot_be_dropped_in_silence(tmp_path: Path, body: str) -> None:
    (tmp_path / "test_mine.py").write_text(INHERIT + body)
    done = run(tmp_path, "-k", "overridden")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "test_an_order_that_is_not_declared_is_refused" in done.stdout


def test_a_standard_test_may_fail_for_a_reason(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(INHERIT + EXCUSED)
    done = run(tmp_path, "-k", "order_that or overridden")
    assert done.returncode == 0, done.stdout
    assert "the vendor has no orders" in done.stdout


def test_an_expected_failure_that_passes_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(INHERIT + CURED)
    done = run(tmp_path, "-k", "order_that")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED


UNDISTURBED = """
import sys

def test_nothing_of_the_kit_is_loaded_but_its_plugin():
    loaded = {name for name in sys.modules if name.startswith("connector_")}
    assert loaded <= {"connector_conformance", "connector_conformance.plugin"}, loaded
"""


def test_a_run_that_has_nothing_to_do_with_the_kit_is_not_disturbed(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(UNDISTURBED)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
