"""Every value in an answer: where it stands, what it is called, and what else it could be."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from connector_conformance.cases import NotData

Path = tuple[str | int | None, ...]
"""Names, indices, and None for "the text here is JSON itself"."""
Scalar = str | int | float | bool

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*", re.DOTALL)
_LAST_DIGIT = re.compile(r"(?s)(.*)(\d)(\D*)")
_LAST_LETTER = re.compile(r"(?s)(.*)([A-Za-z])([^A-Za-z]*)")
_BESIDE = re.compile(r"\[([^\]]*)\]")
_FLIPPED = {"true": "false", "false": "true", "True": "False", "False": "True"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that is no object and no list, and neither null nor empty."""

    answer: int
    """Index of the exchange."""
    path: Path
    value: Scalar
    kind: tuple[str, frozenset[str]]
    """Equal for the same value of records of the same form: its name, and its neighbours."""

    @property
    def name(self) -> str:
        """Names on the way, joined by dots; places in lists are left out."""
        return self.kind[0]


def name_of(path: Path) -> str:
    """Names on a path, joined by dots; places in lists are left out."""
    return ".".join(step for step in path if isinstance(step, str))


def objects(value: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every object in a value, and in texts that are JSON themselves."""
    if isinstance(value, dict):
        yield path, value
        for name, part in value.items():
            yield from objects(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from objects(part, (*path, index))
    elif (inside := _inside(value)) is not None:
        yield from objects(inside, (*path, None))


def leaves(value: Any, answer: int) -> Iterator[Leaf]:
    """Every value in an answer that says something."""
    for path, record in objects(value):
        for name, part in record.items():
            yield from _leaves_below(part, (*path, name), answer, frozenset(record))


def containers(value: Any, answer: int) -> Iterator[Leaf]:
    """Every field of an object that holds an object or a list which is not empty."""
    for path, record in objects(value):
        for name, part in record.items():
            if isinstance(part, dict | list) and part:
                whole = (*path, name)
                yield Leaf(answer, whole, "", (name_of(whole), frozenset(record)))


def lists(value: Any, answer: int) -> Iterator[Leaf]:
    """Every list of a field that holds something; its leaf's value is nothing."""
    for path, record in objects(value):
        for name, part in record.items():
            inside = _inside(part)
            whole, held = ((*path, name), part) if inside is None else ((*path, name, None), inside)
            if isinstance(held, list) and held:
                yield Leaf(answer, whole, "", (name_of(whole), frozenset(record)))


def _leaves_below(
    value: Any, path: Path, answer: int, neighbours: frozenset[str]
) -> Iterator[Leaf]:
    inside = _inside(value)
    if isinstance(inside, list):
        value, path = inside, (*path, None)
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves_below(part, (*path, index), answer, neighbours)
    elif isinstance(value, str | int | float | bool) and value != "" and inside is None:
        yield Leaf(answer, path, value, (name_of(path), neighbours))


def _inside(value: Any) -> dict[str, Any] | list[Any] | None:
    """What a text holds when it is JSON itself: an object or a list."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        inside = json.loads(value)
    except ValueError:
        return None
    return inside if isinstance(inside, dict | list) else None


def changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy of a value with another part at a path."""
    if not path:
        return change(value)
    step, rest = path[0], path[1:]
    if step is None:
        return json.dumps(changed(json.loads(value), rest, change), ensure_ascii=False)
    copy = value.copy()
    copy[step] = changed(value[step], rest, change)
    return copy


def field_of(path: Path) -> Path:
    """The path of the field that holds a value: of an element of a list, that of the list."""
    while not isinstance(path[-1], str):
        path = path[:-1]
    return path


def without(value: Any, path: Path) -> Any:
    """A copy of a value that lacks the field at a path."""
    path = field_of(path)
    name = path[-1]
    return changed(
        value, path[:-1], lambda owner: {key: part for key, part in owner.items() if key != name}
    )


def relatives(element: Any, path: Path, rules: Sequence[NotData]) -> Iterator[Any]:
    """An element of the list at a path with other values: in all places at once, then in each.

    Values that are not about mail by the rules stay as they are.
    """
    name, whole = name_of(path), {"": element}
    some = [
        leaf
        for leaf in leaves(whole, 0)
        if not says_nothing(f"{name}{leaf.name}", leaf.kind[1], rules)
    ]
    for group in (some, *([leaf] for leaf in some if len(some) > 1)):
        found: Any = whole
        for leaf in group:
            found = changed(found, leaf.path, _always(others(leaf.value)[0]))
        if group:
            yield found[""]


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def others(value: Scalar) -> list[Scalar]:
    """Other values of the same type: the first of the same form, the last of another."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value * 3 + 101]
    if isinstance(value, float):
        return [value + 1.5]
    found: list[Scalar] = [_FLIPPED[value]] if value in _FLIPPED else []
    if _TIME.fullmatch(value):
        seconds = value[18]
        return [f"{value[:18]}{(int(seconds) + 1) % 10}{value[19:]}"]
    if match := _LAST_DIGIT.fullmatch(value):
        found.append(f"{match[1]}{(int(match[2]) + 1) % 10}{match[3]}")
    elif match := _LAST_LETTER.fullmatch(value):
        found.append(f"{match[1]}{_next(match[2])}{match[3]}")
    return [*found, f"{value}-7"]


def _next(letter: str) -> str:
    # Within a to f a letter may be a digit of a hexadecimal number: it stays one.
    return {"f": "a", "F": "A", "z": "y", "Z": "Y"}.get(letter) or chr(ord(letter) + 1)


def says_nothing(name: str, neighbours: Collection[str], rules: Sequence[NotData]) -> bool:
    """Whether a rule of the bench says that a value is not about mail.

    A rule such as ``results[FileName].Subject`` is for records alone that also have a `FileName`.
    """
    return any(_applies(name.split("."), neighbours, rule.path) for rule in rules)


def _applies(names: list[str], neighbours: Collection[str], rule: str) -> bool:
    beside = _BESIDE.findall(rule)
    return all(each in neighbours for each in beside) and _matches(
        names, _BESIDE.sub("", rule).lstrip(".").split(".")
    )


def _matches(names: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not names
    if pattern[0] == "**":
        return any(_matches(names[taken:], pattern[1:]) for taken in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], pattern[0]) and _matches(names[1:], pattern[1:])
