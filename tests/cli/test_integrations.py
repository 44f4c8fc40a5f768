"""`email-security integrations`, with a stranger's provider."""

import json
import os
import stat
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.shell import Result, Shell
from connector_core.settings import Settings, write_tokens
from connector_core.tokens import PREFIX, TokenHash, rotated

SECRET = "canary-5d20"
GUIDED = ("--provider", "emailsecurity_guided")
PLAIN = ("--set", "account=ann", "--set", "credential.type=password")
ADD = ("add", "mail", *GUIDED, *PLAIN, "--set-env", "credential.password=PW")


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    return Shell(tmp_path, ("guided",))


def integrations(shell: Shell, *words: str, **more: Any) -> Result:
    return shell("integrations", *words, **more)


def table(shell: Shell, name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(shell.config.read_text())["integrations"][name]
    return found


def hashes(shell: Shell, name: str) -> tuple[TokenHash, ...]:
    return Settings.load(shell.config).token_hashes(name)


def token_of(run: Result) -> str:
    assert run.code == 0, run.err
    assert run.out.startswith(PREFIX)
    assert run.out.count("\n") == 1
    return run.out.strip()


# --- add


def test_an_integration_is_written_and_its_token_is_all_of_stdout(fresh: Shell) -> None:
    run = integrations(fresh, *ADD, PW=SECRET)
    token = token_of(run)
    assert table(fresh, "mail") == {
        "provider": "emailsecurity_guided",
        "token_hashes": [str(TokenHash.of(token))],
        "config": {
            "account": "ann",
            "credential": {"type": "password", "password": {"env": "PW"}},
        },
    }
    assert token not in fresh.config.read_text() + run.err
    assert SECRET not in fresh.config.read_text() + run.err
    assert "not shown again" in run.err
    if os.name == "posix":
        assert stat.S_IMODE(fresh.config.stat().st_mode) == 0o600


def test_a_file_is_named_as_it_is_seen_from_here(
    fresh: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pw").write_text(f"{SECRET}\n")
    (tmp_path / "pw").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    run = integrations(
        fresh, "add", "mail", *GUIDED, *PLAIN, "--set-file", "credential.password=pw"
    )
    token_of(run)
    stored = table(fresh, "mail")["config"]["credential"]["password"]
    assert stored == {"file": str(tmp_path / "pw")}
    assert integrations(fresh, "check", "mail").code == 0


def test_numbers_and_the_network_are_stored_as_what_they_are(fresh: Shell) -> None:
    given = ("--set", "broken_after=3", "--set", "network.timeout=20")
    token_of(integrations(fresh, *ADD, *given, "--set-env", "network.proxy=P", PW=SECRET, P="x"))
    assert table(fresh, "mail")["config"]["broken_after"] == 3
    assert table(fresh, "mail")["network"] == {"timeout": 20.0, "proxy": {"env": "P"}}


def test_what_is_not_at_hand_is_said_and_written_all_the_same(fresh: Shell) -> None:
    run = integrations(fresh, *ADD)
    token_of(run)
    assert "PW, which is not set" in run.err
    assert "not checked" in run.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--set", f"credential.password={SECRET}"), 2, "credential.password is a secret"),
        (("--set", f"api_key={SECRET}"), 3, "api_key"),
        (("--set", SECRET), 2, "--set expects SETTING=VALUE"),
        (("--set-env", "account=9x"), 2, "not begin with a digit"),
        (("--set-env", "account=ACCOUNT"), 2, "account contradicts"),
        (("--set", "account.name=x"), 2, "account.name contradicts"),
        (("--set", "network.verify=no"), 3, "Unknown network setting 'verify'"),
        (("--set", "broken_after=many"), 3, "broken_after"),
        (("--set", "acount=ann"), 3, "acount"),
    ],
)
def test_what_cannot_be_right_writes_nothing_and_shows_no_value(
    fresh: Shell, words: tuple[str, ...], code: int, says: str
) -> None:
    run = integrations(fresh, *ADD, *words, PW="good")
    assert (run.code, run.out) == (code, "")
    assert says in run.err
    assert SECRET not in run.err
    assert not fresh.config.exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "my mail", *GUIDED), 2, "a name has up to 64 letters"),
        (("add", "mail", "--provider", "emailsecurity_giuded"), 6, "Did you mean"),
        (("add", "mail"), 2, "--provider"),
        (("rotate", "mial"), 3, "Did you mean mail"),
        (("rotate", "mail", "--overlap", "-1"), 2, "overlap"),
        (("remove", "mial", "--yes"), 3, "Did you mean mail"),
        (("check", "mial"), 3, "Did you mean mail"),
        (("check",), 2, "give NAME or --all"),
        (("check", "mail", "--all"), 2, "give NAME or --all"),
    ],
)
def test_a_wrong_name_is_refused_with_what_would_work(
    fresh: Shell, words: tuple[str, ...], code: int, says: str
) -> None:
    token_of(integrations(fresh, *ADD, PW=SECRET))
    before = fresh.config.read_text()
    run = integrations(fresh, *words, PW=SECRET)
    assert (run.code, run.out) == (code, "")
    assert says in run.err
    assert fresh.config.read_text() == before


