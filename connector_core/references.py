"""Secrets by reference: where a configuration file says to find them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector_core.errors import ConfigurationError
from connector_core.private_files import others_can_read, read_text

Environment = Mapping[str, str]

_SECRET = re.compile(
    r"(.*_)?(secret|private_key|password|passphrase|token|api_key|assertion|pfx|cursor_keys?)"
)


@dataclass(slots=True)
class References:
    """Replaces ``{ env = "NAME" }`` and ``{ file = "path" }``; collects warnings."""

    environ: Environment = field(repr=False)
    base: Path
    warnings: list[str] = field(default_factory=list)

    def resolve(self, value: Any, where: str) -> Any:
        """The value with every reference in it replaced; `where` names it in errors.

        Raises `ConfigurationError` naming the setting and the variable or path, never a value.
        """
        match value:
            case {"env": str(name), **rest} if not rest:
                return self._variable(name, where)
            case {"file": str(name), **rest} if not rest:
                return self._file(name, where)
            case dict():
                inner = f"{where}." if where else ""
                return {key: self.resolve(item, f"{inner}{key}") for key, item in value.items()}
            case list():
                return [self.resolve(item, f"{where}[{i}]") for i, item in enumerate(value)]
        return value

    def _variable(self, name: str, where: str) -> str:
        if value := self.environ.get(name):
            return value
        raise ConfigurationError(
            f"{where} refers to the environment variable {name}, which is not set.",
            setting=where,
            remediation=f"Set {name}.",
        )

    def _file(self, name: str, where: str) -> str:
        path = self.base / Path(name).expanduser()
        text = read_text(path, where)
        if _is_secret(where.rpartition(".")[2]) and others_can_read(path):
            self.warnings.append(
                f"{path} ({where}) can be read by other users. Run: chmod 600 '{path}'"
            )
        return text.rstrip("\r\n")


def _is_secret(name: str) -> bool:
    return _SECRET.fullmatch(name.lower()) is not None


def refuse_inline_secrets(value: object, where: str, path: Path) -> None:
    """Raise `ConfigurationError` for a setting that is a secret by name and not a reference."""
    if isinstance(value, list):
        for item in value:
            refuse_inline_secrets(item, where, path)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if _is_secret(key) and not _refers(item):
            raise ConfigurationError(
                f"{where}.{key} holds a secret in the configuration file {path}.",
                setting=f"{where}.{key}",
                remediation=f'Write {key} = {{ env = "NAME" }} or {key} = {{ file = "path" }}.',
            )
        refuse_inline_secrets(item, f"{where}.{key}", path)


def _refers(item: object) -> bool:
    if isinstance(item, list):
        return all(_refers(one) for one in item)
    return isinstance(item, Mapping)
