"""Print a mapping table for people."""

from connector_core.mapping.rows import (
    Computed,
    Direct,
    Enum,
    Other,
    Row,
    Rule,
    Static,
    Table,
    Unmapped,
    Value,
    When,
    Word,
    attributes_of,
)
from connector_core.ocsf.enums import Captioned

HEADER = "| OCSF attribute | kind | column | how |\n| --- | --- | --- | --- |"


def to_markdown(table: Table) -> str:
    """The table as a Markdown section, rows in their own order."""
    lines = [f"## {table.title}", "", f"Produces `{table.produces}`.", "", HEADER]
    lines += [_line(row) for row in table.rows]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    uses = row.uses if isinstance(row, Enum | Computed) else ()
    attributes = ", ".join(f"`{attribute}`" for attribute in attributes_of(row))
    columns = ", ".join([*(f"`{c}`" for c in row.columns), *(f"({c})" for c in uses)])
    if isinstance(row, Unmapped):
        attributes = "`unmapped`"
    return f"| {attributes} | {_kind(row)} | {columns} | {_escape(_how(row))} |"


def _kind(row: Row) -> str:
    if isinstance(row, Enum) and len(row.columns + row.uses) > 1:
        return "computed"
    return type(row).__name__.lower()


def _how(row: Row) -> str:
    match row:
        case Static(value=value):
            return _value(value)
        case Direct(keep_empty=keep_empty):
            return "as it is; an empty text is kept" if keep_empty else "as it is"
        case Enum(rules=rules):
            return "<br>".join(_rule(rule) for rule in rules)
        case Computed(function=function):
            return (function.__doc__ or function.__name__).strip().splitlines()[0]
        case Unmapped(why=why):
            return why


def _rule(rule: Rule) -> str:
    then = ", ".join(_value(value) for value in rule.then)
    return f"{' and '.join(_when(when) for when in rule.when) or 'else'}: {then}"


def _when(when: When) -> str:
    words = " or ".join(f'"{word}"' for word in when.words)
    match when.test:
        case "empty":
            return f"{when.column} empty"
        case "true":
            return when.column
        case "is":
            return f"{when.column} is {words}"
        case "has":
            return f"{when.column} contains {words}"


def _value(value: Value | object) -> str:
    match value:
        case Captioned():
            return f"{int(value)} {value.caption}"
        case Other(caption=caption):
            return f'99 "{caption}"'
        case Word(column=column):
            return f"99 with the word in {column}"
        case _:
            return str(value)


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
