"""What a standard test promises, said on the test itself, so that a report can repeat it."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


class Promise(NamedTuple):
    """A law and what one test of it shows."""

    law: str
    """One word: ``errors``, ``completeness``, ..."""
    sentence: str


def promise(law: str, sentence: str) -> Callable[[Test], Test]:
    """Write a promise on a test; it stands in the attribute ``__promise__``.

    >>> @promise("errors", "No failure looks like an answer.")
    ... def test_something() -> None: ...
    >>> test_something.__promise__.law
    'errors'
    """

    def mark(test: Test) -> Test:
        vars(test)["__promise__"] = Promise(law, sentence)
        return test

    return mark
