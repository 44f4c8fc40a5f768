"""`events` and `threats` of several integrations: asked as one, each answer accounted for."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import typer

from connector_core.cli import exits
from connector_core.cli.output import Output, emit, line, note, notices, progress
from connector_core.cli.report import told
from connector_core.cli.tables import COLUMNS, row, table
from connector_core.cli.target import connect
from connector_core.errors import ConnectorError
from connector_core.federation import FederatedPage, Federation, ProviderAnswer, federate
from connector_core.federation.base import LIMIT_DEFAULT, LIMIT_MAX
from connector_core.federation.links import linked
from connector_core.federation.page import join
from connector_core.paging import Listing
from connector_core.query import Order
from connector_core.settings import Integration


def list_several(
    operation: Listing,
    integrations: list[Integration],
    filters: list[str],
    limit: int | None,
    cursor: str,
    order: Order | None,
    output: Output,
) -> None:
    """Print the merged answer; exits with `exits.PARTIAL` when a provider is missing from it."""
    with ExitStack() as stack:
        connectors = {
            one.name or one.provider: stack.enter_context(connect(one, paging=True))
            for one in integrations
        }
        federation = federate(connectors)
        whole = FederatedPage(events=(), providers={})
        said = set[str]()
        for page in _pages(federation, operation, filters, limit, cursor, order):
            if output == "jsonl":
                emit(b"".join(line(one.event) for one in page.events))
                _say(page, said)
            whole = _joined(whole, page)
    match output:
        case "json":
            emit(whole.json() + b"\n")
        case "table":
            emit(table(("provider", *COLUMNS, "also in"), _rows(whole)))
        case "jsonl":
            counts = (f"{name} {one.meta.rows_kept}" for name, one in whole.providers.items())
            note(f"events: {', '.join(counts)}")
    _say(whole, said)
    _close(whole, output)


def _pages(
    federation: Federation,
    operation: Listing,
    filters: list[str],
    limit: int | None,
    cursor: str,
    order: Order | None,
) -> Iterator[FederatedPage]:
    """Pages until `limit` events are there, or only those are left who do not answer."""
    ask: Any = federation.query_threats
    if operation == "query_events":
        ask = federation.query_events
    wanted = limit or LIMIT_DEFAULT
    names = ", ".join(federation.connectors)
    seen = 0
    while True:
        size = min(wanted - seen, LIMIT_MAX)
        try:
            with progress(f"{names}: {seen} of up to {wanted} read"):
                page: FederatedPage = ask(filters, limit=size, cursor=cursor, order=order)
        except ConnectorError:
            if seen:
                note(f"stopped after {seen}; go on with --cursor {cursor}")
            raise
        seen += len(page.events)
        cursor = page.cursor
        yield page
        exhausted = bool(_missing(page)) and len(page.events) < size
        if not cursor or seen >= wanted or exhausted:
            return


def _rows(page: FederatedPage) -> Iterator[tuple[str, ...]]:
    for one in page.events:
        others = dict.fromkeys(page.events[index].provider for index in one.same_message)
        yield (one.provider, *row(one.event), ", ".join(others))


def _joined(first: FederatedPage, second: FederatedPage) -> FederatedPage:
    """Two pages as if they were one."""
    before = first.providers
    providers = {
        name: _answers(before[name], answer) if name in before else answer
        for name, answer in second.providers.items()
    }
    events = linked([*first.events, *second.events]) if first.events else second.events
    return FederatedPage(events=events, cursor=second.cursor, providers=providers)


def _answers(first: ProviderAnswer, second: ProviderAnswer) -> ProviderAnswer:
    """What became of a provider in the end; what it failed to say at first it may say later."""
    return replace(
        second,
        status=first.status if second.status == "finished" else second.status,
        meta=join(first.meta, second.meta),
        messages=[*first.messages, *(one for one in second.messages if one not in first.messages)],
    )


def _missing(page: FederatedPage) -> dict[str, ConnectorError]:
    return {name: one.error for name, one in page.providers.items() if one.error}


def _say(page: FederatedPage, said: set[str]) -> None:
    for name, answer in page.providers.items():
        named = (replace(one, message=f"{name}: {one.message}") for one in answer.messages)
        notices(named, said)


def _close(page: FederatedPage, output: Output) -> None:
    missing = _missing(page)
    for name, error in missing.items():
        note(f"error: {name}: {told(error)}")
    if page.cursor and output != "json":
        note(f"next cursor: {page.cursor}")
    if missing:
        raise typer.Exit(exits.PARTIAL)
