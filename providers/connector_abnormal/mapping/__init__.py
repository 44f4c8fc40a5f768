"""How Abnormal's objects become OCSF: data only, one file for each thing reported."""

from typing import Final

from connector_abnormal.mapping.page import TABLES, markdown
from connector_abnormal.mapping.search import SEARCH_RESULT
from connector_abnormal.mapping.threats import (
    ATTACHMENT,
    JOINING,
    LINK,
    MESSAGE,
    PAGING,
    REPEATED,
    THREAT,
)
from connector_core.mapping import Table

ALL: Final[tuple[Table, ...]] = tuple(table for table, _ in TABLES)
"""Every table, in the order of the mapping page."""

__all__ = [
    "ALL",
    "ATTACHMENT",
    "JOINING",
    "LINK",
    "MESSAGE",
    "PAGING",
    "REPEATED",
    "SEARCH_RESULT",
    "THREAT",
    "markdown",
]
