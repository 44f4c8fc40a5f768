"""Which paths occur in events: those that a mapping fills, down to what holds no other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

# fmt: off
SHAPES: Final[Mapping[str, str]] = {
    "observables":  "name type type_id value",
    "hashes":       "algorithm algorithm_id value",
    "attacks":      "tactic.name tactic.uid technique.name technique.uid"
                    " sub_technique.name sub_technique.uid",
    "analytic":     "name type type_id",
    "urls":         "hostname path port query_string scheme url_string",
}
# fmt: on
"""End of an object's path -> the paths in it, for objects that most mappings make alike."""
FREE: Final = frozenset({"unmapped", "data"})
"""Ends of paths below which anything may stand: OCSF gives these objects no attributes."""


def leaves(paths: Iterable[str], shapes: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The paths, sorted; each one of an object replaced by those in it.

    What an object holds is what `shapes`, and else `SHAPES`, says of the longest end of its path
    that it knows; a path that others go on from needs no shape. Only below `FREE` are there paths
    that are not listed.

    >>> leaves({"email.files", "email.files.name", "email.files.hashes"}, {"hashes": "value"})
    ('email.files.hashes.value', 'email.files.name')
    """
    known = {**SHAPES, **(shapes or {})}
    found = {leaf for path in paths for leaf in _expanded(path, known)}
    holders = {path[:at] for path in found for at, sign in enumerate(path) if sign == "."}
    return tuple(sorted(found - holders))


def _expanded(path: str, shapes: Mapping[str, str]) -> Iterator[str]:
    steps = path.split(".")
    for start in range(len(steps)):
        if (shape := shapes.get(".".join(steps[start:]))) is not None:
            for inner in shape.split():
                yield from _expanded(f"{path}.{inner}", shapes)
            return
    yield path
