"""The demonstration of `make demo`: a question to the embedded tenant, and what comes back.

Needs no account and no network. Uses public names only, as a host would.
"""

import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector_core import Connector

PROVIDER = "emailsecurity_defender_for_office_mock"
FILTERS = ["severity[in]High,Critical"]
HOW_MANY = 8
PIPED_WIDTH = 120
NARROW = 80


def main() -> None:
    """Ask, and show the answer as a table, as OCSF and as KQL."""
    piped = not sys.stdout.isatty()
    out = Console(highlight=False, soft_wrap=piped, width=PIPED_WIDTH if piped else None)
    asked = ", ".join(FILTERS)
    out.print(Text(f"Asking {PROVIDER}\nquery_threats({asked}), the {HOW_MANY} newest\n"))
    with Connector.open(PROVIDER) as email:
        page = email.query_threats(FILTERS, limit=HOW_MANY)
        out.print(findings(page.events, narrow=out.width < NARROW))
        state = "whole" if page.meta.complete else f"not whole: {' '.join(page.meta.reasons)}"
        window = page.meta.as_dict()["effective_range"]
        out.print(
            f"{len(page.events)} findings from {page.meta.rows_read} rows in {page.meta.calls}"
            f" calls; {window['start']} to {window['end']}; {state}.\n"
        )
        mail = [event for event in page.events if event["metadata"]["log_name"] == "EmailEvents"]
        shown = min(mail or page.events, key=lambda event: len(str(event)))
        heading(out, "One of them as OCSF 1.8.0")
        out.print_json(data=shown, ensure_ascii=False)
        heading(out, "The KQL that found them")
        out.print(Text(page.meta.native_query), soft_wrap=True)
    heading(out, "What to type next")
    for line in commands(shown["finding_info"]["uid"]):
        out.print(Text(line), soft_wrap=True)


def heading(out: Console, text: str) -> None:
    """A line that stands out a little, also where there are no colours."""
    out.print(Text(f"\n--- {text} ---", style="bold"))


def findings(events: list[dict[str, Any]], *, narrow: bool) -> Table:
    """One row for each finding, newest first. Text from mail is never read as markup."""
    table = Table(box=None, pad_edge=False)
    for column in ("Time", "Severity", "Outcome"):
        table.add_column(column, no_wrap=True)
    if not narrow:
        table.add_column("Recipients")
    table.add_column("Title", overflow="fold")
    for event in events:
        cells = [event["time_dt"][:16].replace("T", " "), event["severity"]]
        cells.append(event.get("disposition", ""))
        if narrow:
            cells[0] = cells[0][5:]
        else:
            cells.append(str(len(event.get("resources", ()))))
        cells.append(event["finding_info"].get("title", ""))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def printable(text: str) -> str:
    """The text without what could move a terminal's cursor."""
    return "".join(character if character.isprintable() else "·" for character in text)


def commands(uid: str) -> list[str]:
    """Commands that work as they are, from the folder in which the demonstration runs."""
    program = Path(sys.executable).parent / "email-security"
    here = os.path.relpath(program)
    start = here if len(here) < len(str(program)) else str(program)
    return [
        f'{start} threats --provider {PROVIDER} -f "severity[in]High,Critical"',
        f"{start} threat --provider {PROVIDER} {uid} -o table",
        f'{start} events --provider {PROVIDER} -f "direction[eq]Inbound" -n 5 -o jsonl',
        f'{start} explain events --provider {PROVIDER} -f "email.subject[like]invoice"',
        f"{start} setup        # connect a tenant of your own",
    ]


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # the reader went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
