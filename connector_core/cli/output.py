"""Where words go: answers to stdout as bytes, everything else to stderr, one line each."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import orjson

from connector_core.cli.printable import printable
from connector_core.provider import Notice

Output = Literal["table", "json", "jsonl"]

_LINE_BREAKS = ("\x85", "\u2028", "\u2029")
"""Line breaks that JSON allows inside a string; the others it escapes itself."""


class OutputClosed(Exception):  # noqa: N818
    """The reader of stdout went away, as ``head`` does."""


def emit(data: bytes | str) -> None:
    """Write to stdout, and make sure it arrived; raises `OutputClosed`."""
    if isinstance(data, str):
        data = data.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise OutputClosed from None


def line(event: dict[str, Any]) -> bytes:
    """An event as one line for every reader, also one that splits at Unicode line breaks."""
    text = orjson.dumps(event)
    for one in _LINE_BREAKS:
        text = text.replace(one.encode(), f"\\u{ord(one):04x}".encode())
    return text + b"\n"


def note(text: str) -> None:
    """One line on stderr, safe to look at."""
    print(printable(text), file=sys.stderr, flush=True)


def notices(messages: Iterable[Notice], said: set[str] | None = None) -> None:
    """Say once what the caller must know about an answer; `said` carries over to later pages."""
    said = set() if said is None else said
    for one in messages:
        text = f"{'warning: incomplete' if one.incomplete else 'notice'}: {one.message}"
        if text not in said:
            said.add(text)
            note(text)


@contextmanager
def progress(text: str) -> Iterator[None]:
    """A spinner on stderr while something takes its time; nothing unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(printable(text)):
        yield
