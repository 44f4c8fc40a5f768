"""The words that may stand bare in a query: names and functions. None ever comes from input."""

import re
from collections.abc import Iterable
from typing import Final

_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}", re.ASCII)

_RESERVED: Final = """
accumulate and anomalychart areachart as asc bagexpansion barchart between bin_legacy boolean by
byte cachingpolicy callout cancel card char columnchart contains contains_cs containscs cycles
dataexport datascope datatable date datetime decimal decodeblocks desc double dynamic earliest
encodingpolicy endswith endswith_cs expandoutput extent_tags_retention external_data externaldata
false find first flags float force_remote harddelete hardretention has has_all has_any has_cs
hasprefix hasprefix_cs hassuffix hassuffix_cs hotcache in int int16 int32 int64 int8 invoke isfuzzy
journal kind ladderchart last latest let like likecs linechart long materialize mdm missing
nooptimization not notcontains notcontainscs notlike notlikecs null of or others pathformat piechart
pivotchart print project queries query_results real relaxed restricted_view_access
row_level_security rowstore rowstore_references rowstore_sealinfo rowstorepolicy rowstores sample
scatterchart seal seals search set shards simple softdelete softretention sql stackedareachart
startswith startswith_cs statistics storedqueryresultcontainers string tablepurge time timechart
timeline timepivot timespan title to toscalar totable treemap true uint uint16 uint32 uint64 uint8
ulong union uniqueid unrestrictedviewers verbose viewers views where with_itemindex with_match_id
with_source with_step_name withsource writeaheadlog
"""
_FUNCTIONS: Final = """
bag_pack case count countif isempty isnotempty isnull make_list min strcat strcmp tolower tostring
"""

RESERVED: Final = frozenset(_RESERVED.split())
"""Words that KQL takes as a name only in brackets, in just this case: `Title` is free, `title` not.

Source: every keyword of Microsoft's Kusto.Language 12.4.1, tried as a column and as a let name.
"""

FUNCTIONS: Final = frozenset(_FUNCTIONS.split())
"""The functions that queries call: pure, known to the service and to the embedded tenant."""


def checked_name(name: str) -> str:
    """Return `name` when KQL takes it bare as the name of a column, table or let.

    Raises ValueError otherwise: names are written by us, so a bad one is a mistake in our code.
    """
    if not _IDENTIFIER.fullmatch(name) or name in RESERVED:
        raise ValueError(
            f"{name!r} cannot stand bare in KQL: a name is a letter, then letters, digits or '_', "
            "and not a reserved word"
        )
    return name


def checked_names(names: Iterable[str]) -> None:
    """Check each name as `checked_name` does."""
    for name in names:
        checked_name(name)


def require(condition: object, problem: str, *facts: object) -> None:
    """Raise ValueError unless `condition` is true: `problem` with `facts` in its ``{}``.

    The text is put together only when it is needed: nodes are made by the thousand.
    """
    if not condition:
        raise ValueError(problem.format(*facts))
