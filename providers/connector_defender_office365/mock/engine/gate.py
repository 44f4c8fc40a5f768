"""What a query may name, checked on its parsed form before any SQL exists.

Only the tenant's tables and the query's own let names pass. Constructs that reach outside, that
make rows out of nothing or that the translator gets wrong are refused.
"""

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any, Final

from .base import ir
from .errors import KqlError, syntax, unknown_table, unsupported

_SOURCES: Final = {
    ir.WildcardTableRef: "table names with wildcards",
    ir.CommandSource: "control commands",
    ir.RangeSource: "the range operator",
    ir.GraphSource: "graphs",
}
_FUNCTIONS: Final = {
    "range": "range()",
    "repeat": "repeat()",
    "strrep": "strrep()",
    "make_datetime": "make_datetime()",
}
_OPERATORS: Final = {
    ir.Where: "where", ir.Project: "project", ir.Extend: "extend", ir.Take: "take",
    ir.Sort: "sort", ir.Top: "top", ir.Count: "count", ir.Distinct: "distinct",
    ir.Summarize: "summarize", ir.Join: "join", ir.Lookup: "lookup", ir.Union: "union",
    ir.MvExpand: "mv-expand", ir.Parse: "parse", ir.ProjectAway: "project-away",
    ir.ProjectRename: "project-rename", ir.GetSchema: "getschema",
}  # fmt: skip
# Kusto folds timespans to ticks here where the translator drops or guesses them.
_INEXACT_TARGETS: Final = frozenset({"datetime", "date", "timespan", "time"})


# A scalar let is spliced in wherever it is read, so a few lines can unfold into millions of nodes.
_MOST_NODES: Final = 20_000


def operator_name(op: object) -> str:
    return _OPERATORS.get(type(op), type(op).__name__)


def check(query: ir.Query, tables: Collection[str]) -> ir.Query:
    """`query` without the union parts that isfuzzy=true forgives; KqlError for all else.

    Names are case-sensitive. A let that reads an absent table counts as absent itself.
    """
    if query.parameters:
        raise unsupported("declare query_parameters")
    if _size(query, {}) > _MOST_NODES:
        raise KqlError("limits", "The query is too complex.")
    for node in _nodes(query):
        _refuse(node)
    return _Resolver().resolve(query, frozenset(tables), None)


def _refuse(node: object) -> None:
    if what := _SOURCES.get(type(node)):
        raise unsupported(what)
    match node:
        case ir.TableRef(database=database, cluster=cluster) if database or cluster:
            raise unsupported("other databases and clusters")
        case ir.FunctionCall(name=name) if name.lower() in _FUNCTIONS:
            raise unsupported(_FUNCTIONS[name.lower()])
        case ir.FunctionCall(name=name) if name != name.lower():
            raise KqlError(
                "semantic",
                f"The query has a semantic error: Unknown function: '{name}'."
                " Fix semantic errors in your query.",
            )
        case ir.Take(count=count) | ir.Top(count=count) if count < 0:
            raise syntax("The number of rows to take must not be negative")
        case ir.ParseSegment(type=kind) | ir.MvExpandTarget(to_type=kind) if (
            kind in _INEXACT_TARGETS
        ):
            raise unsupported(f"conversion to {kind} inside parse or mv-expand")
        case _:
            pass


class _Resolver:
    """Finds every table a query names; `absent` holds the lets that read one that is not there."""

    def __init__(self) -> None:
        self.absent: dict[str, KqlError] = {}

    def resolve(self, query: ir.Query, tables: frozenset[str], operator: str | None) -> ir.Query:
        """`query` with every table name known; `operator` is the one that reads the result."""
        lets: list[tuple[str, Any]] = []
        for name, value in query.lets:
            if isinstance(value, ir.Query):
                try:
                    value = self.resolve(value, tables, None)
                except KqlError as error:
                    # Wrong only if something reads it.
                    if error.kind != "semantic":
                        raise
                    tables -= {name}
                    self.absent[name] = error
                    continue
                tables |= {name}
            lets.append((name, value))
        source, operators = query.source, list(query.operators)
        for index, op in enumerate(operators):
            if isinstance(op, ir.Union) and op.isfuzzy:
                return self._fuzzy(query, lets, tables, index)
        if isinstance(source, ir.TableRef) and source.name not in tables:
            first = operator_name(operators[0]) if operators else operator
            raise self.absent.get(source.name) or unknown_table(source.name, first)
        return dataclasses.replace(
            query,
            source=self._inside(source, tables),
            operators=[self._inside(op, tables, operator_name(op)) for op in operators],
            lets=lets,
        )

    def _fuzzy(
        self, query: ir.Query, lets: list[tuple[str, Any]], tables: frozenset[str], index: int
    ) -> ir.Query:
        """A union with isfuzzy=true: parts whose table is absent fall away, unless all do."""
        union: Any = query.operators[index]
        head = ir.Query(query.source, list(query.operators[:index]))
        kept: list[ir.Query] = []
        missing: KqlError | None = None
        for part in (head, *union.branches):
            try:
                kept.append(self.resolve(part, tables, "union"))
            except KqlError as error:
                if error.kind != "semantic":
                    raise
                missing = missing or error
        if not kept:
            raise missing or unsupported("an empty union")
        first, *rest = kept
        whole = dataclasses.replace(union, branches=tuple(rest), isfuzzy=False)
        after = ir.Query(
            first.source,
            [*first.operators, whole, *query.operators[index + 1 :]],
            [*lets, *first.lets],
        )
        return self.resolve(after, tables, None)

    def _inside(self, node: Any, tables: frozenset[str], operator: str | None = None) -> Any:
        """`node` with every query nested in it resolved."""
        if isinstance(node, ir.Query):
            return self.resolve(node, tables, operator)
        if isinstance(node, tuple | list):
            return type(node)(self._inside(item, tables, operator) for item in node)
        if dataclasses.is_dataclass(node) and not isinstance(node, type):
            changes = {}
            for field in dataclasses.fields(node):
                old = getattr(node, field.name)
                new = self._inside(old, tables, operator)
                if new is not old and new != old:
                    changes[field.name] = new
            return dataclasses.replace(node, **changes) if changes else node
        return node


def _size(node: Any, sizes: dict[int, int]) -> int:
    """How many nodes `node` unfolds into; shared parts count each time."""
    if isinstance(node, tuple | list):
        return sum(_size(item, sizes) for item in node)
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return 0
    if id(node) not in sizes:
        parts = (getattr(node, field.name) for field in dataclasses.fields(node))
        sizes[id(node)] = 1 + sum(_size(part, sizes) for part in parts)
    return sizes[id(node)]


def _nodes(root: object) -> Iterator[object]:
    stack, seen = [root], set[int]()
    while stack:
        node = stack.pop()
        if isinstance(node, tuple | list):
            stack.extend(node)
        elif dataclasses.is_dataclass(node) and not isinstance(node, type) and id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(getattr(node, field.name) for field in dataclasses.fields(node))
