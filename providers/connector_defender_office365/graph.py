"""The wire form of Graph's hunting queries: makes the request, reads the answer, sends nothing.

Source: Microsoft Graph v1.0 "security: runHuntingQuery", as published in 2026.
"""

import json
import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NoReturn
from uuid import UUID, uuid4

import httpx
import msgspec

from connector_core.errors import Origin, ResponseInvalidError
from connector_core.vendor_text import safe_id

from .cells import CELLS, UNFINISHED, CellError, Null, is_instant, read_cell
from .errors import PROVIDER, raise_for_response
from .kql import KqlText

PATH: Final = "/v1.0/security/runHuntingQuery"
OPERATION: Final = "runHuntingQuery"
MAX_ROWS: Final = 100_000
"""Graph returns no more rows than this and does not say when it left some out."""
MAX_COLUMNS: Final = 1_000

Columns = tuple[tuple[str, str], ...]
"""(name, Graph's type) in the order of the query."""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """An answer whose shape is known; the rows are still JSON."""

    columns: Columns
    rows: Sequence[msgspec.Raw] = field(repr=False)
    request_id: str = ""

    @property
    def capped(self) -> bool:
        """Whether Graph may have left rows out: the answer has as many as it ever returns."""
        return len(self.rows) >= MAX_ROWS


def hunting_request(
    root: str, kql: KqlText, *, new_id: Callable[[], UUID] = uuid4
) -> httpx.Request:
    """A request that runs `kql`; `root` is the region's Graph origin.

    The body is pure ASCII, so that no gateway can read it in another encoding. `Timespan` is left
    out on purpose: without it Graph looks back 30 days, which is all that it keeps, and the query's
    own, shorter window decides. Sending one could only narrow a query unseen.
    """
    return httpx.Request(
        "POST",
        f"{root}{PATH}",
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json; charset=utf-8",
            "client-request-id": str(new_id()),
        },
        content=json.dumps({"Query": kql}).encode("ascii"),
    )


class _Column(msgspec.Struct, gc=False):
    """A column's declaration; Microsoft's documents show both casings."""

    name: str = ""
    type: str = ""
    Name: str = ""
    Type: str = ""


class _Envelope(msgspec.Struct):
    """The parts of an answer that we read. `results` decodes lazily: a bad row stays alone."""

    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    schema: list[_Column] | msgspec.UnsetType = msgspec.UNSET
    Schema: list[_Column] | msgspec.UnsetType = msgspec.UNSET
    results: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    Results: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_PARTS: Final = re.compile(rb'"(?:schema|results|error)"\s*:', re.IGNORECASE)


def read_result(response: httpx.Response) -> ResultSet:
    """Read an answer that has been received whole.

    Raises the typed error of a refusal (see `errors`), and `ResponseInvalidError` for anything that
    is not a result: an answer that cannot be understood is never taken for an empty one.
    """
    content = response.content
    if response.status_code != 200:
        raise_for_response(response, OPERATION)
    request_id = safe_id(response.headers.get("request-id"))
    envelope = _open(content, request_id)
    declared = envelope.schema if envelope.schema is not msgspec.UNSET else envelope.Schema
    rows = envelope.results if envelope.results is not msgspec.UNSET else envelope.Results
    if _says_it_twice(content, rows or ()):
        _invalid("a part of the envelope stands there twice", request_id)
    if envelope.error is not msgspec.UNSET:
        raise_for_response(response, OPERATION)
    if declared is msgspec.UNSET or rows is msgspec.UNSET:
        _invalid("expected an object with the lists schema and results", request_id)
    columns = tuple((one.name or one.Name, one.type or one.Type) for one in declared)
    _check_columns(columns, request_id)
    return ResultSet(columns, rows, request_id)


def _open(content: bytes, request_id: str) -> _Envelope:
    try:
        return _ENVELOPE.decode(content)
    except msgspec.ValidationError as error:
        problem = f"expected an object with the lists schema and results: {error}"
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = "the answer is not JSON"
    except RecursionError:
        problem = "the answer is nested too deeply"
    return _invalid(problem, request_id)


def _says_it_twice(content: bytes, rows: Sequence[msgspec.Raw]) -> bool:
    """Whether a name stands twice in the envelope: a decoder keeps the last, which may be empty."""
    if len(_PARTS.findall(_around_rows(content, rows))) <= 2:
        return False  # a quote inside a text is escaped, so a name is found wherever it stands
    names: list[str] = []

    def outermost(pairs: list[tuple[str, Any]]) -> None:
        names[:] = [name.lower() for name, _ in pairs]

    json.loads(content, object_pairs_hook=outermost)
    return len(set(names)) < len(names)


