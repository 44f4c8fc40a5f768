"""The judge itself: a judge that accepts everything would make every other KQL test worthless."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from judges.kql import KqlJudge


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("EmailEvents | where Nothing == 1", "KS142"),
        ("emailevents | take 1", "KS"),
        ('EmailEvents | where Subject > "a"', "KS106"),
        ('EmailEvents | where Subject == "a', "KS"),
        ('EmailEvents | where Subject == "a\nb"', "KS"),
        ("EmailEvents | where UrlCount == Subject", "X004"),
        ('EmailEvents | where EmailSize in (1, "2")', "X004"),
        ("EmailEvents | where Subject", "KS141"),
        ("EmailEvents; EmailUrlInfo", "X002"),
        ("set notruncation; EmailEvents", "X002"),
        ("let a = 1", "X002"),
        (".show tables", "X001"),
        ("print_no_such_function(1)", "X003"),
        ("1 + 1", "X003"),
        ("", "X00"),
    ],
)
def test_a_bad_query_is_refused(text: str, problem: str, kql_judge: KqlJudge) -> None:
    verdict = kql_judge.judge(text)
    assert not verdict.ok
    assert any(line.startswith(problem) for line in verdict.diagnostics), verdict.diagnostics


def test_a_good_query_is_accepted_and_described(kql_judge: KqlJudge) -> None:
    verdict = kql_judge.judge(
        'EmailEvents | where Subject == "a\\u00e9" "b" | project Subject, A = 1'
    )
    assert verdict.ok
    assert verdict.literals == ("aéb",)
    assert verdict.columns == {"Subject": "string", "A": "long"}


def test_the_shape_ignores_values_and_nothing_else(kql_judge: KqlJudge) -> None:
    def shape(condition: str) -> str:
        return kql_judge.judge(f"EmailEvents | where {condition}").shape

    plain = shape('Subject == "a"')
    assert shape('Subject  ==  "a longer value"') == plain
    others = [
        'Subject == "a" "b"',
        'Subject == "a" // "',
        'Subject == "a" or "" == ""',
        'Subject != "a"',
        'SenderFromAddress == "a"',
        'Subject in ("a")',
        'Subject in ("a", "b")',
    ]
    assert len({plain, *map(shape, others)}) == len(others) + 1


PROBE = """
from connector_defender_office365.kql import *
from judges.kql import unjudged

def a_query(column):
    mails = Pipeline(TableRef("EmailEvents"))
    return render(Query(mails.pipe(Where(Binary("==", Column(column), Text("x"))))))

def test_good(): a_query("Subject")
def test_bad(): a_query("Nothing")
def test_bad_again(): a_query("Nothing")
def test_unjudged():
    with unjudged(): a_query("Nothing")
"""


def _run_probe(folder: Path, environment: dict[str, str]) -> tuple[dict[str, str], str]:
    """Run the probe as a test suite of its own; the outcome of each test, and all output."""
    (folder / "test_probe.py").write_text(PROBE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "judges.kql", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *plugins],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    lines = (line.split() for line in run.stdout.splitlines())
    outcomes = {
        words[1].split("::")[1]: words[0]
        for words in lines
        if words and words[0] in ("PASSED", "FAILED", "ERROR")
    }
    return outcomes, run.stdout


def test_the_test_that_renders_a_bad_query_is_the_one_that_fails(
    tmp_path: Path, kql_judge: KqlJudge
) -> None:
    outcomes, output = _run_probe(tmp_path, dict(os.environ))
    assert outcomes == {
        "test_good": "PASSED",
        "test_bad": "FAILED",
        "test_bad_again": "FAILED",
        "test_unjudged": "PASSED",
    }
    assert '| where Nothing == "x"' in output
    assert "KS142" in output


def test_without_node_the_suite_says_what_went_unjudged(tmp_path: Path) -> None:
    outcomes, output = _run_probe(tmp_path, {"PATH": str(tmp_path)})
    assert set(outcomes.values()) == {"PASSED"}
    assert "2 rendered queries were not judged: Node is not installed" in output


def test_without_node_continuous_integration_fails(tmp_path: Path) -> None:
    outcomes, output = _run_probe(tmp_path, {"PATH": str(tmp_path), "CI": "true"})
    assert list(outcomes.values()).count("FAILED") == 3
    assert "cannot be judged: Node is not installed" in output
