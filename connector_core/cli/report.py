"""Turns an exception into one readable line and an exit code."""

import sys
import traceback

from rich.cells import cell_len

from connector_core.cli.exits import code_of
from connector_core.cli.output import note
from connector_core.cli.printable import printable
from connector_core.errors import ConnectorError, FilterError

_BESIDE = 60
"""Characters of a filter that are shown on either side of the trouble."""


def report(error: Exception, *, debug: bool) -> int:
    """Say what went wrong and what would work, on stderr; return the exit code."""
    if debug:
        traceback.print_exception(error)
    if isinstance(error, ConnectorError):
        note(f"error: {told(error)}")
        if isinstance(error, FilterError) and error.filter:
            print(pointed(error.filter, error.position), file=sys.stderr)
    else:
        what = "" if debug else " Run the same with: email-security --debug ..."
        note(f"error: Unexpected {type(error).__name__}, a fault of this program.{what}")
    return code_of(error)


def told(error: ConnectorError) -> str:
    """What went wrong and what would work, in one line."""
    return f"{_sentence(str(error))} {error.remediation}".rstrip()


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


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", ")")) else f"{text}."
