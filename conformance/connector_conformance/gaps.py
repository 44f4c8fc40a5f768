"""How an answer differs from the one that is right, for people."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from connector_conformance.reading import counted, differing
from connector_conformance.subject import Event, uid_of

SHOWN: Final = 400
"""Characters of an event."""


def difference(found: Sequence[Event], wanted: Sequence[Event]) -> str:
    """Which events are missing or too many, and the first of them; empty when there are none.

    Where an event came with other values, it says where these stand.
    """
    gap = differing(found, wanted)
    if not gap:
        return ""
    has, wants = counted(found), counted(wanted)
    lost = [orjson.loads(each) for each in wants - has]
    odd = [orjson.loads(each) for each in has - wants]
    for event in lost:
        for other in odd:
            if uid_of(other) == uid_of(event):
                paths = sorted(set(_unlike(event, other)))
                return f"{gap}; {uid_of(event)} differs in {', '.join(paths[:10])}."
    first = orjson.dumps((lost or odd)[0]).decode()
    return f"{gap}; the first: {short(first, SHOWN)}"


def short(text: str, most: int = 120) -> str:
    """A text with its middle left out, if it is long."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half]} [...] {text[-half:]}"


def _unlike(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """The paths at which two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _unlike(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    elif one != other:
        yield path
