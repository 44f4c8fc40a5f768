"""A page that fails after others takes nothing away from what was read."""

import json
import re

import pytest

from cli.shell import Shell

BOTH = ("--integration", "east", "--integration", "west")
CURSOR = re.compile(r"stopped after 5; go on with --cursor (\S+)")


def mailbox(shell: Shell, *names: str, broken_after: int = 100) -> None:
    shell.config.parent.mkdir(exist_ok=True)
    shell.config.write_text(
        "".join(
            f'[integrations.{name}]\nprovider = "emailsecurity_guided"\n'
            f'[integrations.{name}.config]\naccount = "{name}"\nbroken_after = {broken_after}\n'
            'credential = { type = "none" }\n'
            for name in names
        )
    )


@pytest.mark.parametrize("command", ["events", "threats"])
def test_a_table_holds_what_was_read(guided: Shell, command: str) -> None:
    mailbox(guided, "east", broken_after=5)
    run = guided(command, "-n", "12")
    assert (run.code, len(run.out.splitlines())) == (10, 1 + 5)
    assert CURSOR.search(run.err)
    assert run.err.splitlines()[-1] == "error: The vendor asks for a pause. Wait a minute."


def test_json_holds_what_was_read_and_says_that_it_is_not_all(guided: Shell) -> None:
    mailbox(guided, "east", broken_after=5)
    run = guided("events", "-n", "12", "-o", "json")
    answer = json.loads(run.out)
    assert run.code == 10
    assert len(answer["result"]) == answer["meta"]["rows_kept"] == 5
    assert answer["meta"]["complete"] is False
    assert "The vendor asks for a pause." in answer["meta"]["reasons"]
    (cursor,) = CURSOR.findall(run.err)
    assert answer["cursor"] == cursor
    mailbox(guided, "east")
    rest = json.loads(guided("events", "-n", "12", "-o", "json", "-c", cursor).out)
    uids = [one["metadata"]["uid"] for one in answer["result"] + rest["result"]]
    assert uids == [f"event-{number}" for number in range(12)]


def test_a_first_page_that_fails_prints_nothing(guided: Shell) -> None:
    mailbox(guided, "east", broken_after=0)
    for output in ("table", "json", "jsonl"):
        run = guided("events", "-n", "12", "-o", output)
        assert (run.code, run.out) == (10, "")
        assert run.err == "error: The vendor asks for a pause. Wait a minute.\n"


@pytest.mark.parametrize("output", ["table", "json", "jsonl"])
def test_several_that_all_fail_later_take_nothing_away(
    guided: Shell, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A page of ten for both, so that the next one fails for both.
    monkeypatch.setattr("connector_core.cli.several.LIMIT_MAX", 10)
    mailbox(guided, "east", "west", broken_after=5)
    run = guided("events", *BOTH, "-n", "24", "-o", output)
    assert run.code == 10
    (cursor,) = re.findall(r"stopped after 10; go on with --cursor (\S+)", run.err)
    assert run.err.splitlines()[-1] == "error: The vendor asks for a pause. Wait a minute."
    match output:
        case "table":
            assert len(run.out.splitlines()) == 1 + 10
        case "jsonl":
            assert len(run.out.splitlines()) == 10
        case "json":
            answer = json.loads(run.out)
            assert len(answer["result"]) == 10
            assert answer["cursor"] == cursor
            for one in answer["meta"].values():
                assert one["complete"] is False
                assert "The vendor asks for a pause." in one["reasons"]
