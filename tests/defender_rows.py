"""Rows of Defender's tables as the provider reads them, and what is made of them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from connector_defender_office365 import findings, normalize
from connector_defender_office365.discovery import DOCUMENTED, Schema
from connector_defender_office365.normalize import Event, Normalizers

TENANT = "5d1c7a52-2f0b-4f5e-9d0e-6c8f0a1b2c3d"
Cells = Mapping[str, Any]


@cache
def documented() -> Normalizers:
    """The mapping for a tenant that has every documented table and column."""
    return Normalizers(TENANT, DOCUMENTED)


@cache
def _row_type(columns: tuple[str, ...]) -> type[msgspec.Struct]:
    return msgspec.defstruct("Row", [(name, Any, None) for name in columns])


def row(table: str, cells: Cells, schema: Schema = DOCUMENTED) -> Any:
    """A row with every column of the table; the columns not given are null."""
    extra = ("Files", "Links") if table == "EmailEvents" else ()
    return _row_type((*schema[table], *extra))(**cells)


def make(
    kind: str, rows: Mapping[str, Sequence[Cells]], tables: Normalizers | None = None
) -> Event:
    """The event or finding of these rows; `kind` is the name of the function that makes it."""
    tables = tables or documented()

    def of(table: str) -> list[Any]:
        return [row(table, cells) for cells in rows.get(table, ())]

    match kind:
        case "email_event":
            (cells,) = rows["EmailEvents"]
            parts = {
                name: [msgspec.json.encode(part).decode() for part in rows.get(table, ())]
                for name, table in (("Files", "EmailAttachmentInfo"), ("Links", "EmailUrlInfo"))
            }
            return normalize.email_event(tables, row("EmailEvents", {**cells, **parts}))
        case "post_delivery_event":
            return normalize.post_delivery_event(tables, *of("EmailPostDeliveryEvents"))
        case "message_finding":
            parts_of = of("EmailAttachmentInfo"), of("EmailUrlInfo")
            return findings.message_finding(tables, of("EmailEvents"), *parts_of)
        case "click_finding":
            return findings.click_finding(tables, of("UrlClickEvents"))
        case "alert_finding":
            return findings.alert_finding(tables, of("AlertInfo"), of("AlertEvidence"))
    raise ValueError(kind)
