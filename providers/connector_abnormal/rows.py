"""From a decoded JSON object to a row of a known form; nothing of it is lost on the way.

A value of an unforeseen type never reaches a converter: it is handed back beside the row, like the
fields that nobody knows, and ends up under `unmapped` by its vendor name.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connector_abnormal.keep import SIXTY_FOUR, kept
from connector_core.filter import fold

MAX_NAME: Final = 128
"""Characters of an unknown field's name that are counted as drift."""


class Form:
    """How the objects of one kind are read."""

    def __init__(
        self, table: str, fields: Mapping[str, str], words: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.table = table
        self._fields = fields
        self._words = {name: frozenset(map(fold, known)) for name, known in words.items()}
        self._struct = msgspec.defstruct("Row", [(name, Any, None) for name in fields], gc=False)

    def row(self, raw: Mapping[str, Any], drift: Counter[str]) -> tuple[Any, dict[str, Any]]:
        """The row, and what of the object is not in it. Counts in `drift` what nobody knows."""
        known: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, value in raw.items():
            kind = self._fields.get(name)
            if kind is None:
                drift[f"{self.table}.{name[:MAX_NAME]}"] += 1
                rest[name] = value
            elif value is None:
                continue
            elif (fitted := _fitted(kind, value)) is not None:
                known[name] = fitted
            else:
                drift[f"{self.table}.{name}: {type(value).__name__}"] += 1
                rest[name] = value
        for name, words in self._words.items():
            word = known.get(name)
            if word and fold(word) not in words:
                drift[f"{self.table}.{name}={word[:MAX_NAME]}"] += 1
        return self._struct(**known), kept(rest) or {}


def _fitted(kind: str, value: Any) -> Any:
    """The value in the form of its kind; None when it has another."""
    match kind, value:
        case ("text" | "id", str()):
            return value
        case ("id" | "number" | "boolean", bool()):
            return value if kind == "boolean" else None
        case ("boolean", str()):  # as some fixtures have it
            return {"true": True, "false": False}.get(value.lower())
        case ("id", int()):
            return str(value)
        case ("number", int()):
            return value if -SIXTY_FOUR <= value < SIXTY_FOUR else None
        case ("addresses", str()):
            return value
        case ("texts" | "addresses", list()):
            return value if all(isinstance(item, str) for item in value) else None
        case ("list", list()) | ("object", dict()) | ("files", dict() | list()):
            return value
        case _:
            return None
