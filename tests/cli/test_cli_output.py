"""All of an answer arrives, or the run ends in an error; whatever stdout and stderr are."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.shell import Shell
from connector_core.cli import exits

pytestmark = pytest.mark.skipif(os.name != "posix", reason="closed streams are POSIX")

SIZE = 1_000_000
EMIT = f"from connector_core.cli.output import emit; emit(b'x' * {SIZE})"
WORK = ("--integration", "work")


def in_a_shell(shell: Shell, *words: str, ends: str) -> "subprocess.CompletedProcess[str]":
    """The command line with its streams changed by a shell, such as ``2>&-``."""
    script = f'"$0" -m connector_core.cli "$@" {ends}'
    return subprocess.run(
        ["sh", "-c", script, sys.executable, *words],
        env=shell.environment(PW="x"),
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unbuffered_write_that_is_interrupted_goes_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", EMIT], stdout=subprocess.PIPE, bufsize=0
    )
    assert process.stdout is not None
    read = process.stdout.read(1)  # it writes now, and the pipe is too small for all of it
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    process.send_signal(signal.SIGCONT)
    os.waitpid(process.pid, os.WCONTINUED)
    while piece := process.stdout.read(65_536):
        read += piece
    process.stdout.close()
    assert (process.wait(60), len(read)) == (0, SIZE)


@pytest.mark.parametrize("option", ["-u", "-B"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said(guided: Shell, option: str) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, option, "-m", "connector_core.cli", "providers"],
            env=guided.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == exits.OUTPUT_FAILED
    assert run.stderr == "error: The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("words", [("providers",), ("--help",), ("threats", "--help")])
def test_a_closed_stdout_is_said(guided: Shell, words: tuple[str, ...]) -> None:
    run = in_a_shell(guided, *words, ends=">&-")
    assert run.returncode == exits.OUTPUT_FAILED
    assert run.stderr == "error: The output cannot be written: stdout is closed.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", *WORK), 0),
        (("threat", *WORK, "finding-99"), 9),
        (("--debug", "threat", *WORK, "finding-99"), 9),
        (("threat", *WORK, "-f", "x"), 2),
        (("events", *WORK, "-f", "severity[is]High"), 4),
    ],
)
@pytest.mark.parametrize("ends", ["2>&-", "2>/dev/full"])
def test_without_stderr_an_error_is_an_exit_code_and_never_on_stdout(
    guided: Shell, words: tuple[str, ...], code: int, ends: str
) -> None:
    run = in_a_shell(guided, *words, ends=ends)
    assert run.returncode == code
    assert ("ok " in run.stdout) == (code == 0)
    assert "rror" not in run.stdout


def test_without_stdin_a_question_has_no_answer(guided: Shell) -> None:
    run = in_a_shell(guided, "integrations", "remove", "work", ends="<&-")
    assert run.returncode == 3
    assert "Give --yes" in run.stderr
