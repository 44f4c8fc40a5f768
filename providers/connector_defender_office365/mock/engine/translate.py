"""KQL text to one SQL statement, with the types of every stage known while it is rendered.

The package renders an operator as one stage of a WITH list and knows names only. Here each stage is
shown to DuckDB's binder first, so that the next one is rendered, and checked, with types.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector_defender_office365.mock.rules import Rules

from . import checks, operators
from .base import columns as names
from .base import ir, lowering, patched, rendering, sharing
from .errors import KqlError, unsupported
from .folding import OPERATORS, Membership, term_match
from .functions import Functions
from .gate import check, operator_name
from .inference import infer
from .literals import string_value, timestamp
from .parsing import Syntax, rule_children
from .sqltypes import NUMBERS, SQL_TYPES, kql_type
from .stages import Columns, normal, quote, same_names, stub, touched

Describe = Callable[[str], Columns]
_RESULT_TYPES: Final = {"array_index_of": "BIGINT", "datetime_part": "INTEGER"}
# What the package itself does, taken before any translation replaces it.
_EXPRESSION: Final = rendering.render_expr
_LITERAL: Final = rendering.render_literal
_TABLE: Final = rendering.render_table_ref
_AGGREGATE: Final = rendering._render_aggregate_call
_TYPE_MAP: Final = {**rendering.TYPE_MAP, "datetime": "TIMESTAMP_NS", "date": "TIMESTAMP_NS"}
_MOST_SQL: Final = 4_000_000  # characters of one expression


@dataclass(frozen=True, slots=True)
class Table:
    """A table as one query may see it: its columns, and the SQL that selects its visible rows."""

    columns: Mapping[str, str]  # column name -> KQL type
    sql: str


@dataclass(slots=True)
class _Stage:
    """What the expressions being rendered read from: a named input and its columns."""

    name: str
    columns: Columns
    types: dict[int, tuple[object, str | None]] = field(default_factory=dict)


class Translator:
    """Translates one query. `now` is SQL for the query's clock."""

    def __init__(
        self, tables: Mapping[str, Table], describe: Describe, now: str, rules: Rules
    ) -> None:
        self.tables, self.describe, self.now, self.rules = tables, describe, now, rules
        self.stages = [_Stage("", {})]
        self.stubs: list[str] = []  # empty stand-ins for the let CTEs in scope, same columns
        self.shapes: dict[int, tuple[object, Columns]] = {}  # of each query, as last rendered
        self.functions = Functions(self._render, self.type_of, now)

    def translate(self, kql: str) -> tuple[str, Columns]:
        """The SQL and its columns. Raises KqlError, or an error of the package or of DuckDB."""
        with patched(self._replacements(), self.functions.forms):
            query = check(lowering.lower(kql), self.tables)
            schema = {name: list(table.columns) for name, table in self.tables.items()}
            return self._rendered(query, schema)

    def _replacements(self) -> dict[str, object]:
        syntax = Syntax()
        replacements: dict[str, object] = {
            "rendering._render_scoped": self._render_scoped,
            "rendering.render_expr": self._render,
            "rendering.render_literal": self._render_literal,
            "rendering.render_table_ref": self._render_table,
            "rendering.render_clock": lambda: self.now,
            "rendering.render_kql_tostring": self.functions.text,
            "rendering._dynamic_element": self.functions.element,
            "rendering._render_aggregate_call": self._render_aggregate,
            "rendering._refuse_mixed_branch_types": lambda _name, _values: None,
            "rendering._may_be_dynamic": lambda node: self.type_of(node) in ("dynamic", None),
            "rendering.TYPE_MAP": _TYPE_MAP,
            "rendering.BINARY_OPERATORS": OPERATORS,
            "rendering.term_match_sql": term_match,
            "rendering._render_in_list": Membership(self.rules).render,
            "lowering._string_value": string_value,
            "lowering._apply_set_statements": _refuse_set,
            "lowering.parse": syntax.parse,
            "lowering._rule_children": rule_children,
            "lowering._find_all": syntax.find_all,
        }  # fmt: skip
        for name, kind in (
            ("_is_int_expr", "int"), ("_is_dynamic_expr", "dynamic"), ("_is_dynamic", "dynamic"),
            ("_is_string_expr", "string"), ("_is_timespan_expr", "timespan"),
            ("_is_real_expr", "real"), ("_is_datetime_expr", "datetime"),
        ):  # fmt: skip
            replacements[f"rendering.{name}"] = self._is(kind)
        return replacements

    def _is(self, kind: str) -> Callable[[Any], bool]:
        return lambda node: self.type_of(node) == kind

    # Types ----------------------------------------------------------------------------------

    def type_of(self, node: Any) -> str | None:
        """The KQL type of an expression over the current stage, or None."""
        stage = self.stages[-1]
        if isinstance(node, ir.ColumnRef):
            sql = stage.columns.get(node.name)
            return kql_type(sql) if sql else None
        known = stage.types.get(id(node))
        if known is None:
            found = infer(node, self.type_of)
            if found is None and not isinstance(node, ir.Literal):
                found = self._ask(node, stage)
            known = stage.types[id(node)] = (node, found)  # keeps the node, so its id stays its own
        return known[1]

    def _ask(self, node: Any, stage: _Stage) -> str | None:
        try:
            with sharing.barrier():
                sql = self._render(node)
            source = f" FROM {quote(stage.name)}" if stage.columns else ""
            found = self._bind(f'SELECT {sql} AS "v"{source}', stage)
        except KqlError:
            raise
        except Exception:  # the statement itself will say what is wrong
            return None
        return kql_type(found["v"])

    def _known(self, source: Any, sql: str) -> Columns:
        """The columns of the first stage: a table's are told, any other are asked for."""
        if isinstance(source, ir.TableRef) and rendering._let_cte(source.name) is None:
            listed = self.tables[source.name].columns.items()
            return {column: SQL_TYPES[kind] for column, kind in listed}
        return self._bind(sql)

    def _bind(self, sql: str, stage: _Stage | None = None) -> Columns:
        """The columns of a SELECT over `stage` and every CTE in scope."""
        state = rendering._NAMES_STATE.get()
        ctes = list(self.stubs)
        if state is not None:
            scalars = tuple(
                f"{quote(cte)} AS " for scope in state.hoisted for cte in scope.values()
            )
            ctes += [t for scope in state.withs for t in scope if scalars and t.startswith(scalars)]
        if stage is not None and stage.columns:
            ctes.append(stub(stage.name, stage.columns))
        if not ctes:
            return self.describe(sql)
        return self.describe(f"WITH {', '.join(ctes)} SELECT * FROM ({sql})")  # noqa: S608

    # Expressions ----------------------------------------------------------------------------

    def _render(self, node: Any) -> str:
        sql = self._expression(node)
        if len(sql) > _MOST_SQL:
            raise KqlError("limits", "The query is too complex.")
        return sql

    def _expression(self, node: Any) -> str:
        if type(node).__name__ == "_Sql" or sharing.slot_for(node) is not None:
            return str(_EXPRESSION(node))
        checks.expression(node, self.type_of)
        if exact := self.functions.on_datetimes(node):
            return exact
        if isinstance(node, ir.FunctionCall) and node.name in _RESULT_TYPES:
            return f"CAST({_EXPRESSION(node)} AS {_RESULT_TYPES[node.name]})"
        return str(_EXPRESSION(node))

    def _render_literal(self, literal: Any) -> str:
        if literal.kind == "datetime" and literal.value is not None:
            return f"TIMESTAMP_NS '{timestamp(str(literal.value))}'"
        if literal.value is None and literal.kind in ("string", "dynamic"):
            return "''" if literal.kind == "string" else "CAST(NULL AS JSON)"
        return str(_LITERAL(literal))

    def _render_aggregate(self, node: Any) -> str:
        if node.name in ("make_list", "make_set"):
            return self.functions.collect(node)
        checks.expression(node, self.type_of)
        summed = node.args[0] if node.name in ("sum", "avg", "sumif", "avgif") else None
        if summed is not None and self.type_of(summed) not in NUMBERS:
            raise unsupported(f"{node.name}() of anything but numbers")
        sql = str(_AGGREGATE(node))
        if node.name == "percentile" and self.type_of(node.args[0]) == "int":
            return f"CAST({sql} AS BIGINT)"
        return sql

    def _render_table(self, source: Any) -> str:
        if source.database is None and rendering._let_cte(source.name) is not None:
            return str(_TABLE(source))
        return f"({self.tables[source.name].sql}) AS {quote(source.name)}"

    # Stages ---------------------------------------------------------------------------------

    def _render_scoped(self, query: Any, schema: Any, scope: dict[str, str]) -> Any:
        """One pipeline as a WITH list, like the package's own, with the types of each stage."""
        state = rendering._NAMES_STATE.get()
        ctes = state.withs[-1]
        schema, kept = dict(schema), len(self.stubs)
        for name, bound in query.lets:
            if not isinstance(bound, ir.Query):
                continue
            cte = state.binding_name(name)
            sql, shape = self._rendered(bound, schema)
            # Read twice, a cut of unordered rows must be the same cut.
            cut = any(isinstance(op, ir.Take | ir.Top) for op in bound.operators)
            ctes.append(f"{quote(cte)} AS {'MATERIALIZED ' if cut else ''}({sql})")
            self.stubs.append(stub(cte, shape))
            state.labels[-1][name] = rendering._alias_label(bound)
            scope[name] = cte
            schema[name] = list(shape)
        state.schemas[-1] = schema
        prefix = rendering._stage_prefix(state.taken)
        stages: list[str] = []
        shape = {}

        def add(sql: str) -> None:
            nonlocal shape
            shape = self._known(query.source, sql) if not stages else self._bind(sql, current)
            stages.append(sql)

        current = _Stage("", {})
        with self._within(current):
            source = names.resolve_source_let_refs(query.source)
            add(rendering.render_source(source, schema))
            same_names(names._source_columns(source, schema), shape)
            if not isinstance(query.source, ir.TableRef):
                current = _Stage(f"{prefix}0", shape)
                if fixed := normal(f"{prefix}0", shape, set(shape)):
                    add(fixed)
        for index, op in enumerate(query.operators):
            current = _Stage(f"{prefix}{len(stages) - 1}", shape)
            with self._within(current):
                op = names.resolve_let_refs(op, list(shape))
                before = shape
                add(self._operator(op, current, query, schema, index == 0))
                same_names(names._operator_columns(op, list(before), schema), shape)
                operators.output(op, shape)
                filled = touched(op, before, shape)
                current = _Stage(f"{prefix}{len(stages) - 1}", shape)
                if fixed := normal(current.name, shape, filled):
                    add(fixed)
        del self.stubs[kept:]
        self.shapes[id(query)] = (query, shape)
        if len(stages) == 1 and not ctes:
            return rendering.TranslationResult(stages[0])
        listed = [*ctes, *(f"{prefix}{i} AS ({sql})" for i, sql in enumerate(stages))]
        text = ",\n     ".join(listed)
        return rendering.TranslationResult(f"WITH {text}\nSELECT * FROM {prefix}{len(stages) - 1}")

    def _rendered(self, query: Any, schema: Any) -> tuple[str, Columns]:
        """A whole query and its columns, which those of its last stage are."""
        sql = str(rendering.to_sql(query, schema))
        return sql, self.shapes[id(query)][1]

    @contextlib.contextmanager
    def _within(self, stage: _Stage) -> Iterator[None]:
        self.stages.append(stage)
        try:
            yield
        finally:
            self.stages.pop()

    def _operator(self, op: Any, stage: _Stage, query: Any, schema: Any, leading: bool) -> str:
        cols, keyword = list(stage.columns), operator_name(op)
        operators.names(op, stage.columns, keyword)
        rendering._refuse_forward_reference(op, cols)
        names._no_case_collision(cols, keyword)
        match op:
            case ir.Parse(expression=parsed) if self.type_of(parsed) != "string":
                raise unsupported("parse of anything but a string")
            case ir.Summarize(aggregates=aggregates):
                for aggregate in aggregates:
                    operators.aggregate(aggregate, self.type_of)
            case ir.Where(predicate=predicate):
                checks.condition(predicate, self.type_of, "where")
            case ir.Sort(keys=keys) | ir.Top(keys=keys):
                for key in keys:
                    checks.key(self.type_of(key.expr), keyword)
            case ir.Union():
                sql = str(rendering.render_union(op, stage.name, cols, query, schema, leading))
                operators.union(stage.columns, [self.shapes[id(b)][1] for b in op.branches])
                return sql
            case ir.Join() | ir.Lookup():
                right_sql, right = self._rendered(op.right, schema)
                operators.keys(op, stage.columns, right, keyword)
                render = (
                    rendering.render_join if isinstance(op, ir.Join) else rendering.render_lookup
                )
                return str(render(op, stage.name, cols, right_sql, list(right)))
            case _:
                pass
        return str(rendering.render_operator(op, stage.name, cols))


def _refuse_set(tree: Any) -> None:
    if lowering._find_all(tree, "SetStatement"):
        raise unsupported("set statements")
