"""Looks for texts wherever a program could show them: errors, reprs, logs, cursors."""

import base64
import binascii
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import Any, Final
from urllib.parse import quote, quote_plus

MAX_DEPTH: Final = 8
_PLAIN = str | bytes | int | float | type | None
_CODE = FunctionType | MethodType | ModuleType | TracebackType
_CODED: Final = re.compile(r"[A-Za-z0-9_+/=-]{12,}")
SHORTEST: Final = 8
"""Characters; a shorter secret would be found everywhere."""


def spellings(secrets: Iterable[str]) -> set[str]:
    """Every secret as it is, as part of a URL, and as base64."""
    found: set[str] = set()
    for secret in secrets:
        if len(secret) >= SHORTEST:
            coded = base64.b64encode(secret.encode()).decode().rstrip("=")
            found |= {secret, quote(secret), quote_plus(secret), coded}
            found.add(coded.replace("+", "-").replace("/", "_"))
    return found


def leaking(texts: Iterable[str], secrets: set[str]) -> bool:
    """Whether a secret stands in one of the texts, or in what they hold as base64."""
    for text in texts:
        if any(secret in text for secret in secrets):
            return True
        for coded in _CODED.findall(text):
            plain = _decoded(coded)
            if any(secret in plain for secret in secrets):
                return True
    return False


def _decoded(text: str) -> str:
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""


def texts_of(value: object) -> Iterator[str]:
    """What printing or logging `value` shows; of an exception also all that hangs on it."""
    yield from _texts(value, 0, set(), deep=isinstance(value, BaseException))


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


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def everything_logged() -> Iterator[list[logging.LogRecord]]:
    """Collects what any logger says from DEBUG on, whatever its level."""
    keeper = _Keeper()
    root = logging.getLogger()
    known = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    levels = {one: (one.level, one.disabled) for one in (root, *known)}
    deaf = [one for one in known if not one.propagate]
    for one in levels:
        one.setLevel(logging.DEBUG)
        one.disabled = False
    for one in (root, *deaf):
        one.addHandler(keeper)
    try:
        yield keeper.records
    finally:
        for one in (root, *deaf):
            one.removeHandler(keeper)
        for one, (level, disabled) in levels.items():
            one.setLevel(level)
            one.disabled = disabled


def record_texts(record: logging.LogRecord) -> Iterator[str]:
    """What any handler could write of a log record."""
    yield record.getMessage()
    for part in vars(record).values():
        yield from texts_of(part)
