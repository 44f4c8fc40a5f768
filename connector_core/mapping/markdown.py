"""Print a mapping table for people."""

import inspect
import uuid
from collections.abc import Iterable, Sequence

from connector_core.convert import deterministic_uid
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

HEADINGS = ("OCSF attribute", "Kind", "Column", "How")
WIDEST = 48
"""Characters up to which cells of a column are padded; a wider one sticks out alone."""


def to_markdown(table: Table, purpose: str = "") -> str:
    """The table as a Markdown section: what it makes and why, its rows in their own order, then
    each decision of several outcomes as a table of its own.
    """
    intro = f"Produces `{table.produces}`. {purpose}".strip()
    rows = aligned(HEADINGS, map(_cells, table.rows))
    decisions = (_decision(table, row) for row in table.rows if _is_long(row))
    return "\n".join([f"## {table.title}\n\n{intro}\n\n{rows}\n", *decisions])


def mapping_page(
    legend: str,
    tables: Iterable[tuple[Table, str]],
    *,
    namespace: uuid.UUID,
    identity: Iterable[Sequence[str]],
    choices: Iterable[Sequence[str]],
    outside: Iterable[Sequence[str]],
    source: str = "Source",
) -> str:
    """A provider's mapping page: legend, identity, choices, every table, what is made outside them.

    `tables` come with their purpose; `identity` has a source, the text that its uid is made of, an
    example of it, and the original uid; `choices` what was chosen and why; `outside` where, which
    attribute, and how.
    """
    make = deterministic_uid(namespace)
    named = [
        (event, f"`{text}`", f"`{example}` makes `{make(example)}`", original)
        for event, text, example, original in identity
    ]
    parts = [
        legend,
        "## What names an event\n\n`metadata.uid` is the same on every read, and anybody can make"
        f" it again: a UUID of version 5 in the namespace `{namespace}`, of the text below in"
        " UTF-8. A part in angle brackets is replaced by what the row holds, an empty text where it"
        " holds nothing.\n\n"
        + aligned((source, "Text", "Example", "`metadata.original_event_uid`"), named)
        + "\n",
        "## Choices that could have been made otherwise\n\n"
        + aligned(("Choice", "Why"), choices)
        + "\n",
        *(to_markdown(table, purpose) for table, purpose in tables),
        "## Made outside the tables\n\n"
        + aligned(("Where", "OCSF attribute", "How"), outside)
        + "\n",
    ]
    return "\n".join(parts)


def aligned(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns line up in plain text too; the last one is not padded.

    >>> print(aligned(["a", "b"], [["long", "x"]]))
    | a    | b |
    | ---- | --- |
    | long | x |
    """
    lines = [tuple(headings), *(tuple(map(_escape, row)) for row in rows)]
    widths = [
        max((len(line[column]) for line in lines if len(line[column]) <= WIDEST), default=3)
        for column in range(len(headings) - 1)
    ]
    rule = (*("-" * width for width in widths), "---")
    return "\n".join(
        f"| {' | '.join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]])} |"
        for line in (lines[0], rule, *lines[1:])
    )


def _cells(row: Row) -> tuple[str, str, str, str]:
    uses = row.uses if isinstance(row, Enum | Computed) else ()
    columns = ", ".join([*(f"`{c}`" for c in row.columns), *(f"({c})" for c in uses)])
    if _only_kept(row):
        return "`unmapped`", "unmapped", columns, _sentence(_why(row))
    attributes = ", ".join(f"`{attribute}`" for attribute in attributes_of(row))
    return attributes, _kind(row), columns, _how(row)


def _only_kept(row: Row) -> bool:
    """Whether the row keeps columns under `unmapped` and does nothing else."""
    return all(attribute.startswith("unmapped.") for attribute in attributes_of(row))


def _why(row: Row) -> str:
    match row:
        case Unmapped(why=why):
            return why
        case Computed(why=why):
            return f"{why}; JSON is kept parsed"
        case _:
            return ""


def _kind(row: Row) -> str:
    if isinstance(row, Enum) and len(row.columns + row.uses) > 1:
        return "computed"
    return type(row).__name__.lower()


def _how(row: Row) -> str:
    match row:
        case Static(value=value):
            return _value(value)
        case Direct(keep_empty=keep_empty):
            return "As it is; an empty text is kept." if keep_empty else "As it is."
        case Enum() if _is_long(row):
            return f"By the table {_names(row.attributes)} below."
        case Enum(rules=rules):
            return "<br>".join(_rule(rule) for rule in rules)
        case Computed(function=function):
            return _paragraph(inspect.getdoc(function) or function.__name__)
        case Unmapped(why=why):
            return _sentence(why)


def _paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _is_long(row: Row) -> bool:
    return isinstance(row, Enum) and (len(row.rules) > 2 or len(row.attributes) > 1)


def _names(attributes: Iterable[str]) -> str:
    return ", ".join(f"`{attribute}`" for attribute in attributes)


def _decision(table: Table, row: Row) -> str:
    """The rules of a row as a table: a line for each, the columns it looks at, what it decides."""
    if not isinstance(row, Enum):
        return ""
    columns = tuple(dict.fromkeys(when.column for rule in row.rules for when in rule.when))
    lines = (
        (
            *(" and ".join(map(_test, tests)) for tests in _by_column(rule, columns)),
            *map(_value, rule.then),
        )
        for rule in row.rules
    )
    heading = f"### {table.title}: {_names(row.attributes)}"
    return f"{heading}\n\n{aligned((*columns, *map(_code, row.attributes)), lines)}\n"


def _by_column(rule: Rule, columns: Iterable[str]) -> Iterable[list[When]]:
    return ([when for when in rule.when if when.column == column] for column in columns)


def _code(text: str) -> str:
    return f"`{text}`"


def _rule(rule: Rule) -> str:
    then = ", ".join(map(_value, rule.then))
    tests = " and ".join(f"{when.column} {_verb(when)}{_test(when)}" for when in rule.when)
    return f"{tests or 'else'} → {then}"


def _verb(when: When) -> str:
    return "" if when.test == "has" else "is "


def _test(when: When) -> str:
    words = " or ".join(f'"{word}"' if word else "empty" for word in when.words)
    match when.test:
        case "empty" | "true":
            return when.test
        case "is":
            return words
        case "has":
            return f"contains {words}"


def _value(value: Value | object) -> str:
    match value:
        case Captioned():
            return f"{int(value)} {value.caption}"
        case Other(caption=caption):
            return f'99 "{caption}"'
        case Word(column=column):
            return f"99 with the word in {column}"
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
