"""Checks of a mapping table that need no data."""

from collections import Counter
from collections.abc import Collection, Iterator

from connector_core.mapping.rows import Computed, Enum, Table, attributes_of


def problems(table: Table, columns: Collection[str], attributes: Collection[str]) -> Iterator[str]:
    """What is wrong with `table`, one sentence each.

    `columns` are those of the vendor's table, `attributes` the dotted paths that the OCSF class or
    object has. A sound table has every column at home in exactly one row, names no column and no
    attribute that does not exist, and fills no attribute twice.
    """
    homes = Counter(column for column, _ in table.homes())
    for column in columns:
        if homes[column] != 1:
            yield f"{table.title}: column {column} is at home in {homes[column]} rows"
    for row in table.rows:
        uses = row.uses if isinstance(row, Enum | Computed) else ()
        for column in (*row.columns, *uses):
            if column not in columns:
                yield f"{table.title}: there is no column {column}"
    filled = Counter(attribute for row in table.rows for attribute in attributes_of(row))
    for attribute, count in filled.items():
        if count > 1:
            yield f"{table.title}: attribute {attribute} is filled by {count} rows"
        if not attribute.startswith("unmapped.") and attribute not in attributes:
            yield f"{table.title}: {table.produces} has no attribute {attribute}"
