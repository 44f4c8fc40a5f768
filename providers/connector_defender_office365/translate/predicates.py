"""Predicates in KQL: on single rows, and on rows folded into one finding.

Both keep at least the rows whose event the predicate selects. What is too big for one query text
is left to the core in part: a condition less narrows less, and loses nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from connector_core.filter.planner import conjuncts, describe, plan
from connector_core.filter.predicate import AllOf, Condition, Negation, Predicate
from connector_core.provider import FilterDisposition, Pushdown
from connector_defender_office365 import kql
from connector_defender_office365.filters import Fields
from connector_defender_office365.inverse import UNTRANSLATED, Translated, instant

MAX_HEIGHT: Final = 360
"""Deepest expression that is written; the renderer's limit leaves room for what is around it."""
SMALL: Final = 8
"""So many conditions, of two values each, are never measured: they make no hundred levels."""

PredicateTranslator = Callable[[Predicate], Translated]
"""A predicate in terms of one source's columns."""


def translated(predicate: Predicate, leaf: Callable[[Condition, bool], Translated]) -> Translated:
    """The predicate in KQL; negations go to the leaves."""
    return _translated(predicate, leaf, False, _is_small(predicate))


def _is_small(predicate: Predicate) -> bool:
    """Whether the predicate surely fits, however its conditions are translated."""
    left, room = SMALL, 2 * SMALL
    pending = [predicate]
    while pending and left >= 0 and room >= 0:
        item = pending.pop()
        if isinstance(item, Condition):
            left -= 1
            room -= len(item.values)
        elif isinstance(item, Negation):
            pending.append(item.item)
        else:
            pending += item.items
    return left >= 0 and room >= 0


def _translated(
    predicate: Predicate, leaf: Callable[[Condition, bool], Translated], negated: bool, small: bool
) -> Translated:
    if isinstance(predicate, Condition):
        return leaf(predicate, negated)
    if isinstance(predicate, Negation):
        return _translated(predicate.item, leaf, not negated, small)
    every = isinstance(predicate, AllOf) is not negated
    parts = []
    for item in predicate.items:
        part = _translated(item, leaf, negated, small)
        if every and part.predicate is kql.FALSE:
            return part  # the rest cannot change it
        parts.append(part)
    if small:
        join = kql.all_of if every else kql.any_of
        exact = all(part.exact for part in parts)
        return Translated(join(*[part.predicate for part in parts]), exact)
    return _all_of(parts) if every else _any_of(parts)


def _any_of(parts: Sequence[Translated]) -> Translated:
    width = sum(_width(part.predicate, kql.Or) for part in parts)
    tallest = max((height(part.predicate) for part in parts), default=0)
    if not _fits(width, tallest):
        return UNTRANSLATED
    exact = all(part.exact for part in parts)
    return Translated(kql.any_of(*(part.predicate for part in parts)), exact)


def _all_of(parts: Sequence[Translated]) -> Translated:
    """All parts, but for the tallest ones when they do not fit together."""
    sizes = {index: height(part.predicate) for index, part in enumerate(parts)}
    widths = [_width(part.predicate, kql.And) for part in parts]
    kept = sorted(sizes, key=lambda index: sizes[index])
    width = sum(widths)
    while kept and not _fits(width, sizes[kept[-1]]):
        width -= widths[kept.pop()]
    exact = len(kept) == len(parts) and all(part.exact for part in parts)
    return Translated(kql.all_of(*(parts[index].predicate for index in sorted(kept))), exact)


def _fits(width: int, tallest: int) -> bool:
    """Whether a chain of this many items, of which one is this high, can be written."""
    return width <= kql.MAX_CHAIN and width + 1 + tallest <= MAX_HEIGHT


def _width(expr: kql.Expr, kind: type[kql.And] | type[kql.Or]) -> int:
    """How many items an expression brings into a chain of this kind."""
    return len(expr.items) if isinstance(expr, kind) else 1


def height(expr: kql.Expr) -> int:
    """Levels of an expression as Microsoft's analyzer counts them; see `kql.MAX_DEPTH`."""
    match expr:
        case kql.And(items) | kql.Or(items):
            return len(items) + 1 + _highest(items)
        case kql.Binary(left=left, right=right):
            return 1 + _highest((left, right))
        case kql.Not(item):
            return 4 + height(item)
        case kql.Call(arguments=arguments):
            return 4 + _highest(arguments)
        case kql.Member(item=item, options=options):
            inside = 4 + _highest(options) if isinstance(options, tuple) else _inside(options)
            return max(1 + height(item), inside)
        case kql.Among(item=item, rows=rows):
            return 8 + max(height(item), _inside(rows))
        case kql.Lasting():
            return _lasting_height(expr)
        case _:
            return 1


@lru_cache(maxsize=1_024)
def _lasting_height(shared: kql.Lasting) -> int:
    return height(shared.part) if isinstance(shared.part, kql.Call) else 1


def _highest(items: Iterable[kql.Expr]) -> int:
    return max(map(height, items), default=0)


def _inside(pipeline: kql.Pipeline) -> int:
    return max(
        (height(step.predicate) for step in pipeline.operators if isinstance(step, kql.Where)),
        default=0,
    )


def on_rows(fields: Fields) -> PredicateTranslator:
    """Translates predicates on single rows."""

    def leaf(condition: Condition, negated: bool) -> Translated:
        inverse = fields(condition.field.name)
        return inverse(condition, negated) if inverse else UNTRANSLATED

    return lambda predicate: translated(predicate, leaf)


_FIRST: Final = instant(kql.Column("Timestamp"))
"""The time of a folded row is that of the finding."""


@dataclass(slots=True)
class Facts:
    """Translates predicates on folded rows: how many rows satisfy them is counted while folding."""

    fields: Fields
    """Of single rows."""
    key: str
    """The column of the folded row that identifies the finding."""
    all_rows: bool = True
    """Whether every row of a finding is folded; else single rows prove nothing."""
    counts: list[kql.Named] = field(default_factory=list)

    def translated(self, predicate: Predicate) -> Translated:
        """The predicate on a folded row."""
        return translated(predicate, self._leaf)

    def _leaf(self, condition: Condition, negated: bool) -> Translated:
        if condition.field.name == "time":
            return _FIRST(condition, negated)
        inverse = self.fields(condition.field.name)
        found = inverse(condition, negated) if inverse else UNTRANSLATED
        fact = found.predicate
        if fact in (kql.TRUE, kql.FALSE):
            return found
        if isinstance(fact, kql.Among):  # about the id, not about a row
            return Translated(replace(fact, item=kql.Column(self.key)))
        if not self.all_rows:
            return UNTRANSLATED
        name = f"Rows{len(self.counts)}"
        self.counts.append(kql.Named(name, kql.call("countif", fact)))
        return Translated(kql.Binary(">", kql.Column(name), kql.Long(0)))


def dispositions(
    predicate: Predicate, sources: Sequence[PredicateTranslator]
) -> list[FilterDisposition]:
    """What becomes of each filter over all sources of an operation."""
    found = []
    for part in conjuncts(predicate):
        split = plan(part)
        answers = [source(split.pushed) for source in sources]
        pushdown: Pushdown = "narrowed"
        if all(answer.predicate == kql.TRUE for answer in answers):
            pushdown = "local"
        elif split.local == AllOf(()) and all(answer.exact for answer in answers):
            pushdown = "pushed"
        found.append(FilterDisposition(describe(part), pushdown))
    return found
