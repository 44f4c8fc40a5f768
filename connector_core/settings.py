"""The configuration file of the command line: named integrations, secrets by reference.

    [network]                                   # optional: proxy, ca_file, timeout, deadline
    timeout = 60

    [integrations.work]
    provider = "emailsecurity_defender_for_office"

    [integrations.work.config]
    tenant_id = "11111111-2222-3333-4444-555555555555"

    [integrations.work.config.credential]
    type = "o_auth_client"
    client_id = "66666666-7777-8888-9999-000000000000"
    client_secret = { env = "WORK_CLIENT_SECRET" }      # or { file = "work.secret" }

An integration that the HTTP host serves has ``token_hashes`` beside its ``provider``; the table
``server`` is the host's own (see `connector_core.http_api.config`).

The file is ``$EMAIL_SECURITY_CONFIG``, else ``email-security/config.toml`` in
``$XDG_CONFIG_HOME`` or ``~/.config``. An integration may have a ``network`` table of its own.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector_core.errors import ConfigurationError
from connector_core.filter.suggest import nearest
from connector_core.private_files import alone, read_text, write_private
from connector_core.references import Environment, References, refuse_inline_secrets
from connector_core.tokens import TokenHash
from connector_core.toml_edit import drop_table, put_table, put_value

PREFIX: Final = "EMAIL_SECURITY_"
NETWORK: Final[Mapping[str, type]] = {
    "proxy": str,
    "ca_file": str,
    "timeout": float,
    "deadline": float,
}
"""Settings of a network table and their types; times in seconds."""

TokenHashes = Sequence[TokenHash] | Callable[[Sequence[TokenHash]], Sequence[TokenHash]]

_RESERVED = ("config",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETUP = "Run: email-security setup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """Everything that is needed to open a connector; its repr shows no setting."""

    provider: str
    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """References to secrets are replaced by the secrets."""
    network: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration file as it was read."""

    path: Path
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path, *, required: bool = False) -> "Settings":
        """Read the file; a missing one has no integrations. Raises `ConfigurationError`."""
        if not required and not path.exists():
            return cls(path)
        try:
            return cls(path, tomllib.loads(read_text(path, "configuration file")))
        # The reader's own error is a ValueError; a huge number is one as well.
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(
                f"The configuration file {path} is not TOML: {error}.",
                remediation="Correct that line.",
            ) from None

    def names(self) -> list[str]:
        """The integrations of the file, sorted."""
        return sorted(_table(self.document, "integrations"))

    def integration(self, name: str, environ: Environment = os.environ) -> Integration:
        """One integration, its secrets fetched. Raises `ConfigurationError`."""
        provider = self.provider(name)
        where = f"integrations.{name}"
        table = _table(_table(self.document, "integrations"), name, "integrations.")
        if odd := sorted(set(table) - {"provider", "config", "network", "token_hashes"}):
            raise ConfigurationError(
                f"{where} in {self.path} has an unknown setting {odd[0]!r}.",
                setting=f"{where}.{odd[0]}",
                remediation=f"The provider's own settings belong under [{where}.config].",
            )
        config = _table(table, "config", f"{where}.")
        network = _table(self.document, "network") | _table(table, "network", f"{where}.")
        refuse_inline_secrets(config, f"{where}.config", self.path)
        opened = References(environ, self.path.parent)
        return Integration(
            name=name,
            provider=provider,
            config=opened.resolve(config, f"{where}.config"),
            network=check_network(opened.resolve(network, "network")),
            warnings=tuple(opened.warnings),
        )

    def provider(self, name: str) -> str:
        """The provider's id of one integration; fetches no secret. Raises `ConfigurationError`."""
        self.check_known(name)
        table = _table(_table(self.document, "integrations"), name, "integrations.")
        provider = table.get("provider")
        if not isinstance(provider, str) or not provider:
            raise ConfigurationError(
                f"integrations.{name} in {self.path} names no provider.",
                setting=f"integrations.{name}.provider",
                remediation='Add a line such as: provider = "emailsecurity_vendor_product".',
            )
        return provider

    def token_hashes(self, name: str) -> tuple[TokenHash, ...]:
        """What opens an integration at the HTTP host; none when it is not served."""
        where = f"integrations.{name}.token_hashes"
        table = _table(_table(self.document, "integrations"), name, "integrations.")
        found = table.get("token_hashes", [])
        if not isinstance(found, list):
            raise ConfigurationError(f"{where} in {self.path} is not a list.", setting=where)
        return tuple(TokenHash.parse(text, where) for text in found)

    def check_known(self, name: str) -> None:
        """Raise `ConfigurationError` when the file has no integration of this name."""
        known = self.names()
        if name in known:
            return
        if not known:
            raise ConfigurationError(
                f"There is no integration {name!r}: {self.path} has none.", remediation=_SETUP
            )
        near = nearest(name, known)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ConfigurationError(
            f"There is no integration {name!r} in {self.path}.{meant}",
            remediation=f"Known: {', '.join(known)}. {_SETUP}",
        )


def config_path(environ: Environment = os.environ) -> Path:
    """Where the configuration file is, or would be."""
    if chosen := environ.get(f"{PREFIX}CONFIG"):
        return Path(chosen).expanduser()
    base = Path(environ.get("XDG_CONFIG_HOME") or "")
    if not base.is_absolute():  # the XDG specification says to ignore a relative one
        base = Path.home() / ".config"
    return base / "email-security" / "config.toml"


