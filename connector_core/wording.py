"""Validation errors in plain words: pydantic writes for programmers, these are read by users."""

import re
from typing import Final

_WORDS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bValue error, ", ""),
        (r"^Field required$", "is missing"),
        (r"^Extra inputs are not permitted$", "is unknown"),
        (r", unable to (parse|interpret) .*$", ""),
        (r"\ba valid (integer|int)\b", "a whole number"),
        (r"\ba valid (number|float)\b", "a number"),
        (r"\ba valid (boolean|bool)\b", "true or false"),
        (r"\ba valid string\b", "text"),
        (r"\ba valid (dictionary|mapping)\b.*$", "a table of settings"),
        (r"\b(Input|String|Value|List|Data|Tuple|Set) should ", "must "),
    )
)


def plain(text: str) -> str:
    """What a validation error says, for the name of a setting to stand before it.

    >>> plain("Input should be a valid integer, unable to parse string as an integer")
    'must be a whole number'
    """
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text
