import os
import stat
import tomllib
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
    write_integration,
)
from connector_core.toml_edit import put_table

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
        (WORK + "[network]\nverify = false\n", "work", "no network setting 'verify'"),
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
