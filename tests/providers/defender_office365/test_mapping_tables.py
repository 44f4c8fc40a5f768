"""Defender's mapping tables are sound, and MAPPING.md says what they say."""

import importlib.util
import re
import uuid
from pathlib import Path

import pytest

from connector_core.mapping import Table, problems
from connector_defender_office365.convert.identity import NAMESPACE
from connector_defender_office365.mapping import ALERT_EVIDENCE, ALL, markdown
from connector_defender_office365.mapping.page import IDENTITY
from connector_defender_office365.schema import TABLES
from defender_rows import Cells, make
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


MESSAGE = "a1b2c3d4-0000-4000-8000-000000000001"
MAIL = {"NetworkMessageId": MESSAGE, "RecipientEmailAddress": "Mira@example.com"}
AT = {"Timestamp": "2026-03-02T09:20:30.5000000Z"}
ROWS: dict[str, tuple[str, Cells]] = {
    "EmailEvents": ("email_event", {**AT, **MAIL}),
    "EmailPostDeliveryEvents": (
        "post_delivery_event",
        {**AT, **MAIL, "ActionType": "Phish ZAP", "Action": "Moved to quarantine",
         "ActionTrigger": "SpecialAction", "ActionResult": "Success",
         "DeliveryLocation": "Quarantine", "ReportId": "r-1"},
    ),
    "message finding": ("message_finding", {**AT, **MAIL, "ThreatTypes": "Spam"}),
    "click finding": ("click_finding", {**AT, "ReportId": "c-1"}),
    "alert finding": ("alert_finding", {**AT, "AlertId": "fa000001"}),
}  # fmt: skip
"""What the page's examples of ids are made from."""


@pytest.mark.parametrize("name", [name for name, *_ in IDENTITY])
def test_an_id_can_be_made_again_as_the_page_says(name: str) -> None:
    kind, cells = ROWS[name]
    tables = {"email_event": "EmailEvents", "post_delivery_event": "EmailPostDeliveryEvents",
              "message_finding": "EmailEvents", "click_finding": "UrlClickEvents",
              "alert_finding": "AlertInfo"}  # fmt: skip
    (example,) = [example for event, _, example, _ in IDENTITY if event == name]
    made = make(kind, {tables[kind]: [cells]})["metadata"]["uid"]
    assert made == str(uuid.uuid5(NAMESPACE, example))
    assert f"`{NAMESPACE}`" in markdown()
    assert f"makes `{made}`" in markdown()


def test_no_two_headings_of_the_page_are_alike() -> None:
    headings = [line for line in markdown().splitlines() if line.startswith("#")]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    "place",
    ["EmailEvents", "EmailAttachmentInfo", "EmailUrlInfo", "UrlClickEvents", "AlertInfo",
     "AlertEvidence"],
)  # fmt: skip
def test_the_page_tells_every_list_under_unmapped(place: str) -> None:
    assert f"`unmapped.{place}[]`" in markdown()


def test_the_page_names_every_column_and_every_table() -> None:
    text = markdown()
    for table in ALL:
        section = text.partition(f"## {table.title}\n")[2].partition("\n## ")[0]
        for column in TABLES[table.name]:
            assert f"`{column}`" in section, (table.title, column)


def test_every_table_on_the_page_has_as_many_cells_in_each_line() -> None:
    for block in re.findall(r"(?:^\|.*\|$\n)+", markdown(), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
