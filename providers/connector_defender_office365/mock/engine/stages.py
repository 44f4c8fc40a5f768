"""One stage of a translated query: its columns, and the form their values must have."""

from typing import Any, Final

from .base import ir, rendering
from .errors import unsupported
from .sqltypes import SQL_TYPES, kql_type

Columns = dict[str, str]  # column name -> DuckDB type, in order
quote = rendering.quote_ident
_OUTER_SIDES: Final = {
    "leftouter": (False, True),
    "rightouter": (True, False),
    "fullouter": (True, True),
}


def stub(name: str, shape: Columns) -> str:
    """An empty table with the columns of a CTE: enough for the binder, and quick."""
    listed = ", ".join(f"CAST(NULL AS {sql}) AS {quote(column)}" for column, sql in shape.items())
    return f"{quote(name)} AS (SELECT {listed} WHERE false)"


def same_names(expected: list[str], found: Columns) -> None:
    """DuckDB folds case, and renames a column whose name differs from another in case only."""
    if expected != list(found):
        raise unsupported("column names that differ only in case, or this combination of names")


def touched(op: Any, before: Columns, after: Columns) -> set[str]:
    """The output columns of `op` that it may have filled with nulls or given another type."""
    match op:
        case ir.Project(expressions=expressions):
            pairs = zip(expressions, after, strict=True)
            return {name for e, name in pairs if not isinstance(e.expr, ir.ColumnRef)}
        case ir.Extend():
            named = {e.name for e in op.expressions if e.name}
            return {name for name in after if name not in before or name in named} | (
                set(after) if any(e.name is None for e in op.expressions) else set()
            )
        case ir.Summarize(by=by):
            return set(list(after)[len(by) :]) | {
                name
                for key, name in zip(by, after, strict=False)
                if not isinstance(key.expr, ir.ColumnRef)
            }
        case ir.Join(kind=kind) if kind in _OUTER_SIDES:
            left, right = _OUTER_SIDES[kind]
            listed = list(after)
            return set(listed[: len(before)] if left else []) | set(
                listed[len(before) :] if right else []
            )
        case ir.Lookup(kind="leftouter"):
            return set(list(after)[len(before) :])
        case ir.Union() | ir.MvExpand() | ir.Parse() | ir.Distinct():
            return set(after)
        case _:
            return set()


def normal(name: str, shape: Columns, filled: set[str]) -> str | None:
    """A stage that gives `filled` columns their KQL form, or None when they have it.

    A string is never null; datetimes keep ticks; whole numbers are 64 bits; lists are dynamic.
    """
    items, changed = [], False
    for column, sql in shape.items():
        ref = quote(column)
        kind = kql_type(sql)
        if kind is None and sql in ('"NULL"', "NULL"):
            form = f"CAST({ref} AS BIGINT)"
        elif kind is None:
            raise unsupported(f"values such as column '{column}' holds ({sql})")
        elif column not in filled or sql == SQL_TYPES[kind] != "VARCHAR":
            form = ref
        elif kind == "string":
            form = f"coalesce({ref}, '')"
        elif kind == "dynamic":
            form = f"to_json({ref})"
        else:
            form = f"CAST({ref} AS {SQL_TYPES[kind]})"
        changed = changed or form != ref
        items.append(f"{form} AS {ref}")
    return f"SELECT {', '.join(items)} FROM {quote(name)}" if changed else None  # noqa: S608
