"""Is this valid OCSF 1.8.0? An answer that shares nothing with the code that makes events.

It joins jsonschema-rs, over the class schemas of the `ocsf-json-schema` package, with the rules
that JSON Schema cannot state, read from the same compiled schema. Both packages come with the extra
``connector-core[conformance]``.
"""

import functools
import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jsonschema_rs
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"
CLASSES = {4009: "email_activity", 2004: "detection_finding"}
PROFILES = ("security_control", "datetime")
# Milliseconds from 1973 to 2286: seconds and microseconds fall outside.
PLAUSIBLE = range(10**11, 10**13)

Event = dict[str, Any]


def _core_schema() -> dict[str, Any]:
    """The compiled schema without what only the platform extensions define."""
    schema: dict[str, Any] = get_ocsf_schema(VERSION)
    for kind in ("classes", "objects"):
        for item in schema[kind].values():
            kept = {n: a for n, a in item["attributes"].items() if not a.get("extension")}
            item["attributes"] = kept
    return schema


class OcsfJudge:
    """Judges Email Activity and Detection Finding events with both profiles.

    It asks more than OCSF where this project promises more: a caption beside every enum id, a
    `_dt` twin beside every time when `datetime` is declared, no null, nothing deprecated.
    """

    def __init__(self) -> None:
        self._schema = _core_schema()
        self._types: dict[str, Any] = self._schema["dictionary"]["types"]["attributes"]
        compiled = OcsfJsonSchemaEmbedded(self._schema)
        self._validators = {
            uid: jsonschema_rs.validator_for(compiled.get_class_schema(name, list(PROFILES)))
            for uid, name in CLASSES.items()
        }

    def problems(self, event: Event) -> list[str]:
        """What is wrong with the event, each with its path; empty when it is valid."""
        uid = event.get("class_uid")
        if type(uid) is not int or uid not in CLASSES:
            return [f"class_uid: must be one of {sorted(CLASSES)}"]
        found = []
        for error in self._validators[uid].iter_errors(event):
            path = ".".join(map(str, error.instance_path))
            found.append(f"{path or 'event'}: {error.message[:300]}")
        return found + list(self._rules(event, self._schema["classes"][CLASSES[uid]]))

    def _rules(self, event: Event, item: dict[str, Any]) -> Iterator[str]:
        if event.get("type_uid") != event["class_uid"] * 100 + _number(event.get("activity_id")):
            yield "type_uid: must be class_uid * 100 + activity_id"
        metadata = event.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        if metadata.get("version") != VERSION:
            yield f"metadata.version: must be {VERSION}"
        named = metadata.get("profiles")
        named = [p for p in named if isinstance(p, str)] if isinstance(named, list) else []
        if len(set(named)) != len(named) or not set(named) <= set(PROFILES):
            yield f"metadata.profiles: only {' and '.join(PROFILES)}, each once"
        yield from self._item(event, item, "", frozenset(named))
        yield from self._observables(event, item)

    def _item(
        self, value: Event, item: dict[str, Any], path: str, profiles: frozenset[str]
    ) -> Iterator[str]:
        specs = item["attributes"]
        if not specs:
            return
        for name, held in value.items():
            at, spec = f"{path}{name}", specs.get(name)
            if spec is None:
                continue  # jsonschema has said so
            if held is None:
                yield f"{at}: null; leave it out instead"
                continue
            wanted = spec.get("profiles")
            if wanted and profiles.isdisjoint(wanted):
                yield f"{at}: needs {' or '.join(wanted)} in metadata.profiles"
            if "@deprecated" in spec:
                yield f"{at}: deprecated"
            if spec.get("enum") and spec.get("sibling") in specs:
                yield from _captions(at, held, value.get(spec["sibling"]), spec)
            if spec["type"] == "timestamp_t" and f"{name}_dt" in specs:
                yield from _twins(at, held, value.get(f"{name}_dt"), "datetime" in profiles)
            if spec["type"] == "datetime_t" and value.get(name.removesuffix("_dt")) is None:
                yield f"{at}: stands without {name.removesuffix('_dt')}"
            for part in held if isinstance(held, list) else [held]:
                if spec["type"] != "object_t":
                    yield from self._scalar(at, part, spec["type"])
                elif isinstance(part, dict):
                    kind = self._schema["objects"][spec["object_type"]]
                    yield from self._item(part, kind, f"{at}.", profiles)

    def _scalar(self, at: str, value: Any, kind: str) -> Iterator[str]:
        base = self._types[kind].get("type", kind)
        if base in ("integer_t", "long_t"):
            bits = 31 if base == "integer_t" else 63
            if type(value) is not int:
                yield f"{at}: must be an integer, not {type(value).__name__}"
            elif not -(2**bits) <= value < 2**bits:
                yield f"{at}: does not fit {bits + 1} bits"
            elif kind == "timestamp_t" and value and value not in PLAUSIBLE:
                yield f"{at}: is not plausible as milliseconds since 1970"
        elif base == "float_t" and type(value) is int:
            yield f"{at}: a float is written with a decimal point"
        elif kind == "ip_t" and isinstance(value, str):
            try:
                ipaddress.ip_address(value)
            except ValueError:
                yield f"{at}: is not an IP address"
        elif kind == "datetime_t" and isinstance(value, str) and _moment(value) is None:
            yield f"{at}: is not a date and time with an offset"

    def _observables(self, event: Event, item: dict[str, Any]) -> Iterator[str]:
        rows = event.get("observables")
        seen = set()
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict) or not isinstance(row.get("name"), str):
                continue
            at, name, value = f"observables.{index}", row["name"], row.get("value")
            if not isinstance(value, str | None):
                continue
            if (name, value) in seen:
                yield f"{at}: repeats {name}"
            seen.add((name, value))
            held = [str(leaf) for leaf in _leaves(event, name.split("."))]
            if not held:
                yield f"{at}.name: the event holds nothing at {name}"
            elif value is not None and value not in held:
                yield f"{at}.value: it does not stand at {name}"
            spec = self._spec(item, name.split("."))
            expected = self._observable_type(spec) if spec else None
            if spec is None:
                yield f"{at}.name: the class has no attribute {name}"
            elif expected and row.get("type_id") != expected:
                yield f"{at}.type_id: {name} is of type {expected}"

    def _spec(self, item: dict[str, Any], steps: list[str]) -> dict[str, Any] | None:
        for step in steps[:-1]:
            spec = item["attributes"].get(step, {})
            if spec.get("type") != "object_t":
                return None
            item = self._schema["objects"][spec["object_type"]]
        found: dict[str, Any] | None = item["attributes"].get(steps[-1])
        return found

    def _observable_type(self, spec: dict[str, Any]) -> int | None:
        if spec["type"] == "object_t":
            spec = self._schema["objects"][spec["object_type"]]
        found = spec.get("observable") or self._types.get(spec["type"], {}).get("observable")
        return found if isinstance(found, int) else None


