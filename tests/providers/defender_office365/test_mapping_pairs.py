"""Rows and the OCSF expected of them, side by side in `pairs/*.json`, written by hand.

A file's own `rows` and `event` hold what its cases share; a case adds to them or, with null, takes
away. Two attributes are left out of the pairs and looked at here: `observables`, which repeat what
stands elsewhere, and `metadata.uid`, which "uid of ..." spells.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_defender_office365.convert.identity import NAMESPACE
from defender_rows import make
from judges import ocsf

Pair = dict[str, Any]


def _merged(base: Any, more: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    result = {**base, **{key: _merged(base.get(key), value) for key, value in more.items()}}
    return {key: value for key, value in result.items() if value is not None}


def _rows(base: Pair, more: Pair) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = dict(base)
    for table, rows in more.items():
        shared: Pair = next(iter(base.get(table, ())), {})
        found[table] = [_merged(shared, row) for row in rows]
    return found


def _spelt(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelt(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_spelt(part) for part in value]
    if isinstance(value, str) and value.startswith("uid of "):
        return str(uuid.uuid5(NAMESPACE, value.removeprefix("uid of ")))
    return value


def _pairs() -> Iterator[Any]:
    for file in sorted(Path(__file__).with_name("pairs").glob("*.json")):
        shared = json.loads(file.read_text(encoding="utf-8"))
        for case in shared["cases"]:
            rows = _rows(shared["rows"], case["rows"])
            event = _spelt(_merged(shared["event"], case["event"]))
            yield pytest.param(shared["makes"], rows, event, id=f"{file.stem}: {case['situation']}")


PAIRS = list(_pairs())


def _without(event: Pair) -> Pair:
    metadata = {key: value for key, value in event["metadata"].items() if key != "uid"}
    return {k: v for k, v in event.items() if k != "observables"} | {"metadata": metadata}


@pytest.mark.parametrize(("kind", "rows", "expected"), PAIRS)
def test_rows_become_the_event_that_was_written_down(kind: str, rows: Any, expected: Pair) -> None:
    event = make(kind, rows)
    assert ocsf.judge().problems(event) == []
    assert _without(event) == expected


@pytest.mark.parametrize(("kind", "rows", "expected"), PAIRS)
def test_the_same_rows_make_the_same_event_again(kind: str, rows: Any, expected: Pair) -> None:
    turned = {table: list(reversed(found)) for table, found in rows.items()}
    again = make(kind, turned if kind.endswith("finding") else rows)
    assert again == make(kind, rows)
    assert uuid.UUID(again["metadata"]["uid"]).version == 5


@pytest.mark.skipif(not ocsf.second_opinion_available(), reason=ocsf.NO_SECOND_OPINION)
def test_an_independent_validator_accepts_every_pair() -> None:
    assert ocsf.second_opinion([make(kind, rows) for kind, rows, _ in map(_values, PAIRS)]) is None


def _values(pair: Any) -> tuple[str, Any, Pair]:
    kind, rows, expected = pair.values
    return kind, rows, expected
