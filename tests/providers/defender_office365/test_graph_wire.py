"""The wire: what is sent to Graph, and how each form of cell is read."""

import json
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.errors import ProviderError, QueryRejectedError, ResponseInvalidError
from connector_defender_office365.graph import (
    MAX_ROWS,
    ResultSet,
    decode_fast,
    decode_rows,
    hunting_request,
    read_result,
    row_type,
)
from connector_defender_office365.kql import (
    Binary,
    Column,
    KqlText,
    Pipeline,
    Query,
    TableRef,
    Text,
    Where,
    render,
)

SECRET = "content-that-must-not-show"


def answer(body: Any, status: int = 200, request_id: str = "") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers={"request-id": request_id})


def result(
    *cells: Any, kind: str, name: str = "X", extra: dict[str, Any] | None = None
) -> ResultSet:
    rows = [{**(extra or {}), name: cell} for cell in cells]
    return read_result(answer({"schema": [{"name": name, "type": kind}], "results": rows}))


def both(found: ResultSet) -> list[object]:
    """The values of the first column, after checking that both decoders agree on every row."""
    slow = decode_rows(found)
    fast, faults = decode_fast(found, row_type(found.columns))
    assert faults == []
    assert [msgspec.structs.asdict(row) for row in fast] == slow
    name = found.columns[0][0]
    assert [type(getattr(a, name)) for a in fast] == [type(b[name]) for b in slow]
    return [row[name] for row in slow]


# --- request --------------------------------------------------------------------------------------


def query(value: str) -> KqlText:
    where = Where(Binary("==", Column("Subject"), Text(value)))
    return render(Query(Pipeline(TableRef("EmailEvents"), (where,))))


def test_a_request_carries_the_query_and_an_id_of_its_own() -> None:
    fixed = UUID("01020304-0506-0708-090a-0b0c0d0e0f10")
    text = query("Grüße 🎁 \u2028")
    request = hunting_request("https://graph.microsoft.com", text, new_id=lambda: fixed)
    assert request.method == "POST"
    assert str(request.url) == "https://graph.microsoft.com/v1.0/security/runHuntingQuery"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.headers["Accept-Encoding"] == "gzip"
    assert request.headers["client-request-id"] == str(fixed)
    assert request.content.isascii()
    assert json.loads(request.content) == {"Query": text}


def test_two_requests_have_two_ids() -> None:
    ids = {
        hunting_request("https://x.example", query("a")).headers["client-request-id"] for _ in "ab"
    }
    assert len(ids) == 2


# --- envelope -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "results", "name", "kind"),
    [
        ("schema", "results", "name", "type"),
        ("Schema", "Results", "Name", "Type"),
        ("schema", "results", "Name", "Type"),
    ],
)
def test_both_casings_of_the_envelope_are_read(
    schema: str, results: str, name: str, kind: str
) -> None:
    body = {"@odata.context": "x", schema: [{name: "A", kind: "String"}], results: [{"A": "1"}]}
    found = read_result(answer(body, request_id="abc-1"))
    assert found.columns == (("A", "String"),)
    assert found.request_id == "abc-1"
    assert decode_rows(found) == [{"A": "1"}]


def test_no_rows_is_an_answer() -> None:
    found = read_result(answer({"schema": [{"name": "A", "type": "String"}], "results": []}))
    assert len(found.rows) == 0
    assert found.capped is False


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"1", b"{}", b"<html></html>", b"{", b'{"schema":[]}',
        b'{"results":[]}',
        b'{"schema":null,"results":[]}', b'{"schema":[],"results":null}',
        b'{"schema":{},"results":[]}',
        b'{"schema":[],"results":{}}', b'{"schema":[1],"results":[]}',
        b'{"schema":[],"results":[]}',
        b'{"schema":[{"name":1,"type":"String"}],"results":[]}', b'{"value":[]}', b"\xff\xfe",
        b'{"schema":[{"name":"A","type":"String"},{"name":"A","type":"String"}],"results":[]}',
        b'{"schema":[{"name":"A B","type":"String"}],"results":[]}',
        b'{"schema":[{"name":"__class__","type":"String"}],"results":[]}',
        b'{"schema":[{"name":"A","type":"Mystery"}],"results":[]}',
        b'{"schema":[{"name":"A","type":"String"}],"results":[]} trailing',
        b'{"schema":[{"name":"A","type":"String"}],"results":[{"A":"cut',
        b'{"schema":' + b"[" * 100_000, b'{"x":' * 100_000,
    ],
)  # fmt: skip
def test_what_is_not_a_result_is_never_an_empty_one(body: bytes) -> None:
    with pytest.raises(ResponseInvalidError) as caught:
        read_result(answer(body, request_id="abc-1"))
    assert caught.value.origin.request_id == "abc-1"


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(ResponseInvalidError, match="column Size has the unknown type SqlDecimal"):
        result(1, kind="SqlDecimal", name="Size")


