"""A mapping table compiled to a function: what it reads, what it shares, what it counts."""

import copy
from types import SimpleNamespace
from typing import Any

import pytest

from connector_core.errors import MappingError
from connector_core.mapping import (
    Normalizer,
    Row,
    Rule,
    Word,
    computed,
    decided,
    direct,
    enum,
    is_,
    normalizer,
    static,
    table,
    true,
    unmapped,
)
from connector_core.mapping.compile import REMEMBERED
from connector_core.ocsf.enums import Direction, Severity

Event = dict[str, Any]
WAYS = {"In": Direction.INBOUND, "Out": Direction.OUTBOUND}


def compiled(
    *rows: Row, statics: Event | None = None, extra: tuple[str, ...] = (), **kinds: str
) -> Normalizer:
    """A table of these rows, compiled for columns of these kinds."""
    mails = table("Mails", "email_activity", rows)
    return normalizer(mails, columns=kinds, statics=statics, extra=extra)


def event(made: Normalizer, **cells: Any) -> Event:
    """The event of a row with these cells."""
    return made.normalize(SimpleNamespace(**cells))


# -- columns ---------------------------------------------------------------------------------------


def test_a_column_goes_to_every_attribute_of_its_row() -> None:
    made = compiled(direct("email.uid metadata.uid", "Id"), Id="text")
    assert event(made, Id="7") == {"email": {"uid": "7"}, "metadata": {"uid": "7"}}


def test_a_column_that_the_tenant_lacks_is_not_read() -> None:
    made = compiled(
        direct("email.uid", "Id"),
        unmapped("Topics", "no attribute"),
        computed("message", "Methods", str.upper),
        enum("direction_id", "Way", WAYS, Direction.UNKNOWN),
    )
    assert event(made) == {"message": "", "direction_id": 0, "direction": "Unknown"}


def test_a_column_that_the_table_does_not_know_is_kept_under_unmapped() -> None:
    made = compiled(direct("email.uid", "Id"), extra=("Novel",), Id="text", Novel="text")
    assert event(made, Id="7", Novel="x") == {"email": {"uid": "7"}, "unmapped": {"Novel": "x"}}


@pytest.mark.parametrize("cell", [None, ""])
def test_no_value_leaves_no_trace(cell: object) -> None:
    made = compiled(direct("email.uid", "Id"), unmapped("Topics", "none"), Id="text", Topics="text")
    assert event(made, Id=cell, Topics=cell) == {}


def test_an_empty_text_is_kept_where_the_row_says_so() -> None:
    made = compiled(direct("email.subject", "Subject", keep_empty=True), Subject="text")
    assert event(made, Subject="") == {"email": {"subject": ""}}
    assert event(made, Subject=None) == {}


@pytest.mark.parametrize(
    ("cell", "kept"), [(0, True), (-3, True), (2**63 - 1, True), (None, False)]
)
def test_a_number_is_kept_when_it_is_one_zero_too(cell: object, kept: bool) -> None:
    made = compiled(direct("email.size", "Size"), Size="number")
    assert event(made, Size=cell) == ({"email": {"size": cell}} if kept else {})


@pytest.mark.parametrize(("cell", "value"), [(True, True), (1, True), (False, False), (0, False)])
def test_a_boolean_comes_as_truth_value_or_number(cell: object, value: bool) -> None:
    made = compiled(direct("is_alert", "Flag"), Flag="boolean")
    found = event(made, Flag=cell)
    assert found == {"is_alert": value}
    assert type(found["is_alert"]) is bool


def test_a_boolean_without_a_value_is_left_out() -> None:
    assert event(compiled(direct("is_alert", "Flag"), Flag="boolean"), Flag=None) == {}


# -- constants -------------------------------------------------------------------------------------


def test_constants_stand_in_every_event_with_their_captions() -> None:
    made = compiled(static("severity_id", Severity.HIGH), statics={"metadata.tenant_uid": "t"})
    assert event(made) == {"severity_id": 4, "severity": "High", "metadata": {"tenant_uid": "t"}}


