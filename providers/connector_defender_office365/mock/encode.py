"""A query result as the bytes of Graph's 200 answer, cell for cell.

Source: the wire forms seen on live tenants in 2023-2026 and the documentation of
`security-dynamiccolumnvalue`. In short:

| KQL type | schema type | cell | no value |
| --- | --- | --- | --- |
| string | String | text | `""` |
| datetime | DateTime | text, trailing zeros of the fraction dropped | `{}` |
| bool | SByte | 1 or 0, after a `#SByte` sibling | `{}` |
| int | Int32 | number | `{}` |
| long | Int64 | number, after an `#Int64` sibling | `{}` |
| real, decimal | Double, SqlDecimal | number | `{}` |
| dynamic, array | Object | texts, after a `#Collection(String)` sibling | `{}` |
| dynamic, object | Object | object that starts with its own `@odata.type` | `{}` |
| dynamic, else | Object | the plain value | `{}` |

The schema type of dynamic columns was never seen published; `Object` is the .NET name by the rule
that the other names follow.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

import orjson

NET_TYPES: Final = {
    "string": "String",
    "datetime": "DateTime",
    "bool": "SByte",
    "int": "Int32",
    "long": "Int64",
    "real": "Double",
    "decimal": "SqlDecimal",
    "dynamic": "Object",
    "timespan": "TimeSpan",
    "guid": "Guid",
}
_OBJECT = "#microsoft.graph.security.dynamicColumnValue"
_INT64 = range(-(2**63), 2**63)

_SUFFIX: Final = "@odata.type"
Writer = Callable[[dict[str, Any], Any], None]


class ResultLike(Protocol):
    """What is encoded: named and typed columns, and rows in their order."""

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name and KQL type of each column."""
        ...

    @property
    def rows(self) -> Iterable[Sequence[object]]:
        """The cells, None where there is no value."""
        ...


def encode(result: ResultLike, graph_root: str) -> bytes:
    """The body of the answer; `graph_root` is scheme and host of the Graph that answers."""
    writers = [_writer(name, kql_type) for name, kql_type in result.columns]
    return orjson.dumps(
        {
            "@odata.context": (
                f"{graph_root}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"
            ),
            "schema": [{"name": n, "type": NET_TYPES.get(t, "Object")} for n, t in result.columns],
            "results": [_row(writers, row) for row in result.rows],
        }
    )


def _row(writers: list[Writer], row: Sequence[object]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for write, value in zip(writers, row, strict=True):
        write(cells, value)
    return cells


def _writer(name: str, kql_type: str) -> Writer:
    """A function that writes one column's cell, its sibling first."""
    sibling = name + _SUFFIX

    def text(cells: dict[str, Any], value: Any) -> None:
        cells[name] = "" if value is None else value

    def moment(cells: dict[str, Any], value: Any) -> None:
        cells[name] = {} if value is None else _short(value)

    def flag(cells: dict[str, Any], value: Any) -> None:
        if value is not None:
            cells[sibling] = "#SByte"
        cells[name] = {} if value is None else int(value)

    def long(cells: dict[str, Any], value: Any) -> None:
        if value is not None:
            cells[sibling] = "#Int64"
        cells[name] = {} if value is None else value

    def real(cells: dict[str, Any], value: Any) -> None:
        cells[name] = {} if value is None else _real(value)

    def dynamic(cells: dict[str, Any], value: Any) -> None:
        if value is None:
            cells[name] = {}
        elif isinstance(value, list | dict):
            _nested(cells, name, value)
        else:
            cells[name] = _real(value)

    def plain(cells: dict[str, Any], value: Any) -> None:
        cells[name] = {} if value is None else value

    return {
        "string": text,
        "datetime": moment,
        "bool": flag,
        "long": long,
        "real": real,
        "decimal": real,
        "dynamic": dynamic,
    }.get(kql_type, plain)


def _short(moment: str) -> str:
    """The text of a datetime without the zeros at the end of its fraction."""
    if "." not in moment:
        return moment
    return moment.removesuffix("Z").rstrip("0").removesuffix(".") + "Z"


def _real(value: Any) -> Any:
    """OData's words for what JSON has no number for; integers beyond 64 bits become reals."""
    if isinstance(value, int) and value not in _INT64:
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value


def _nested(cells: dict[str, Any], name: str, value: Any) -> None:
    """Write a dynamic value, and all below it, under `name`."""
    match value:
        case dict():
            inner: dict[str, Any] = {_SUFFIX: _OBJECT}
            for key, item in value.items():
                _nested(inner, key, item)
            cells[name] = inner
        case list():
            cells[name + _SUFFIX] = "#Collection(String)"
            cells[name] = [_element(item) for item in value]
        case bool() | None | str():
            cells[name] = value
        case int() if value in _INT64:
            cells[name + _SUFFIX] = "#Int64"
            cells[name] = value
        case _:
            cells[name] = _real(value)


def _element(item: object) -> str | None:
    """One element of a dynamic array: what is not text becomes its JSON text."""
    return item if isinstance(item, str) or item is None else orjson.dumps(item).decode()