def _around_rows(content: bytes, rows: Sequence[msgspec.Raw]) -> bytes:
    """The answer without its rows when they stand side by side, else the whole of it.

    Looking through megabytes of rows for a name would cost more than decoding them.
    """
    if not rows:
        return content
    start, last = content.find(rows[0]), content.rfind(rows[-1])
    end = last + len(rows[-1])
    side_by_side = end - start == sum(map(len, rows)) + len(rows) - 1
    return content[:start] + content[end:] if side_by_side else content


def _check_columns(columns: Columns, request_id: str) -> None:
    if not 0 < len(columns) <= MAX_COLUMNS or len({name for name, _ in columns}) != len(columns):
        _invalid("expected columns with different names", request_id)
    for name, kind in columns:
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
            _invalid("expected a plain name for every column", request_id)
        if kind not in CELLS:
            told = kind if kind.isidentifier() and len(kind) < 40 else "…"
            _invalid(f"column {name} has the unknown type {told}", request_id)


def decode_rows(result: ResultSet) -> list[dict[str, object]]:
    """All rows as plain values by column name; for small results.

    Every declared column is there, None when the row has no value. Times stay text, because Python
    cannot hold their seventh decimal. Raises `ResponseInvalidError` naming row and column.
    """
    rows = []
    for index, raw in enumerate(result.rows):
        try:
            rows.append(_decode_row(result.columns, raw))
        except CellError as error:
            problem = f"row {index}, {error}"
        else:
            continue
        _invalid(problem, result.request_id)
    return rows


def _decode_row(columns: Columns, raw: msgspec.Raw) -> dict[str, object]:
    try:
        cells = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        cells = None
    if not isinstance(cells, dict):
        raise CellError("expected an object that is not nested too deeply") from None
    row = {}
    if cells and cells.keys().isdisjoint(name for name, _ in columns):
        raise CellError("expected cells of the declared columns")
    for name, kind in columns:
        try:
            row[name] = read_cell(kind, cells.get(name))
        except (CellError, RecursionError) as error:
            expected = str(error) if isinstance(error, CellError) else "less nesting"
        else:
            continue
        raise CellError(f"column {name} ({kind}): expected {expected}")
    return row


@lru_cache(maxsize=64)
def row_type(columns: Columns) -> type[msgspec.Struct]:
    """A struct with one attribute per column, made once per set of columns."""
    fields: list[tuple[str, Any, Any]] = []
    for name, kind in columns:
        form = CELLS[kind][0]
        fields.append((name, form | None if form is str else form | Null | None, None))
    return msgspec.defstruct("Row", fields, gc=False)


@lru_cache(maxsize=64)
def _decoder(struct: type[msgspec.Struct]) -> "msgspec.json.Decoder[msgspec.Struct]":
    return msgspec.json.Decoder(struct)


@lru_cache(maxsize=64)
def _finisher(columns: Columns) -> Callable[[msgspec.Struct], None]:
    """Writes None for each `Null` and checks the form of times; raises `CellError`.

    One straight line for each column, as there is no faster way. The names are identifiers:
    `_check_columns` lets no other through.
    """
    lines = []
    for name, kind in columns:
        if CELLS[kind][0] is not str:
            lines.append(f"if row.{name}.__class__ is Null: row.{name} = None")
        if kind == "DateTime":
            at = f"row.{name}"
            lines.append(f"if {at} is not None and not is_instant({at}): raise CellError")
    source = "\n    ".join(["def finish(row):", *lines, "return None"])
    scope: dict[str, Any] = {"Null": Null, "CellError": CellError, "is_instant": is_instant}
    exec(source, scope)  # noqa: S102
    finish: Callable[[msgspec.Struct], None] = scope["finish"]
    return finish


def decode_fast(
    result: ResultSet, struct: type[msgspec.Struct]
) -> tuple[list[msgspec.Struct], list[tuple[int, str]]]:
    """All rows as `struct` (see `row_type`), and the index and fault of each that is no such row.

    The values are those of `decode_rows`.
    """
    decode = _decoder(struct).decode
    finish = _finisher(result.columns)
    unfinished = [(name, kind) for name, kind in result.columns if kind in UNFINISHED]
    empty = struct()
    good: list[msgspec.Struct] = []
    bad: list[tuple[int, str]] = []
    for index, raw in enumerate(result.rows):
        try:
            row = decode(raw)
            if row == empty:  # every cell null, or none under a declared name
                raise CellError
            finish(row)
            for name, kind in unfinished:
                setattr(row, name, read_cell(kind, getattr(row, name)))
            good.append(row)
            continue
        except (CellError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass
        try:  # the table decides, and finds the words
            good.append(struct(**_decode_row(result.columns, raw)))
        except CellError as error:
            bad.append((index, str(error)))
    return good, bad


def _invalid(problem: str, request_id: str) -> NoReturn:
    raise ResponseInvalidError(
        f"Graph's answer has an unknown shape: {problem}",
        origin=Origin(provider=PROVIDER, operation=OPERATION, status=200, request_id=request_id),
        remediation="Try again; if it persists, report it with the request id.",
    )
