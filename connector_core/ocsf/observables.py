"""List the observables of an event: addresses, links, names and hashes worth searching for.

The types are the schema's own (`_observables.py` is generated from it). Left out on purpose:
observables that are whole objects (an e-mail, a file), since OCSF gives those no value and their
parts are listed; and what describes the report rather than what was seen (`metadata`, `attacks`,
`enrichments`, `remediation`).
"""

from typing import Any, Literal

from connector_core.ocsf._observables import CAPTIONS, OBJECTS

Node = dict[str, tuple[int, str, Any]]


def _linked() -> dict[str, Node]:
    """The generated table with object names replaced by the objects' own tables."""
    nodes: dict[str, Node] = {name: {} for name in OBJECTS}
    for name, (leaves, children) in OBJECTS.items():
        nodes[name] |= {attr: (uid, CAPTIONS[uid], None) for attr, uid in leaves.items()}
        nodes[name] |= {attr: (0, "", nodes[child]) for attr, child in children.items()}
    return nodes


_NODES = _linked()


def observables(
    event: dict[str, Any], class_name: Literal["email_activity", "detection_finding"]
) -> list[dict[str, Any]]:
    """The value of `observables` for a finished event, in the order of the event's attributes.

    One entry for each value at each path; `name` is the path without array indices. Empty
    texts and repeated (name, value) pairs are left out. The event is read, not changed.

    >>> observables({"from": "a@example.com"}, "email_activity")
    [{'name': 'from', 'type_id': 5, 'type': 'Email Address', 'value': 'a@example.com'}]
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    _walk(event, _NODES[class_name], "", found)
    return list(found.values())


def _walk(
    item: dict[str, Any],
    node: Node,
    prefix: str,
    found: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for key, value in item.items():
        entry = node.get(key)
        if entry is None:
            continue
        type_id, caption, child = entry
        for part in value if value.__class__ is list else (value,):
            if child is not None:
                if part.__class__ is dict:
                    _walk(part, child, f"{prefix}{key}.", found)
                continue
            text = part if part.__class__ is str else str(part) if part.__class__ is int else ""
            name = prefix + key
            if text and (name, text) not in found:
                found[name, text] = {
                    "name": name,
                    "type_id": type_id,
                    "type": caption,
                    "value": text,
                }
