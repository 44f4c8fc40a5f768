"""`events` and `threats`: read pages and print them."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer

from connector_core.cli.output import Output, emit, line, note, notices, progress
from connector_core.cli.several import list_several
from connector_core.cli.tables import COLUMNS, row, table
from connector_core.cli.target import IntegrationsOption, ProvidersOption, choose_all, connect
from connector_core.connector import Connector
from connector_core.errors import ConnectorError
from connector_core.page import Page
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
        pages = _pages(connector, operation, filters or [], limit, cursor, order)
        match output:
            case "jsonl":
                last = _print_lines(pages)
            case "json":
                last = _print_answer(pages)
            case "table":
                last = _print_table(pages)
    if last and output != "json":
        note(f"next cursor: {last}")


def _pages(
    connector: Connector,
    operation: Listing,
    filters: list[str],
    limit: int | None,
    cursor: str,
    order: Order | None,
) -> "Iterator[Page[Any]]":
    """Pages until `limit` events are there; says where to go on when one of them fails."""
    ask: Any = connector.query_threats
    if operation == "query_events":
        ask = connector.query_events
    capabilities = connector.spec.capabilities.operations[operation]
    wanted = limit or capabilities.page_limit_default
    seen = 0
    while True:
        size = min(wanted - seen, capabilities.page_limit_max)
        try:
            with progress(f"{connector.spec.name}: {seen} of up to {wanted} read"):
                page: Page[Any] = ask(filters, limit=size, cursor=cursor, order=order)
        except ConnectorError:
            if seen:
                note(f"stopped after {seen}; go on with --cursor {cursor}")
            raise
        seen += len(page.events)
        cursor = page.cursor
        yield page
        if not cursor or seen >= wanted:
            return


def _print_lines(pages: "Iterator[Page[Any]]") -> str:
    cursor, said = "", set[str]()
    for page in pages:
        emit(b"".join(line(event) for event in page.events))
        notices(page.messages, said)
        cursor = page.cursor
    return cursor


def _print_table(pages: "Iterator[Page[Any]]") -> str:
    cursor, rows, messages = "", [], []
    for page in pages:
        rows += [row(event) for event in page.events]
        messages += page.messages
        cursor = page.cursor
    emit(table(COLUMNS, rows))
    notices(messages)
    return cursor


def _print_answer(pages: "Iterator[Page[Any]]") -> str:
    """One envelope; that of several pages is as if they were one."""
    answer: dict[str, Any] = {}
    messages = []
    for page in pages:
        answer = _joined(answer, orjson.loads(page.json()))
        messages += page.messages
    emit(orjson.dumps(answer) + b"\n")
    notices(messages)
    return str(answer["cursor"])


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    if not first:
        return second
    meta, more = first["meta"], second["meta"]
    drift = {
        key: meta["drift"].get(key, 0) + more["drift"].get(key, 0)
        for key in meta["drift"] | more["drift"]
    }
    counts = ("calls", "retries", "rows_read", "rows_kept", "throttled_ms")
    problems = first["messages"]["problems"]
    problems += [one for one in second["messages"]["problems"] if one not in problems]
    first["result"] += second["result"]  # in place: a long read must not copy what it has
    return {
        "result": first["result"],
        "cursor": second["cursor"],
        "meta": meta
        | {key: meta[key] + more[key] for key in counts}
        | {
            "complete": meta["complete"] and more["complete"],
            "reasons": list(dict.fromkeys([*meta["reasons"], *more["reasons"]])),
            "drift": drift,
        },
        "messages": {"problems": problems},
    }
