"""Case-insensitive operators as the case-sensitive ones on both sides folded, by `Rules.folds`.

The translator folds with DuckDB's own `lower`, which knows all letters; here each engine has a
macro `kql_fold` of its own.
"""

from dataclasses import replace
from typing import Any, Final

from connector_defender_office365.mock.rules import Rules

from .base import ir, rendering
from .errors import unsupported

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CASE_SENSITIVE: Final = {"=~": "==", "!~": "!="}
_TERM_MATCH: Final = rendering.term_match_sql
_IN_LIST: Final = rendering._render_in_list

MACROS: Final = {
    "ascii": f"kql_fold(s) AS translate(s, '{_UPPER}', '{_UPPER.lower()}')",
    "unicode": "kql_fold(s) AS lower(s)",
}
"""The macro for each value of `Rules.folds`."""


def _folded(sql: str) -> str:
    return f"kql_fold({sql})"


def _operators() -> dict[str, Any]:
    known: dict[str, Any] = rendering.BINARY_OPERATORS
    changed = {}
    for name, spec in known.items():
        exact = known.get(_CASE_SENSITIVE.get(name, f"{name}_cs"))
        if exact is not None:
            template = exact.template.format(_folded("{0}"), _folded("{1}"))
            changed[name] = replace(spec, template=template)
    return known | changed


OPERATORS: Final = _operators()
"""Operator -> how it is written in SQL."""


def term_match(haystack: str, needle: str, *, case_sensitive: bool = False, **more: Any) -> str:
    """`has` and its family."""
    if not case_sensitive:
        haystack, needle = _folded(haystack), _folded(needle)
    return str(_TERM_MATCH(haystack, needle, case_sensitive=True, **more))


class Membership:
    """Renders `in` and `in~`."""

    def __init__(self, rules: Rules) -> None:
        self._most = rules.members

    def render(self, node: Any, value: str) -> str:
        """The test of a value that is rendered already."""
        if node.subquery is not None:
            return self._among(node, value)
        if not node.case_insensitive:
            return str(_IN_LIST(node, value))
        if any(isinstance(item, ir.ToScalar) for item in node.items):
            raise unsupported("in~ of toscalar()")
        items = [rendering.render_expr(item) for item in node.items]
        if len(items) == 1 and rendering._is_dynamic(node.items[0]):
            listed = f"list_transform(CAST({items[0]} AS VARCHAR[]), lambda v: {_folded('v')})"
            value = _folded(f"CAST({value} AS VARCHAR)")
            return str(rendering._in_result(f"list_contains({listed}, {value})", node, value))
        value = _folded(value)
        found = f"({value} IN ({', '.join(map(_folded, items))}))"
        return str(rendering._in_result(found, node, value))

    def _among(self, node: Any, value: str) -> str:
        """Among the first column of a table, of which only so many different values are seen."""
        table = rendering.to_sql(node.subquery, rendering._nested_schema())
        first = "_c1"
        if node.case_insensitive:
            value, first = _folded(value), _folded("CAST(_c1 AS VARCHAR)")
        seen = f"SELECT DISTINCT {first} FROM ({table}) AS _q(_c1) LIMIT {self._most}"  # noqa: S608
        return str(rendering._in_result(f"({value} IN ({seen}))", node, value))
