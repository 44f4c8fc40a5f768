r"""Comparisons of text in KQL that hold wherever the core's own do, whichever letters KQL folds.

``=~``, ``in~`` and ``contains`` are "currently supported only for ASCII-text" (Microsoft, Kusto
Query Language, "String operators", 2026): ``ü`` may or may not find ``Ü``. To the core a letter of
ASCII is like letters of ASCII alone (`values.fold`), so for a text whose other letters have no case
they do. Any other text is asked for as a regular expression in which every letter stands with all
that are like it: ``[Üü][Bb]``.
"""

import re
from collections.abc import Sequence
from typing import Final

from connector_core.filter.values import alike
from connector_defender_office365 import kql
from connector_defender_office365.kql import FALSE, TRUE, Expr

MAX_OR: Final = 100
"""More alternatives than this are not spelled out; the rows are kept instead."""
MAX_PATTERN: Final = 4_000
"""Characters of a pattern; beyond it every text with a letter outside ASCII is kept instead."""

_OUTSIDE_ASCII: Final = r"[^\x00-\x7F]"
_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")


def equals_any(expr: Expr, values: Sequence[str]) -> Expr:
    """The text is one of these."""
    if "".join(values).isascii():  # nearly always
        return kql.Member(expr, tuple([kql.Text(value) for value in values]), ignore_case=True)
    plain, other = _parted(values)
    listed = kql.Member(expr, _texts(plain), ignore_case=True) if plain else FALSE
    return kql.any_of(listed, _like(expr, other)) if other else listed


def contains_any(expr: Expr, values: Sequence[str]) -> Expr:
    """The text holds one of these; so many of them that all rows are kept, see `MAX_OR`."""
    if len(values) > MAX_OR:
        return TRUE
    if len(values) == 1 and values[0].isascii():  # nearly always
        return kql.Binary("contains", expr, kql.Text(values[0]))
    plain, other = _parted(values)
    found = [kql.Binary("contains", expr, text) for text in _texts(plain)]
    return kql.any_of(*found, _like(expr, other) if other else FALSE)


def beyond_ascii(columns: Sequence[Expr]) -> Expr:
    """One of the texts holds a letter outside ASCII."""
    if not columns:
        return FALSE
    whole = columns[0] if len(columns) == 1 else kql.Lasting(kql.call("strcat", *columns))
    return kql.Binary("matches regex", whole, kql.Text(_OUTSIDE_ASCII))


def _texts(values: Sequence[str]) -> tuple[kql.Text, ...]:
    return tuple([kql.Text(value) for value in values])


def _parted(values: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    return [v for v in values if _is_plain(v)], [v for v in values if not _is_plain(v)]


def _is_plain(text: str) -> bool:
    """Whether no letter outside ASCII has a case."""
    return all(letter.isascii() or len(alike(letter)) == 1 for letter in text)


def _like(expr: Expr, values: Sequence[str]) -> Expr:
    """The text holds one of these, each with a letter outside ASCII that has a case."""
    pattern = "|".join(map(_spelled, values))
    short = len(pattern) <= MAX_PATTERN
    return kql.Binary("matches regex", expr, kql.Text(pattern if short else _OUTSIDE_ASCII))


def _spelled(text: str) -> str:
    """A regular expression for every text that the core calls equal."""
    letters = ("".join(alike(letter)) for letter in text)
    return "".join(
        f"[{each}]" if len(each) > 1 else _SPECIAL.sub(r"\\\g<0>", each) for each in letters
    )
