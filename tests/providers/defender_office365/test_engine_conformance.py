"""The engine against a set of KQL cases with documented answers, which lives outside this tree.

`EMAIL_SECURITY_JUDGES` names a folder that holds `kql-conformance/conformance.json`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_defender_office365.mock.engine import Engine, KqlError
from connector_defender_office365.mock.rules import Rules

_JUDGES = os.environ.get("EMAIL_SECURITY_JUDGES", "")
_FILE = Path(_JUDGES, "kql-conformance", "conformance.json")
_NOW = "2026-01-01T00:00:00Z"
_FEWEST_RIGHT = 258  # of the cases that are not to be refused

pytestmark = pytest.mark.skipif(
    not _JUDGES or not _FILE.is_file(),
    reason="EMAIL_SECURITY_JUDGES does not name a folder with kql-conformance/conformance.json",
)


@pytest.fixture(scope="module")
def conformance() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def engine(conformance: dict[str, Any]) -> Iterator[Engine]:
    tables = conformance["tables"]
    schema = {name: dict(table["cols"]) for name, table in tables.items()}
    built = Engine(schema, rules=Rules(folds="unicode"))  # as two of the cases take it
    for name, table in tables.items():
        columns = [column for column, _ in table["cols"]]
        built.load(name, [dict(zip(columns, row, strict=True)) for row in table["rows"]])
    yield built
    built.close()


def _same(found: list[Any], expected: list[Any], ordered: bool) -> bool:
    def keys(rows: list[Any]) -> list[str]:
        texts = [json.dumps(list(row), sort_keys=True) for row in rows]
        return texts if ordered else sorted(texts)

    return keys(found) == keys(expected)


def test_no_case_is_answered_wrongly(engine: Engine, conformance: dict[str, Any]) -> None:
    right, wrong = 0, []
    for case in conformance["cases"]:
        try:
            answer = engine.query(case["q"], now=_NOW)
        except KqlError:
            continue
        if case["exp"] == "REFUSE":
            wrong.append((case["id"], "answered what is to be refused"))
            continue
        accepted = [case["exp"], case.get("alt", case["exp"])]
        names = [name for name, _ in answer.columns]
        if not any(_same(answer.rows, rows, case["ordered"]) for rows in accepted):
            wrong.append((case["id"], repr(answer.rows)))
        elif names != case.get("cols", names):
            wrong.append((case["id"], f"columns {names}"))
        else:
            right += 1
    assert wrong == []
    assert right >= _FEWEST_RIGHT
