"""The tenant's tables by the clock: a day's rows are loaded when a query could first see them."""

import re
import threading
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from connector_defender_office365.schema import TABLES

from .rules import DOCUMENTED, Rules
from .timespan import SECOND, moment

if TYPE_CHECKING:
    from .engine import Engine, Result

_ASKS_THE_TIME: Final = re.compile(r"\b(?:now|ago)\s*\(")

Rows = Mapping[str, Iterable[Mapping[str, object]]]


class Store:
    """Loads rows into the query engine as time goes by, and asks it.

    The engine is made on the first query, so that a tenant which is only signed in to costs
    nothing. Days stay loaded: a clock that goes back finds them again.
    """

    def __init__(
        self,
        dataset: str,
        rows: Rows | None,
        tables: Collection[str] | None,
        hidden_columns: Collection[tuple[str, str]],
        rules: Rules = DOCUMENTED,
    ) -> None:
        self._dataset = dataset
        self._rows = None if rows is None else {table: list(r) for table, r in rows.items()}
        self._tables = None if tables is None else frozenset(tables)
        self._hidden_columns = tuple(hidden_columns)
        self._rules = rules
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._loaded: set[date] = set()

    def query(
        self,
        kql: str,
        *,
        now: int,
        since: int,
        until: int,
        timeout: float,
        max_rows: int,
    ) -> "Result":
        """The rows that `kql` selects among those stamped from `since` to `until`, both included.

        Moments are in ticks. Raises `engine.KqlError`.
        """
        from .engine import KqlError

        if until < now and _ASKS_THE_TIME.search(kql):
            # The engine ends the data at its `now`, which such a query would see.
            raise KqlError(
                "unsupported",
                "This engine does not support now() or ago() with a timespan that ends earlier.",
            )
        with self._lock:
            engine = self._ready(since, until)
        return engine.query(
            kql,
            now=moment(until),
            since=moment(since),
            visible=self._tables,
            hidden_columns=self._hidden_columns,
            timeout=timeout,
            max_rows=max_rows,
        )

    def close(self) -> None:
        """Let go of the engine's memory; the next query loads it again."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
            self._engine = None
            self._loaded.clear()

    def _ready(self, since: int, until: int) -> "Engine":
        from .engine import Engine

        if self._engine is None:
            engine = Engine(TABLES, rules=self._rules)
            for table, rows in (self._rows or {}).items():
                engine.load(table, rows)
            self._engine = engine
        if self._rows is None:
            self._load_days(self._engine, since, until)
        return self._engine

    def _load_days(self, engine: "Engine", since: int, until: int) -> None:
        from .dataset import DATASETS, rows_of_day

        first, last = _day(since), _day(until)
        span = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        missing = [day for day in span if day not in self._loaded]
        days = [rows_of_day(DATASETS[self._dataset], day) for day in missing]
        for table in TABLES:  # one load a table: each costs the engine some milliseconds
            rows = [row for day in days for row in day[table]]
            if rows:
                engine.load(table, rows)
        self._loaded.update(missing)


def _day(at: int) -> date:
    return datetime.fromtimestamp(at // SECOND, UTC).date()
