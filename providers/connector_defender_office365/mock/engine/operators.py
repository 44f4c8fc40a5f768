"""Rules on the columns of whole operators: the names they read, and what may be a key."""

from collections.abc import Iterable
from typing import Any

from . import checks
from .base import ir, rendering
from .errors import semantic, unknown_column, unsupported
from .gate import operator_name
from .inference import Typer
from .sqltypes import NUMBERS, kql_type
from .stages import Columns


def names(op: Any, known: Columns, keyword: str) -> None:
    used = set(rendering._referenced_columns(op))
    match op:
        case ir.ProjectAway(columns=dropped):
            used |= set(dropped)
        case ir.ProjectRename(renames=renames):
            used |= {old for old, _ in renames}
        case ir.MvExpand(targets=targets):
            used |= {target.column for target in targets}
        case ir.Join(keys=keys) | ir.Lookup(keys=keys):
            used |= {key.left for key in keys}
        case _:
            pass
    for name in sorted(used):
        if name not in known:
            raise unknown_column(name, keyword)


def keys(op: Any, left: Columns, right: Columns, keyword: str) -> None:
    for key in op.keys:
        if key.right not in right:
            raise unknown_column(key.right, keyword)
        one, other = kql_type(left[key.left]), kql_type(right[key.right])
        checks.key(one, keyword)
        checks.key(other, keyword)
        if one != other and one in NUMBERS and other in NUMBERS:
            raise unsupported("joining numbers of different types")
        if one != other:
            raise semantic(f"'{keyword}' operator: keys of types {one} and {other} do not match")


def union(left: Columns, branches: Iterable[Columns]) -> None:
    """A column of two types would become two columns in the service: refused."""
    types = {name: kql_type(sql) for name, sql in left.items()}
    for branch in branches:
        for name, sql in branch.items():
            if types.setdefault(name, kql_type(sql)) != kql_type(sql):
                raise unsupported(f"union of a column with two types ('{name}')")


def aggregate(named: Any, of: Typer) -> None:
    match named:
        case ir.NamedExpr(name=None, expr=ir.FunctionCall(name="countif", args=args)) if not (
            args and isinstance(args[0], ir.BinaryOp)
        ):
            raise unsupported("countif() without a column name; write Name = countif(...)")
        case ir.NamedExpr(expr=ir.FunctionCall(name="arg_max" | "arg_min" as name, args=args)):
            checks.key(of(args[0]) if args else None, name)
        case _:
            pass


def output(op: Any, shape: Columns) -> None:
    match op:
        case ir.Summarize(by=by):
            grouped = list(shape)[: len(by)]
        case ir.Distinct():
            grouped = list(shape)
        case _:
            return
    for name in grouped:
        checks.key(kql_type(shape[name]), operator_name(op))
