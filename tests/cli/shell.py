"""The command line as a person runs it: an empty home, no other settings, a terminal or none."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector_core.cli import main
from connector_core.registry import registry

PLUGINS = Path(__file__).parent.parent / "plugins"


@dataclass(frozen=True)
class Result:
    """What a run left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """Runs `email-security` with the plugins in `folders` installed."""

    home: Path
    folders: tuple[str, ...] = ()

    @property
    def config(self) -> Path:
        return self.home / "email-security" / "config.toml"

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
        own = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(str(PLUGINS / folder) for folder in self.folders),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return kept | own | extra

    def start(
        self, *arguments: str, stdin: int = subprocess.PIPE, **extra: str
    ) -> "subprocess.Popen[bytes]":
        """Run in a process of its own, for what only a process can show."""
        return subprocess.Popen(
            [sys.executable, "-m", "connector_core.cli", *arguments],
            env=self.environment(**extra),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the terminal of the test run is not ours to ask
        )

    def __call__(
        self,
        *arguments: str,
        typed: str = "",
        terminal: bool = False,
        env: Mapping[str, str] | None = None,
        **extra: str,
    ) -> Result:
        """Run to the end in this process, with everything a process starts with replaced."""
        out, err = _Stream(terminal), _Stream(terminal)
        with pytest.MonkeyPatch.context() as patch:
            for name in tuple(os.environ):
                patch.delenv(name)
            for name, value in self.environment(**(env or {}), **extra).items():
                patch.setenv(name, value)
            for folder in self.folders:
                patch.syspath_prepend(str(PLUGINS / folder))
            patch.setattr(sys, "stdin", io.StringIO(typed))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            registry.cache_clear()
            try:
                code = main(arguments)
            finally:
                registry.cache_clear()
        return Result(code, out.text(), err.text())


class _Stream(io.TextIOWrapper):
    def __init__(self, terminal: bool) -> None:
        self._bytes = io.BytesIO()
        self._terminal = terminal
        super().__init__(self._bytes, encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        return self._bytes.getvalue().decode()