def test_an_error_inside_a_good_status_is_an_error() -> None:
    message = "'where' operator: Failed to resolve table or column expression named 'EmailEvents'."
    body = {"error": {"code": "BadRequest", "message": message}, "schema": [], "results": []}
    with pytest.raises(QueryRejectedError) as caught:
        read_result(answer(body))
    assert caught.value.details["missing"] == "EmailEvents"
    with pytest.raises(ProviderError):
        read_result(answer({"error": None}))


def test_another_good_status_is_no_result() -> None:
    body = {"schema": [{"name": "A", "type": "String"}], "results": []}
    for status in (201, 204, 206):
        with pytest.raises(ResponseInvalidError):
            read_result(answer(body, status))


def test_a_full_answer_is_seen_to_be_capped() -> None:
    row = b'{"A":""}'
    head = b'{"schema":[{"name":"A","type":"String"}],"results":['
    for count, capped in ((MAX_ROWS - 1, False), (MAX_ROWS, True)):
        found = read_result(answer(head + b",".join([row] * count) + b"]}"))
        assert found.capped is capped


# --- cells ----------------------------------------------------------------------------------------

TIME = "2026-11-01T08:00:00Z"
FORMS: list[tuple[str, Any, Any]] = [
    ("String", "x", "x"),
    ("String", "", ""),
    ("String", '{"a":1}', '{"a":1}'),
    ("String", {}, None),
    ("String", None, None),
    ("Guid", "0f0f0f0f-1111-2222-3333-444444444444", "0f0f0f0f-1111-2222-3333-444444444444"),
    ("DateTime", TIME, TIME),
    ("DateTime", "2026-11-01T08:00:00.1234567Z", "2026-11-01T08:00:00.1234567Z"),
    ("DateTime", {}, None),
    ("SByte", 1, True),
    ("SByte", 0, False),
    ("SByte", True, True),
    ("SByte", {}, None),
    ("Boolean", False, False),
    ("Int32", 2**31 - 1, 2**31 - 1),
    ("Int32", -(2**31), -(2**31)),
    ("Int32", {}, None),
    ("Int64", 2**63 - 1, 2**63 - 1),
    ("Int64", -(2**63), -(2**63)),
    ("Int64", {}, None),
    ("Double", 4.25, 4.25),
    ("Double", {}, None),
    ("Object", ["a", "b"], ["a", "b"]),
    ("Object", [], []),
    ("Object", ['{"a":1,"b":[true]}', "[1,2]"], [{"a": 1, "b": [True]}, [1, 2]]),
    ("Object", ["{no json", "[", "12", "true"], ["{no json", "[", "12", "true"]),
    ("Object", "fail", "fail"),
    ("Object", 7, 7),
    ("Object", {}, None),
    ("Object", {"@odata.type": "#microsoft.graph.security.dynamicColumnValue"}, {}),
    (
        "Object",
        {
            "@odata.type": "#microsoft.graph.security.dynamicColumnValue",
            "size@odata.type": "#Int64",
            "size": 5,
            "inner": {"@odata.type": "#x", "on": True, "many@odata.type": "#y", "many": ["{}"]},
        },
        {"size": 5, "inner": {"on": True, "many": [{}]}},
    ),
]


@pytest.mark.parametrize(("kind", "cell", "value"), FORMS)
def test_each_form_of_cell_is_read(kind: str, cell: Any, value: Any) -> None:
    assert both(result(cell, kind=kind, extra={"X@odata.type": "#Anything"})) == [value]


