"""The embedded database: tables in memory, one query at a time, everything else locked."""

import re
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

import duckdb
import orjson

from connector_defender_office365.mock.rules import DOCUMENTED, Rules

from .base import kql_errors
from .errors import KqlError, out_of_resources, semantic, syntax, timed_out, unsupported
from .folding import MACROS as FOLDING
from .forms import answer, decoded, loaded
from .keyboard import keyboard
from .literals import timestamp
from .macros import MACROS
from .memory import Memory
from .sqltypes import SQL_TYPES, kql_type
from .stages import Columns, quote
from .translate import Table, Translator

_BATCH: Final = 2_000  # rows handed to the database as one JSON text
_TIME: Final = "Timestamp"
_LOCKED: Final = (
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)
_COLUMNS: Final = Memory[Columns](2_048)
"""What DuckDB said of a statement: its columns follow from its text and the tables' columns."""
_TRANSLATED: Final = Memory[tuple[str, Columns]](512)
"""Queries as SQL: translation reads no rows."""


@dataclass(frozen=True, slots=True)
class Result:
    """Columns as (name, KQL type), and rows in the same order.

    A datetime is UTC text with 7 decimals and Z, a timespan is text, a dynamic is a parsed JSON
    value, a guid is text. Null is None; a string is never null.
    """

    columns: tuple[tuple[str, str], ...]
    rows: list[tuple[object, ...]]


