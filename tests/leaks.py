"""Looks for secrets wherever a program could show one."""

import logging
import traceback
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

MAX_DEPTH = 8
_PLAIN = str | bytes | int | float | type | None
_CODE = FunctionType | MethodType | ModuleType | TracebackType


def texts(value: object) -> Iterator[str]:
    """What printing or logging `value` shows; of an exception also all that hangs on it."""
    yield from _texts(value, 0, set(), deep=isinstance(value, BaseException))


def record_texts(record: logging.LogRecord) -> Iterator[str]:
    """What any handler could write of a log record."""
    yield record.getMessage()
    for part in vars(record).values():
        yield from texts(part)


def _texts(value: object, depth: int, seen: set[int], *, deep: bool) -> Iterator[str]:
    if depth > MAX_DEPTH or id(value) in seen or isinstance(value, _CODE):
        return
    if not isinstance(value, _PLAIN):
        seen.add(id(value))
    yield repr(value)
    yield str(value)
    for part in _parts(value, deep):
        yield from _texts(part, depth + 1, seen, deep=deep)
    if isinstance(value, BaseException):
        yield "".join(traceback.format_exception(value))


def _parts(value: object, deep: bool) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, BaseException):
        yield from (value.__cause__, value.__context__, *value.args, *vars(value).values())
    elif deep and not isinstance(value, _PLAIN):
        yield from getattr(value, "__dict__", {}).values()
        for name in getattr(type(value), "__slots__", ()):
            yield getattr(value, name, None)
