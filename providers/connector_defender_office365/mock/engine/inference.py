"""The type of an expression: known from its parts, or asked of DuckDB's binder."""

from collections.abc import Callable
from typing import Final

from .base import ir
from .sqltypes import NUMBERS, SQL_TYPES

Typer = Callable[[ir.Expr], str | None]

_RETURNS: Final = {
    **dict.fromkeys(
        (
            "tostring", "strcat", "strcat_delim", "strcat_array", "tolower", "toupper", "substring",
            "replace_string", "replace_regex", "replace", "trim", "trim_start", "trim_end",
            "reverse", "extract", "hash_md5", "hash_sha1", "hash_sha256", "format_datetime",
            "base64_encode_tostring", "base64_decode_tostring", "gettype",
        ),
        "string",
    ),
    **dict.fromkeys(
        (
            "strlen", "tolong", "indexof", "countof", "array_length", "array_index_of", "strcmp",
            "datetime_diff", "count", "countif", "dcount", "dcountif",
        ),
        "long",
    ),
    **dict.fromkeys(
        (
            "isnull", "isnotnull", "notnull", "isempty", "isnotempty", "not", "tobool", "toboolean",
            "isnan", "isfinite", "isinf", "set_has_element",
        ),
        "bool",
    ),
    **dict.fromkeys(
        (
            "now", "ago", "todatetime", "datetime_add", "startofday", "startofmonth", "startofyear",
            "startofweek", "endofday", "endofmonth", "endofyear", "endofweek",
        ),
        "datetime",
    ),
    **dict.fromkeys(
        (
            "parse_json", "todynamic", "bag_pack", "pack", "pack_array", "split", "make_list",
            "make_set", "parse_url", "array_concat", "array_slice", "array_sort_asc",
            "array_sort_desc", "array_reverse",
        ),
        "dynamic",
    ),
    **dict.fromkeys(("toreal", "todouble", "round", "avg", "sqrt", "pow", "log"), "real"),
    **dict.fromkeys(
        (
            "toint", "getyear", "getmonth", "monthofyear", "dayofmonth", "dayofyear", "hourofday",
            "weekofyear", "week_of_year",
        ),
        "int",
    ),
    **dict.fromkeys(("totimespan", "timespan", "dayofweek"), "timespan"),
}  # fmt: skip
_FIRST_ARGUMENT: Final = frozenset({"bin", "floor", "min", "max", "take_any", "any", "coalesce"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})


def infer(node: ir.Expr, of: Typer) -> str | None:
    """The KQL type of `node`, asking `of` for its parts; None when the parts do not tell."""
    match node:
        case ir.Literal(kind=kind):
            return kind if kind in SQL_TYPES else None
        case ir.InList() | ir.HasList() | ir.Between():
            return "bool"
        case ir.PathAccess():
            return "dynamic"
        case ir.UnaryOp(op="-", operand=operand):
            return _wide(of(operand))
        case ir.UnaryOp():
            return "bool"
        case ir.BinaryOp(op=op, left=left, right=right):
            return _arithmetic(op, of(left), of(right)) if op in _ARITHMETIC else "bool"
        case ir.FunctionCall(name=name, args=args):
            if name in _RETURNS:
                return _RETURNS[name]
            if name in ("iff", "iif", "case") and len(args) > 2:
                values = [*args[1::2], args[-1]] if name == "case" else args[1:]
                return next((found for value in values if (found := of(value))), None)
            if name in _FIRST_ARGUMENT and args:
                first = of(args[0])
                return _wide(first) if name in ("bin", "floor") else first
            return None
        case _:
            return None


def _wide(kind: str | None) -> str | None:
    return "long" if kind == "int" else kind


def _arithmetic(op: str, left: str | None, right: str | None) -> str | None:
    match left, op, right:
        case (a, _, b) if a in NUMBERS and b in NUMBERS:
            return "real" if "real" in (a, b) else "long"
        case ("datetime", "-", "datetime"):
            return "timespan"
        case ("datetime", "+" | "-", "timespan") | ("timespan", "+", "datetime"):
            return "datetime"
        case ("timespan", "+" | "-", "timespan"):
            return "timespan"
        case ("timespan", "/", "timespan"):
            return "real"
        case _:
            return None
