"""What both federations are: named connectors, a deadline, and the questions they take."""

from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

from connector_core.clock import Clock, SystemClock
from connector_core.connector import AsyncConnector, Connector
from connector_core.desk import Filters
from connector_core.errors import ConfigurationError, QueryError
from connector_core.federation.merge import Merge
from connector_core.federation.source import WHOLE, TimeOrder
from connector_core.filter.parser import parse_all
from connector_core.paging import Listing

LIMIT_DEFAULT: Final = 1_000
LIMIT_MAX: Final = 5_000
DEADLINE: Final = 120.0
"""Seconds for one page; a provider that takes longer is reported as late."""

C = TypeVar("C", Connector, AsyncConnector)


class Base(Generic[C]):
    """Connectors under their names, and how a page of theirs is begun."""

    def __init__(
        self,
        connectors: Iterable[C] | Mapping[str, C],
        *,
        deadline: float = DEADLINE,
        whole_limit: int = WHOLE,
        clock: Clock | None = None,
    ) -> None:
        """As `federate`."""
        self.connectors: Mapping[str, C] = named_connectors(connectors)
        if not deadline > 0:
            raise ConfigurationError("The deadline must be above 0 s.", setting="deadline")
        if whole_limit < 1:
            raise ConfigurationError("The limit must be at least 1.", setting="whole_limit")
        self.deadline = deadline
        self._whole_limit = whole_limit
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {', '.join(self.connectors)}>"

    def _merge(
        self,
        operation: Listing,
        filters: Filters,
        limit: int | None,
        cursor: str,
        order: TimeOrder | None,
    ) -> Merge:
        """A page in the making; raises what is wrong with the question."""
        limit = LIMIT_DEFAULT if limit is None else limit
        if type(limit) is not int or not 1 <= limit <= LIMIT_MAX:
            raise QueryError(
                f"The limit must be an integer from 1 to {LIMIT_MAX}, not {limit!r}.",
                parameter="limit",
                remediation="Use the cursor to read more than one page.",
            )
        order = order or "newest_first"
        if order not in ("newest_first", "oldest_first"):
            raise QueryError(
                f"Several providers cannot be merged in the order {order!r}.",
                parameter="order",
                remediation="Known: newest_first, oldest_first.",
            )
        return Merge.begin(
            {name: one.desk for name, one in self.connectors.items()},
            operation,
            parse_all(filters),
            limit=limit,
            cursor=cursor,
            order=order,
            whole_limit=self._whole_limit,
        )

    def _until(self) -> float:
        """When a page that is begun now has to be done, on the clock's monotonic scale."""
        return self._clock.monotonic() + self.deadline

    def _left(self, until: float) -> float:
        """Seconds until then."""
        return until - self._clock.monotonic()


def named_connectors(connectors: Iterable[C] | Mapping[str, C]) -> Mapping[str, C]:
    """Connectors by name; those of a list by their provider's id. Raises `ConfigurationError`."""
    if isinstance(connectors, Mapping):
        pairs = list(connectors.items())
    else:
        pairs = [(one.spec.id, one) for one in connectors]
    named = dict(pairs)
    if not named:
        raise ConfigurationError("No connector was given.", setting="connectors")
    if len(named) < len(pairs):
        raise ConfigurationError(
            "Two connectors are of the same provider.",
            setting="connectors",
            remediation="Give each a name: federate({'east': one, 'west': other}).",
        )
    return named