def test_an_event_changed_by_its_owner_changes_no_other() -> None:
    made = compiled(
        static("metadata.product.name", "Product"),
        static("severity_id", Severity.HIGH),
        direct("metadata.uid", "Id"),
        enum("direction_id", "Way", WAYS, Direction.UNKNOWN),
        Id="text",
        Way="text",
    )
    first = event(made, Id="1", Way="In")
    untouched = copy.deepcopy(first)
    first["metadata"]["uid"] = first["severity"] = first["direction"] = "changed"
    first["metadata"]["more"] = first["more"] = "added"
    assert event(made, Id="1", Way="In") == untouched


# -- decisions -------------------------------------------------------------------------------------


def test_neighbouring_decisions_keep_their_own_rules() -> None:
    made = compiled(
        decided(
            "severity_id", (Rule((is_("Way", "in"),), (Severity.LOW,)), Rule((), (Severity.HIGH,)))
        ),
        decided("is_alert", (Rule((true("Flag"),), (True,)), Rule((), (False,)))),
        enum("direction_id", "Way", WAYS, Direction.UNKNOWN),
        Way="text",
        Flag="boolean",
    )
    for way, flag, level in (("In", 1, 2), ("OUT", 0, 4), ("in", False, 2), (None, True, 4)):
        found = event(made, Way=way, Flag=flag)
        assert (found["severity_id"], found["is_alert"]) == (level, bool(flag))
    assert event(made, Way="OUT", Flag=None)["direction"] == "Outbound"


def test_an_unknown_word_becomes_99_and_is_counted_each_time() -> None:
    made = compiled(enum("direction_id", "Way", WAYS, Direction.UNKNOWN), Way="text")
    for _ in range(3):
        assert event(made, Way="Up") == {"direction_id": 99, "direction": "Up"}
    event(made, Way="In")
    assert made.drift == {"Way=Up": 3}


def test_two_unknown_words_of_one_row_are_both_counted() -> None:
    made = compiled(
        enum("direction_id", "Way", WAYS, Direction.UNKNOWN),
        decided("action_id", (Rule((), (Word("Act"),)),)),
        Way="text",
        Act="text",
    )
    event(made, Way="Up", Act="Fold")
    assert made.drift == {"Way=Up": 1, "Act=Fold": 1}


def test_more_words_than_are_remembered_are_decided_all_the_same() -> None:
    made = compiled(enum("direction_id", "Way", WAYS, Direction.UNKNOWN), Way="text")
    for number in range(REMEMBERED + 10):
        assert event(made, Way=f"w{number}")["direction"] == f"w{number}"
    assert event(made, Way="In")["direction_id"] == 1
    assert event(made, Way="w0") == {"direction_id": 99, "direction": "w0"}


# -- converters ------------------------------------------------------------------------------------


def test_a_converter_fills_several_attributes_and_leaves_out_none() -> None:
    made = compiled(
        computed("email.from email.cc", "Address", lambda text: (text or None, None)),
        Address="text",
    )
    assert event(made, Address="a@example.com") == {"email": {"from": "a@example.com"}}
    assert event(made, Address=None) == {}


def test_a_converter_without_any_of_its_columns_leaves_no_empty_object_behind() -> None:
    made = compiled(
        computed("src_endpoint.ip unmapped.Address", "Address", lambda t: (t or None, None))
    )
    assert event(made) == {}


def test_a_converter_that_makes_something_of_nothing_is_asked() -> None:
    made = compiled(computed("email.files", "Name", lambda text: [text or "unknown"]), Name="text")
    assert event(made, Name="") == {"email": {"files": ["unknown"]}}


@pytest.mark.parametrize(("size", "name"), [(0, None), (None, "x"), (None, None)])
def test_a_converter_gets_numbers_as_they_are_and_texts_never_as_none(
    size: int | None, name: str | None
) -> None:
    made = compiled(
        computed("message", "Size", lambda *cells: repr(cells), "Name"), Size="number", Name="text"
    )
    assert event(made, Size=size, Name=name) == {"message": repr((size, name or ""))}


def test_a_fault_of_a_converter_reaches_the_caller() -> None:
    def moment(text: str) -> int:
        if not text:
            raise MappingError("no time", column="Timestamp")
        return int(text)

    made = compiled(computed("time", "Timestamp", moment), Timestamp="text")
    assert event(made, Timestamp="5") == {"time": 5}
    with pytest.raises(MappingError, match="no time"):
        event(made, Timestamp="")
