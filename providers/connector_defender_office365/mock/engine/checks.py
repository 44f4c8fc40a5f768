"""Type rules that the service enforces and SQL does not: a query that breaks one is refused."""

from collections.abc import Sequence
from typing import Final

from .base import ir
from .errors import KqlError, semantic, unsupported
from .inference import Typer
from .sqltypes import family

_ORDERING: Final = frozenset({"<", "<=", ">", ">="})
_EQUALITY: Final = frozenset({"==", "!=", "<>"})
_ORDERED: Final = frozenset({"number", "datetime", "timespan"})
# DuckDB would take the JSON text of a dynamic here, quotes and all.
_NOT_DYNAMIC: Final = frozenset(
    {
        "extract", "extract_all", "replace_string", "replace_regex", "replace", "trim",
        "trim_start", "trim_end", "countof", "base64_encode_tostring", "base64_decode_tostring",
        "base64_encodestring", "base64_decodestring", "parse_url", "parse_ipv4", "parse_ipv6",
        "min", "max", "dcount", "dcountif", "percentile", "min_of", "max_of", "strcat_delim",
    }
)  # fmt: skip
_TEXT: Final = frozenset(
    {"=~", "!~", "matches regex"}
    | {
        f"{negation}{operator}{case}"
        for operator in ("contains", "has", "hasprefix", "hassuffix", "startswith", "endswith")
        for negation in ("", "!")
        for case in ("", "_cs")
    }
)


def expression(node: ir.Expr, of: Typer) -> None:
    """Raises KqlError when the operands of `node` do not go together."""
    match node:
        case ir.BinaryOp(op=op, left=left, right=right) if op in _ORDERING:
            _ordered(op, left, right, of)
        case ir.BinaryOp(op=op, left=left, right=right) if op in _EQUALITY:
            _comparable(left, right, of)
        case ir.BinaryOp(op=op, left=left) if op in _TEXT:
            _text(op, left, of)
        case ir.BinaryOp(op="and" | "or" as op, left=left, right=right):
            condition(left, of, op)
            condition(right, of, op)
        case ir.Between(value=value, low=low, high=high):
            _ordered("between", value, low, of)
            if (kind := of(high)) in ("string", "dynamic", "guid", "bool", None):
                raise semantic(f"'between' does not take a bound of type {kind}")
        case ir.InList(value=value, items=items):
            for item in items:
                if of(item) != "dynamic":  # a dynamic item is a list of values
                    _comparable(value, item, of)
        case ir.HasList(value=value):
            _text("has_any", value, of)
        case ir.FunctionCall(name="iff" | "iif" as name, args=args) if len(args) == 3:
            condition(args[0], of, name)
            one_type(name, args[1:], of)
        case ir.FunctionCall(name="case", args=args) if len(args) > 2:
            for test in args[:-1:2]:
                condition(test, of, "case")
            one_type("case", [*args[1::2], args[-1]], of)
        case ir.FunctionCall(name="coalesce", args=args):
            one_type("coalesce", args, of)
        case ir.FunctionCall(name="countif", args=args) if args:
            condition(args[0], of, "countif")
        case ir.PathAccess(base=base) if (kind := of(base)) not in ("dynamic", None):
            raise semantic(f"A property cannot be read from type {kind}; use parse_json()")
        case ir.FunctionCall(name=name, args=args) if name in _NOT_DYNAMIC:
            if any(of(arg) == "dynamic" for arg in args):
                raise unsupported(f"{name}() of a dynamic; cast it, as in tostring()")
        case _:
            pass


def condition(node: ir.Expr, of: Typer, where: str) -> None:
    kind = of(node)
    if kind not in ("bool", None):
        raise semantic(f"'{where}' takes a condition of type bool, not {kind}")


def key(kind: str | None, where: str) -> None:
    """Rows cannot be grouped, sorted or joined by a dynamic."""
    if kind == "dynamic":
        raise semantic(f"'{where}' operator: a key may not be dynamic; cast it, as in tostring()")


def one_type(name: str, values: Sequence[ir.Expr], of: Typer) -> None:
    kinds = {"long" if kind == "int" else kind for value in values if (kind := of(value))}
    if len(kinds) > 1:
        listed = ", ".join(sorted(kinds))
        raise semantic(f"{name}(): every result must have one type, found {listed}")


def _ordered(op: str, left: ir.Expr, right: ir.Expr, of: Typer) -> None:
    one, other = of(left), of(right)
    for kind in (one, other):
        if kind is None:
            raise unsupported(f"'{op}' on a value whose type it cannot tell")
        if kind == "dynamic":
            raise unsupported(f"'{op}' on a dynamic; cast it, as in tolong()")
        if family(kind) not in _ORDERED:
            raise _mismatch(one, other, f"{op} does not order type {kind}; use strcmp() for text")
    if one and other and family(one) != family(other):
        raise _mismatch(one, other, "")


def _comparable(left: ir.Expr, right: ir.Expr, of: Typer) -> None:
    one, other = of(left), of(right)
    if one is None or other is None or family(one) == family(other):
        return
    if {one, other} == {"dynamic", "string"}:
        text = left if one == "string" else right
        if isinstance(text, ir.Literal) and text.value:
            return
        # Whether a missing property equals "" is documented nowhere.
        raise unsupported("comparing a dynamic with text that may be empty; use tostring()")
    if {family(one), family(other)} == {"bool", "number"}:
        raise unsupported("comparing a bool with a number")
    if "dynamic" in (one, other):
        raise unsupported("comparing a dynamic with this type; cast it, as in tolong() or tobool()")
    raise _mismatch(one, other, "")


def _text(op: str, left: ir.Expr, of: Typer) -> None:
    if (kind := of(left)) not in ("string", "dynamic", None):
        raise semantic(f"'{op}' takes text, not {kind}")


def _mismatch(one: str | None, other: str | None, why: str) -> KqlError:
    detail = f" ({why})" if why else ""
    return semantic(
        f"Cannot compare values of types {one} and {other}{detail}. Try adding explicit casts"
    )
