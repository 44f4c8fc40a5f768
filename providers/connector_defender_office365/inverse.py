"""Mapping rows read backwards: what a condition on an attribute says about a table's columns.

An answer is always a predicate that holds *at least* for the rows whose event satisfies the
condition (or, negated, fails it): the core checks every event again, so too much costs time, too
little would lose a threat. `exact` says when it is neither.

Text is compared loosely (see `loose`) when rows are to be found and by code point when rows are to
be left out, so that in both directions the rows kept include all that the core's own comparison
selects. No predicate changes its shape with a value, only with the number of values and whether
letters outside ASCII have a case.
"""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from connector_core.filter.evaluate import evaluate
from connector_core.filter.fields import ValueType
from connector_core.filter.predicate import Condition
from connector_core.filter.values import message_id_key
from connector_core.mapping import Enum, When
from connector_core.mapping.decide import id_and_caption
from connector_core.mapping.rows import Word, caption_of
from connector_defender_office365 import kql
from connector_defender_office365.kql import FALSE, TRUE, Expr
from connector_defender_office365.loose import MAX_OR, beyond_ascii, contains_any, equals_any


class Translated(NamedTuple):
    """A condition in KQL."""

    predicate: Expr
    exact: bool = False


Inverse = Callable[[Condition, bool], Translated]
"""Takes a condition and whether it is negated."""

UNTRANSLATED: Final = Translated(TRUE)
"""Keeps every row: the core decides alone."""

_COMPARE: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
}


def _texts(condition: Condition) -> list[str]:
    return [str(value) for value in condition.values]


def text(expr: Expr) -> Inverse:
    """The attribute is this text."""

    def translate(condition: Condition, negated: bool) -> Translated:
        values = _texts(condition)
        if negated:
            # Not the empty text: a column without text is most often no attribute at all.
            texts = tuple([kql.Text(value) for value in values if value])
            if condition.test == "like":
                return Translated(kql.negate(kql.Binary("contains_cs", expr, texts[0])))
            return Translated(kql.Member(expr, texts, negated=True))
        compare = contains_any if condition.test == "like" else equals_any
        return Translated(compare(expr, values))

    return translate


def word(expr: Expr) -> Inverse:
    """The attribute is this caption: exact, except where other words than captions may occur."""
    loose = text(expr)

    def translate(condition: Condition, negated: bool) -> Translated:
        known = condition.field.type is ValueType.ENUM and not condition.field.open
        return Translated(loose(condition, negated).predicate, exact=known or not negated)

    return translate


def message_id(expr: Expr) -> Inverse:
    """The attribute is this Message-ID, compared without the angle brackets at its ends."""
    loose = text(expr)

    def translate(condition: Condition, negated: bool) -> Translated:
        if condition.test == "like" or negated:
            return loose(condition, negated)
        return Translated(
            contains_any(expr, [message_id_key(value) for value in _texts(condition)])
        )

    return translate


def ip(ipv4: Expr, ipv6: Expr) -> Inverse:
    """An address of either of two columns is this one, in whatever spelling."""

    def translate(condition: Condition, negated: bool) -> Translated:
        values, sides = _texts(condition), dict.fromkeys((ipv4, ipv6))
        if negated:
            return UNTRANSLATED
        parts = values if condition.test == "like" else [_group(value) for value in values]
        return Translated(kql.any_of(*(contains_any(side, parts) for side in sides)))

    return translate


def _group(value: str) -> str:
    """Digits that every spelling of an IPv6 address holds; the text itself for anything else."""
    try:
        parsed = ipaddress.IPv6Address(value.partition("%")[0])
    except ValueError:
        return value
    groups = [group.lstrip("0") for group in parsed.exploded.split(":")[:6]]
    return max(groups, key=len)  # "" when all are zero, and every text contains ""


def number(expr: Expr, *, nullable: bool = True) -> Inverse:
    """The attribute is this number, absent when null."""

    def translate(condition: Condition, negated: bool) -> Translated:
        values = tuple(kql.Long(int(value)) for value in condition.values)
        found: Expr = (
            kql.Member(expr, values)
            if condition.test == "in"
            else kql.Binary(_COMPARE[condition.test], expr, values[0])
        )
        if not negated:
            return Translated(found, exact=True)
        null = kql.call("isnull", expr) if nullable else FALSE
        return Translated(kql.any_of(kql.negate(found), null), exact=True)

    return translate


def instant(expr: Expr) -> Inverse:
    """The attribute is this time cut to milliseconds; never null."""

    def at(milliseconds: int) -> kql.Instant:
        return kql.Instant(instant_text(milliseconds))

    def translate(condition: Condition, negated: bool) -> Translated:
        times = [clamped(int(value)) for value in condition.values]
        match condition.test:
            case "gte":
                found: Expr = kql.Binary(">=", expr, at(times[0]))
            case "gt":
                found = kql.Binary(">=", expr, at(times[0] + 1))
            case "lt":
                found = kql.Binary("<", expr, at(times[0]))
            case "lte":
                found = kql.Binary("<", expr, at(times[0] + 1))
            case _ if len(times) > MAX_OR:
                return UNTRANSLATED
            case _:
                found = kql.any_of(
                    *(
                        kql.all_of(
                            kql.Binary(">=", expr, at(time)), kql.Binary("<", expr, at(time + 1))
                        )
                        for time in times
                    )
                )
        return Translated(kql.negate(found) if negated else found, exact=True)

    return translate


