"""Rules of KQL that the embedded engine can follow in more than one way."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Rules:
    """How the engine reads KQL; the defaults are what Microsoft documents.

    Source: learn.microsoft.com/kusto/query, pages "in~ operator" and "String operators", 2026.
    """

    folds: Literal["ascii", "unicode"] = "ascii"
    """Which letters the case-insensitive operators call equal: "Case-insensitive operators are
    currently supported only for ASCII-text." A service that takes more is within the page."""
    members: int = 1_000_000
    """Distinct values of a table that `in` and `in~` look at; more are left out without a word."""


DOCUMENTED: Final = Rules()
