"""Turns an exception into one readable line and an exit code."""

import traceback

from rich.cells import cell_len

from connector_core.cli.exits import code_of
from connector_core.cli.output import note, say
from connector_core.cli.printable import printable
from connector_core.errors import ConnectorError, FilterError

_BESIDE = 60
"""Characters of a filter that are shown on either side of the trouble."""


def report(error: Exception, *, debug: bool) -> int:
    """Say what went wrong and what would work, on stderr; return the exit code."""
    if debug:
        say("".join(traceback.format_exception(error)))
    if isinstance(error, ConnectorError):
        note(f"error: {error_line(error)}")
        if isinstance(error, FilterError) and error.filter:
            say(f"{pointed(error.filter, error.position)}\n")
    else:
        what = "" if debug else " Run the same with: email-security --debug ..."
        note(f"error: Unexpected {type(error).__name__}, a fault of this program.{what}")
    return code_of(error)


def error_line(error: ConnectorError) -> str:
    """What went wrong and what would work, in one line."""
    return f"{sentence(str(error))} {error.remediation}".rstrip()


def pointed(text: str, position: int | None) -> str:
    """The filter, and below it a caret where the trouble starts.

    >>> print(pointed("severty[eq]High", 0))
      severty[eq]High
      ^
    """
    if position is None:
        return f"  {printable(text[: 2 * _BESIDE])}"
    position = min(max(position, 0), len(text))
    first = max(position - _BESIDE, 0)
    before = printable(text[first:position])
    after = printable(text[position : position + _BESIDE])
    return f"  {before}{after}\n  {' ' * cell_len(before)}^"


def sentence(text: str) -> str:
    """A text on one line, with a full stop if it lacks its end."""
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", ".)", "?)")) else f"{text}."
