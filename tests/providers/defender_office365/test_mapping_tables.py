"""Defender's mapping tables are sound, and MAPPING.md says what they say."""

import importlib.util
import re
from pathlib import Path

import pytest

from connector_core.mapping import Table, problems
from connector_defender_office365.mapping import ALERT_EVIDENCE, ALL, markdown
from connector_defender_office365.schema import TABLES
from judges.attributes import attributes_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("table", ALL, ids=lambda table: f"{table.title} to {table.produces}")
def test_every_table_is_sound(table: Table) -> None:
    assert list(problems(table, TABLES[table.name], attributes_of(table.produces))) == []


def test_every_table_of_the_schema_is_mapped() -> None:
    assert {table.name for table in ALL} == set(TABLES)


def test_an_entity_type_nobody_knows_has_a_table() -> None:
    assert "" in ALERT_EVIDENCE


def test_the_generated_page_is_not_stale() -> None:
    script = ROOT / "scripts" / "generate_docs.py"
    spec = importlib.util.spec_from_file_location("generate_docs", script)
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [file for file, text in generate.pages().items() if file.read_text("utf-8") != text]
    assert stale == [], "run python scripts/generate_docs.py"


def test_the_page_names_every_column_and_every_table() -> None:
    text = markdown()
    for table in ALL:
        section = text.partition(f"## {table.title}\n")[2].partition("\n## ")[0]
        for column in TABLES[table.name]:
            assert f"`{column}`" in section, (table.title, column)


def test_every_table_on_the_page_has_as_many_cells_in_each_line() -> None:
    for block in re.findall(r"(?:^\|.*\|$\n)+", markdown(), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
