"""Writes one table into a TOML text and leaves every other line of it alone, comments included."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def put_table(text: str, path: Sequence[str], table: Mapping[str, Any]) -> str:
    """Replace or add the table at `path`; raises `ValueError` when that cannot be done safely.

    Takes strings, numbers, truth values, lists of them, and tables. A table of strings alone with
    one entry stays on one line, as references to secrets are written.

    >>> print(put_table("# mine\\n", ["a"], {"b": 1, "c": {"env": "X"}}), end="")
    # mine
    <BLANKLINE>
    [a]
    b = 1
    c = { env = "X" }
    """
    kept = "\n".join(_without(text.split("\n"), tuple(path))).rstrip()
    written = "\n".join(_table(tuple(path), table)).strip()
    result = f"{kept}\n\n{written}\n" if kept else f"{written}\n"
    expected = tomllib.loads(text)
    parent = expected
    for step in path[:-1]:
        parent = parent.setdefault(step, {})
    parent[path[-1]] = dict(table)
    try:
        done = tomllib.loads(result) == expected
    except tomllib.TOMLDecodeError:
        done = False
    if not done:
        raise ValueError("the file is written in a way that cannot be changed line by line")
    return result


def _without(lines: Sequence[str], path: tuple[str, ...]) -> Iterator[str]:
    """All lines but those of the table at `path`; what stands right above a header stays."""
    inside = False
    waiting: list[str] = []
    for line in lines:
        if header := _header(line.strip()):
            inside = header[: len(path)] == path
            yield from waiting
            waiting = []
        if not inside:
            yield line
        elif not header and (not line.strip() or line.lstrip().startswith("#")):
            waiting.append(line)
        else:
            waiting = []
    yield from waiting


def _header(line: str) -> tuple[str, ...]:
    """The path that a line such as ``[a."b c"]`` opens; empty for any other line."""
    if not line.startswith("["):
        return ()
    try:
        inner: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    steps = []
    while inner and isinstance(inner, dict | list):
        if isinstance(inner, list):
            inner = inner[0]
        else:
            step, inner = next(iter(inner.items()))
            steps.append(step)
    return tuple(steps)


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"[{'.'.join(_key(step) for step in path)}]"
    nested = {key: value for key, value in table.items() if _has_own_header(value)}
    for key, value in table.items():
        if key not in nested:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in nested.items():
        yield from _table((*path, key), value)


def _has_own_header(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    return len(value) != 1 or not all(isinstance(item, str) for item in value.values())


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _string(value)
        case Mapping():
            return f"{{ {', '.join(f'{_key(k)} = {_value(v)}' for k, v in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"a {type(value).__name__} cannot be written as TOML")


def _string(text: str) -> str:
    # JSON's escapes are TOML's; the one character that JSON leaves and TOML forbids is DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