def test_a_missing_cell_is_null_and_other_keys_are_skipped() -> None:
    columns = [{"name": "A", "type": "String"}, {"name": "B", "type": "Int64"}]
    rows = [{"A": "x", "A@odata.type": "#S", "Other": 1}, {"B": 2}, {}]
    found = read_result(answer({"schema": columns, "results": rows}))
    expected = [{"A": "x", "B": None}, {"A": None, "B": 2}, {"A": None, "B": None}]
    assert decode_rows(found) == expected
    assert both(found) == ["x", None, None]


BAD: list[tuple[str, Any]] = [
    ("String", 1), ("String", [SECRET]), ("String", {"a": SECRET}), ("String", True),
    ("DateTime", SECRET), ("DateTime", 5), ("DateTime", "2026-11-01"), ("DateTime", {"a": 1}),
    ("DateTime", "2026-11-01T08:00:00+01:00"), ("DateTime", "2026-11-01T08:00:00.12345678Z"),
    ("SByte", 2), ("SByte", SECRET), ("SByte", 1.0), ("Boolean", 1.5),
    ("Int32", 2**31), ("Int32", SECRET), ("Int32", True), ("Int32", 1.5), ("Int32", {"a": SECRET}),
    ("Int64", 2**63), ("Int64", str(5)), ("Int64", [1]),
    ("Double", SECRET), ("Double", True), ("Double", [1.5]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cell"), BAD)
def test_an_unknown_form_of_cell_names_the_column_and_nothing_of_its_content(
    kind: str, cell: Any
) -> None:
    found = result(cell, kind=kind, name="Sender")
    with pytest.raises(ResponseInvalidError) as caught:
        decode_rows(found)
    assert "row 0, column Sender" in str(caught.value)
    good, faults = decode_fast(found, row_type(found.columns))
    assert good == []
    [(index, reason)] = faults
    assert index == 0
    assert reason.startswith(f"column Sender ({kind}): expected ")
    assert SECRET not in str(caught.value) + reason + repr(caught.value.__context__)


def test_a_bad_row_does_not_take_the_others_with_it() -> None:
    found = result("a", 5, "b", [], "c", kind="String")
    good, faults = decode_fast(found, row_type(found.columns))
    assert [getattr(row, "X") for row in good] == ["a", "b", "c"]  # noqa: B009
    assert [index for index, _ in faults] == [1, 3]


@pytest.mark.parametrize(
    "row", ["1", "null", "[]", '"x"', '{"x":"camelCase"}', '{"X":' + "[" * 2_000]
)
def test_a_row_of_another_shape_is_not_a_row_of_nulls(row: str) -> None:
    if row.endswith("["):
        row += "]" * 2_000 + "}"
    body = f'{{"schema":[{{"name":"X","type":"Object"}}],"results":[{row}]}}'.encode()
    try:
        found = read_result(answer(body))
    except ResponseInvalidError:
        return  # too deep to be opened at all
    with pytest.raises(ResponseInvalidError, match="row 0, "):
        decode_rows(found)
    assert [index for index, _ in decode_fast(found, row_type(found.columns))[1]] == [0]


def test_a_row_type_is_made_once_and_keeps_the_order() -> None:
    columns = (("B", "String"), ("A", "Int64"))
    assert row_type(columns) is row_type(columns)
    assert row_type(columns).__struct_fields__ == ("B", "A")


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just(TIME),
    st.lists(st.text(max_size=5) | st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=3) | st.just("@odata.type"), st.integers(0, 9), max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["String", "DateTime", "SByte", "Int32", "Int64", "Double", "Object"]),
    cell=CELLS,
)
def test_both_decoders_agree_on_every_cell(kind: str, cell: Any) -> None:
    found = result(cell, kind=kind)
    fast, faults = decode_fast(found, row_type(found.columns))
    try:
        slow = decode_rows(found)
    except ResponseInvalidError:
        assert fast == []
        assert len(faults) == 1
    else:
        assert [msgspec.structs.asdict(row) for row in fast] == slow
        assert faults == []