def test_an_existing_integration_is_replaced_only_when_told_and_its_tokens_end(
    fresh: Shell,
) -> None:
    first = token_of(integrations(fresh, *ADD, PW=SECRET))
    refused = integrations(fresh, *ADD, PW=SECRET)
    assert (refused.code, refused.out) == (3, "")
    assert "--replace" in refused.err
    assert hashes(fresh, "mail") == (TokenHash.of(first),)
    second = token_of(integrations(fresh, *ADD, "--replace", PW=SECRET))
    assert hashes(fresh, "mail") == (TokenHash.of(second),)


# --- rotate


def test_a_new_token_ends_the_old_ones_now_or_later(fresh: Shell) -> None:
    first = token_of(integrations(fresh, *ADD, PW=SECRET))
    second = token_of(integrations(fresh, "rotate", "mail", "--overlap", "1.5"))
    new, old = hashes(fresh, "mail")
    assert new == TokenHash.of(second)
    assert old.sha256 == TokenHash.of(first).sha256
    assert old.until is not None
    ends_in = old.until - datetime.now(UTC)
    assert timedelta(hours=1.4) < ends_in <= timedelta(hours=1.5)
    third = token_of(integrations(fresh, "rotate", "mail"))
    assert hashes(fresh, "mail") == (TokenHash.of(third),)


def test_a_first_token_serves_what_setup_wrote(guided: Shell) -> None:
    assert "no      0" in integrations(guided, "list").out
    run = integrations(guided, "rotate", "work")
    assert hashes(guided, "work") == (TokenHash.of(token_of(run)),)
    assert "work is served" in run.err


def test_setup_keeps_the_tokens_of_what_it_replaces_but_not_those_that_ended(
    guided: Shell,
) -> None:
    kept = token_of(integrations(guided, "rotate", "work"))
    ended = TokenHash.parse(f"sha256:{'0f' * 32} until 2026-01-01T00:00:00Z", "here")
    write_tokens(guided.config, "work", [TokenHash.of(kept), ended])
    setup = ("setup", *GUIDED, "--integration", "work")
    assert guided(*setup, typed=f"y\nbob\n\nfile\n{SECRET}\n\n").code == 0
    assert table(guided, "work")["config"]["account"] == "bob"
    assert hashes(guided, "work") == (TokenHash.of(kept),)


# --- list