class Engine:
    """Answers KQL over tables in memory, and reads nothing else: no file, no network.

    `schema` is table name -> column name -> KQL type. `memory_limit` as DuckDB writes it ("1GB").
    `rules` says how KQL is read where services may differ.
    May be used from several threads; queries run one after another.

    >>> engine = Engine({"T": {"Timestamp": "datetime", "Id": "string"}})
    >>> engine.load("T", [{"Timestamp": "2026-01-01T00:00:00Z", "Id": "a"}])
    >>> engine.query("T | project Id", now="2026-01-02T00:00:00Z").rows
    [('a',)]
    """

    @keyboard()
    def __init__(
        self,
        schema: Mapping[str, Mapping[str, str]],
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        rules: Rules = DOCUMENTED,
    ) -> None:
        self._schema = {table: dict(columns) for table, columns in schema.items()}
        self._rules = rules
        self._catalogue = Memory.key(self._schema, rules)
        self._lock = threading.Lock()
        self._deadline = 0.0  # of the query that holds the lock
        self._database = duckdb.connect(
            ":memory:", config={"memory_limit": memory_limit, "threads": threads}
        )
        for table, columns in self._schema.items():
            listed = ", ".join(f"{quote(c)} {SQL_TYPES[kind]}" for c, kind in columns.items())
            self._database.execute(f"CREATE TABLE {quote(table)} ({listed})")
        for macro in (*MACROS, FOLDING[rules.folds]):
            self._database.execute(f"CREATE MACRO {macro}")
        for statement in _LOCKED:
            self._database.execute(statement)

    @keyboard()
    def load(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Append rows. A missing column is null, or "" when it is a string.

        Datetimes are ISO 8601 text with up to 7 decimals. Raises KeyError for an unknown table,
        ValueError for an unknown column or a value of the wrong type.
        """
        columns = self._schema[table]
        values = ", ".join(loaded(kind) for kind in columns.values())
        iterator = iter(rows)
        with self._lock:
            self._database.execute("BEGIN")
            try:
                while batch := list(islice(iterator, _BATCH)):
                    if unknown := {key for row in batch for key in row} - columns.keys():
                        raise ValueError(f"table {table} has no columns {sorted(unknown)}")
                    # One JSON text a column: several times quicker than one a row.
                    lists = [
                        orjson.dumps([row.get(column) for row in batch]).decode()
                        for column in columns
                    ]
                    self._database.execute(f"INSERT INTO {quote(table)} SELECT {values}", lists)
            except (duckdb.Error, orjson.JSONEncodeError) as error:
                self._database.execute("ROLLBACK")
                raise ValueError(f"rows of table {table} do not fit its columns: {error}") from None
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @keyboard()
    def query(
        self,
        kql: str,
        *,
        now: str,
        since: str | None = None,
        visible: Collection[str] | None = None,
        hidden_columns: Collection[tuple[str, str]] = (),
        timeout: float = 30.0,
        max_rows: int = 100_000,
    ) -> Result:
        """Answer `kql` as a tenant would at the instant `now` (ISO 8601).

        Rows with a Timestamp after `now`, or before `since`, do not exist for the query. `visible`
        names the tables the tenant has (all, when None); `hidden_columns` are (table, column) pairs
        it lacks. Rows beyond `max_rows` are dropped silently, as the service does. `timeout` is in
        seconds. Raises KqlError.
        """
        tables = self._tables(now, since, visible, frozenset(hidden_columns))
        clock = f"TIMESTAMP_NS '{timestamp(now)}'"
        key = Memory.key(self._catalogue, tables, clock, kql)
        with self._lock, self._limited(timeout), _answered():
            known = _TRANSLATED.get(key)
            sql, columns = known or Translator(
                tables, self._describe, clock, self._rules
            ).translate(kql)
            if not known:
                _TRANSLATED.keep(key, (sql, columns))
            rows = self._database.execute(answer(sql, columns, max_rows)).fetchall()
        kinds = tuple((name, kql_type(kind) or "string") for name, kind in columns.items())
        return Result(kinds, decoded(rows, [kind for _, kind in kinds]))

    def close(self) -> None:
        """End the database; waits for a query under way."""
        with self._lock:
            self._database.close()

    def _describe(self, sql: str) -> Columns:
        if time.monotonic() > self._deadline:
            raise timed_out()
        key = Memory.key(self._catalogue, sql)
        columns = _COLUMNS.get(key)
        if columns is None:
            found = self._database.execute(f"DESCRIBE {sql}").fetchall()
            columns = {sys.intern(row[0]): sys.intern(row[1]) for row in found}
            _COLUMNS.keep(key, columns)
        return columns

    def _tables(
        self,
        now: str,
        since: str | None,
        visible: Collection[str] | None,
        hidden: frozenset[tuple[str, str]],
    ) -> dict[str, Table]:
        window = f"{quote(_TIME)} <= TIMESTAMP_NS '{timestamp(now)}'"
        if since is not None:
            window += f" AND {quote(_TIME)} >= TIMESTAMP_NS '{timestamp(since)}'"
        tables = {}
        for name, columns in self._schema.items():
            if visible is not None and name not in visible:
                continue
            kept = {c: kind for c, kind in columns.items() if (name, c) not in hidden}
            where = f" WHERE {window}" if columns.get(_TIME) == "datetime" else ""
            listed = ", ".join(map(quote, kept))
            tables[name] = Table(kept, f"SELECT {listed} FROM {quote(name)}{where}")  # noqa: S608
        return tables

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Interrupt the database at the deadline, and again until the query lets go."""
        done = threading.Event()
        deadline = self._deadline = time.monotonic() + seconds

        def watch() -> None:
            if not done.wait(max(0.0, deadline - time.monotonic())):
                while not done.is_set():
                    self._database.interrupt()
                    done.wait(0.05)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


_OWN: Final = re.compile(r"kql:unsupported:([^\"\n]*)")
_EXPECTING: Final = re.compile(r"\s+expecting .*", re.DOTALL)


@contextmanager
def _answered() -> Iterator[None]:
    """Turn the errors of the package and of DuckDB into KqlError."""
    try:
        yield
    except KqlError:
        raise
    except kql_errors.KqlSyntaxError as error:
        raise syntax(_EXPECTING.sub("", str(error))) from None
    except kql_errors.KqlSchemaError as error:
        if "differ only in case" in str(error):
            raise unsupported("column names that differ only in case") from None
        raise semantic(_EXPECTING.sub("", str(error))) from None
    except kql_errors.KqlUnsupportedError as error:
        hint = f": {error.hint}" if error.hint and "this wave" not in error.hint else ""
        raise unsupported(f"{error.construct}{hint}") from None
    except kql_errors.KqlError as error:
        raise unsupported(f"this query: {error}") from None
    except duckdb.InterruptException:
        raise timed_out() from None
    except duckdb.OutOfMemoryException:
        raise out_of_resources() from None
    except duckdb.BinderException as error:
        raise semantic(f"The query has a semantic error: {_first_line(error)}") from None
    except duckdb.Error as error:
        if own := _OWN.search(str(error)):
            raise unsupported(own[1]) from None
        raise unsupported(f"this query: {_first_line(error)}") from None
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The translator meets some malformed calls, such as avg() of nothing, without a check.
        raise unsupported("a call or clause of this query") from error
    except RecursionError:
        raise KqlError("limits", "The query is nested too deeply.") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
