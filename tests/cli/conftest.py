"""Shells for the tests of the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Shell]:
    def shell(*folders: str) -> Shell:
        return Shell(tmp_path, folders)

    return shell


@pytest.fixture
def guided(shell: Callable[..., Shell]) -> Shell:
    """A shell with the provider `emailsecurity_guided` and an integration ``work`` of it."""
    one: Shell = shell("guided")
    one.config.parent.mkdir()
    one.config.write_text(
        '[integrations.work]\nprovider = "emailsecurity_guided"\n'
        '[integrations.work.config]\naccount = "ann"\n'
        '[integrations.work.config.credential]\ntype = "password"\npassword = { env = "PW" }\n'
    )
    return one
