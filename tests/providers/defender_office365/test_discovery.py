"""What a tenant has, as its own answer tells."""

import msgspec
import pytest

from connector_core.errors import PermissionDeniedError
from connector_defender_office365.discovery import Schema, discover
from connector_defender_office365.graph import ResultSet

COLUMNS = (("HuntingTable", "String"), ("ColumnName", "String"), ("ColumnType", "String"))


def discovered(*rows: tuple[str, str, str]) -> Schema:
    """Answer the one question that `discover` asks with these rows."""
    names = [name for name, _ in COLUMNS]
    raws = [msgspec.Raw(msgspec.json.encode(dict(zip(names, row, strict=True)))) for row in rows]
    flow = discover("https://graph.microsoft.com")
    next(flow)
    try:
        flow.send(ResultSet(COLUMNS, raws))
    except StopIteration as end:
        schema: Schema = end.value
        return schema
    raise AssertionError("one question is enough")


KEYS = (
    ("EmailEvents", "Timestamp", "datetime"),
    ("EmailEvents", "NetworkMessageId", "string"),
)


def test_a_column_nobody_knows_yet_is_there_to_be_asked_for() -> None:
    schema = discovered(*KEYS, ("EmailEvents", "Mood", "string"))
    assert schema == {
        "EmailEvents": {"Timestamp": "datetime", "NetworkMessageId": "string", "Mood": "string"}
    }


@pytest.mark.parametrize("name", ["_ItemId", "has space", "contains", "Kind", "Files", "EventKey"])
def test_a_column_that_cannot_stand_in_our_queries_is_left_alone(name: str) -> None:
    schema = discovered(*KEYS, ("EmailEvents", name, "string"))
    assert name not in schema["EmailEvents"]


def test_types_are_told_in_the_words_of_kql() -> None:
    schema = discovered(*KEYS, ("EmailEvents", "EmailSize", "Int64"))
    assert schema["EmailEvents"]["EmailSize"] == "long"


def test_a_table_without_its_time_or_id_counts_as_missing() -> None:
    assert list(discovered(*KEYS, ("AlertInfo", "AlertId", "string"))) == ["EmailEvents"]


def test_a_tenant_without_tables_is_told_about_its_licence() -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        discovered()
    assert caught.value.details["topic"] == "licence"