def test_the_list_tells_who_is_served_until_when_and_nothing_of_a_token(guided: Shell) -> None:
    token = token_of(integrations(guided, *ADD, PW=SECRET))
    _, known = rotated([TokenHash.of("other")], datetime.now(UTC).timestamp(), 3600)
    ended = TokenHash.parse(f"sha256:{'0f' * 32} until 2026-01-01T00:00:00Z", "here")
    write_tokens(guided.config, "mail", [TokenHash.of(token), known[1], ended])
    run = integrations(guided, "list", "-o", "json")
    ends = str(known[1]).rpartition(" ")[2]
    assert json.loads(run.out) == [
        {
            "name": "mail",
            "provider": "emailsecurity_guided",
            "served": True,
            "tokens": [{"until": None}, {"until": ends}],
        },
        {"name": "work", "provider": "emailsecurity_guided", "served": False, "tokens": []},
    ]
    lines = integrations(guided, "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["NAME", "PROVIDER", "SERVED", "TOKENS", "ENDING"],
        ["mail", "emailsecurity_guided", "yes", "2", ends],
        ["work", "emailsecurity_guided", "no", "0"],
    ]
    assert TokenHash.of(token).sha256[:8] not in run.out + "".join(lines)


def test_an_empty_file_has_nothing_to_list_or_check(fresh: Shell) -> None:
    for words in (("list",), ("check", "--all")):
        run = integrations(fresh, *words)
        assert (run.code, run.out) == (3, "")
        assert "integrations add" in run.err


# --- remove


def test_removing_asks_first(fresh: Shell) -> None:
    token_of(integrations(fresh, *ADD, PW=SECRET))
    before = fresh.config.read_text()
    for typed in ("n\n", "\n"):
        run = integrations(fresh, "remove", "mail", typed=typed)
        assert (run.code, fresh.config.read_text()) == (0, before)
        assert "Nothing was changed" in run.err
    unheard = integrations(fresh, "remove", "mail", typed="")
    assert unheard.code == 3
    assert "--yes" in unheard.err
    assert fresh.config.read_text() == before
    assert integrations(fresh, "remove", "mail", typed="y\n").code == 0
    assert Settings.load(fresh.config).names() == []


def test_removing_names_the_secret_files_that_stay(fresh: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "pw"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    reference = ("--set-file", f"credential.password={secret}")
    token_of(integrations(fresh, "add", "mail", *GUIDED, *PLAIN, *reference))
    run = integrations(fresh, "remove", "mail", "--yes")
    assert str(secret) in run.err
    assert secret.exists()


def test_ending_the_tokens_alone_keeps_the_configuration(fresh: Shell) -> None:
    token_of(integrations(fresh, *ADD, PW=SECRET))
    before = table(fresh, "mail")
    assert integrations(fresh, "remove", "mail", "--token-only", "--yes").code == 0
    del before["token_hashes"]
    assert table(fresh, "mail") == before


# --- check


def test_one_is_checked_as_by_check(guided: Shell) -> None:
    for form in ("table", "json"):
        same = guided("check", "--integration", "work", "-o", form, PW="x")
        assert integrations(guided, "check", "work", "-o", form, PW="x") == same


def test_all_are_checked_and_one_that_fails_hides_no_other(guided: Shell) -> None:
    token_of(integrations(guided, *ADD, PW=SECRET))
    healthy = integrations(guided, "check", "--all", PW=SECRET)
    assert healthy.code == 0
    assert healthy.out.splitlines().count("ok       read mail: 12 events") == 2
    text = guided.config.read_text().replace('"PW"', '"ELSEWHERE"', 1)
    guided.config.write_text(text)
    run = integrations(guided, "check", "--all", "-o", "json", PW=SECRET)
    assert run.code == 13
    reports = json.loads(run.out)
    assert {name: report["ok"] for name, report in reports.items()} == {
        "work": False,
        "mail": True,
    }
    assert "ELSEWHERE, which is not set" in reports["work"]["items"][0]["detail"]
    shown = integrations(guided, "check", "--all", PW=SECRET)
    assert "\nwork\nfailed   configuration: " in shown.out
    assert SECRET not in run.out + run.err + shown.out + shown.err


# --- help


def test_every_command_has_help_with_an_example(fresh: Shell) -> None:
    alone = integrations(fresh)
    assert (alone.code, alone.err) == (0, "")
    for name in ("add", "list", "rotate", "remove", "check"):
        assert f"  {name} " in alone.out
        assert f"    email-security integrations {name} " in integrations(fresh, name, "-h").out
