"""The forms in which Graph writes a cell, one row per column type.

Source: published captures of runHuntingQuery answers (2022 to 2026). A null of any type but string
is written as an empty object; arrays come as lists of text whose elements that were objects are
JSON inside the text; names with an ``@`` are notes about other cells.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import msgspec


class CellError(ValueError):
    """A cell whose form is not in the table; says what was expected, never what was there."""


class Null(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The empty object by which Graph writes a null."""


_MOMENT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?Z"
_INSTANT: Final = re.compile(_MOMENT)


def _string(cell: object) -> str:
    if type(cell) is str:
        return cell
    raise CellError("text")


def _instant(cell: object) -> str:
    if type(cell) is str and _INSTANT.fullmatch(cell):
        return cell
    raise CellError("a UTC time such as 2026-11-01T08:00:00.1234567Z")


def _truth(cell: object) -> bool:
    if type(cell) is bool or (type(cell) is int and cell in (0, 1)):
        return bool(cell)
    raise CellError("0, 1, true or false")


def _whole(bits: int) -> Callable[[object], int]:
    limit = 1 << (bits - 1)

    def read(cell: object) -> int:
        if type(cell) is int and -limit <= cell < limit:
            return cell
        raise CellError(f"a whole number of {bits} bits")

    return read


def _number(cell: object) -> float:
    if type(cell) is int or type(cell) is float:
        return float(cell)
    raise CellError("a number")


def _dynamic(cell: object) -> object:
    """Undo the wrapping of a dynamic value; a list's texts that hold JSON become values."""
    match cell:
        case list():
            return [_element(item) for item in cell]
        case dict():
            return {key: _dynamic(value) for key, value in cell.items() if "@" not in key}
        case _:
            return cell


def _element(item: object) -> object:
    if type(item) is str and item[:1] in ("{", "["):
        try:
            return msgspec.json.decode(item)
        except msgspec.DecodeError:
            return item
    return _dynamic(item)


def _bits(count: int) -> Any:
    limit = 1 << (count - 1)
    return Annotated[int, msgspec.Meta(ge=-limit, le=limit - 1)]


CELLS: Final[Mapping[str, tuple[Any, Callable[[object], object]]]] = {
    "String": (str, _string),
    "Guid": (str, _string),
    "DateTime": (str, _instant),
    "SByte": (bool | Annotated[int, msgspec.Meta(ge=0, le=1)], _truth),
    "Boolean": (bool, _truth),
    "Int32": (_bits(32), _whole(32)),
    "Int64": (_bits(64), _whole(64)),
    "Double": (float, _number),
    "Object": (Any, _dynamic),
}
"""Graph's name of the type -> (what msgspec decodes it as, what checks and converts it else)."""

is_instant: Final[Callable[[str], object]] = _INSTANT.fullmatch
"""Whether a text is a time as Graph writes it; asked for every row, which msgspec's own check of a
pattern would take twice as long for."""

UNFINISHED: Final = frozenset(("SByte", "Object"))
"""Types whose cells still need their second column after msgspec has decoded them."""


def read_cell(kind: str, cell: object) -> object:
    """The value of one decoded cell; None for a null. Raises `CellError`."""
    if cell is None or cell == {}:
        return None
    return CELLS[kind][1](cell)
