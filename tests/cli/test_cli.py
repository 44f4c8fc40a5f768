"""Every command against a stranger's provider; the embedded tenant has tests of its own."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.shell import Shell
from connector_core import errors
from connector_core.cli import exits, main
from connector_core.cli.printable import printable
from connector_core.cli.report import error_line, pointed
from connector_core.cli.tables import LONGEST, table

WORK = ("--integration", "work")
SECRET = "canary-7f3a"

MakeShell = Callable[..., Shell]


def table_rows(out: str) -> list[str]:
    return out.splitlines()[1:]


# --- listing


@pytest.mark.parametrize("command", ["events", "threats"])
def test_jsonl_is_one_object_a_line_and_nothing_else(guided: Shell, command: str) -> None:
    run = guided(command, *WORK, "-o", "jsonl", "--limit", "3", PW=SECRET)
    events = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 0
    assert [event["metadata"]["uid"] for event in events] == ["event-0", "event-1", "event-2"]
    assert run.err.splitlines()[0] == "warning: incomplete: One log was not\\nreadable."
    assert re.fullmatch(r"next cursor: [A-Za-z0-9_-]+", run.err.splitlines()[1])
    assert SECRET not in run.out + run.err


def test_a_cursor_goes_on_in_another_run_without_gap_or_repetition(guided: Shell) -> None:
    seen, cursor = [], ""
    while True:
        run = guided("events", *WORK, "-o", "jsonl", "-n", "5", "--cursor", cursor, PW="x")
        assert run.code == 0
        seen += [json.loads(line)["metadata"]["uid"] for line in run.out.splitlines()]
        found = re.search("next cursor: (.*)", run.err)
        if found is None:
            break
        cursor = found[1]
    assert seen == [f"event-{number}" for number in range(12)]


def test_a_limit_above_the_page_maximum_pages_on(guided: Shell) -> None:
    run = guided("events", *WORK, "-o", "jsonl", "-n", "11", PW="x")
    assert (run.code, len(run.out.splitlines())) == (0, 11)
    assert run.err.count("warning") == 1
    whole = guided("events", *WORK, "-o", "jsonl", "-n", "100000", PW="x")
    assert len(whole.out.splitlines()) == 12
    assert "next cursor" not in whole.err


def test_json_of_several_pages_is_one_answer(guided: Shell) -> None:
    run = guided("events", *WORK, "-o", "json", "-n", "11", "-f", "severity[eq]Low", PW="x")
    answer = json.loads(run.out)
    assert list(answer) == ["result", "cursor", "meta", "messages"]
    assert len(answer["result"]) == answer["meta"]["rows_kept"] == 8
    assert answer["meta"]["rows_read"] >= 12
    assert answer["cursor"] == ""
    assert answer["meta"]["complete"] is False
    assert len(answer["meta"]["reasons"]) == len(answer["messages"]["problems"]) == 1


def test_a_failure_on_a_later_page_keeps_what_was_read_and_says_where_to_go_on(
    guided: Shell,
) -> None:
    text = guided.config.read_text()
    guided.config.write_text(text.replace('"ann"\n', '"ann"\nbroken_after = 5\n'))
    run = guided("events", *WORK, "-o", "jsonl", "-n", "12", PW="x")
    assert (run.code, len(run.out.splitlines())) == (10, 5)
    cursor = re.search(r"stopped after 5; go on with --cursor (\S+)", run.err)
    assert cursor is not None
    assert "error: The vendor asks for a pause. Wait a minute." in run.err
    guided.config.write_text(text)
    rest = guided("events", *WORK, "-o", "jsonl", "-n", "12", "-c", cursor[1], PW="x")
    assert len(rest.out.splitlines()) == 7


def test_a_table_shows_hostile_text_as_escapes_and_reads_no_markup(guided: Shell) -> None:
    run = guided("events", *WORK, "-n", "2", PW="x")
    header, first, _ = run.out.splitlines()
    assert header.split() == [
        "SEVERITY",
        "DISPOSITION",
        "SENDER",
        "RECIPIENTS",
        "SUBJECT",
        "TIME",
    ]
    assert "\\x1b[31m[bold]invoice 0\\u202efdp.exe\\x9b2J" in first
    assert "mallory@example.net" in first
    assert "ann@example.com, bob@example.com +1" in first
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$", first)
    assert run.out.replace("\n", "").isprintable()


def test_the_only_integration_needs_no_name(guided: Shell) -> None:
    assert len(table_rows(guided("threats", "-n", "2", PW="x").out)) == 2


def test_a_provider_alone_takes_its_settings_from_the_environment(guided: Shell) -> None:
    run = guided(
        "check",
        "--provider",
        "emailsecurity_guided",
        EMAIL_SECURITY_ACCOUNT="ann",
        EMAIL_SECURITY_CREDENTIAL__TYPE="password",
        EMAIL_SECURITY_CREDENTIAL__PASSWORD=SECRET,
    )
    assert (run.code, run.err) == (0, "")


# --- one thing at a time


def test_a_threat_is_printed_whole_or_as_a_summary(guided: Shell) -> None:
    whole = guided("threat", *WORK, "finding-3", PW="x")
    assert json.loads(whole.out)["finding_info"] == {"uid": "finding-3", "title": "Phish"}
    summary = guided("threat", *WORK, "finding-3", "-o", "table", PW="x")
    assert "subject     \\x1b[31m[bold]invoice 3" in summary.out
    assert summary.out.replace("\n", "").isprintable()
    missing = guided("threat", *WORK, "finding-99", PW="x")
    assert (missing.code, missing.out) == (9, "")
    assert missing.err == "error: The mailbox has no such finding.\n"


def test_explain_prints_the_query_and_the_plan(guided: Shell) -> None:
    run = guided("explain", "threats", *WORK, "-f", "severity[eq]High", "-o", "json", PW="x")
    explained = json.loads(run.out)
    assert list(explained) == ["native_query", "plan"]
    assert explained["native_query"] == "ALL"
    text = guided("explain", "events", *WORK, PW="x")
    assert text.out.startswith("ALL\n\nrange: ")


def test_check_shows_what_failed_and_the_remedy(guided: Shell) -> None:
    good = guided("check", *WORK, PW="x")
    assert (good.code, good.out) == (0, "ok       sign-in\nok       read mail: 12 events\n")
    bad = guided("check", *WORK, PW="expired")
    assert bad.code == 13
    assert bad.out == (
        "failed   sign-in: the credential expired\n         Make a new one.\nskipped  read mail\n"
    )
    data = json.loads(guided("check", *WORK, "-o", "json", PW="expired").out)
    assert (data["ok"], data["items"][0]["remedy"]) == (False, "Make a new one.")


def test_providers_lists_the_broken_ones_with_the_reason(shell: MakeShell) -> None:
    one = shell("guided", "import_error", "exits")
    run = one("providers")
    assert run.code == 0
    by_id = {line.split()[0]: line for line in table_rows(run.out)}
    assert "ready" in by_id["emailsecurity_guided"]
    assert "lame_vendor_sdk" in by_id["emailsecurity_lame"]
    assert "SystemExit: good bye" in by_id["emailsecurity_exiting"]
    data = {item["id"]: item for item in json.loads(one("providers", "-o", "json").out)}
    assert data["emailsecurity_guided"]["version"] == "3.1"
    assert data["emailsecurity_lame"]["remediation"] == (
        "Run: pip install 'lame-connector[vendor]'"
    )


# --- refusals


def test_a_filter_error_points_at_the_place(guided: Shell) -> None:
    run = guided("events", *WORK, "-f", "severity[is]High", PW="x")
    first, text, caret = run.err.splitlines()
    assert (run.code, run.out) == (4, "")
    assert first.startswith("error: ")
    assert text == "  severity[is]High"
    assert caret.index("^") == text.index("is]")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["events", *WORK, "-f", "severty[eq]High"], 4, "severity"),
        (["events", *WORK, "-f", "time[gte]2999-01-01"], 4, "future"),
        (["events", *WORK, "--order", "oldest_first"], 4, "order"),
        (["events", *WORK, "--cursor", "forged"], 5, "Start the query again without a cursor."),
        (["events", "--provider", "emailsecurity_guidde"], 6, "emailsecurity_guided"),
        (["events", "--provider", "emailsecurity_lame"], 6, "lame_vendor_sdk"),
        (["events", "--provider", "emailsecurity_guided"], 3, "account"),
        (["events", "--integration", "wrok"], 3, "Did you mean work?"),
        (["mapping", *WORK], 3, "publishes no mapping"),
        (["mapping", "--integration", "wrok"], 3, "Did you mean work?"),
        (["mapping", "--provider", "emailsecurity_guided", *WORK], 2, "not both"),
        (["events", "--provider", "x", *WORK], 2, "not both"),
        (["events", *WORK, "--limit", "0"], 2, "--limit"),
        (["events", *WORK, "--output", "xml"], 2, "jsonl"),
        (["evnets"], 2, "Did you mean 'events'? See: email-security --help"),
        (["events", *WORK, "--limit", "x"], 2, "must be a whole number"),
        (["events", *WORK, "--folow"], 2, "--folow"),
        (["setup", "--set", "account"], 2, "SETTING=VALUE"),
        (["setup", "--set", f"credential.password={SECRET}"], 2, "never given here"),
        (["emulate", "--provider", "emailsecurity_guided"], 3, "no emulator"),
    ],
)
def test_every_refusal_is_one_line_with_its_exit_code(
    guided: Shell, arguments: list[str], code: int, says: str
) -> None:
    shell = Shell(guided.home, ("guided", "import_error"))
    if arguments[0] == "setup":
        arguments = [*arguments, "--provider", "emailsecurity_guided", "--integration", "new"]
    run = shell(*arguments, PW=SECRET)
    assert run.code == code
    assert run.out == ""
    errors_said = [line for line in run.err.splitlines() if line.startswith("error: ")]
    assert len(errors_said) == 1
    assert says in errors_said[0]
    assert "Traceback" not in run.err
    assert SECRET not in run.err


def test_a_secret_that_is_not_set_is_named_with_its_variable(guided: Shell) -> None:
    run = guided("check", *WORK)
    assert run.code == 3
    assert run.err == (
        "error: integrations.work.config.credential.password refers to the environment variable "
        "PW, which is not set. Set PW.\n"
    )


def test_the_mapping_of_an_integration_needs_no_secret(guided: Shell) -> None:
    guided.config.write_text(
        guided.config.read_text().replace(
            "emailsecurity_guided", "emailsecurity_defender_for_office"
        )
    )
    run = guided("mapping", *WORK)
    assert (run.code, run.err) == (0, "")
    assert "EmailEvents" in run.out


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("EMAIL_SECURITY_URL", "Unset it. Known: EMAIL_SECURITY_ACCOUNT, "),
        ("EMAIL_SECURITY_ACOUNT", "Did you mean EMAIL_SECURITY_ACCOUNT?"),
    ],
)
def test_a_variable_that_is_not_a_setting_is_named(guided: Shell, variable: str, says: str) -> None:
    run = guided("check", "--provider", "emailsecurity_guided", env={variable: SECRET})
    assert run.code == 3
    assert f"The environment variable {variable} is not a setting of" in run.err
    assert says in run.err
    assert SECRET not in run.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("acount = 1", "setting acount is unknown. Did you mean account?"),
        ('broken_after = "x"', "setting broken_after must be a whole number."),
        ('account = "nobody"', "setting account: there is no such account."),
    ],
)
def test_a_setting_that_cannot_be_right_is_told_in_plain_words(
    guided: Shell, line: str, says: str
) -> None:
    table = "[integrations.work.config]\n"
    text = guided.config.read_text()
    if line.startswith("account"):
        text = text.replace('account = "ann"\n', "")
    guided.config.write_text(text.replace(table, f"{table}{line}\n"))
    run = guided("check", *WORK, PW="x")
    assert (run.code, run.err) == (3, f"error: Provider emailsecurity_guided: {says}\n")


def test_a_request_id_stands_within_the_sentence() -> None:
    error = errors.UnavailableError(
        "It failed.", origin=errors.Origin(request_id="abc-1"), remediation="Try again."
    )
    assert error_line(error) == "It failed (request id abc-1). Try again."


def test_without_any_configuration_the_next_step_is_said(shell: MakeShell) -> None:
    run = shell()("events")
    assert run.code == 2
    assert "email-security setup" in run.err


def test_debug_shows_the_traceback(guided: Shell) -> None:
    run = guided("--debug", "threat", *WORK, "finding-99", PW="x")
    assert run.code == 9
    assert "Traceback" in run.err


# --- the program itself


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for row in exits.TABLE:
        assert f"{row.code:>3}  {row.meaning}" in text
    commands = text.partition("Commands:")[2].partition("Exit codes:")[0]
    names = re.findall(r"^  (\w+) ", commands, re.MULTILINE)
    assert len(names) == 12
    assert "..." not in commands
    for name in names:
        assert main([name, "--help"]) == 0
        assert f"    email-security {name} " in capsys.readouterr().out


def test_a_shell_completes_commands(guided: Shell) -> None:
    process = guided.start(
        _EMAIL_SECURITY_COMPLETE="complete_bash", COMP_WORDS="email-security thr", COMP_CWORD="1"
    )
    out, _ = process.communicate(timeout=60)
    assert set(out.split()) == {b"threat", b"threats"}


def test_ctrl_c_while_the_program_is_loaded_is_quiet() -> None:
    script = (
        "import sys\n"
        "from connector_core.cli import main\n"
        "class Finder:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.exit(main(['providers']))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (exits.INTERRUPTED, b"", b"")


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"email-security {version('connector-core')}\n"


def test_every_error_has_exactly_one_exit_code() -> None:
    general = {errors.ConnectorError, errors.ProviderError}
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ConnectorError)
    ]
    for kind in set(kinds) - general:
        rows = [row for row in exits.TABLE if issubclass(kind, row.errors)]
        assert len(rows) == 1, kind
    codes = [row.code for row in exits.TABLE]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("package", ["typer", "rich"])
def test_a_missing_extra_is_one_line_with_what_to_install(package: str) -> None:
    script = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from connector_core.cli import main\n"
        "sys.exit(main(['providers']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, "")
    (line,) = run.stderr.splitlines()
    assert package in line
    assert "pip install 'connector-core[cli]'" in line


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGPIPE")
def test_a_reader_that_goes_away_is_no_fault(guided: Shell) -> None:
    process = guided.start("events", *WORK, "-o", "jsonl", PW="x")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read().decode()
    assert process.wait(60) == exits.OUTPUT_CLOSED
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    process.stderr.close()
    if process.stdin is not None:
        process.stdin.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_ends_without_a_traceback(guided: Shell) -> None:
    process = guided.start("setup", "--provider", "emailsecurity_guided")
    assert process.stderr is not None
    process.stderr.read(1)  # the first prompt: it waits for us now
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == exits.INTERRUPTED
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_where_the_configuration_cannot_be_written_reading_still_works(
    guided: Shell, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    run = guided(
        "events",
        "--provider",
        "emailsecurity_guided",
        EMAIL_SECURITY_CONFIG=str(blocked / "config.toml"),
        EMAIL_SECURITY_ACCOUNT="ann",
        EMAIL_SECURITY_CREDENTIAL__TYPE="none",
    )
    assert run.code == 0
    assert "this run only" in run.err


def test_a_long_filter_is_shown_around_the_trouble() -> None:
    text = "x" * 500 + "\x1b" + "!" + "y" * 500
    shown, caret = pointed(text, 501).splitlines()
    assert len(shown) < 140
    assert shown[caret.index("^")] == "!"
    assert pointed("a\nb", None) == "  a\\nb"
    assert pointed("ab", 99).splitlines()[1] == "    ^"


def test_what_steers_a_terminal_is_escaped() -> None:
    assert printable("é 漢字 😀 a\u0301") == "é 漢字 😀 a\u0301"
    hostile = "\x00\x07\x1b\x7f\x9b\u200b\u200e\u202e\u2066\u2028\ufeff\ud800\U000e0041\r\n\t"
    for one in hostile:
        assert printable(one).isprintable()
        assert one not in printable(f"a{one}b")


def test_on_a_terminal_the_table_fits_and_hostile_text_stays_escaped(guided: Shell) -> None:
    run = guided("events", *WORK, "-n", "2", terminal=True, PW="x", COLUMNS="100", TERM="xterm")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.out)  # the styles are rich's own
    assert "\x1b[31m" not in run.out
    assert "\u202e" not in run.out
    assert "\\x1b[31m[bold]" in plain
    assert all(len(line) <= 100 for line in plain.splitlines())


def test_on_a_narrow_terminal_an_id_stays_whole(guided: Shell) -> None:
    run = guided("providers", terminal=True, COLUMNS="60", TERM="xterm")
    assert "emailsecurity_defender_for_office_mock" in run.out


def test_one_long_subject_does_not_pad_all_other_lines() -> None:
    text = table(("subject", "time"), [("x" * 5_000, "now"), ("short", "y" * 5_000)])
    _, long, short = text.splitlines()
    assert long == f"{'x' * LONGEST}…  now"
    assert short == f"short{' ' * (LONGEST - 4)}  {'y' * 5_000}"


def test_the_documentation_lists_the_same_exit_codes() -> None:
    page = Path(__file__).parents[2] / "docs" / "command-line.md"
    documented = re.findall(r"^\| (\d+) \| (.*) \|$", page.read_text(), re.MULTILINE)
    assert documented == [(str(row.code), row.meaning) for row in exits.TABLE]