def from_environment(provider: str, environ: Environment = os.environ) -> Integration:
    """An integration without a file, from ``EMAIL_SECURITY_<SETTING>`` variables.

    Two underscores go one level down: ``EMAIL_SECURITY_CREDENTIAL__CLIENT_ID`` is
    ``credential.client_id``, and ``..._CLIENT_SECRET__FILE`` a file that holds the secret.

    >>> from_environment("acme", {"EMAIL_SECURITY_API__KEY": "k"}).config
    {'api': {'key': 'k'}}
    """
    config: dict[str, Any] = {}
    for variable in sorted(environ):
        setting = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or not setting or setting in _RESERVED:
            continue
        *above, last = setting.split("__")
        table: Any = config
        for step in above:
            if isinstance(table, dict):
                table = table.setdefault(step, {})
        if not isinstance(table, dict) or last in table:
            raise ConfigurationError(
                f"The environment variable {variable} contradicts a shorter one.",
                setting=setting.replace("__", "."),
                remediation="Unset one of the two.",
            )
        table[last] = environ[variable]
    opened = References(environ, Path.cwd())
    resolved = opened.resolve(config, "")
    network = resolved.pop("network", {})
    return Integration(
        provider=provider,
        config=resolved,
        network=check_network(network),
        warnings=tuple(opened.warnings),
    )


def variables(settings: Mapping[str, Any], above: str = PREFIX) -> Iterator[tuple[str, str]]:
    """The variables from which `from_environment` reads these settings.

    >>> dict(variables({"api": {"key": "k"}}))
    {'EMAIL_SECURITY_API__KEY': 'k'}
    """
    for key, value in settings.items():
        name = f"{above}{key.upper()}"
        if isinstance(value, Mapping):
            yield from variables(value, f"{name}__")
        else:
            yield name, str(value)


def check_name(name: str) -> str:
    """The name, when an integration may be called so; raises `ValueError` with the reason."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "a name has up to 64 letters, digits, - and _, and begins with a letter or digit"
        )
    return name


def check_variable(name: str) -> str:
    """The name, when an environment variable may be called so; raises `ValueError`."""
    if not _VARIABLE.fullmatch(name):
        raise ValueError(
            "the name of a variable has letters, digits and _, and does not begin with a digit"
        )
    return name


def write_integration(
    path: Path,
    name: str,
    *,
    provider: str,
    config: Mapping[str, Any],
    network: Mapping[str, Any] | None = None,
    token_hashes: Sequence[TokenHash] = (),
) -> None:
    """Add or replace one integration, all else kept; the file is replaced at once, mode 0600.

    Raises `ConfigurationError`, also for a secret that is not a reference.
    """
    refuse_inline_secrets(config, f"integrations.{check_name(name)}.config", path)
    table: dict[str, Any] = {"provider": provider, "config": dict(config)}
    if token_hashes:
        table["token_hashes"] = [str(one) for one in token_hashes]
    if network:
        table["network"] = dict(network)
    _change(path, lambda text: put_table(text, ("integrations", name), table))


def write_tokens(path: Path, name: str, token_hashes: TokenHashes) -> None:
    """Replace what opens an integration at the HTTP host; with none it is not served.

    Nothing else of the file changes. `token_hashes` may make the new ones of those that are there
    at the moment of writing. Raises `ConfigurationError`.
    """

    def change(text: str) -> str:
        hashes = token_hashes
        if callable(hashes):
            hashes = hashes(Settings.load(path).token_hashes(name))
        place = ("integrations", name, "token_hashes")
        return put_value(text, place, [str(one) for one in hashes] or None)

    _change(path, change)


def remove_integration(path: Path, name: str) -> None:
    """Take one integration out of the file, all else kept. Raises `ConfigurationError`."""
    _change(path, lambda text: drop_table(text, ("integrations", name)))


def _change(path: Path, change: Callable[[str], str]) -> None:
    with alone(path):
        Settings.load(path)  # a damaged file is not touched
        text = read_text(path, "configuration file") if path.exists() else ""
        try:
            changed = change(text)
        except ValueError as error:
            raise ConfigurationError(
                f"The configuration file {path} cannot be changed: {error}.",
                remediation="Change it by hand, or choose another file with EMAIL_SECURITY_CONFIG.",
            ) from None
        write_private(path, changed)


def check_network(table: object) -> dict[str, Any]:
    """A network table with its values typed; raises `ConfigurationError`."""
    network: dict[str, Any] = {}
    if not isinstance(table, Mapping):
        raise ConfigurationError(
            "network is not a table.",
            setting="network",
            remediation=f"Its settings are {', '.join(NETWORK)}.",
        )
    for key, value in table.items():
        kind = NETWORK.get(key)
        if kind is None:
            raise ConfigurationError(
                f"Unknown network setting {key!r}.",
                setting=f"network.{key}",
                remediation=f"Known: {', '.join(NETWORK)}.",
            )
        try:
            network[key] = kind(value)
        except (TypeError, ValueError):
            raise ConfigurationError(
                f"network.{key} is not a number of seconds.", setting=f"network.{key}"
            ) from None
    return network


def _table(document: Mapping[str, Any], key: str, where: str = "") -> dict[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{where}{key} in the configuration file is not a table.",
            setting=f"{where}{key}",
            remediation=f"Write it as a section: [{where}{key}].",
        )
    return table
