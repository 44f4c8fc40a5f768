"""Where an unexpected error came from, without what it says.

The message of an exception may quote anything, the subject of a mail included; so may the values
around it. Classes, files, lines and functions are ours.
"""

import traceback
from collections.abc import Iterator
from typing import Final

DEEPEST: Final = 30
"""Frames of one error that are shown, the innermost ones."""
MOST_ERRORS: Final = 8
"""Errors of one chain that are shown."""


def frames(error: BaseException) -> str:
    """The chain of an error, its last one first: classes and frames, a line each.

    >>> try:
    ...     int("anna@example.com")
    ... except ValueError as caught:
    ...     print(frames(caught).partition(":")[0])
    ValueError at <doctest connector_core.http_api.frames.frames[0]>
    """
    lines: list[str] = []
    for number, one in enumerate(_chain(error, set())):
        if number == MOST_ERRORS:
            break
        kind = type(one)
        name = kind.__qualname__ if kind.__module__ == "builtins" else _full(kind)
        where = [
            f"{frame.filename}:{frame.lineno} in {frame.name}"
            for frame in reversed(traceback.extract_tb(one.__traceback__)[-DEEPEST:])
        ]
        lines += [f"{name} at {where[0]}" if where else name, *(f"  {line}" for line in where[1:])]
    return "\n".join(lines)


def _full(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _chain(one, seen)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    yield from _chain(cause, seen)
