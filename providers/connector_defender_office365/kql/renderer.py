"""The only place that makes query text."""

import re
import sys
from collections.abc import Iterable
from typing import Final, NewType, assert_never

from .expression import (
    Among,
    And,
    Binary,
    Bool,
    Call,
    Column,
    Expr,
    Instant,
    Lasting,
    Long,
    Member,
    Not,
    Or,
    Text,
    call,
)
from .table import (
    Extend,
    GetSchema,
    Join,
    Let,
    LetRef,
    Named,
    Pipeline,
    Project,
    Query,
    Sort,
    Summarize,
    TableRef,
    TabularOperator,
    Take,
    Union,
    Where,
)

KqlText = NewType("KqlText", str)
"""Query text that `render` made; nothing else makes it, so nothing else can be sent."""

AUDIT_EVENT: Final = "connector_defender_office365.kql"

MAX_DEPTH: Final = 440
"""Deepest expression. Microsoft's analyzer stops at 500 levels; the rest is for what stands around.

A chain of n conditions is n levels deep, a call four, a pair of parentheses one.
"""

# How tightly a form binds; an operand that binds less tightly than its place asks gets parentheses.
_OR, _AND, _COMPARISON, _OPERAND = range(4)

_ESCAPED: Final = re.compile(
    r'["\\\x00-\x1f\x7f-\x9f'
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_SHORT: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_INDENT: Final = "    "


def render(query: Query) -> KqlText:
    r"""Write the query: one operator a line, the same text for the same tree.

    >>> from connector_defender_office365.kql import *
    >>> mails = Pipeline(TableRef("EmailEvents"))
    >>> print(render(Query(mails.pipe(Where(Binary("==", Column("Subject"), Text('"hi"')))))))
    EmailEvents
    | where Subject == "\"hi\""

    Raises the audit event `connector_defender_office365.kql` with the text, so that a host (or a
    test) can see every query text with `sys.addaudithook`. Raises ValueError for an expression
    deeper than `MAX_DEPTH`.
    """
    lets = "".join([_let(let) for let in query.lets])
    text = KqlText(lets + _pipeline(query.body))
    sys.audit(AUDIT_EVENT, text)
    return text


def _let(let: Let | Lasting) -> str:
    if isinstance(let, Lasting):
        return _lasting(let, 0)
    if let.materialize:
        return f"let {let.name} = materialize({_block(let.value)});\n"
    return f"let {let.name} ={_indented(_pipeline(let.value))};\n"


def _pipeline(pipeline: Pipeline) -> str:
    return "\n| ".join([_source(pipeline.source), *map(_operator, pipeline.operators)])


def _source(source: TableRef | LetRef | Union) -> str:
    match source:
        case TableRef(name) | LetRef(name):
            return name
        case Union((part,)):
            return _pipeline(part)
        case Union(parts, fuzzy):
            options = "kind=outer isfuzzy=true" if fuzzy else "kind=outer"
            return f"union {options} " + ", ".join(f"({_block(part)})" for part in parts)
        case _:
            assert_never(source)


def _block(pipeline: Pipeline) -> str:
    return _indented(_pipeline(pipeline)) + "\n"


def _indented(text: str) -> str:
    # Every newline is ours: those of values are escaped.
    return f"\n{text}".replace("\n", f"\n{_INDENT}")


def _operator(operator: TabularOperator) -> str:
    match operator:
        case Lasting():
            return _lasting(operator, 0)
        case Where(predicate):
            return f"where {_expression(predicate, _OR, 0)}"
        case Extend(columns):
            return f"extend {_named(columns)}"
        case Project(columns):
            return f"project {_named(columns)}"
        case Sort(keys):
            keys_text = (f"{key.column} {'desc' if key.descending else 'asc'}" for key in keys)
            return f"sort by {', '.join(keys_text)}"
        case Take(count):
            return f"take {count}"
        case Summarize(aggregates, by):
            words = ["summarize"]
            if aggregates:
                words.append(_named(aggregates))
            if by:
                words.append(f"by {', '.join(by)}")
            return " ".join(words)
        case Join(right, on):
            return f"join kind=leftouter ({_block(right)}) on {', '.join(on)}"
        case GetSchema():
            return "getschema"
        case _:
            assert_never(operator)


def _named(columns: Iterable[Named | str]) -> str:
    return ", ".join([_column(column) for column in columns])


def _column(column: Named | str) -> str:
    if isinstance(column, str):
        return column
    return f"{column.name} = {_expression(column.value, _OR, 0)}"


def _expression(expr: Expr, place: int, depth: int) -> str:
    """Write `expr` where an operand that binds at least as tightly as `place` is wanted."""
    if depth > MAX_DEPTH:
        raise ValueError(f"the query nests too deeply: more than {MAX_DEPTH} levels")
    match expr:
        case Column(name):
            return name
        case Text(value):
            return _literal(value)
        case Lasting():
            return _lasting(expr, depth)
        case Member():
            return _member(expr, place, depth)
        case Binary(operator, left, right):
            left_text = _expression(left, _OPERAND, depth + 1)
            right_text = _expression(right, _OPERAND, depth + 1)
            return _placed(f"{left_text} {operator} {right_text}", _COMPARISON, place)
        case And(items):
            return _chain(items, "and", "true", _AND, place, depth)
        case Or(items):
            return _chain(items, "or", "false", _OR, place, depth)
        case Call(function, arguments):
            return f"{function}({_list(arguments, depth)})"
        case Not(item):
            return f"not({_expression(item, _OR, depth + 4)})"
        case Long(number):
            return str(number) if number >= 0 else f"long({number})"
        case Bool(value):
            return "true" if value else "false"
        case Instant(text):
            return f"datetime({text})"
        case Among():
            return _placed(_among(expr, depth), _OR, place)
        case _:
            assert_never(expr)


def _lasting(shared: Lasting, depth: int) -> str:
    """The text of a shared part, written anew only where it stands deeper than ever before."""
    if not shared.written or shared.written[0][0] < depth:
        part = shared.part
        match part:
            case Call():
                text = _expression(part, _OPERAND, depth)
            case Let():
                text = _let(part)
            case _:
                text = _operator(part)
        shared.written[:] = [(depth, text)]
    return shared.written[0][1]


def _chain(
    items: tuple[Expr, ...], word: str, empty: str, level: int, place: int, depth: int
) -> str:
    if len(items) <= 1:
        return _expression(items[0], place, depth + 1) if items else empty
    deeper = depth + len(items) + 1
    # An item of the same kind needs no parentheses: `and` and `or` are associative.
    text = f" {word} ".join([_expression(item, level, deeper) for item in items])
    return _placed(text, level, place)


def _member(member: Member, place: int, depth: int) -> str:
    if not member.options:
        return "true" if member.negated else "false"
    word = ("!in" if member.negated else "in") + ("~" if member.ignore_case else "")
    if isinstance(member.options, Pipeline):
        options = f"({_block(member.options)})"
    else:
        # The published grammar wants operands here, though Microsoft's parser takes more.
        options = _list(member.options, depth, _OPERAND)
    item = _expression(member.item, _OPERAND, depth + 1)
    return _placed(f"{item} {word} ({options})", _COMPARISON, place)


def _among(among: Among, depth: int) -> str:
    column = (among.column,)
    values = among.rows.pipe(Project(column))
    distinct = among.rows.pipe(
        Summarize((), by=column), Summarize((Named("Distinct", call("count")),))
    )
    member = _member(Member(among.item, values, ignore_case=True), _OR, depth + 3)
    return f"toscalar({_block(distinct)}) > {among.most} or {member}"


def _list(items: tuple[Expr, ...], depth: int, place: int = _OR) -> str:
    return ", ".join([_expression(item, place, depth + 4) for item in items])


def _placed(text: str, level: int, place: int) -> str:
    return text if level >= place else f"({text})"


def _literal(value: str) -> str:
    r"""The one way from a string to KQL: `"..."`, never verbatim, multi-line or obfuscated.

    The quote, the backslash and line breaks must be escaped; other controls, line separators,
    bidirectional controls and the byte order mark are escaped too, so that the text shows what it
    says wherever it is read. Everything else is data as it stands.
    """
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
