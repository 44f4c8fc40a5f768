"""Renderers of single KQL functions and aggregates that replace the translator's own."""

import dataclasses
from collections.abc import Callable
from typing import Any, Final

from .base import ir, rendering, ticks_of
from .errors import semantic, unsupported
from .inference import Typer

Render = Callable[[ir.Expr], str]

_DAY_US: Final = 86_400_000_000
_CALENDAR: Final = (
    "getyear", "getmonth", "monthofyear", "dayofmonth", "dayofyear", "hourofday",
    "weekofyear", "week_of_year",
)  # fmt: skip
_TEMPORAL: Final = ("datetime", "timespan")


_FORMS: Final[dict[str, Callable[[Any], str | None]]] = dict(
    rendering._SPECIAL_FORMS
)  # the package's own


class Functions:
    """Renderers that need the types of their arguments (`of`) and the query's clock (`now`)."""

    def __init__(self, render: Render, of: Typer, now: str) -> None:
        self.render, self.of, self.now = render, of, now
        self.forms: dict[str, Callable[[Any], str | None]] = {
            "now": self._now, "ago": self._ago, "bin": self._bin, "floor": self._bin,
            "strcmp": self._strcmp, "todatetime": self._todatetime, "split": self._split,
            "parse_json": self._parse_json, "todynamic": self._parse_json,
            "datetime_add": self._datetime_add, "datetime_diff": self._datetime_diff,
            "dayofweek": self._dayofweek,
        }  # fmt: skip
        self.forms |= dict.fromkeys(_CALENDAR, self._calendar)
        for name in ("toint", "tolong", "toreal", "todouble", "totimespan", "timespan"):
            self.forms[name] = self._conversion(_FORMS[name])
        self.forms["round"] = self._round
        for name in ("datetime_part", "format_datetime"):
            self.forms[name] = self._on_microseconds(_FORMS[name])
        for period in ("day", "week", "month", "year"):
            self.forms[f"startof{period}"] = self._start_of
            self.forms[f"endof{period}"] = self._end_of

    # Text of values -------------------------------------------------------------------------

    def text(self, node: ir.Expr) -> str:
        """`tostring(node)`: never null."""
        sql, kind = self.render(node), self.of(node)
        match kind:
            case "string" | "bool" | "int" | "long" | "guid":
                return f"coalesce(CAST({sql} AS VARCHAR), '')"
            case "real":
                return (
                    f"coalesce(CASE WHEN isnan({sql}) THEN 'NaN' ELSE CAST({sql} AS VARCHAR) END,"
                    " '')"
                )
            case "dynamic":
                return f"coalesce(to_json({sql}) ->> '$', '')"
            case "datetime":
                return f"coalesce(kql_text({sql}), '')"
            case "timespan":
                return f"coalesce({rendering._kql_timespan_text(sql)}, '')"
            case _:
                raise unsupported("tostring() of a value whose type it cannot tell")

    def element(self, node: ir.Expr) -> str:
        """`node` as it is held inside a dynamic."""
        if self.of(node) in _TEMPORAL:
            return f"to_json({self.text(node)})"
        return f"to_json({self.render(node)})"

    # Aggregates -----------------------------------------------------------------------------

    def collect(self, node: ir.FunctionCall) -> str:
        """make_list and make_set, with their optional size."""
        if not 1 <= len(node.args) <= 2:
            raise semantic(f"{node.name}() takes a value and an optional size")
        value, sql = node.args[0], self.element(node.args[0])
        present = f"FILTER (WHERE {self.render(value)} IS NOT NULL)"
        if node.name == "make_list":
            items = f"list({sql}) {present}"
        elif self.of(value) == "dynamic":
            items = (
                f"list_distinct(flatten(list(CASE WHEN json_type({sql}) = 'ARRAY'"
                f" THEN CAST({sql} AS JSON[]) ELSE [{sql}] END) {present}))"
            )
        else:
            items = f"list_distinct(list({sql}) {present})"
        if len(node.args) == 2:
            items = f"list_slice({items}, 1, {self._size(node.args[1])})"
        return f"to_json(coalesce({items}, CAST([] AS JSON[])))"

    @staticmethod
    def _size(node: ir.Expr) -> int:
        if not isinstance(node, ir.Literal) or not isinstance(node.value, int):
            raise unsupported("a list size that is not a literal number")
        return node.value

    # Datetimes ------------------------------------------------------------------------------

    def on_datetimes(self, node: Any) -> str | None:
        """Arithmetic and ranges of datetimes, to the tick; None for any other expression."""
        match node:
            case ir.BinaryOp(op="+" | "-" as op, left=left, right=right):
                match self.of(left), self.of(right):
                    case "datetime", "timespan":
                        sign = "-" if op == "-" else ""
                        return f"kql_add({self.render(left)}, {sign}({self.render(right)}))"
                    case "timespan", "datetime" if op == "+":
                        return f"kql_add({self.render(right)}, {self.render(left)})"
                    case "datetime", "datetime" if op == "-":
                        return f"kql_diff({self.render(left)}, {self.render(right)})"
            case ir.Between(value=value) if self.of(value) == "datetime":
                low, high = self.render(node.low), self.render(node.high)
                if self.of(node.high) == "timespan":
                    high = f"kql_add({low}, {high})"
                negation = "NOT " if node.negated else ""
                return f"({self.render(value)} {negation}BETWEEN {low} AND {high})"
        return None

    def _now(self, node: ir.FunctionCall) -> str:
        if not node.args:
            return self.now
        return f"kql_add({self.now}, {self.render(node.args[0])})"

    def _ago(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 1 or self.of(node.args[0]) != "timespan":
            raise semantic("ago() takes one timespan")
        return f"kql_add({self.now}, -({self.render(node.args[0])}))"

    def _bin(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 2:
            raise semantic(f"{node.name}() takes a value and a size")
        value, size = node.args
        if self.of(value) != "datetime":
            return str(rendering.render_bin(node, name=node.name))
        if not isinstance(size, ir.Literal) or size.kind != "timespan" or size.value is None:
            raise unsupported("bin() of a datetime by anything but a literal timespan")
        ticks = ticks_of(str(size.value))
        if ticks <= 0 or _DAY_US * 10 % ticks:
            raise unsupported("bin() of a datetime by a size that does not divide a day")
        return f"kql_bin({self.render(value)}, CAST({ticks * 100} AS BIGINT))"

    def _todatetime(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 1:
            raise semantic("todatetime() takes one value")
        match self.of(node.args[0]):
            case "datetime":
                return self.render(node.args[0])
            case "string" | "dynamic":
                return f"kql_iso({self.text(node.args[0])})"
            case kind:
                raise unsupported(f"todatetime() of type {kind}")

    def _datetime_add(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 3:
            raise semantic("datetime_add() takes a part, an amount and a datetime")
        part = rendering._date_part(node.args[0], node.name, rendering._ARITHMETIC_PARTS)
        amount = f"to_{part}s(CAST({self.render(node.args[1])} AS BIGINT))"
        return f"kql_add_calendar({self.render(node.args[2])}, {amount})"

    def _datetime_diff(self, node: ir.FunctionCall) -> str:
        part = node.args[0] if node.args else None
        if isinstance(part, ir.Literal) and str(part.value).lower() in ("week", "nanosecond"):
            raise unsupported(f'datetime_diff("{part.value}")')
        args = (*node.args[:1], *(self._floored(arg) for arg in node.args[1:]))
        return str(rendering._render_datetime_diff(dataclasses.replace(node, args=args)))

    def _calendar(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 1 or self.of(node.args[0]) != "datetime":
            raise semantic(f"{node.name}() takes one datetime")
        spec = rendering.lookup(node.name)
        return f"CAST({spec.render([self._floored(node.args[0]).sql])} AS INTEGER)"

    def _dayofweek(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 1 or self.of(node.args[0]) != "datetime":
            raise semantic("dayofweek() takes one datetime")
        return f"to_days(CAST(dayofweek({self._floored(node.args[0]).sql}) AS INTEGER))"

    def _floored(self, node: ir.Expr) -> Any:
        return ir.RenderedAggregate(f"kql_us({self.render(node)})")

    def _on_microseconds(self, form: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
        def render(node: ir.FunctionCall) -> str | None:
            args = tuple(
                self._floored(arg) if self.of(arg) == "datetime" else arg for arg in node.args
            )
            return form(dataclasses.replace(node, args=args))

        return render

    def _start_of(self, node: ir.FunctionCall) -> str:
        if not node.args or self.of(node.args[0]) != "datetime":
            raise semantic(f"{node.name}() takes a datetime")
        args = (self._floored(node.args[0]), *node.args[1:])
        start = rendering._render_period(dataclasses.replace(node, args=args))
        return f"CAST({start} AS TIMESTAMP_NS)"

    def _end_of(self, node: ir.FunctionCall) -> str:
        one = ir.Literal(1, "long")
        offset = ir.BinaryOp("+", node.args[1], one) if len(node.args) > 1 else one
        name = "startof" + node.name.removeprefix("endof")
        start = self._start_of(dataclasses.replace(node, name=name, args=(*node.args[:1], offset)))
        return f"make_timestamp_ns(epoch_ns({start}) - 100)"

    # The rest -------------------------------------------------------------------------------

    def _conversion(self, form: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
        def render(node: ir.FunctionCall) -> str | None:
            if len(node.args) == 1 and self.of(node.args[0]) in ("datetime", None):
                raise unsupported(f"{node.name}() of a datetime or of an unknown type")
            return form(node)

        return render

    def _round(self, node: ir.FunctionCall) -> str | None:
        if node.args and self.of(node.args[0]) != "real":
            raise unsupported("round() of anything but a real")
        return _FORMS["round"](node)

    def _strcmp(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 2 or any(self.of(arg) != "string" for arg in node.args):
            raise semantic("strcmp() takes two strings")
        left, right = (self.render(arg) for arg in node.args)
        order = f"CASE WHEN {left} < {right} THEN -1 WHEN {left} > {right} THEN 1 ELSE 0 END"
        return f"CAST({order} AS BIGINT)"

    def _split(self, node: ir.FunctionCall) -> str:
        if not 2 <= len(node.args) <= 3:
            raise semantic("split() takes text, a delimiter and an optional index")
        parts = f"str_split({self.text(node.args[0])}, {self.render(node.args[1])})"
        if len(node.args) == 3:
            index = node.args[2]
            if not isinstance(index, ir.Literal) or not isinstance(index.value, int):
                raise unsupported("split() with an index that is not a literal number")
            parts = f"list_slice({parts}, {index.value + 1}, {index.value + 1})"
        return f"to_json({parts})"

    def _parse_json(self, node: ir.FunctionCall) -> str:
        if len(node.args) != 1:
            raise semantic(f"{node.name}() takes one value")
        match self.of(node.args[0]):
            case "string":
                return f"kql_json({self.render(node.args[0])})"
            case "dynamic":
                raise unsupported(f"{node.name}() of a dynamic; write {node.name}(tostring(...))")
            case kind:
                raise unsupported(f"{node.name}() of type {kind}")
