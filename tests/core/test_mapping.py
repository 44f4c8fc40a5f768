"""Mapping tables of an invented vendor: rows become attributes, faults in a table are found."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from connector_core.convert import email_address, kept_json
from connector_core.mapping import (
    Computed,
    Row,
    Rule,
    Unmapped,
    Word,
    computed,
    decided,
    direct,
    empty,
    enum,
    has,
    is_,
    mapping_page,
    normalizer,
    own_word,
    problems,
    static,
    table,
    to_markdown,
    true,
    unmapped,
)
from connector_core.mapping.rows import caption_of
from connector_core.ocsf.enums import Action, Disposition, Severity

KINDS = {"Name": "text", "Level": "text", "Size": "number", "Clicked": "boolean", "More": "text"}


def made(*rows: Row, kinds: dict[str, str] = KINDS, **cells: Any) -> dict[str, Any]:
    """The event that a table of these rows makes of a vendor row with these cells."""
    compiled = normalizer(table("Vendor", "email_activity", rows), columns=kinds)
    return compiled.normalize(SimpleNamespace(**dict.fromkeys(KINDS) | cells))


def test_a_static_enum_brings_its_caption() -> None:
    assert made(static("severity_id", Severity.HIGH)) == {"severity_id": 4, "severity": "High"}


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_column_without_a_value_leaves_its_attribute_out(nothing: str | None) -> None:
    assert made(direct("message", "Name"), Name=nothing) == {}


def test_a_direct_row_fills_nested_attributes_and_keeps_zero() -> None:
    event = made(
        direct("email.subject metadata.uid", "Name"), direct("email.size", "Size"), Name="x", Size=0
    )
    assert event == {"email": {"subject": "x", "size": 0}, "metadata": {"uid": "x"}}


def test_an_empty_text_is_kept_where_the_table_says_so() -> None:
    assert made(direct("message", "Name", keep_empty=True), Name="") == {"message": ""}


LEVELS = {"bad": Severity.HIGH, "fine": Severity.LOW}


@pytest.mark.parametrize(
    ("word", "identifier", "caption"),
    [
        ("BAD", 4, "High"),
        ("", 0, "Unknown"),
        ("weird", 99, "weird"),
        ("Other", 99, "other"),
    ],
)
def test_an_enum_looks_words_up_without_case_and_quotes_unknown_ones(
    word: str, identifier: int, caption: str
) -> None:
    row = enum("severity_id", "Level", LEVELS, Severity.UNKNOWN)
    assert made(row, Level=word) == {"severity_id": identifier, "severity": caption}


def test_an_unknown_word_is_counted_as_drift_and_an_expected_one_is_not() -> None:
    rows = (
        enum("severity_id", "Level", LEVELS, Severity.UNKNOWN),
        decided("activity_id", (Rule((), (Word("Name", expected=True),)),)),
    )
    compiled = normalizer(table("Vendor", "email_activity", rows), columns=KINDS)
    for _ in range(3):
        compiled.normalize(SimpleNamespace(Level="weird", Name="anything"))
    assert dict(compiled.drift) == {"Level=weird": 3}


OUTCOME = (
    Rule((true("Clicked"),), (Action.ALLOWED, Disposition.ALLOWED)),
    Rule((is_("Level", "bad"), has("Name", "junk")), (Action.MODIFIED, Disposition.TAGGED)),
    Rule((empty("Level"),), (Action.UNKNOWN, Disposition.UNKNOWN)),
    Rule((), (Action.DENIED, Disposition.BLOCKED)),
)


@pytest.mark.parametrize(
    ("cells", "action", "disposition"),
    [
        ({"Clicked": True, "Level": "bad", "Name": "junk"}, "Allowed", "Allowed"),
        ({"Level": "Bad", "Name": "the JUNK folder"}, "Modified", "Tagged"),
        ({"Clicked": False}, "Unknown", "Unknown"),
        ({"Level": "bad"}, "Denied", "Blocked"),
    ],
)
def test_the_first_rule_that_holds_decides(
    cells: dict[str, Any], action: str, disposition: str
) -> None:
    event = made(decided("action_id disposition_id", OUTCOME), **cells)
    assert (event["action"], event["disposition"]) == (action, disposition)


def test_a_computed_row_fills_what_its_function_gives_and_no_more() -> None:
    row = computed("email.from unmapped.Name", "Name", _address)
    assert made(row, Name="a@example.com") == {"email": {"from": "a@example.com"}}
    assert made(row, Name="odd") == {"unmapped": {"Name": "odd"}}


def _address(text: str) -> tuple[str | None, str | None]:
    return email_address(text), None if email_address(text) else text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("[]", {}), ("{}", {}), ("null", {}), ('{"a":[1,null]}', {"a": [1]}), ("plain", "plain")],
)
def test_an_unmapped_json_column_is_parsed_and_its_emptiness_left_out(text: str, kept: Any) -> None:
    event = made(unmapped("More", "no attribute", kept_json), More=text)
    assert event == ({"unmapped": {"More": kept}} if kept else {})


def test_several_json_columns_in_one_row_are_kept_each_by_its_name() -> None:
    event = made(unmapped("Name More", "no attribute", kept_json), Name="[1]", More="")
    assert event == {"unmapped": {"Name": [1]}}


def test_columns_that_the_tenant_lacks_are_empty_and_new_ones_are_kept() -> None:
    rows = (direct("message", "Name"), enum("severity_id", "Level", LEVELS, Severity.UNKNOWN))
    compiled = normalizer(
        table("Vendor", "email_activity", rows), columns={"Mood": "text"}, extra=["Mood"]
    )
    assert compiled.normalize(SimpleNamespace(Mood="gloomy")) == {
        "severity_id": 0,
        "severity": "Unknown",
        "unmapped": {"Mood": "gloomy"},
    }


@pytest.mark.parametrize(
    ("identifier", "caption"),
    [
        ("severity_id", "severity"),
        ("activity_id", "activity_name"),
        ("class_uid", "class_name"),
        ("evidences.verdict_id", "evidences.verdict"),
        ("classification_ids", "classifications"),
        ("url.category_ids", "url.categories"),
        ("message", None),
    ],
)
def test_every_id_knows_where_its_caption_stands(identifier: str, caption: str | None) -> None:
    assert caption_of(identifier) == caption


def test_only_the_schemas_own_caption_is_written_small() -> None:
    assert own_word("Other") == "other"
    assert own_word("OTHER") == "OTHER"
    assert own_word("Junked") == "Junked"


SOUND = (
    direct("message", "Name"),
    enum("severity_id", "Level", LEVELS, Severity.UNKNOWN),
    unmapped("Size Clicked More", "no attribute"),
)
ATTRIBUTES = {"message", "severity_id", "severity", "time"}


def faults(*rows: Row) -> list[str]:
    """What is found wrong with a table of these rows."""
    return list(problems(table("Vendor", "email_activity", rows), KINDS, ATTRIBUTES))


def test_a_sound_table_has_no_problem() -> None:
    assert faults(*SOUND) == []


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (SOUND[1:], "Vendor: column Name is at home in 0 rows"),
        ((*SOUND, unmapped("Name", "twice")), "Vendor: column Name is at home in 2 rows"),
        ((*SOUND, computed("time", "", len, "Nmae")), "Vendor: there is no column Nmae"),
        ((*SOUND, static("mesage", "x")), "Vendor: email_activity has no attribute mesage"),
        ((*SOUND, static("severity", "x")), "Vendor: attribute severity is filled by 2 rows"),
    ],
)
def test_a_planted_fault_is_named(rows: tuple[Row, ...], fault: str) -> None:
    assert faults(*rows) == [fault]


def test_a_table_finds_its_row_by_attribute_or_caption() -> None:
    found = table("Vendor", "email_activity", SOUND)
    assert found.find("severity") is found.find("severity_id") is SOUND[1]
    assert found.find("unmapped.Size") is SOUND[2]
    assert found.find("status") is None


def test_a_printed_table_says_columns_kinds_rules_and_reasons() -> None:
    text = to_markdown(
        table("Vendor", "email_activity", (*SOUND, decided("is_alert", _TRUTH))), "Why."
    )
    assert text.startswith("## Vendor\n\nProduces `email_activity`. Why.\n\n| OCSF attribute")
    lines = text.splitlines()[4:]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    assert ["`message`", "direct", "`Name`", "As it is."] in cells
    assert ["`unmapped`", "unmapped", "`Size`, `Clicked`, `More`", "No attribute."] in cells
    (rule,) = [line[-1] for line in cells if line[0] == "`is_alert`"]
    assert rule == 'Level contains "bad" or "awful" → true<br>else → false'


_TRUTH = (Rule((has("Level", "bad", "awful"),), (True,)), Rule((), (False,)))


def test_a_longer_decision_is_printed_as_a_table_with_every_outcome() -> None:
    rules = (
        Rule((is_("Result", "ok", ""), has("Name", "x")), (Action.DENIED, Disposition.BLOCKED)),
        Rule((empty("Name"),), (Action.UNKNOWN, Disposition.UNKNOWN)),
        Rule((), (Word("Name"), Word("Name"))),
    )
    found = table("Vendor", "email_activity", (decided("action_id disposition_id", rules),))
    assert "| By the table `action_id`, `disposition_id` below. |" in to_markdown(found)
    lines = to_markdown(found).partition("### Vendor: `action_id`, `disposition_id`\n\n")[2]
    cells = [[c.strip() for c in line[1:-1].split("|")] for line in lines.splitlines()]
    assert [cells[0], *cells[2:]] == [
        ["Result", "Name", "`action_id`", "`disposition_id`"],
        ['"ok" or empty', 'contains "x"', "2 Denied", "2 Blocked"],
        ["", "empty", "0 Unknown", "0 Unknown"],
        ["", "", "99 with the word in Name", "99 with the word in Name"],
    ]


def test_a_short_decision_is_printed_in_its_row() -> None:
    rules = (
        Rule((is_("Name", "x"), true("Clicked")), (True,)),
        Rule((), (False,)),
    )
    text = to_markdown(table("Vendor", "email_activity", (decided("is_alert", rules),)))
    assert '| Name is "x" and Clicked is true → true<br>else → false |' in text


def test_a_page_says_how_to_make_an_id_again() -> None:
    namespace = uuid.UUID("00000000-0000-4000-8000-000000000001")
    page = mapping_page(
        "# A page",
        [],
        namespace=namespace,
        identity=[("Mail", "mail|<Id>", "mail|7", "Id")],
        choices=[],
        outside=[],
    )
    assert f"namespace `{namespace}`" in page
    assert f"`mail\\|7` makes `{uuid.uuid5(namespace, 'mail|7')}` | Id |" in page


def test_a_row_that_keeps_parsed_json_is_printed_as_unmapped() -> None:
    row = unmapped("More", "nobody knows", kept_json)
    assert isinstance(row, Computed)
    assert isinstance(unmapped("More", "nobody knows"), Unmapped)
    assert "| unmapped | `More` | Nobody knows; JSON is kept parsed. |" in " ".join(
        to_markdown(table("Vendor", "email_activity", (row,))).split()
    )
