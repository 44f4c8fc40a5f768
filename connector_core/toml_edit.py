"""Changes one place of a TOML text and leaves every other line of it alone, comments included.

Every change is read back: a text that would not mean what was wanted is refused.
"""

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
    _parent(expected, path)[path[-1]] = dict(table)
    return _proved(result, expected)


def drop_table(text: str, path: Sequence[str]) -> str:
    r"""Remove the table at `path` and all below it; raises `ValueError` as `put_table`.

    >>> drop_table("[a]\n[b]\nx = 1\n[b.c]\n", ["b"])
    '[a]\n'
    """
    kept = "\n".join(_without(text.split("\n"), tuple(path))).rstrip()
    expected = tomllib.loads(text)
    _parent(expected, path).pop(path[-1], None)
    return _proved(f"{kept}\n" if kept else "", expected)


def put_value(text: str, path: Sequence[str], value: Any) -> str:
    r"""Set one key of a table that has a header of its own; None removes the key.

    Raises `ValueError` as `put_table`.

    >>> put_value("[a]  # mine\nb = 1\nc = 2\n", ["a", "b"], [3])
    '[a]  # mine\nb = [3]\nc = 2\n'
    """
    *above, key = path
    expected = tomllib.loads(text)
    parent = _parent(expected, path)
    parent.pop(key, None)
    new = []
    if value is not None:
        parent[key] = value
        new = [f"{_key(key)} = {_value(value)}"]
    return _proved("\n".join(_with(text.split("\n"), tuple(above), key, new)), expected)


def _parent(document: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    for step in path[:-1]:
        document = document.setdefault(step, {})
        if not isinstance(document, dict):
            raise ValueError(f"{step} is not a table")
    return document


def _proved(result: str, expected: Mapping[str, Any]) -> str:
    try:
        done = _full(tomllib.loads(result)) == _full(expected)
    except tomllib.TOMLDecodeError:
        done = False
    if not done:
        raise ValueError("the file is written in a way that cannot be changed line by line")
    return result


def _full(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without tables in which nothing is left, at the top: no line stands for them."""
    return {key: value for key, value in document.items() if value != {}}


def _with(
    lines: Sequence[str], path: tuple[str, ...], key: str, new: Sequence[str]
) -> Iterator[str]:
    """All lines but the key's own, with `new` right below the header of its table."""
    inside, old = False, ""
    for line in lines:
        if old:
            old += f"\n{line}"
        elif header := _header(line.strip()):
            inside = header == path
            yield line
            yield from new if inside else ()
        elif inside and _assigns(line, key):
            old = line
        else:
            yield line
        if old and _is_whole(old):
            old = ""


def _assigns(line: str, key: str) -> bool:
    name, equals, _ = line.partition("=")
    return bool(equals) and name.strip().strip("\"'") == key


def _is_whole(text: str) -> bool:
    """Whether an assignment ends here; a list may go on for many lines."""
    try:
        tomllib.loads(f"{text}\n")
    except tomllib.TOMLDecodeError:
        return False
    return True


def _without(lines: Sequence[str], path: tuple[str, ...]) -> Iterator[str]:
    """All lines but those of the table at `path`; what stands above the next header stays."""
    inside = False
    waiting: list[str] = []
    for line in lines:
        if header := _header(line.strip()):
            inside = header[: len(path)] == path
            yield from () if inside else waiting
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
