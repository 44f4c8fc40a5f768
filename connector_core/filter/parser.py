"""Filter text: ``field[op]value``, read and written.

A bare value runs to the end of the text (in a list, to the comma) and is taken exactly as it is,
blanks included. A value or list element in double quotes may hold anything; its only escapes are
``\\"`` and ``\\\\``.
"""

import re
from collections.abc import Iterable

from connector_core.errors import FilterError, FilterSyntaxError, InvalidValue
from connector_core.filter.tree import (
    LISTS,
    MAX_LIST,
    And,
    Comparison,
    Filter,
    check_limits,
    operator_named,
)
from connector_core.filter.values import MAX_VALUE, check_characters, printable

MAX_TEXT = 32_768
"""Characters of one filter text."""

_FIELD = re.compile(r"[A-Za-z0-9_.:@/-]*")
_HEAD = re.compile(r"([A-Za-z0-9_.:@/-]+)\[([^\[\]]*)\]")
_QUOTED = re.compile(r'"([^"\\]*+(?:\\["\\][^"\\]*+)*+)"')
_ESCAPE = re.compile(r'\\(["\\])')
_NEEDS_ESCAPE = re.compile(r'["\\]')
_BLANK_THEN_QUOTE = re.compile(r'[ \t]+"')


def parse(text: str) -> Comparison:
    """Read one ``field[op]value``.

    Raises `FilterSyntaxError`, or `InvalidValue` for a value that is too long, a list that is too
    long, NUL or a lone surrogate; `position` tells where.

    >>> parse('email.subject[like]"50% off"').values
    ('50% off',)
    """
    if len(text) > MAX_TEXT:
        raise FilterSyntaxError(
            f"a filter takes at most {MAX_TEXT:,} characters, this has {len(text):,}",
            filter=printable(text[:200]),
        )
    try:
        check_characters(text)
        head = _HEAD.match(text) or _broken_head(text)
        operator = operator_named(head[2])
        spans = _spans(text, head.end(), operator in LISTS)
    except FilterError as error:
        if error.position is None:  # only an unknown operator does not know where it stands
            error.position = text.index("[") + 1
        error.filter = printable(text)
        raise
    return Comparison(head[1], operator, tuple([value for value, _ in spans]), text)


def parse_all(filters: Iterable[str | Filter] | Filter) -> And:
    """Read filters, texts or trees, into one And of all of them.

    One filter given in place of a list counts as a list of one. Raises `FilterError`.
    """
    if isinstance(filters, str | Filter):
        filters = (filters,)
    items: list[Filter] = []
    for each in filters:
        match each:
            case str():
                items.append(parse(each))
            case And():
                items += each.items
            case _:
                items.append(each)
        if len(items) > 1_000:
            break  # enough to be refused
    conjunction = And(tuple(items))
    check_limits(conjunction)
    return conjunction


def to_text(comparison: Comparison) -> str:
    """Write a comparison so that `parse` reads the same one back."""
    values = ",".join(map(quoted, comparison.values))
    return f"{comparison.field}[{comparison.operator}]{values}"


def quoted(value: str) -> str:
    """Write a value bare when that reads well anywhere, else in double quotes."""
    if value and "," not in value and '"' not in value and value == value.strip():
        return value
    return '"' + _NEEDS_ESCAPE.sub(r"\\\g<0>", value) + '"'


def value_positions(text: str) -> tuple[int, ...]:
    """Return where each value of a filter text starts; the text must be one that `parse` takes."""
    head = _HEAD.match(text) or _broken_head(text)
    return tuple(at for _, at in _spans(text, head.end(), operator_named(head[2]) in LISTS))


def _spans(text: str, start: int, is_list: bool) -> list[tuple[str, int]]:
    """Return the values and where each starts; raises with the position."""
    spans: list[tuple[str, int]] = []
    at = start
    while True:
        value, end = _one(text, at, is_list)
        if len(value) > MAX_VALUE:
            raise InvalidValue(
                f"a value takes at most {MAX_VALUE:,} characters, this has {len(value):,}",
                position=at,
            )
        spans.append((value, at))
        if end == len(text):
            return spans
        if len(spans) == MAX_LIST:
            raise InvalidValue(
                f"a list takes at most {MAX_LIST:,} values",
                position=end,
                remediation="Split the list over several queries.",
            )
        at = end + 1


def _one(text: str, at: int, is_list: bool) -> tuple[str, int]:
    """Read the value at a position; return it and where it ends (a comma or the end)."""
    if text.startswith('"', at):
        found = _QUOTED.match(text, at) or _broken_quotes(text, at)
        end = found.end()
        if end < len(text) and not (is_list and text[end] == ","):
            raise FilterSyntaxError(
                "text after the closing quote",
                position=end,
                remediation='Write a quote inside quotes as \\".',
            )
        return _ESCAPE.sub(r"\1", found[1]), end
    end = text.find(",", at) if is_list else len(text)
    end = len(text) if end < 0 else end
    if end == at:
        raise FilterSyntaxError(
            "a value is missing", position=at, remediation='Write "" for the empty text.'
        )
    if _BLANK_THEN_QUOTE.match(text, at):
        raise FilterSyntaxError(
            "a blank before the quote: it is not clear whether the quotes belong to the value",
            position=at,
            remediation="Remove the blank, or put the whole value into quotes.",
        )
    return text[at:end], end


def _broken_head(text: str) -> re.Match[str]:
    """Say why a text has no ``field[op]`` at its start."""
    found = _FIELD.match(text)
    at = found.end() if found else 0
    form = "Write field[op]value, for example severity[in]High,Critical."
    if at == 0:
        raise FilterSyntaxError("a field name is missing", position=0, remediation=form)
    if at == len(text) or text[at] != "[":
        raise FilterSyntaxError(
            "after the field name an operator in square brackets is missing",
            position=at,
            remediation=form,
        )
    raise FilterSyntaxError(
        "the square bracket of the operator is not closed", position=at, remediation=form
    )


def _broken_quotes(text: str, at: int) -> re.Match[str]:
    """Say why a quoted value does not end."""
    inside = at + 1
    while inside < len(text):
        if text[inside] == "\\":
            if text[inside + 1 : inside + 2] not in ('"', "\\"):
                raise FilterSyntaxError(
                    'inside quotes a backslash stands only before " or another backslash',
                    position=inside,
                    remediation=r"Write \\ for one backslash, or leave out the quotes.",
                )
            inside += 1
        inside += 1
    raise FilterSyntaxError("the quote is never closed", position=at)
