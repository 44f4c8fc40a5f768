"""List the observables of an event: addresses, links, names and hashes worth searching for.

The types are the schema's own (`_observables.py` is generated from it). Left out on purpose:
observables that are whole objects (an e-mail, a file), since OCSF gives those no value and their
parts are listed; and what describes the report rather than what was seen (`metadata`, `attacks`,
`enrichments`, `remediation`, every `src_url`).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from connector_core.ocsf._observables import CAPTIONS, OBJECTS

_Add = Callable[[dict[str, Any]], None]
_Seen = set[tuple[str, str]]
_Entry = tuple[dict[str, Any], "_Place | None"]


class _Place(dict[str, _Entry]):
    """An object at one path: attribute -> (its path, type id, caption, the place below it).

    Empty until it is met, since objects may hold their own kind without end; then kept, so that no
    path is put together twice.
    """

    __slots__ = ("_kind", "_prefix")

    def __init__(self, kind: str, prefix: str = "") -> None:
        self._kind, self._prefix = kind, prefix

    def fill(self) -> None:
        """Look up in the schema what may be seen here."""
        leaves, children = OBJECTS[self._kind]
        places: dict[str, _Entry] = {}
        for name, uid in leaves.items():
            path = self._prefix + name
            sample = {"name": path, "type_id": uid, "type": CAPTIONS[uid], "value": ""}
            places[name] = (sample, None)
        for name, kind in children.items():
            places[name] = ({}, _Place(kind, f"{self._prefix}{name}."))
        self.update(places)  # at once: another thread may be reading


_CLASSES: Final = {name: _Place(name) for name in ("email_activity", "detection_finding")}


ClassName = Literal["email_activity", "detection_finding"]
Observer = Callable[[list[dict[str, Any]], Any], None]
"""Adds to a list of observables what a value holds."""


def observable_at(class_name: ClassName, path: str) -> dict[str, Any] | None:
    """What an observable at this path is like, with an empty value; None when it is none.

    An object whose parts are observables gives an empty dict: see `observer`.
    """
    entry = _entry_at(class_name, path)
    return None if entry is None else entry[0]


def observer(class_name: ClassName, path: str) -> Observer:
    """What finds the observables in a value that stands at this path of an event."""
    entry = _entry_at(class_name, path)
    if entry is None:
        return lambda found, value: None
    name, below = path.rpartition(".")[2], entry[1]
    place = _Place(class_name)
    place[name] = entry

    def look(found: list[dict[str, Any]], value: Any) -> None:
        if below is not None and value.__class__ is dict:
            _walk(value, below, found.append, None)
        else:
            _walk({name: value}, place, found.append, None)

    return look


def _entry_at(class_name: ClassName, path: str) -> _Entry | None:
    place: _Place | None = _CLASSES[class_name]
    entry: _Entry | None = None
    for name in path.split("."):
        if place is None:
            return None
        if not place:
            place.fill()
        entry = place.get(name)
        if entry is None:
            return None
        place = entry[1]
    return entry


def observables(event: dict[str, Any], class_name: ClassName) -> list[dict[str, Any]]:
    """The value of `observables` for a finished event, in the order of the event's attributes.

    One entry for each value at each path; `name` is the path without array indices. Empty
    texts and repeated (name, value) pairs are left out. The event is read, not changed.

    >>> observables({"from": "a@example.com"}, "email_activity")
    [{'name': 'from', 'type_id': 5, 'type': 'Email Address', 'value': 'a@example.com'}]
    """
    found: list[dict[str, Any]] = []
    _walk(event, _CLASSES[class_name], found.append, None)
    return found


def _walk(item: dict[str, Any], place: _Place, add: _Add, seen: _Seen | None) -> None:
    """Add what `item` holds. Only lists can repeat a value: outside them `seen` is None."""
    if not place:
        place.fill()
    for key in filter(place.__contains__, item):  # most attributes are none
        value = item[key]
        sample, below = place[key]
        if seen is None:  # the common cases, without a list anywhere above
            if below is not None:
                if value.__class__ is dict:
                    _walk(value, below, add, None)
                    continue
            elif value.__class__ is str:
                if value:
                    found = sample.copy()  # half the price of writing the four items anew
                    found["value"] = value
                    add(found)
                continue
            elif value.__class__ is list and all(part.__class__ is str for part in value):
                for text in dict.fromkeys(value):
                    if text:
                        found = sample.copy()
                        found["value"] = text
                        add(found)
                continue
        parts: Iterable[Any] = (value,)
        known = seen
        if value.__class__ is list:
            parts = value
            if seen is None and len(value) > 1:
                known = set()
        for part in parts:
            if below is not None:
                if part.__class__ is dict:
                    _walk(part, below, add, known)
                continue
            text = part if part.__class__ is str else str(part) if part.__class__ is int else ""
            if not text:
                continue
            if known is not None:
                fact = (sample["name"], text)
                if fact in known:
                    continue
                known.add(fact)
            found = sample.copy()
            found["value"] = text
            add(found)
