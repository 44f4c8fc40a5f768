"""The query form: what a browser sends, as filters and back again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from connector_core.http_api.errors import HostError
from connector_core.paging import Listing
from connector_core.provider import OperationCapabilities

ROWS: Final = 4
"""Filters that can be put together with select boxes."""
LIMIT: Final = 50
LIMIT_MAX: Final = 500
"""Events of a page of results: more would be slow to draw."""
OPERATIONS: Final[dict[str, Listing]] = {"threats": "query_threats", "events": "query_events"}
"""As the page's addresses say it -> as providers do."""
OPERATOR_NAMES: Final = {
    "eq": "is",
    "ne": "is not",
    "gt": "is above",
    "gte": "is at least",
    "lt": "is below",
    "lte": "is at most",
    "in": "is one of",
    "not in": "is none of",
    "like": "contains",
    "not like": "does not contain",
}
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?", re.ASCII)
_MANY: Final = ("field", "op", "value")
_ONCE: Final = ("operation", "filters", "since", "until", "limit", "order", "cursor", "explain")


@dataclass(frozen=True, slots=True)
class Row:
    """One filter of the select boxes."""

    field: str = ""
    op: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the form holds, exactly as it was typed."""

    operation: str = "threats"
    rows: tuple[Row, ...] = ()
    filters: str = ""
    """Further filters, ``field[op]value``, one on each line."""
    since: str = ""
    until: str = ""
    """Times in UTC, such as ``2026-11-01T08:30``; `until` is not included."""
    limit: str = ""
    order: str = ""
    cursor: str = ""
    explain: str = ""
    trouble: str = ""
    """What of the address cannot be understood."""

    @classmethod
    def of(cls, items: Sequence[tuple[str, str]]) -> "Search":
        """Read the parameters of an address; raises `HostError` for an unknown operation."""
        many: dict[str, list[str]] = {name: [] for name in _MANY}
        once: dict[str, str] = {}
        trouble = ""
        for name, value in items:
            if name in many:
                many[name].append(value)
            elif name not in _ONCE:
                trouble = f"Unknown parameter {name[:80]!r}."
            elif name in once:
                trouble = f"The parameter {name!r} is there more than once."
            else:
                once[name] = value
        if len({len(values) for values in many.values()}) > 1:
            trouble = "The parameters field, op and value do not come in threes."
        search = cls(**once, rows=tuple(map(Row, *many.values())), trouble=trouble)
        if search.operation not in OPERATIONS:
            raise HostError(
                f"There is nothing to search called {search.operation[:80]!r}.",
                parameter="operation",
                remediation=f"Known: {', '.join(OPERATIONS)}.",
            )
        return search

    @property
    def listing(self) -> Listing:
        """The operation as providers name it."""
        return OPERATIONS[self.operation]

    @property
    def boxes(self) -> list[Row]:
        """The rows, and empty ones until there are enough to draw."""
        return [*self.rows, *[Row()] * (ROWS - len(self.rows))]

    def texts(self) -> list[str]:
        """All filters as ``field[op]value``.

        Raises `HostError` for what is half filled in: leaving it out would answer another question.
        """
        if self.trouble:
            raise HostError(self.trouble, remediation="Fill in the form and search again.")
        filters = [text for row in self.rows if (text := _text(row))]
        filters += [line for line in _LINE_END.split(self.filters) if line.strip()]
        for name, value, op in (("since", self.since, "gte"), ("until", self.until, "lt")):
            if value:
                filters.append(f"time[{op}]{_moment(name, value)}")
        return filters

    def size(self, offered: OperationCapabilities) -> int:
        """How many events a page shall have; raises `HostError`."""
        most = min(LIMIT_MAX, offered.page_limit_max)
        if not self.limit:
            return min(LIMIT, most)
        size = int(self.limit) if _COUNT.fullmatch(self.limit) else 0
        if not 1 <= size <= most:
            raise HostError(
                f"A page of results has from 1 to {most} events.",
                parameter="limit",
                remediation="Go on from page to page to see more, or ask through the API.",
            )
        return size

    def at(self, cursor: str) -> str:
        """The address of this search's page at a cursor; of its first page without one."""
        return f"results?{urlencode(list(replace(self, cursor=cursor, explain='')._items()))}"

    def _items(self) -> Iterable[tuple[str, str]]:
        for name in _ONCE:
            if value := getattr(self, name):
                yield name, value
        for row in self.rows:
            if row.field or row.value:
                yield from zip(_MANY, (row.field, row.op, row.value), strict=True)


def _text(row: Row) -> str:
    if not row.field and not row.value:
        return ""
    if not row.field:
        raise HostError("A filter has a value but no field.", remediation="Choose its field.")
    if not row.value:
        raise HostError(
            f"The filter on {row.field[:80]} has no value.",
            remediation="Fill it in, or choose no field. For an empty value type two double "
            'quotes: ""',
        )
    return f"{row.field}[{row.op}]{row.value}"


def _moment(name: str, text: str) -> str:
    """Takes what the form's own fields hold and nothing else, so that none is shown as empty."""
    if not _MOMENT.fullmatch(text):
        raise HostError(
            f"{text[:80]!r} is not a time.",
            parameter=name,
            remediation="Write it in UTC, such as 2026-11-01T08:30 or 2026-11-01T08:30:59.",
        )
    return f"{text}Z" if text.count(":") > 1 else f"{text}:00Z"


def page_of(connector: Any, search: Search, filters: list[str], limit: int | None) -> Any:
    """Ask an async connector for a page of the search; to be awaited."""
    ask = connector.query_threats if search.operation == "threats" else connector.query_events
    return ask(filters, limit=limit, cursor=search.cursor, order=search.order or None)
