"""The wizard over a pipe, with a stranger's provider."""

import os
import stat
import tomllib
from pathlib import Path
from typing import IO, Any

import pytest

from cli.shell import Shell

SETUP = ("setup", "--provider", "emailsecurity_guided")
SECRET = "canary-91c2"


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    return Shell(tmp_path, ("guided",))


def written(shell: Shell) -> dict[str, Any]:
    integrations: dict[str, Any] = tomllib.loads(shell.config.read_text())["integrations"]
    return integrations


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_a_secret_goes_to_a_private_file_and_the_integration_works(fresh: Shell) -> None:
    run = fresh(*SETUP, typed=typed("work", "ann", "password", "file", SECRET, ""))
    assert (run.code, run.out) == (0, "")  # answers alone go to stdout
    assert "https://vendor.example/consent/YW5u" in run.err
    assert "ok       read mail: 12 events" in run.err
    assert SECRET not in run.err
    assert written(fresh)["work"] == {
        "provider": "emailsecurity_guided",
        "config": {
            "account": "ann",
            "credential": {"type": "password", "password": {"file": "work.password"}},
        },
    }
    secret = fresh.config.parent / "work.password"
    assert secret.read_text() == f"{SECRET}\n"
    if os.name == "posix":
        assert {stat.S_IMODE(one.stat().st_mode) for one in (secret, fresh.config)} == {0o600}
    assert fresh("check", "--integration", "work").code == 0


def test_a_secret_can_stay_in_an_environment_variable(fresh: Shell) -> None:
    answers = typed("", "ann", "", "env", "NOT_SET", "9bad", "MY_PW", "")
    run = fresh(*SETUP, typed=answers, MY_PW=SECRET)
    assert run.code == 0
    assert "NOT_SET is not set here" in run.err
    assert "not begin with a digit" in run.err
    assert written(fresh)["default"]["config"]["credential"]["password"] == {"env": "MY_PW"}
    assert [one.name for one in fresh.config.parent.iterdir()] == ["config.toml"]


def test_a_file_is_stored_as_a_reference(fresh: Shell, tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_text("PEM\n")
    certificate.chmod(0o600)
    nowhere = str(tmp_path / "nowhere.pem")
    answers = typed("work", "ann", "certificate", nowhere, str(certificate), "")
    run = fresh(*SETUP, typed=answers)
    assert run.code == 0
    assert f"The file {nowhere} (credential.certificate) cannot be read" in run.err
    credential = written(fresh)["work"]["config"]["credential"]
    assert credential == {"type": "certificate", "certificate": {"file": str(certificate)}}
    assert fresh("check").code == 0


def test_a_bad_answer_is_refused_with_the_reason_and_asked_again(fresh: Shell) -> None:
    answers = typed("my work", "work", "", "ann", "passport", "password", "file", "abc", SECRET, "")
    run = fresh(*SETUP, typed=answers)
    assert run.code == 0
    for reason in (
        "a name has up to 64 letters",
        "an answer is needed",
        "choose one of password, certificate",
        "a password has at least 4 characters",
    ):
        assert reason in run.err


def test_an_answer_that_the_provider_refuses_is_asked_again(fresh: Shell) -> None:
    answers = typed("work", "nobody", "", "file", SECRET, "", "ann")
    run = fresh(*SETUP, typed=answers)
    assert run.code == 0
    assert "there is no such account" in run.err
    assert written(fresh)["work"]["config"]["account"] == "ann"


def test_after_a_failed_check_nothing_is_written_unless_wanted(fresh: Shell) -> None:
    answers = ("work", "ann", "", "file", "expired", "")
    refused = fresh(*SETUP, typed=typed(*answers, "n"))
    assert refused.code == 13
    assert "Make a new one." in refused.err
    assert list(fresh.home.iterdir()) == []
    wanted = fresh(*SETUP, typed=typed(*answers, "y"))
    assert wanted.code == 13
    assert "work" in written(fresh)


def test_an_existing_integration_is_replaced_only_when_wanted(guided: Shell) -> None:
    before = guided.config.read_text()
    kept = guided(*SETUP, "--integration", "work", typed=typed("n"))
    assert (kept.code, guided.config.read_text()) == (0, before)
    answers = typed("y", "bob", "", "file", SECRET, "")
    assert guided(*SETUP, "--integration", "work", typed=answers).code == 0
    assert written(guided)["work"]["config"]["account"] == "bob"


def test_settings_can_be_given_beforehand(fresh: Shell) -> None:
    given = ("--set", "account=ann", "--set", "network.timeout=20", "--set", "broken_after=3")
    run = fresh(*SETUP, *given, "--integration", "work", typed=typed("", "file", SECRET, ""))
    assert run.code == 0
    assert written(fresh)["work"]["network"] == {"timeout": 20.0}
    assert written(fresh)["work"]["config"]["broken_after"] == 3


def test_the_end_of_input_writes_nothing(fresh: Shell) -> None:
    run = fresh(*SETUP, typed=typed("work", "ann"))
    assert run.code == 3
    assert "input ended" in run.err
    assert list(fresh.home.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX")
def test_a_secret_typed_at_a_terminal_is_not_echoed(fresh: Shell) -> None:
    ours, theirs = os.openpty()
    with fresh.start(*SETUP, stdin=theirs) as process:
        os.close(theirs)
        assert process.stdout is not None
        assert process.stderr is not None
        # Hiding and showing again throw away what was typed too early, so wait for each prompt.
        os.write(ours, typed("work", "ann", "", "file").encode())
        out = until(process.stderr, b"Password: ")
        os.write(ours, typed(SECRET).encode())
        out += until(process.stderr, b"run the check: ")
        os.write(ours, b"\n")
        out += process.stdout.read() + process.stderr.read()
        echoed = os.read(ours, 65_536)
    os.close(ours)
    assert process.returncode == 0
    assert b"ann" in echoed
    assert SECRET.encode() not in echoed + out
    assert (fresh.config.parent / "work.password").read_text() == f"{SECRET}\n"


def until(stream: IO[bytes], end: bytes) -> bytes:
    text = b""
    while not text.endswith(end):
        text += stream.read(1) or pytest.fail(f"ended after {text!r}")
    return text
