"""Deciding the values of an `Enum` row: the meaning of its rules, once, for every use."""

from typing import Any

from connector_core.filter.values import fold
from connector_core.mapping.rows import OTHER, Enum, Other, Rule, Value, When, Word, caption_of
from connector_core.ocsf.enums import Captioned

TRUE = "1"
"""How a true boolean column is written among the texts of a decision; any other is ``""``."""


def holds(when: When, text: str) -> bool:
    """Whether a test holds for a column's text."""
    folded = fold(text)
    match when.test:
        case "empty":
            return not text
        case "true":
            return folded in (TRUE, "true")
        case "is":
            return any(folded == fold(word) for word in when.words)
        case "has":
            return any(fold(word) in folded for word in when.words)


def decide(row: Enum, texts: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The attributes of an `Enum` row for these column texts, and the unknown word if one was met.

    The second value is ``column=word`` when a `Word` was used: the vendor said something new.
    """
    for rule in row.rules:
        if all(holds(when, texts[when.column]) for when in rule.when):
            return _filled(row, rule, texts)
    return {}, ""


def _filled(row: Enum, rule: Rule, texts: dict[str, str]) -> tuple[dict[str, Any], str]:
    result: dict[str, Any] = {}
    unknown = ""
    for attribute, value in zip(row.attributes, rule.then, strict=True):
        caption = caption_of(attribute)
        identifier, word = id_and_caption(value, texts)
        result[attribute] = identifier
        if caption and word is not None:
            result[caption] = word
        if isinstance(value, Word) and not value.expected:
            unknown = f"{value.column}={word}"
    return result, unknown


def id_and_caption(value: Value, texts: dict[str, str]) -> tuple[Any, str | None]:
    """The plain id and, where there is one, the caption of an outcome."""
    match value:
        case Word(column=column):
            return OTHER, own_word(texts[column])
        case Other(caption=caption):
            return OTHER, caption
        case Captioned():
            return int(value), value.caption
        case _:
            return value, None


def own_word(text: str) -> str:
    """A vendor's word as the caption of the id 99.

    The schema's own caption of 99 is "Other", which says that a source's word is missing; a vendor
    that says "Other" is quoted in lower case.
    """
    return "other" if text == "Other" else text
