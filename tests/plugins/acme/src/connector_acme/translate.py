"""From filters to the parameters of a list: what Acme narrows by, and what it is not told.

A parameter may return more than a filter selects, because the core looks at every event again;
it must never return less.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from connector_core.filter.planner import conjuncts, describe
from connector_core.filter.predicate import Condition, Predicate
from connector_core.filter.values import fold
from connector_core.provider import FilterDisposition, Pushdown

from .mapping import VERDICTS

LONGEST: Final = 1_500
"""Encoded characters that one parameter may take; Acme refuses queries above 8,000."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A condition as values of a parameter; a record that has any of them is listed."""

    parameter: str
    values: tuple[str, ...]
    exact: bool = False
    """Whether the list holds nothing that the condition does not select."""


Translator = Callable[[Condition], Translated | None]
"""None when Acme cannot be told, so that the core alone decides."""


def _texts(condition: Condition) -> tuple[str, ...]:
    return tuple(str(value) for value in condition.values)


def equal(parameter: str, *, exact: bool = False) -> Translator:
    """A parameter that compares whole values, without case."""

    def translated(condition: Condition) -> Translated | None:
        values = _texts(condition)
        return Translated(parameter, values, exact) if condition.test == "in" else None

    return translated


def contained(parameter: str) -> Translator:
    """A parameter that looks for a part: what is equal is contained as well."""
    return lambda condition: Translated(parameter, _texts(condition))


def severity(condition: Condition) -> Translated | None:
    """The verdicts with this severity; a verdict that nobody knows is its own severity."""
    wanted = {fold(text): text for text in _texts(condition)}
    if "unknown" in wanted:
        return None  # the severity of a message without a verdict: no parameter asks for those
    known = [word for word, severity in VERDICTS.items() if fold(severity.caption) in wanted]
    own = [text for folded, text in wanted.items() if folded not in VERDICTS]
    return Translated("verdict", (*known, *own), exact=True)


OF_MAIL: Final[dict[str, Translator]] = {
    "email.from": equal("sender"),
    "email.to": equal("recipient"),
    "email.subject": contained("subject_contains"),
}
OF_MESSAGES: Final = OF_MAIL | {"severity": severity}
OF_DETECTIONS: Final = OF_MAIL | {"finding_info.types": equal("verdict", exact=True)}


def translate(
    predicate: Predicate, translators: Mapping[str, Translator]
) -> tuple[dict[str, tuple[str, ...]], list[FilterDisposition]]:
    """The parameters for a predicate, and what becomes of each part that must hold."""
    parameters: dict[str, tuple[str, ...]] = {}
    filters = []
    for part in conjuncts(predicate):
        found = _translated(part, translators)
        pushdown: Pushdown = "local"
        if _is_window(part):
            pushdown = "pushed"
        elif found and found.parameter not in parameters and _fits(found.values):
            parameters[found.parameter] = found.values
            pushdown = "pushed" if found.exact else "narrowed"
        filters.append(FilterDisposition(describe(part), pushdown))
    return parameters, filters


def _translated(part: Predicate, translators: Mapping[str, Translator]) -> Translated | None:
    if isinstance(part, Condition) and part.field.name in translators:
        return translators[part.field.name](part)
    return None


def _is_window(part: Predicate) -> bool:
    """Whether the window of the query says all of it."""
    return (
        isinstance(part, Condition)
        and part.field.name == "time"
        and (part.test != "in" or len(part.values) == 1)
    )


def _fits(values: tuple[str, ...]) -> bool:
    """Whether a parameter can hold the values; an empty one would mean: all records."""
    return all(values) and 0 < sum(len(quote(value, safe="")) + 20 for value in values) <= LONGEST
