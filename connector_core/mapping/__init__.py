"""Mapping tables: one table per vendor table, read in both directions.

A table says how the columns of a vendor's row become the attributes of an OCSF event. It is
compiled into a plain function (`compile.py`), checked (`check.py`), printed (`markdown.py`), and
asked by a provider's translator which columns stand behind an attribute.
"""

from connector_core.mapping.check import problems
from connector_core.mapping.compile import Normalizer, normalizer
from connector_core.mapping.decide import own_word
from connector_core.mapping.markdown import aligned, mapping_page, to_markdown
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
    When,
    Word,
    computed,
    decided,
    direct,
    empty,
    enum,
    has,
    is_,
    static,
    table,
    true,
    unmapped,
)

__all__ = [
    "Computed",
    "Direct",
    "Enum",
    "Normalizer",
    "Other",
    "Row",
    "Rule",
    "Static",
    "Table",
    "Unmapped",
    "When",
    "Word",
    "aligned",
    "computed",
    "decided",
    "direct",
    "empty",
    "enum",
    "has",
    "is_",
    "mapping_page",
    "normalizer",
    "own_word",
    "problems",
    "static",
    "table",
    "to_markdown",
    "true",
    "unmapped",
]
