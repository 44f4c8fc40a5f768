"""The fast list of observables is, byte for byte, that of a walker written to be read."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.ocsf._observables import CAPTIONS, OBJECTS
from connector_core.ocsf.observables import observables
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.graph import row_type
from connector_defender_office365.mock.dataset import DATASETS, rows_of_day
from connector_defender_office365.normalize import Normalizers, email_event, post_delivery_event

ClassName = Literal["email_activity", "detection_finding"]
Fact = tuple[str, int, str]


def facts(item: dict[str, Any], kind: str, prefix: str = "") -> Iterator[Fact]:
    """Path, type and text of every observable value, in order, repeated ones too."""
    leaves, children = OBJECTS[kind]
    for name, value in item.items():
        for part in value if isinstance(value, list) else [value]:
            if name in children and isinstance(part, dict):
                yield from facts(part, children[name], f"{prefix}{name}.")
            elif name in leaves and type(part) in (str, int) and str(part):
                yield prefix + name, leaves[name], str(part)


def specified(event: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """What `observables` must return."""
    return [
        {"name": name, "type_id": uid, "type": CAPTIONS[uid], "value": text}
        for name, uid, text in dict.fromkeys(facts(event, kind))
    ]


def same(event: dict[str, Any], kind: ClassName) -> bool:
    """Whether both lists have the same bytes."""
    return orjson.dumps(observables(event, kind)) == orjson.dumps(specified(event, kind))


@pytest.mark.parametrize("day", [date(2026, 10, 20), date(2026, 10, 31)])
def test_both_agree_on_every_message_of_the_embedded_tenant(day: date) -> None:
    tables = Normalizers("11111111-2222-4333-8444-555555555555", DOCUMENTED)
    rows = rows_of_day(DATASETS["basic_v0"], day)
    count = 0
    for table, make in (
        ("EmailEvents", email_event),
        ("EmailPostDeliveryEvents", post_delivery_event),
    ):
        struct = row_type(tuple((name, "Object") for name in DOCUMENTED[table]))
        for row in rows[table]:
            event = make(tables, struct(**row))
            event.pop("observables", None)
            assert same(event, "email_activity")
            count += 1
    assert count > 100


NAMES = sorted(
    {name for leaves, children in OBJECTS.values() for name in (*leaves, *children)}
    & {
        "email", "from", "to", "urls", "files", "hashes", "value", "url_string", "hostname", "port",
        "evidences", "user", "process", "parent_process", "name", "uid", "src_endpoint", "ip",
        "malware", "actor",
    }
)  # fmt: skip
TEXTS = st.sampled_from(["", "a", "b", "5", "a@example.com"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 6) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=14,
)


@settings(max_examples=300, deadline=None)
@given(
    event=st.dictionaries(st.sampled_from(NAMES), VALUES),
    kind=st.sampled_from(["email_activity", "detection_finding"]),
)
def test_both_agree_on_any_event(event: dict[str, Any], kind: ClassName) -> None:
    assert same(event, kind)
