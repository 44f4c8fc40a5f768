"""Events as rows for people. Text from mail is escaped and never read as markup."""

import io
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector_core.cli.output import on_terminal
from connector_core.cli.printable import printable
from connector_core.summary import (
    dict_of,
    line_of,
    list_of,
    mails_of,
    moment,
    recipients_of,
    sender_of,
)

COLUMNS = ("severity", "disposition", "sender", "recipients", "subject", "time")
NAMES = frozenset({"id", "name", "provider"})
"""Columns whose text people copy."""
LONGEST = 120
"""Characters of a cell: one hostile subject would pad the lines of all others."""
_UNBOUNDED = 100_000


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under headings: fitted to a terminal, else one line a row.

    The lines of a terminal break anywhere but in the columns of `NAMES`; where there is none, what
    is longer than `LONGEST` is cut, but not in the last column.
    """
    terminal = on_terminal()
    drawn = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, show_edge=False)
    for column in columns:
        whole = not terminal or column in NAMES
        drawn.add_column(column.upper(), no_wrap=whole, overflow="fold")
    for row in rows:
        *cells, last = map(printable, row)
        if not terminal:
            cells = [cell if len(cell) <= LONGEST else f"{cell[:LONGEST]}…" for cell in cells]
        drawn.add_row(*map(Text, (*cells, last)))
    text = io.StringIO()
    width = get_terminal_size().columns if terminal else _UNBOUNDED
    Console(file=text, width=width, force_terminal=terminal, highlight=False).print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def row(event: Mapping[str, Any]) -> tuple[str, ...]:
    """One line about a finding or an email activity, in the order of `COLUMNS`."""
    line = line_of(event)
    return (
        line.severity,
        line.disposition,
        _few(line.senders),
        _few(line.recipients),
        _few(line.subjects),
        line.time,
    )


def summary(finding: Mapping[str, Any]) -> str:
    """A finding in lines for a person."""
    info = dict_of(finding.get("finding_info"))
    facts: list[tuple[str, str]] = [
        ("title", str(info.get("title", ""))),
        ("id", str(info.get("uid", ""))),
        ("severity", str(finding.get("severity", ""))),
        ("disposition", str(finding.get("disposition", ""))),
        ("status", str(finding.get("status", ""))),
        ("types", ", ".join(map(str, list_of(info.get("types"))))),
        ("time", moment(finding.get("time"))),
        ("description", str(info.get("desc", ""))),
    ]
    for mail in mails_of(finding):
        facts += [
            ("", ""),
            ("from", str(sender_of(mail) or "")),
            ("to", ", ".join(recipients_of([mail]))),
            ("subject", str(mail.get("subject", ""))),
            ("message id", str(mail.get("message_uid", ""))),
        ]
        facts += [
            ("url", str(dict_of(url).get("url_string", ""))) for url in list_of(mail.get("urls"))
        ]
        facts += [("file", str(dict_of(one).get("name", ""))) for one in list_of(mail.get("files"))]
    lines = (f"{name:<12}{printable(value)}".rstrip() for name, value in facts if value or not name)
    return "".join(f"{line}\n" for line in lines)


def _few(values: Sequence[str], count: int = 2) -> str:
    more = f" +{len(values) - count}" if len(values) > count else ""
    return ", ".join(values[:count]) + more
