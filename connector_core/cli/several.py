"""`events` and `threats` of several integrations: asked as one, each answer accounted for."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import typer

from connector_core.cli import exits
from connector_core.cli.output import Output, emit, line, note, notices
from connector_core.cli.reading import Reading
from connector_core.cli.report import error_line
from connector_core.cli.tables import COLUMNS, row, table
from connector_core.cli.target import connect
from connector_core.errors import ConnectorError
from connector_core.federation import FederatedPage, ProviderAnswer, federate
from connector_core.federation.base import LIMIT_DEFAULT, LIMIT_MAX
from connector_core.federation.links import linked
from connector_core.page import Meta
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
        reading: Reading[FederatedPage] = Reading(
            ask=partial(getattr(federation, operation), filters, order=order),
            name=", ".join(connectors),
            wanted=limit or LIMIT_DEFAULT,
            page_max=LIMIT_MAX,
            cursor=cursor,
            is_last=lambda page, limit: bool(_missing(page)) and len(page.events) < limit,
        )
        whole, said = FederatedPage(events=(), providers={}), set[str]()
        for page in reading:
            if output == "jsonl":
                emit(b"".join(line(one.event) for one in page.events))
                _say(page, said)
            whole = _joined(whole, page)
    if reading.error is not None:
        whole = _cut_short(whole, reading.error)
    match output:
        case "json":
            emit(whole.json() + b"\n")
        case "table":
            emit(table(("provider", *COLUMNS, "also in"), _rows(whole)))
        case "jsonl":
            counts = (f"{name} {one.meta.rows_kept}" for name, one in whole.providers.items())
            note(f"events: {', '.join(counts)}")
    _say(whole, said)
    for name, error in _missing(whole).items():
        note(f"error: {name}: {error_line(error)}")
    reading.end(output)
    if _missing(whole):
        raise typer.Exit(exits.PARTIAL)


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
        meta=first.meta.joined(second.meta),
        messages=[*first.messages, *(one for one in second.messages if one not in first.messages)],
    )


def _cut_short(page: FederatedPage, error: ConnectorError) -> FederatedPage:
    """The page, incomplete: for the next one nobody answered."""
    end = Meta(complete=False, reasons=[str(error)])
    providers = {
        name: replace(one, meta=one.meta.joined(end)) for name, one in page.providers.items()
    }
    return replace(page, providers=providers)


def _missing(page: FederatedPage) -> dict[str, ConnectorError]:
    return {name: one.error for name, one in page.providers.items() if one.error}


def _say(page: FederatedPage, said: set[str]) -> None:
    for name, answer in page.providers.items():
        named = (replace(one, message=f"{name}: {one.message}") for one in answer.messages)
        notices(named, said)
