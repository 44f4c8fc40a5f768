"""Asks questions on a terminal, or over a pipe, and asks again when an answer cannot be right."""

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from connector_core.cli.output import say
from connector_core.cli.printable import printable
from connector_core.errors import ConfigurationError
from connector_core.private_files import read_text
from connector_core.settings import check_variable
from connector_core.setup import SetupQuestion

_WHERE = SetupQuestion(
    setting="where",
    prompt="Keep it in",
    kind="choice",
    choices=("env", "file"),
    default="file",
    help="env: an environment variable that is set before each run. "
    "file: a private file beside the configuration, written now.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the configuration file stores it, and as it is."""

    stored: Any
    live: str = field(repr=False)
    new_file: bool = False
    """Whether a private file with the answer must be written."""


class Dialog:
    """A person at the other end of stdin and stderr: stdout is for answers."""

    def answer(self, question: SetupQuestion, file: str) -> Answer:
        """Ask until the answer can be right; a typed secret may be stored in `file`."""
        if question.help:
            say(f"\n{question.help}\n")
        match question.kind:
            case "secret":
                return self._secret(question, file)
            case "file":
                return self._file(question)
        prompt = question.prompt
        if question.choices:
            prompt += f" ({'/'.join(question.choices)})"
        text = self.until(lambda text: _valid(question, text), "", prompt, question.default)
        return Answer(text, text)

    def until(self, valid: Callable[[str], str], given: str, prompt: str, default: str = "") -> str:
        """What `valid` makes of the answer; starts with `given` when there is one."""
        while True:
            text = given or self.line(prompt, default) or default
            given = ""
            try:
                if not text:
                    raise ValueError("an answer is needed")
                return valid(text)
            except ValueError as error:
                self.refuse(str(error))

    def yes(self, prompt: str) -> bool:
        """A question whose answer is no unless it begins with y."""
        return self.line(f"{prompt} (y/N)").lower().startswith("y")

    def refuse(self, reason: str) -> None:
        """Say why an answer is not taken."""
        say(f"  {printable(reason)}\n")

    def line(self, prompt: str, default: str = "", *, hidden: bool = False) -> str:
        """One line without surrounding blanks; raises `ConfigurationError` at the end of input."""
        shown = f"{prompt} [{default}]: " if default else f"{prompt}: "
        stdin: TextIO | None = sys.stdin
        terminal = stdin is not None and stdin.isatty()
        if hidden and terminal:
            return getpass.getpass(shown).strip()
        say(shown)
        text = stdin.readline() if stdin is not None else ""
        if not terminal:
            say("\n")
        if not text:
            raise ConfigurationError(
                "The input ended before every question was answered.",
                remediation="Nothing was written. Run the command again.",
            )
        return text.strip()

    def _secret(self, question: SetupQuestion, file: str) -> Answer:
        say(f"{question.prompt}\n")
        if self.answer(_WHERE, "").live == "env":
            variable = self.until(
                lambda name: _set_variable(name, question), "", "Name of the variable"
            )
            return Answer({"env": variable}, _valid(question, os.environ[variable]))
        while True:
            text = self.line(question.prompt, hidden=True)
            try:
                return Answer({"file": file}, _valid(question, text), new_file=True)
            except ValueError as error:
                self.refuse(str(error))

    def _file(self, question: SetupQuestion) -> Answer:
        def readable(text: str) -> str:
            path = Path(text).expanduser().absolute()
            _content(question, path)
            return str(path)

        path = self.until(readable, "", question.prompt, question.default)
        return Answer({"file": path}, _content(question, Path(path)))


def _content(question: SetupQuestion, path: Path) -> str:
    try:
        text = read_text(path, question.setting)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return _valid(question, text.rstrip("\r\n"))


def _valid(question: SetupQuestion, text: str) -> str:
    if not text:
        raise ValueError("an answer is needed")
    if question.choices and text not in question.choices:
        raise ValueError(f"choose one of {', '.join(question.choices)}")
    return question.validate(text) if question.validate else text


def _set_variable(name: str, question: SetupQuestion) -> str:
    if value := os.environ.get(check_variable(name)):
        _valid(question, value)
        return name
    raise ValueError(f"{name} is not set here: set it first, so that it can be checked")
