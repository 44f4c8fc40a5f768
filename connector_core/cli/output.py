"""Where words go: answers to stdout as bytes, everything else to stderr, one line each."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import orjson

from connector_core.cli.printable import printable
from connector_core.provider import Notice

Output = Literal["table", "json", "jsonl"]

_LINE_BREAKS = ("\x85", "\u2028", "\u2029")
"""Line breaks that JSON allows inside a string; the others it escapes itself."""


class OutputClosed(Exception):  # noqa: N818
    """The reader of stdout went away, as ``head`` does."""


class OutputFailed(Exception):  # noqa: N818
    """Stdout cannot be written, and why."""


def emit(data: bytes | str) -> None:
    """Write all of it to stdout, and make sure it arrived.

    Raises `OutputClosed` or `OutputFailed`.
    """
    stdout: TextIO | None = sys.stdout  # None when the program was started without one
    if stdout is None:
        raise OutputFailed("stdout is closed")
    if isinstance(data, str):
        data = data.encode(stdout.encoding or "utf-8", "backslashreplace")
    rest = memoryview(data)
    try:
        stdout.flush()
        while rest:
            # Unbuffered, as under PYTHONUNBUFFERED, a write may take a part only.
            taken = stdout.buffer.write(rest)
            if not taken:
                raise BlockingIOError(None, "it takes nothing more")
            rest = rest[taken:]
        stdout.buffer.flush()
    except BrokenPipeError:
        raise OutputClosed from None
    except (OSError, ValueError) as error:
        raise OutputFailed(getattr(error, "strerror", None) or "stdout is closed") from None


def emit_json(value: object) -> None:
    """Write a value to stdout as JSON that people can read, too."""
    emit(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    stdout: TextIO | None = sys.stdout
    return stdout is not None and stdout.isatty()


def line(event: dict[str, Any]) -> bytes:
    """An event as one line for every reader, also one that splits at Unicode line breaks."""
    text = orjson.dumps(event)
    for one in _LINE_BREAKS:
        text = text.replace(one.encode(), f"\\u{ord(one):04x}".encode())
    return text + b"\n"


def say(text: str) -> None:
    """Write to stderr as it is; where there is none, or it is full, nobody can be told."""
    stderr: TextIO | None = sys.stderr
    if stderr is None:
        return
    try:
        stderr.write(text)
        stderr.flush()
    except (OSError, ValueError):
        abandon(stderr)


def note(text: str) -> None:
    """One line on stderr, safe to look at."""
    say(f"{printable(text)}\n")


def notices(messages: Iterable[Notice], said: set[str] | None = None) -> None:
    """Say once what the caller must know about an answer; `said` carries over to later pages."""
    said = set() if said is None else said
    for one in messages:
        text = f"{'warning: incomplete' if one.incomplete else 'notice'}: {one.message}"
        if text not in said:
            said.add(text)
            note(text)


def abandon(stream: TextIO | None) -> None:
    """Point a stream to nowhere, so that the interpreter's last flush does not complain."""
    try:
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return


@contextmanager
def progress(text: str) -> Iterator[None]:
    """A spinner on stderr while something takes its time; nothing unless stderr is a terminal."""
    stderr: TextIO | None = sys.stderr
    if stderr is None or not stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(printable(text)):
        yield