_LAST_MS: Final = 253_402_300_799_998


def clamped(milliseconds: int) -> int:
    """The time, kept where a KQL datetime and its next millisecond can be written."""
    return min(max(milliseconds, 0), _LAST_MS)


def instant_text(milliseconds: int) -> str:
    """A time in milliseconds as KQL writes it, with seven decimals."""
    moment = datetime.fromtimestamp(milliseconds // 1_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1_000:03d}0000Z"


def decided(row: Enum, attribute: str, column: Callable[[str], Expr]) -> Inverse:
    """The attribute is what the rules of an `Enum` row decide: the same rules, in KQL.

    The service writes its words in ASCII, so the rules say the same there and here. A row with any
    other letter is kept, since a service may take, say, the Kelvin sign for a k.
    """
    index = next(
        i for i, name in enumerate(row.attributes) if attribute in (name, caption_of(name))
    )
    caption = attribute != row.attributes[index]
    branches: list[Expr] = []
    for rule in row.rules:
        value = rule.then[index]
        if caption and isinstance(value, Word):
            outcome: Expr = column(value.column)
        else:
            plain, caption_text = id_and_caption(
                value, {} if not isinstance(value, Word) else {value.column: ""}
            )
            outcome = _literal(caption_text if caption else plain)
        if rule.when:
            branches += [kql.all_of(*(_when(when, column) for when in rule.when)), outcome]
        else:
            branches.append(outcome)
    expr = kql.Lasting(kql.call("case", *branches)) if len(branches) > 1 else branches[0]
    truth = isinstance(row.rules[0].then[index], bool)
    plainly = boolean(expr) if truth else word(expr) if caption else number(expr, nullable=False)
    odd = beyond_ascii([column(name) for name in _texts_read(row)])

    def translate(condition: Condition, negated: bool) -> Translated:
        found = plainly(condition, negated)
        return Translated(kql.any_of(found.predicate, odd), found.exact)

    return translate


def _texts_read(row: Enum) -> list[str]:
    """The text columns that the rules of a row look at or repeat."""
    flags = {when.column for rule in row.rules for when in rule.when if when.test == "true"}
    return [name for name in (*row.columns, *row.uses) if name not in flags]


def _literal(value: object) -> Expr:
    if isinstance(value, bool):
        return kql.Bool(value)
    return kql.Long(value) if isinstance(value, int) else kql.Text(str(value or ""))


def _when(when: When, column: Callable[[str], Expr]) -> Expr:
    expr = column(when.column)
    match when.test:
        case "empty":
            return kql.call("isempty", expr)
        case "true":
            return kql.Binary("==", expr, kql.Bool(True))
        case "is":
            return kql.Member(expr, tuple(kql.Text(item) for item in when.words), ignore_case=True)
        case "has":
            return kql.any_of(*(kql.Binary("contains", expr, kql.Text(w)) for w in when.words))


def boolean(expr: Expr) -> Inverse:
    """The attribute is this truth value; never null."""

    def translate(condition: Condition, negated: bool) -> Translated:
        found = kql.any_of(*(kql.Binary("==", expr, kql.Bool(bool(v))) for v in condition.values))
        return Translated(kql.negate(found) if negated else found, exact=True)

    return translate


def constant(event: dict[str, object]) -> Inverse:
    """The attribute has one value for the whole table, or, in an empty event, none."""

    def translate(condition: Condition, negated: bool) -> Translated:
        return Translated(TRUE if evaluate(condition, event) is not negated else FALSE, exact=True)

    return translate


_NO_ROW: Final = Translated(FALSE, exact=True)
_EVERY_ROW: Final = Translated(TRUE, exact=True)


def ABSENT(condition: Condition, negated: bool) -> Translated:  # noqa: N802
    """The table never fills the attribute: what is absent satisfies no condition."""
    return _EVERY_ROW if negated else _NO_ROW


def json_texts(expr: Expr, *fallbacks: Expr) -> Inverse:
    """The attribute holds texts of a JSON column, or of `fallbacks` when that is empty.

    A JSON text that escapes anything is kept, since a value may stand in it in other letters.
    """

    def translate(condition: Condition, negated: bool) -> Translated:
        values = _texts(condition)
        if negated:
            return UNTRANSLATED
        return Translated(
            kql.any_of(
                contains_any(expr, values),
                kql.Binary("contains", expr, kql.Text("\\")),
                *(_among(side, condition) for side in fallbacks),
            )
        )

    return translate


def _among(expr: Expr, condition: Condition) -> Expr:
    return text(expr)(condition, False).predicate


def either(*inverses: Inverse) -> Inverse:
    """The attribute's value stands in one of several places; negations are not translated."""

    def translate(condition: Condition, negated: bool) -> Translated:
        if negated:
            return UNTRANSLATED
        return Translated(
            kql.any_of(*(inverse(condition, False).predicate for inverse in inverses))
        )

    return translate


def joined(table: Callable[[], kql.Pipeline], key: str, inverse: Inverse) -> Inverse:
    """The attribute comes from rows of another table with the same key."""

    def translate(condition: Condition, negated: bool) -> Translated:
        if negated:
            return UNTRANSLATED
        where = kql.Where(inverse(condition, False).predicate)
        return Translated(kql.Among(kql.Column(key), table().pipe(where), key))

    return translate
