"""How values are written on their way into the database and out of it."""

import json
from typing import Any

from .base import rendering
from .sqltypes import SQL_TYPES, kql_type
from .stages import Columns, quote


def loaded(kind: str) -> str:
    """One column of an INSERT, from a JSON list."""
    match kind:
        case "string":
            return """coalesce(unnest(from_json_strict(?, '["VARCHAR"]')), '')"""
        case "datetime":
            return """kql_loaded(unnest(from_json_strict(?, '["VARCHAR"]')))"""
        case "timespan" | "guid":
            return f"""CAST(unnest(from_json_strict(?, '["VARCHAR"]')) AS {SQL_TYPES[kind]})"""
        case _:
            return f"""unnest(from_json_strict(?, '["{SQL_TYPES[kind]}"]'))"""


def answer(sql: str, columns: Columns, most: int) -> str:
    """`sql` with values in the form that Result promises."""
    items = []
    for name, stored in columns.items():
        ref = quote(name)
        match kql_type(stored):
            case "datetime":
                form = f"kql_text({ref})"
            case "timespan":
                form = rendering._kql_timespan_text(ref)
            case "dynamic":
                form = f"CAST(to_json({ref}) AS VARCHAR)"
            case "string":
                form = f"coalesce(CAST({ref} AS VARCHAR), '')"
            case "guid":
                form = f"CAST({ref} AS VARCHAR)"
            case "long":
                form = f"CAST({ref} AS BIGINT)"
            case "real":
                form = f"CAST({ref} AS DOUBLE)"
            case _:
                form = ref
        items.append(f"{form} AS {ref}")
    return f"SELECT {', '.join(items)} FROM ({sql}) AS answer LIMIT {most}"  # noqa: S608


def decoded(rows: list[tuple[Any, ...]], kinds: list[str]) -> list[tuple[object, ...]]:
    """The rows, with the JSON texts of dynamic columns parsed."""
    dynamic = [index for index, kind in enumerate(kinds) if kind == "dynamic"]
    if not dynamic:
        return rows
    decoded: list[tuple[object, ...]] = []
    for row in rows:
        values = list(row)
        for index in dynamic:
            if values[index] is not None:
                values[index] = json.loads(values[index])
        decoded.append(tuple(values))
    return decoded
