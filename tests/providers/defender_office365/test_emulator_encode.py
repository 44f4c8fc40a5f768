"""Cells of Graph's answer, letter by letter."""

import time
from dataclasses import dataclass, field

import orjson
import pytest

from connector_defender_office365.mock.encode import encode
from connector_defender_office365.schema import TABLES

ROOT = "https://graph.microsoft.com"
OBJECT = '"@odata.type":"#microsoft.graph.security.dynamicColumnValue"'


@dataclass(frozen=True)
class Table:
    columns: tuple[tuple[str, str], ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)


def test_a_recorded_answer_is_made_again_byte_for_byte() -> None:
    table = Table(
        (("CveId", "string"), ("IsExploitAvailable", "bool"), ("CvssScore", "real")),
        [("CVE-2026-33829", True, 4.3), ("CVE-2026-00001", False, 9.8)],
    )
    assert encode(table, ROOT) == (
        b'{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata'
        b'#microsoft.graph.security.huntingQueryResults",'
        b'"schema":[{"name":"CveId","type":"String"},'
        b'{"name":"IsExploitAvailable","type":"SByte"},{"name":"CvssScore","type":"Double"}],'
        b'"results":[{"CveId":"CVE-2026-33829","IsExploitAvailable@odata.type":"#SByte",'
        b'"IsExploitAvailable":1,"CvssScore":4.3},'
        b'{"CveId":"CVE-2026-00001","IsExploitAvailable@odata.type":"#SByte",'
        b'"IsExploitAvailable":0,"CvssScore":9.8}]}'
    )


@pytest.mark.parametrize(
    ("kql_type", "value", "net_type", "cells"),
    [
        ("string", "x", "String", '{"c":"x"}'),
        ("string", None, "String", '{"c":""}'),
        ("datetime", "2026-11-01T10:20:30.0000000Z", "DateTime", '{"c":"2026-11-01T10:20:30Z"}'),
        ("datetime", "2026-11-01T10:20:30.1200000Z", "DateTime", '{"c":"2026-11-01T10:20:30.12Z"}'),
        (
            "datetime",
            "2026-11-01T10:20:30.1234567Z",
            "DateTime",
            '{"c":"2026-11-01T10:20:30.1234567Z"}',
        ),
        ("datetime", "2026-11-01T10:20:30Z", "DateTime", '{"c":"2026-11-01T10:20:30Z"}'),
        ("datetime", None, "DateTime", '{"c":{}}'),
        ("bool", True, "SByte", '{"c@odata.type":"#SByte","c":1}'),
        ("bool", False, "SByte", '{"c@odata.type":"#SByte","c":0}'),
        ("bool", None, "SByte", '{"c":{}}'),
        ("int", 56, "Int32", '{"c":56}'),
        ("int", None, "Int32", '{"c":{}}'),
        ("long", -(2**63), "Int64", '{"c@odata.type":"#Int64","c":-9223372036854775808}'),
        ("long", None, "Int64", '{"c":{}}'),
        ("real", 0.5, "Double", '{"c":0.5}'),
        ("real", float("nan"), "Double", '{"c":"NaN"}'),
        ("real", float("-inf"), "Double", '{"c":"-INF"}'),
        ("real", None, "Double", '{"c":{}}'),
        ("timespan", "1.00:00:00", "TimeSpan", '{"c":"1.00:00:00"}'),
        ("dynamic", None, "Object", '{"c":{}}'),
        ("dynamic", [], "Object", '{"c@odata.type":"#Collection(String)","c":[]}'),
        ("dynamic", "fail", "Object", '{"c":"fail"}'),
        ("dynamic", 3, "Object", '{"c":3}'),
        ("dynamic", 2**70, "Object", '{"c":1.1805916207174113e+21}'),
        ("dynamic", {}, "Object", '{"c":{' + OBJECT + "}}"),
        (
            "dynamic",
            ["a", 1, True, {"k": [1]}],
            "Object",
            '{"c@odata.type":"#Collection(String)","c":["a","1","true","{\\"k\\":[1]}"]}',
        ),
        (
            "dynamic",
            {"yes": True, "n": 7, "r": 0.5, "t": "x", "none": None, "in": {"deep": ["a"]}},
            "Object",
            '{"c":{'
            + OBJECT
            + ',"yes":true,"n@odata.type":"#Int64","n":7,"r":0.5,"t":"x","none":null,"in":{'
            + OBJECT
            + ',"deep@odata.type":"#Collection(String)","deep":["a"]}}}',
        ),
    ],
)
def test_a_cell_has_the_form_the_service_gives_it(
    kql_type: str, value: object, net_type: str, cells: str
) -> None:
    body = encode(Table((("c", kql_type),), [(value,)]), ROOT).decode()
    assert f'"schema":[{{"name":"c","type":"{net_type}"}}]' in body
    assert body.endswith(f'"results":[{cells}]}}')


def test_a_result_without_rows_still_names_its_columns() -> None:
    body = orjson.loads(encode(Table((("a", "string"), ("b", "long"))), ROOT))
    assert body["schema"] == [{"name": "a", "type": "String"}, {"name": "b", "type": "Int64"}]
    assert body["results"] == []


def test_five_thousand_full_messages_take_a_fraction_of_a_second() -> None:
    samples = {
        "string": "text",
        "datetime": "2026-11-01T10:20:30.1200000Z",
        "int": 1,
        "long": 2**40,
    }
    columns = tuple(TABLES["EmailEvents"].items())
    row = tuple(samples[kind] for _, kind in columns)
    started = time.process_time()
    body = encode(Table(columns, [row] * 5_000), ROOT)
    assert time.process_time() - started < 1.5
    assert len(orjson.loads(body)["results"]) == 5_000
