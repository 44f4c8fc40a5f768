"""The command line against the embedded tenant: the real provider, no account, no network."""

import inspect
import json
import os
import re
import shlex
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.shell import Result, Shell
from connector_core.emulation import Emulate
from connector_core.registry import registry

MOCK = ("--provider", "emailsecurity_defender_for_office_mock")
REAL = ("--provider", "emailsecurity_defender_for_office")
Ask = Callable[..., Result]
Variables = dict[str, str]


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
pytestmark = posix


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def emulator(home: Path) -> Iterator[dict[str, str]]:
    """The variables that a running emulator prints; it ends cleanly on Ctrl-C."""
    process = Shell(home).start("emulate")
    assert process.stderr is not None
    assert process.stdout is not None
    assert b"until Ctrl-C" in process.stderr.readline()  # said when everything is printed
    printed = os.read(process.stdout.fileno(), 65_536).decode()
    yield dict(shlex.split(line)[0].split("=", 1) for line in printed.splitlines())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.fixture
def run(home: Path) -> Shell:
    return Shell(home)


@pytest.fixture
def ask(run: Shell, emulator: dict[str, str]) -> Callable[..., Result]:
    """Runs a command of the real provider against the emulator."""
    return lambda command, *arguments: run(command, *REAL, *arguments, env=emulator)


def yesterday() -> str:
    """A filter that keeps what arrives during the test out of the answer."""
    return f"time[lt]{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def uids(out: str) -> list[str]:
    return [json.loads(line)["metadata"]["uid"] for line in out.splitlines()]


def steers_a_terminal(text: str) -> bool:
    return any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} for one in text)


# --- the real provider, over HTTPS


def test_the_printed_variables_lead_to_the_emulator(ask: Ask) -> None:
    assert ask("check").code == 0


def test_events_page_on_without_gap_or_repetition(ask: Ask) -> None:
    question = ("events", "-f", yesterday(), "-o", "jsonl")
    whole = ask(*question, "-n", "30")
    first = ask(*question, "-n", "12")
    assert (whole.code, first.code) == (0, 0)
    cursor = first.err.rpartition("next cursor: ")[2].strip()
    rest = ask(*question, "-n", "18", "--cursor", cursor)
    assert uids(first.out) + uids(rest.out) == uids(whole.out)
    assert len(set(uids(whole.out))) == 30


def test_an_event_is_one_line_whatever_is_in_it(ask: Ask) -> None:
    result = ask("events", "-f", yesterday(), "-o", "jsonl", "-n", "1500")
    assert (result.code, len(set(uids(result.out)))) == (0, 1500)


def test_threats_are_detection_findings(ask: Ask) -> None:
    answer = json.loads(ask("threats", "-n", "3", "-o", "json").out)
    assert {finding["class_uid"] for finding in answer["result"]} == {2004}
    assert answer["meta"]["complete"] is True
    assert answer["cursor"]
    uid = answer["result"][0]["finding_info"]["uid"]
    finding = json.loads(ask("threat", uid).out)
    assert finding["finding_info"]["uid"] == uid
    assert uid in ask("threat", uid, "-o", "table").out


def test_nothing_in_mail_steers_a_terminal(ask: Ask) -> None:
    result = ask("threats", "-n", "400")
    assert result.code == 0
    assert not steers_a_terminal((result.out + result.err).replace("\n", ""))
    assert re.search(r"\\(x|u)[0-9a-f]{2,}", result.out)  # the data holds mail that tries


def test_a_wrong_secret_is_refused_without_showing_it(run: Shell, emulator: Variables) -> None:
    wrong = emulator | {"EMAIL_SECURITY_CREDENTIAL__CLIENT_SECRET": "canary~wrong~secret"}
    result = run("events", *REAL, env=wrong)
    assert (result.code, result.out) == (7, "")
    assert "canary" not in result.err
    assert len(result.err.splitlines()) == 1
    assert run("check", *REAL, env=wrong).code == 13


def test_the_wizard_sets_up_the_real_provider(emulator: Variables, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    secret = emulator["EMAIL_SECURITY_CREDENTIAL__CLIENT_SECRET"]
    network = ("emulator_url", "network.ca_file")
    settings = {
        name.removeprefix("EMAIL_SECURITY_").lower().replace("__", "."): value
        for name, value in emulator.items()
    }
    given = [part for name in network for part in ("--set", f"{name}={settings[name]}")]
    answers = (
        "emailsecurity_defender_for_office",
        "work",
        "global",
        settings["tenant_id"],
        "not-a-guid",
        settings["credential.client_id"],
        "o_auth_client",
        "env",
        "WORK_SECRET",
        "",
    )
    typed = "".join(f"{answer}\n" for answer in answers)
    result = shell("setup", *given, typed=typed, WORK_SECRET=secret)
    assert (result.code, result.out) == (0, "")
    assert "has to be the application (client) id, a GUID" in result.err
    assert secret not in result.err + shell.config.read_text()
    assert shell("threats", "-n", "1", WORK_SECRET=secret).code == 0


# --- the embedded tenant, without any configuration


def test_the_tenant_answers_without_configuration(run: Shell) -> None:
    # Settings that are meant for the real provider do not disturb it.
    result = run("threats", *MOCK, "-n", "2", "-o", "jsonl", EMAIL_SECURITY_TENANT_ID="x.example")
    assert (result.code, len(result.out.splitlines())) == (0, 2)


def test_explain_prints_kql(run: Shell) -> None:
    filters = ("-f", "severity[eq]High", "-f", "email.subject[like]invoice")
    explained = json.loads(run("explain", "events", *MOCK, *filters, "-o", "json").out)
    assert "EmailEvents" in explained["native_query"]
    assert len(explained["plan"]["filters"]) == 2
    assert "EmailEvents" in run("explain", "events", *MOCK, *filters).out


def test_the_mapping_is_markdown(run: Shell) -> None:
    result = run("mapping", *REAL)
    assert result.code == 0
    assert re.search(r"^#.*EmailEvents", result.out, re.MULTILINE)


def test_both_built_in_providers_are_ready(run: Shell) -> None:
    found = {one["id"]: one for one in json.loads(run("providers", "-o", "json").out)}
    for provider in (MOCK[1], REAL[1]):
        assert found[provider]["error"] is None
    assert found[REAL[1]]["needs_configuration"] is True
    assert found[MOCK[1]]["needs_configuration"] is False


def test_an_unknown_fault_is_refused_with_the_known_ones(run: Shell) -> None:
    result = run("emulate", "--fault", "nonsense")
    assert (result.code, result.out) == (3, "")
    assert "throttled" in result.err


def test_an_emulator_takes_what_is_promised_and_nothing_else(run: Shell) -> None:
    assert run("emulate", "--dataset", "nonsense").code == 2
    emulators = [one.spec.emulate for one in registry().providers() if one.spec]
    promised = inspect.signature(Emulate.__call__).parameters.keys() - {"self"}
    assert promised == {"host", "port", "fault"}
    for emulate in filter(None, emulators):
        assert inspect.signature(emulate).parameters.keys() == promised
