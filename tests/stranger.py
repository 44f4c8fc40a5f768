"""A stranger's environment: this project and the example provider, installed from their wheels.

It is a fresh virtual environment. Third-party packages are lent to it by a path that is searched
after its own, so that what it has of this project comes from the wheel and nowhere else.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PLUGINS: Final = ROOT / "tests" / "plugins"
ACME: Final = PLUGINS / "acme"
KIT: Final = (
    *("python", "-m", "pytest", "--pyargs", "connector_conformance"),
    *("--provider", "emailsecurity_acme"),
)
"""The kit's command, as the tutorial shows it."""
PATIENCE: Final = 600
"""Seconds that one command may take."""

_folders: Final[list[Path]] = []


@pytest.fixture(scope="session", autouse=True)
def tidy() -> Iterator[None]:
    """Remove what was built when all tests are done; for modules that build, to import."""
    yield
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def site(self) -> Path:
        """Where its packages are."""
        where = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", where))

    def run(self, *command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command, found among its own first, in `folder` or an empty one.

        It sees no variables of the caller. pytest-asyncio is lent as well, but no stranger has
        configured it, so it stays out.
        """
        with tempfile.TemporaryDirectory() as empty:
            return subprocess.run(
                [shutil.which(command[0], path=str(self.bin)) or command[0], *command[1:]],
                cwd=folder or empty,
                env={
                    "HOME": empty,
                    "PATH": f"{self.bin}{os.pathsep}{os.defpath}",
                    "PYTEST_ADDOPTS": "-p no:asyncio -p no:cacheprovider",
                    "PYTHONUTF8": "1",
                },
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )


@cache
def environment(*neighbours: Path) -> Environment:
    """The environment; `neighbours` are files and folders to put beside its packages."""
    made = Environment(_scratch() / "environment")
    if neighbours:
        shutil.copytree(environment().folder, made.folder, symlinks=True)
    else:
        _install_into(made)
    for neighbour in neighbours:
        if neighbour.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(neighbour, made.site, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy(neighbour, made.site)
    return made


def _install_into(made: Environment) -> None:
    _run(sys.executable, "-m", "venv", "--without-pip", str(made.folder))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python")
    offline = ("install", "--quiet", "--no-index", "--no-deps", "--no-compile")
    _run(*pip, str(made.bin / "python"), *offline, *map(str, wheels()))
    lent = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (made.site / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")


@cache
def wheels() -> tuple[Path, Path]:
    """The wheel of this project and the wheel of the example, built without a network."""
    shelf = _scratch()
    for source, name in ((ROOT, "ours"), (repository(), "acme")):
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(shelf / name),
             cwd=source)  # fmt: skip
    (ours,) = (shelf / "ours").glob("*.whl")
    (acme,) = (shelf / "acme").glob("*.whl")
    return ours, acme


@cache
def repository() -> Path:
    """The example as a repository of its own."""
    copy = _scratch() / "connector-acme"
    shutil.copytree(ACME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@cache
def proof() -> subprocess.CompletedProcess[str]:
    """The kit, run once on the example as its author would run it."""
    return environment().run(*KIT, folder=repository())


def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="stranger-"))
    _folders.append(folder)
    return folder


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
