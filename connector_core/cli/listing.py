"""`events` and `threats`: read pages and print them."""

from functools import partial, reduce
from typing import Annotated, Any, Final

import typer

from connector_core.cli.output import Output, emit, line, notices
from connector_core.cli.reading import Reading
from connector_core.cli.several import list_several
from connector_core.cli.tables import COLUMNS, row, table
from connector_core.cli.target import IntegrationsOption, ProvidersOption, choose_all, connect
from connector_core.page import Meta, Page
from connector_core.paging import Listing
from connector_core.query import Order

FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", metavar="FILTER", help="field[op]value, such as "
                 "severity[in]High,Critical; all given ones must hold."),
]  # fmt: skip
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", "-n", min=1, help="Events at most; pages are fetched as needed. "
                 "Without it, one page."),
]  # fmt: skip
CursorOption = Annotated[
    str, typer.Option("--cursor", "-c", help="Go on where an earlier answer ended.")
]
OrderOption = Annotated[
    Order | None, typer.Option("--order", help="By time; the provider decides when left out.")
]  # fmt: skip
OutputOption = Annotated[
    Output,
    typer.Option("--output", "-o", help="table for people; json the whole answer; jsonl one OCSF "
                 "object a line."),
]  # fmt: skip


def events(
    providers: ProvidersOption = None,
    integrations: IntegrationsOption = None,
    filters: FilterOption = None,
    limit: LimitOption = None,
    cursor: CursorOption = "",
    order: OrderOption = None,
    output: OutputOption = "table",
) -> None:
    """List email activities: what happened to mail.

    \b
    Example:
      email-security events --integration work -f "email.from[eq]billing@example.com" -o jsonl
    """
    _list("query_events", providers, integrations, filters, limit, cursor, order, output)


def threats(
    providers: ProvidersOption = None,
    integrations: IntegrationsOption = None,
    filters: FilterOption = None,
    limit: LimitOption = None,
    cursor: CursorOption = "",
    order: OrderOption = None,
    output: OutputOption = "table",
) -> None:
    """List detection findings: what the vendor deemed a threat.

    \b
    Example:
      email-security threats --integration work -f "severity[in]High,Critical" --limit 20
    """
    _list("query_threats", providers, integrations, filters, limit, cursor, order, output)


def _list(
    operation: Listing,
    providers: list[str] | None,
    integrations: list[str] | None,
    filters: list[str] | None,
    limit: int | None,
    cursor: str,
    order: Order | None,
    output: Output,
) -> None:
    chosen = choose_all(providers or [], integrations or [])
    if len(chosen) > 1:
        list_several(operation, chosen, filters or [], limit, cursor, order, output)
        return
    with connect(chosen[0], paging=True) as connector:
        capabilities = connector.spec.capabilities.operations[operation]
        reading: Reading[Page[Any]] = Reading(
            ask=partial(getattr(connector, operation), filters or [], order=order),
            name=connector.spec.name,
            wanted=limit or capabilities.page_limit_default,
            page_max=capabilities.page_limit_max,
            cursor=cursor,
        )
        _PRINT[output](reading)
    reading.end(output)


def _print_lines(reading: Reading[Page[Any]]) -> None:
    said = set[str]()
    for page in reading:
        emit(b"".join(line(event) for event in page.events))
        notices(page.messages, said)


def _print_table(reading: Reading[Page[Any]]) -> None:
    rows, messages = [], []
    for page in reading:
        rows += [row(event) for event in page.events]
        messages += page.messages
    emit(table(COLUMNS, rows))
    notices(messages)


def _print_answer(reading: Reading[Page[Any]]) -> None:
    """One envelope; that of several pages is as if they were one."""
    whole = reduce(_joined, reading)
    if reading.error is not None:
        whole.meta = whole.meta.joined(Meta(complete=False, reasons=[str(reading.error)]))
    emit(whole.json() + b"\n")
    notices(whole.messages)


def _joined(first: Page[Any], second: Page[Any]) -> Page[Any]:
    first.events += second.events  # in place: a long read must not copy what it has
    first.messages += [one for one in second.messages if one not in first.messages]
    first.meta = first.meta.joined(second.meta)
    first.cursor = second.cursor
    return first


_PRINT: Final = {"table": _print_table, "json": _print_answer, "jsonl": _print_lines}
