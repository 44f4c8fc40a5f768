"""Which attributes exist: every dotted path of a class or object of OCSF 1.8.0."""

from functools import cache
from typing import Any

from ocsf_json_schema import get_ocsf_schema

PROFILES = {"security_control", "datetime"}


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = get_ocsf_schema("1.8.0")
    return found


def attributes_of(name: str) -> set[str]:
    """Every dotted path of a class or object of OCSF 1.8.0 with this project's profiles."""
    schema = _schema()
    item = schema["classes"].get(name) or schema["objects"][name]
    return set(_paths(item, 4))


def _paths(item: dict[str, Any], depth: int) -> list[str]:
    found = []
    for name, spec in item["attributes"].items():
        profiles = spec.get("profiles")
        if spec.get("extension") or (profiles and PROFILES.isdisjoint(profiles)):
            continue
        if "@deprecated" in spec:
            continue
        found.append(name)
        if spec["type"] == "object_t" and depth > 1:
            inner = _schema()["objects"][spec["object_type"]]
            found += [f"{name}.{path}" for path in _paths(inner, depth - 1)]
    return found
