"""Events as rows for people. Text from mail is escaped and never read as markup."""

import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector_core.cli.printable import printable
from connector_core.convert import timestamp_text

COLUMNS = ("severity", "disposition", "sender", "recipients", "subject", "time")
_UNBOUNDED = 100_000


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under headings: fitted to a terminal, else plain with nothing cut off."""
    terminal = sys.stdout.isatty()
    drawn = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, show_edge=False)
    for column in columns:
        drawn.add_column(column.upper(), no_wrap=not terminal, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    text = io.StringIO()
    width = get_terminal_size().columns if terminal else _UNBOUNDED
    Console(file=text, width=width, force_terminal=terminal, highlight=False).print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def row(event: Mapping[str, Any]) -> tuple[str, ...]:
    """One line about a finding or an email activity, in the order of `COLUMNS`."""
    mails = emails(event)
    recipients = _unique(to for mail in mails for to in _list(mail.get("to")))
    subjects = _unique(str(mail["subject"]) for mail in mails if mail.get("subject"))
    title = _dict(event.get("finding_info")).get("title", "")
    return (
        str(event.get("severity", "")),
        str(event.get("disposition", "")),
        _few(_unique(str(mail["from"]) for mail in mails if mail.get("from"))),
        _few(recipients),
        _few(subjects) or str(title),
        moment(event.get("time")),
    )


def emails(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `email` objects of an event: its own, or those of its evidences."""
    holders = [event, *_list(event.get("evidences"))]
    return [mail for holder in holders if (mail := _dict(_dict(holder).get("email")))]


def moment(value: object) -> str:
    """An OCSF time (milliseconds UTC) as RFC 3339 text; empty when there is none."""
    return timestamp_text(value) if isinstance(value, int) else ""


def summary(finding: Mapping[str, Any]) -> str:
    """A finding in lines for a person."""
    info = _dict(finding.get("finding_info"))
    facts: list[tuple[str, str]] = [
        ("title", str(info.get("title", ""))),
        ("id", str(info.get("uid", ""))),
        ("severity", str(finding.get("severity", ""))),
        ("disposition", str(finding.get("disposition", ""))),
        ("status", str(finding.get("status", ""))),
        ("types", ", ".join(map(str, _list(info.get("types"))))),
        ("time", moment(finding.get("time"))),
        ("description", str(info.get("desc", ""))),
    ]
    for mail in emails(finding):
        facts += [
            ("", ""),
            ("from", str(mail.get("from", ""))),
            ("to", ", ".join(map(str, _list(mail.get("to"))))),
            ("subject", str(mail.get("subject", ""))),
            ("message id", str(mail.get("message_uid", ""))),
        ]
        facts += [("url", str(_dict(url).get("url_string", ""))) for url in _list(mail.get("urls"))]
        facts += [("file", str(_dict(one).get("name", ""))) for one in _list(mail.get("files"))]
    lines = (f"{name:<12}{printable(value)}".rstrip() for name, value in facts if value or not name)
    return "".join(f"{line}\n" for line in lines)


def _unique(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values))


def _few(values: Sequence[str], count: int = 2) -> str:
    more = f" +{len(values) - count}" if len(values) > count else ""
    return ", ".join(values[:count]) + more


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
