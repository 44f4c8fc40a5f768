"""Everything used of duckdb-kql, private names included: the version is pinned for that.

Names that other files of this package use come from here, so an upgrade has one place to check.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import duckdb_kql
from duckdb_kql import errors as kql_errors
from duckdb_kql import ir
from duckdb_kql import lower as _lower
from duckdb_kql import parser as _parser
from duckdb_kql import schema as _schema
from duckdb_kql import translate as _translate
from duckdb_kql.timespans import ticks as ticks_of
from duckdb_kql.translate import naming, sharing

__all__ = [
    "columns",
    "grammar",
    "ir",
    "kql_errors",
    "lowering",
    "naming",
    "patched",
    "rendering",
    "sharing",
    "ticks_of",
]

PINNED: Final = "1.1.2"

if duckdb_kql.__version__ != PINNED:
    raise ImportError(
        f"the embedded tenant needs duckdb-kql=={PINNED}, found {duckdb_kql.__version__}:"
        f" pip install 'duckdb-kql=={PINNED}'"
    )

# Private names of these are used throughout, which the type checker would refuse one by one.
lowering: Any = _lower
grammar: Any = _parser
columns: Any = _schema
rendering: Any = _translate

_MODULES: Final = {"lowering": lowering, "rendering": rendering}
_patching: Final = threading.RLock()


@contextmanager
def patched(replacements: Mapping[str, object], forms: Mapping[str, Any]) -> Iterator[None]:
    """Replace functions of duckdb-kql for one translation, and put them back after it.

    `replacements` is keyed by "module.name", `forms` (KQL function name to renderer) overlays the
    table of special forms. One translation at a time in the whole process.
    """
    with _patching:
        saved: list[tuple[Any, str, object]] = []
        table = rendering._SPECIAL_FORMS
        known = dict(table)
        try:
            for key, value in replacements.items():
                module = _MODULES[key.partition(".")[0]]
                name = key.partition(".")[2]
                saved.append((module, name, getattr(module, name)))
                setattr(module, name, value)
            table.update(forms)
            yield
        finally:
            for module, name, original in saved:
                setattr(module, name, original)
            table.clear()
            table.update(known)
