"""Several integrations asked as one from the command line."""

import json
import re
from pathlib import Path

import pytest

from cli.shell import Shell
from connector_core.cli import exits

ACCOUNTS = {"east": 'account = "ann"', "west": 'account = "bob"'}
BOTH = ("--integration", "east", "--integration", "west")


def write(path: Path, **accounts: str) -> None:
    """A configuration with an integration of the provider `emailsecurity_guided` for each."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "".join(
            f'[integrations.{name}]\nprovider = "emailsecurity_guided"\n'
            f"[integrations.{name}.config]\n{lines}\n"
            f'[integrations.{name}.config.credential]\ntype = "none"\n'
            for name, lines in accounts.items()
        )
    )


@pytest.fixture
def two(guided: Shell) -> Shell:
    write(guided.config, **ACCOUNTS)
    return guided


@pytest.fixture
def halved(two: Shell) -> Shell:
    """The same; `west` throttles after its first page of five."""
    write(two.config, **ACCOUNTS | {"west": 'account = "bob"\nbroken_after = 4'})
    return two


def test_jsonl_of_several_is_one_object_a_line_and_nothing_else(two: Shell) -> None:
    run = two("events", *BOTH, "-o", "jsonl", "-n", "9")
    events = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 0
    assert [event["class_uid"] for event in events] == [4009] * 9
    times = [event["time"] for event in events]
    assert times == sorted(times, reverse=True)
    said = run.err.splitlines()
    assert said.count("warning: incomplete: east: One log was not\\nreadable.") == 1
    assert said.count("warning: incomplete: west: One log was not\\nreadable.") == 1
    assert "events: east 5, west 4" in said or "events: east 4, west 5" in said
    assert said[-1].startswith("next cursor: ")


def test_a_cursor_of_several_goes_on_in_another_run(two: Shell) -> None:
    seen, cursor = [], ""
    while True:
        run = two("threats", *BOTH, "-o", "json", "-n", "5", "--cursor", cursor)
        answer = json.loads(run.out)
        seen += [(one["provider"], one["event"]["metadata"]["uid"]) for one in answer["result"]]
        cursor = answer["cursor"]
        if not cursor:
            break
    wanted = [(name, f"event-{index}") for index in range(12) for name in ("east", "west")]
    assert sorted(seen) == sorted(wanted)


def test_json_of_several_accounts_for_every_provider(two: Shell) -> None:
    run = two("events", *BOTH, "-o", "json", "-n", "24")
    answer = json.loads(run.out)
    assert list(answer) == ["result", "cursor", "meta", "messages"]
    assert list(answer["result"][0]) == ["provider", "event", "same_message"]
    assert len(answer["result"]) == 24
    assert list(answer["meta"]) == ["east", "west"]
    assert [one["rows_kept"] for one in answer["meta"].values()] == [12, 12]
    problems = answer["messages"]["problems"]
    assert [one["context"]["provider"] for one in problems] == ["east", "west"]


def test_a_table_of_several_says_where_each_row_is_from(two: Shell) -> None:
    run = two("events", *BOTH, "-n", "4")
    header, *rows = run.out.splitlines()
    assert header.split()[0] == "PROVIDER"
    assert header.endswith("ALSO IN")
    assert {row.split()[0] for row in rows} == {"east", "west"}
    assert run.out.replace("\n", "").isprintable()


def test_what_two_tenants_tell_of_one_message_is_marked(shell: type[Shell]) -> None:
    one = shell()  # type: ignore[call-arg]
    mock = "emailsecurity_defender_for_office_mock"
    one.config.parent.mkdir()
    one.config.write_text(
        "".join(f'[integrations.{name}]\nprovider = "{mock}"\n' for name in ("east", "west"))
    )
    run = one("events", *BOTH, "-n", "200")
    assert run.code == 0, run.err
    _, *rows = run.out.splitlines()
    assert any(row.startswith("east") and row.endswith("west") for row in rows)


def test_a_failing_provider_is_named_while_the_other_answers(halved: Shell) -> None:
    run = halved("events", *BOTH, "-o", "json", "-n", "100")
    answer = json.loads(run.out)
    assert run.code == exits.PARTIAL
    assert [one["provider"] for one in answer["result"]].count("east") == 12
    assert (answer["meta"]["west"]["status"], answer["meta"]["west"]["complete"]) == (
        "failed",
        False,
    )
    assert answer["meta"]["west"]["error"]["type"] == "urn:connector:error:RateLimitedError"
    assert "error: west: The vendor asks for a pause. Wait a minute." in run.err.splitlines()
    write(halved.config, **ACCOUNTS)
    rest = halved("events", *BOTH, "-o", "jsonl", "-n", "100", "-c", answer["cursor"])
    assert (rest.code, len(rest.out.splitlines())) == (0, 7)


def test_when_no_provider_answers_the_error_is_that_of_one(two: Shell) -> None:
    lines = {name: f"{line}\nbroken_after = 0" for name, line in ACCOUNTS.items()}
    write(two.config, **lines)
    run = two("events", *BOTH)
    assert (run.code, run.out) == (10, "")


def test_a_failure_on_a_later_page_says_where_to_go_on(two: Shell) -> None:
    lines = {name: f"{line}\nbroken_after = 5" for name, line in ACCOUNTS.items()}
    write(two.config, **lines)
    run = two("events", *BOTH, "-o", "jsonl", "-n", "100")
    assert run.code == exits.PARTIAL
    assert len(run.out.splitlines()) == 10
    (cursor,) = re.findall(r"next cursor: (\S+)", run.err)
    again = two("events", *BOTH, "-o", "jsonl", "-c", cursor)
    assert (again.code, again.out) == (10, "")


def test_providers_alone_take_what_is_theirs_from_the_environment(two: Shell) -> None:
    run = two(
        "events",
        "--provider",
        "emailsecurity_guided",
        "--provider",
        "emailsecurity_defender_for_office_mock",
        "-n",
        "3",
        EMAIL_SECURITY_ACCOUNT="ann",
        EMAIL_SECURITY_CREDENTIAL__TYPE="none",
    )
    assert run.code == 0, run.err
    assert len(run.out.splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([*BOTH, "--provider", "emailsecurity_guided"], 2, "not both"),
        ([*BOTH, "--integration", "east"], 2, "east is named more than once"),
        ([*BOTH, "--integration", "wset"], 3, "Did you mean west?"),
        ([*BOTH, "-f", "severty[eq]High"], 4, "severity"),
        ([*BOTH, "--order", "as_listed"], 4, "as_listed"),
        ([*BOTH, "--cursor", "forged"], 5, "Start the query again without a cursor."),
    ],
)
def test_a_refusal_of_several_is_one_line(
    two: Shell, arguments: list[str], code: int, says: str
) -> None:
    run = two("events", *arguments)
    assert (run.code, run.out) == (code, "")
    (error,) = [line for line in run.err.splitlines() if line.startswith("error: ")]
    assert says in error
    assert "Traceback" not in run.err
