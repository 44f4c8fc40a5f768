import os
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.errors import ConfigurationError
from connector_core.private_files import cursor_key, write_private
from connector_core.settings import (
    Settings,
    config_path,
    from_environment,
    remove_integration,
    write_integration,
    write_tokens,
)
from connector_core.tokens import TokenHash
from connector_core.toml_edit import drop_table, put_table, put_value

SECRET = "s3cret-canary"
posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "email-security" / "config.toml"


def written(path: Path, text: str) -> Settings:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Settings.load(path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- where the file is


def test_the_file_is_where_the_environment_says(tmp_path: Path) -> None:
    chosen = str(tmp_path / "mine.toml")
    assert config_path({"EMAIL_SECURITY_CONFIG": chosen}) == Path(chosen)
    xdg = {"XDG_CONFIG_HOME": str(tmp_path), "EMAIL_SECURITY_CONFIG": ""}
    assert config_path(xdg) == tmp_path / "email-security" / "config.toml"
    home = Path.home() / ".config" / "email-security" / "config.toml"
    assert config_path({}) == config_path({"XDG_CONFIG_HOME": "relative"}) == home


def test_a_missing_file_has_no_integrations(path: Path) -> None:
    empty = Settings.load(path)
    assert empty.names() == []
    with pytest.raises(ConfigurationError, match="has none") as caught:
        empty.integration("work")
    assert "email-security setup" in caught.value.remediation


# --- reading


def test_an_integration_is_read_with_its_network(path: Path) -> None:
    found = written(
        path,
        """
        [network]
        timeout = 60
        ca_file = "/etc/ssl/proxy.pem"
        [integrations.work]
        provider = "emailsecurity_acme"
        [integrations.work.network]
        timeout = 30.5
        proxy = "http://proxy.example:3128"
        [integrations.work.config]
        tenant_id = "contoso.example"
        tags = ["a", "b"]
        [integrations.work.config.credential]
        type = "o_auth_client"
        """,
    ).integration("work")
    assert (found.name, found.provider) == ("work", "emailsecurity_acme")
    assert found.config == {
        "tenant_id": "contoso.example",
        "tags": ["a", "b"],
        "credential": {"type": "o_auth_client"},
    }
    assert found.network == {
        "timeout": 30.5,
        "ca_file": "/etc/ssl/proxy.pem",
        "proxy": "http://proxy.example:3128",
    }


WORK = '[integrations.work]\nprovider = "emailsecurity_acme"\n'


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("[integrations", "work", "is not TOML"),
        (WORK, "wrok", "Did you mean work"),
        ("[integrations.work]\n", "work", "names no provider"),
        (WORK + 'tenant_id = "x"\n', "work", "unknown setting 'tenant_id'"),
        (WORK + "config = 3\n", "work", "config in the configuration file is not a table"),
        ('integrations = "x"\n', "work", "integrations in the configuration file is not a table"),
        (WORK + "[network]\nverify = false\n", "work", "Unknown network setting 'verify'"),
        (WORK + '[network]\ntimeout = "soon"\n', "work", "network.timeout is not a number"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_the_place(
    path: Path, text: str, name: str, says: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        written(path, text).integration(name)
    assert says in str(caught.value)


def test_a_file_that_is_not_text_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        Settings.load(path)


# --- secrets


def with_secret(value: str, key: str = "client_secret") -> str:
    return f"{WORK}[integrations.work.config.credential]\n{key} = {value}\n"


def test_a_secret_comes_from_the_environment(path: Path) -> None:
    found = written(path, with_secret('{ env = "WORK_SECRET" }'))
    one = found.integration("work", {"WORK_SECRET": SECRET})
    assert one.config["credential"]["client_secret"] == SECRET
    assert SECRET not in repr(one)
    for environ in ({}, {"WORK_SECRET": ""}):
        with pytest.raises(ConfigurationError, match="WORK_SECRET, which is not set") as caught:
            found.integration("work", environ)
        assert caught.value.setting == "integrations.work.config.credential.client_secret"


def test_a_secret_comes_from_a_file_beside_the_configuration(path: Path) -> None:
    found = written(path, with_secret('{ file = "work.secret" }'))
    write_private(path.parent / "work.secret", f"{SECRET}\n")
    one = found.integration("work")
    assert one.config["credential"]["client_secret"] == SECRET
    assert one.warnings == ()


@posix
def test_a_secret_that_others_can_read_is_warned_about(path: Path) -> None:
    found = written(path, with_secret('{ file = "work.secret" }'))
    secret = path.parent / "work.secret"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    (warning,) = found.integration("work").warnings
    assert f"chmod 600 '{secret}'" in warning
    assert SECRET not in warning


@pytest.mark.parametrize("content", [None, b"\xff\xff", b"x" * 1_000_001])
def test_a_secret_file_that_cannot_be_read_is_named_with_the_setting(
    path: Path, content: bytes | None
) -> None:
    found = written(path, with_secret('{ file = "work.secret" }'))
    if content is not None:
        (path.parent / "work.secret").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"work\.secret") as caught:
        found.integration("work")
    assert caught.value.setting == "integrations.work.config.credential.client_secret"


@pytest.mark.parametrize(
    "key",
    [
        "client_secret",
        "private_key",
        "password",
        "passphrase",
        "token",
        "API_TOKEN",
        "assertion",
        "pfx",
    ],
)
def test_a_secret_in_the_file_itself_is_refused_without_showing_it(path: Path, key: str) -> None:
    found = written(path, with_secret(f'"{SECRET}"', key))
    with pytest.raises(ConfigurationError, match=key) as caught:
        found.integration("work")
    assert f'{key} = {{ env = "NAME" }}' in caught.value.remediation
    assert SECRET not in f"{caught.value}{caught.value.remediation}"


def test_a_token_address_is_no_secret(path: Path) -> None:
    found = written(path, with_secret('"https://login.example/token"', "token_url"))
    assert found.integration("work").config["credential"]["token_url"].endswith("/token")


# --- the environment alone


def test_an_integration_comes_from_the_environment_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    one = from_environment(
        "emailsecurity_acme",
        {
            "EMAIL_SECURITY_TENANT_ID": "contoso.example",
            "EMAIL_SECURITY_CREDENTIAL__TYPE": "o_auth_client",
            "EMAIL_SECURITY_CREDENTIAL__CLIENT_SECRET__FILE": str(secret),
            "EMAIL_SECURITY_NETWORK__TIMEOUT": "20",
            "EMAIL_SECURITY_CONFIG": "/elsewhere.toml",
            "PATH": "/bin",
        },
    )
    assert one.config == {
        "tenant_id": "contoso.example",
        "credential": {"type": "o_auth_client", "client_secret": SECRET},
    }
    assert one.network == {"timeout": 20.0}


@pytest.mark.parametrize("deeper", ["X__Y", "X__Y__Z"])
def test_variables_that_contradict_each_other_are_refused(deeper: str) -> None:
    environ = {"EMAIL_SECURITY_X": SECRET, f"EMAIL_SECURITY_{deeper}": SECRET}
    with pytest.raises(ConfigurationError, match="contradicts") as caught:
        from_environment("acme", environ)
    assert SECRET not in str(caught.value)


# --- writing

CONFIG = {
    "tenant_id": "contoso.example",
    "credential": {"type": "o_auth_client", "client_secret": {"env": "S"}},
}


@posix
def test_a_new_file_is_private(path: Path) -> None:
    write_integration(path, "work", provider="emailsecurity_acme", config=CONFIG)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert list(path.parent.iterdir()) == [path]
    one = Settings.load(path).integration("work", {"S": SECRET})
    assert one.config["credential"] == {"type": "o_auth_client", "client_secret": SECRET}


def test_writing_keeps_other_integrations_and_comments(path: Path) -> None:
    written(
        path,
        "# mine\n[integrations.home] # first\nprovider = 'a'\n\n"
        "[integrations.work]\nprovider = 'b'\n[integrations.work.config]\nold = 1\n\n"
        "# about the network\n[network]\ntimeout = 5\n",
    )
    write_integration(path, "work", provider="c", config=CONFIG, network={"proxy": "http://p:1"})
    text = path.read_text()
    for comment in ("# mine", "# first", "# about the network"):
        assert comment in text
    assert tomllib.loads(text) == {
        "network": {"timeout": 5},
        "integrations": {
            "home": {"provider": "a"},
            "work": {"provider": "c", "config": CONFIG, "network": {"proxy": "http://p:1"}},
        },
    }


def test_a_file_that_cannot_be_changed_safely_stays_as_it_was(path: Path) -> None:
    for text in (
        'integrations = { work = { provider = "a" } }\n',
        'note = """\n[integrations.work]\n"""\n',
        "[integrations",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        with pytest.raises(ConfigurationError):
            write_integration(path, "work", provider="b", config=CONFIG)
        assert path.read_text() == text


def test_a_plain_secret_is_never_written(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds a secret") as caught:
        write_integration(
            path, "work", provider="a", config={"credential": {"client_secret": SECRET}}
        )
    assert SECRET not in str(caught.value)
    assert not path.exists()


@posix
def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("# dotfiles\n")
    path.parent.mkdir()
    path.symlink_to(real)
    write_integration(path, "work", provider="a", config={})
    assert path.is_symlink()
    assert "# dotfiles" in real.read_text()
    assert mode(real) == 0o600


names = st.text("abz_-09. \"'\\\n\té[]#=\u2028\r", min_size=1, max_size=8)
scalars = (
    st.text(max_size=20).filter(lambda text: text.isprintable() or "\n" in text)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
)
tables = st.recursive(
    st.dictionaries(names, scalars | st.lists(scalars, max_size=3), max_size=4),
    lambda inner: st.dictionaries(names, inner | scalars, max_size=4),
    max_leaves=6,
)


@given(tables, tables)
@settings(max_examples=150)
def test_any_plain_table_is_written_as_it_is(first: dict[str, Any], second: dict[str, Any]) -> None:
    text = put_table("# top\n", ["integrations", "a"], first)
    text = put_table(text, ["integrations", "b"], {})
    text = put_table(text, ["integrations", "a"], second)
    assert tomllib.loads(text) == {"integrations": {"a": second, "b": {}}}
    assert text.startswith("# top\n")


# --- the key of cursors


def test_the_key_of_cursors_is_made_once(path: Path) -> None:
    first, warning = cursor_key(path)
    assert (len(first), warning) == (32, "")
    assert cursor_key(path) == (first, "")
    key = path.parent / "cursor.key"
    if os.name == "posix":
        assert mode(key) == 0o600
    key.unlink()
    assert cursor_key(path) != (first, "")


def test_where_no_key_of_cursors_can_be_kept_one_is_lent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    key, warning = cursor_key(tmp_path / "file" / "config.toml")
    assert len(key) == 32
    assert "this run only" in warning


def test_a_damaged_key_of_cursors_is_refused_without_showing_it(path: Path) -> None:
    path.parent.mkdir()
    (path.parent / "cursor.key").write_text(SECRET)
    with pytest.raises(ConfigurationError, match=r"cursor\.key") as caught:
        cursor_key(path)
    assert SECRET not in str(caught.value)


# --- tokens, and taking an integration out

TWO = """# mine
[integrations.home]   # first
provider = "a"
token_hashes = [
  "sha256:%s",   # of the laptop
]
# about home
[integrations.home.config]
x = 1

# about work
[integrations.work]
provider = "b"
[server]
port = 9000
""" % ("0f" * 32)


def test_new_tokens_change_no_other_line(path: Path) -> None:
    written(path, TWO)
    one = TokenHash.of("t")
    write_tokens(path, "work", [one])
    assert path.read_text() == TWO.replace(
        'provider = "b"', f'token_hashes = ["{one}"]\nprovider = "b"'
    )
    write_tokens(path, "work", [])
    assert path.read_text() == TWO
    write_tokens(path, "home", [one])
    assert Settings.load(path).token_hashes("home") == (one,)
    for comment in ("# mine", "# first", "# about home", "# about work"):
        assert comment in path.read_text()
    write_tokens(path, "home", [])
    assert Settings.load(path).token_hashes("home") == ()


def test_changes_at_the_same_time_undo_nothing_of_each_other(path: Path) -> None:
    written(path, TWO)
    count = 12

    def add(number: int) -> None:
        new = TokenHash.of(f"t{number}")
        if number % 2:
            write_tokens(path, "work", lambda known: [*known, new])
        else:
            write_integration(path, f"more{number}", provider="m", config={}, token_hashes=[new])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(count)))
    end = Settings.load(path)
    assert {one.sha256 for one in end.token_hashes("work")} == {
        TokenHash.of(f"t{number}").sha256 for number in range(1, count, 2)
    }
    assert {*end.names()} == {"home", "work", *(f"more{number}" for number in range(0, count, 2))}


def test_an_integration_is_taken_out_and_all_else_stays(path: Path) -> None:
    written(path, TWO)
    remove_integration(path, "home")
    assert (
        path.read_text()
        == '# mine\n\n# about work\n[integrations.work]\nprovider = "b"\n[server]\nport = 9000\n'
    )
    remove_integration(path, "work")
    assert tomllib.loads(path.read_text()) == {"server": {"port": 9000}}
    assert Settings.load(path).names() == []


@pytest.mark.parametrize(
    "text",
    [
        'integrations.work.provider = "a"\n',
        'integrations = { work = { provider = "a" } }\n',
        '[integrations]\nwork = { provider = "a" }\n',
    ],
)
def test_what_has_no_header_of_its_own_is_left_alone(path: Path, text: str) -> None:
    written(path, text)
    with pytest.raises(ConfigurationError, match="cannot be changed") as caught:
        write_tokens(path, "work", [TokenHash.of("t")])
    assert "by hand" in caught.value.remediation
    with pytest.raises(ConfigurationError, match="cannot be changed"):
        remove_integration(path, "work")
    assert path.read_text() == text


def test_lines_that_end_as_on_windows_can_be_changed(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(TWO.replace("\n", "\r\n").encode())
    one = TokenHash.of("t")
    write_tokens(path, "home", [one])
    assert Settings.load(path).token_hashes("home") == (one,)
    assert Settings.load(path).names() == ["home", "work"]


@pytest.mark.parametrize("text", ["3", '"x"', '["x"]', "[3]", '["sha256:00"]'])
def test_hashes_that_cannot_be_right_are_refused(path: Path, text: str) -> None:
    settings = written(path, f"{WORK}token_hashes = {text}\n")
    with pytest.raises(ConfigurationError, match="token_hashes"):
        settings.token_hashes("work")


@given(tables, st.text('ab"\\\n', max_size=3).map(lambda text: [text]))
@settings(max_examples=50)
def test_a_value_of_any_plain_table_can_be_set_and_dropped(
    table: dict[str, Any], new: list[str]
) -> None:
    text = put_table("[other]\ntoken_hashes = 1\n", ["a", "b"], table)
    changed = put_value(text, ["a", "b", "token_hashes"], new)
    other = {"token_hashes": 1}
    assert tomllib.loads(changed) == {"other": other, "a": {"b": table | {"token_hashes": new}}}
    cleared = put_value(changed, ["a", "b", "token_hashes"], None)
    assert tomllib.loads(cleared) == {"other": other, "a": {"b": table}}
    assert tomllib.loads(drop_table(cleared, ["a", "b"])) == {"other": other}
