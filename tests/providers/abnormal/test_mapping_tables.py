"""Abnormal's mapping tables are sound, and the mapping page says what they say."""

import re
import uuid
from pathlib import Path

import pytest

from connector_abnormal.convert import identity
from connector_abnormal.mapping import ALL, markdown
from connector_abnormal.mapping.page import IDENTITY
from connector_abnormal.schema import TABLES
from connector_core.mapping import Table, problems
from judges.attributes import attributes_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("table", ALL, ids=lambda table: f"{table.title} to {table.produces}")
def test_every_field_is_at_home_in_one_row_and_every_attribute_exists(table: Table) -> None:
    assert list(problems(table, TABLES[table.name], attributes_of(table.produces))) == []


def test_every_object_of_the_schema_is_mapped() -> None:
    assert {table.name for table in ALL} == set(TABLES)


def test_the_page_names_every_field_of_every_object() -> None:
    text = markdown()
    for table in ALL:
        section = text.partition(f"## {table.title}\n")[2].partition("\n## ")[0]
        for field in TABLES[table.name]:
            assert f"`{field}`" in section, (table.title, field)


def test_the_page_is_fresh() -> None:
    page = ROOT / "docs" / "providers" / "abnormal-mapping.md"
    assert page.read_text(encoding="utf-8") == markdown()


def test_every_table_on_the_page_has_as_many_cells_in_each_line() -> None:
    for block in re.findall(r"(?:^\|.*\|$\n)+", markdown(), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_an_id_can_be_made_again_as_the_page_says() -> None:
    (_, _, finding, _), (_, _, mail, _) = IDENTITY
    made = identity.finding_uid(finding.split("|")[1])
    assert made == str(uuid.uuid5(identity.NAMESPACE, finding))
    _, source, uid, mailbox = mail.split("|")
    made = identity.result_uid(source, uid, "x", "y", mailbox.upper(), "z", "t")
    assert made == str(uuid.uuid5(identity.NAMESPACE, mail))
    assert f"makes `{made}`" in markdown()