def _number(value: Any) -> int:
    return value if type(value) is int else -1


def _captions(at: str, codes: Any, words: Any, spec: dict[str, Any]) -> Iterator[str]:
    sibling = spec["sibling"]
    if not isinstance(codes, list):
        codes, words = [codes], [words]
    if not isinstance(words, list) or len(words) != len(codes):
        yield f"{at}: {sibling} must hold one caption for each id"
        return
    for code, word in zip(codes, words, strict=True):
        caption = spec["enum"].get(str(code), {}).get("caption")
        if code == 99 and (not word or word == caption):
            yield f"{at}: 99 needs the source's own word in {sibling}"
        elif code != 99 and caption is not None and word != caption:
            yield f"{at}: {sibling} must be {caption!r} for {code}"


def _twins(at: str, time: Any, text: Any, declared: bool) -> Iterator[str]:
    if text is None:
        if declared:
            yield f"{at}: has no {at.rpartition('.')[2]}_dt beside it"
        return
    moment = _moment(text) if isinstance(text, str) else None
    if moment is None or type(time) is not int:
        return  # named as a wrong type elsewhere
    seconds, rest = divmod(time, 1000)
    fine = "." in text
    if seconds != int(moment.timestamp() // 1) or (fine and rest != moment.microsecond // 1000):
        yield f"{at}: {at.rpartition('.')[2]}_dt is another moment"


def _moment(text: str) -> datetime | None:
    if not re.search(r"(Z|z|[+-]\d\d:\d\d)$", text):
        return None
    try:
        return datetime.fromisoformat(text.replace("z", "Z").replace("t", "T"))
    except ValueError:
        return None


def _leaves(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from _leaves(part, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _leaves(value[steps[0]], steps[1:])


@functools.cache
def judge() -> OcsfJudge:
    """The judge of this test process, compiled once."""
    return OcsfJudge()
