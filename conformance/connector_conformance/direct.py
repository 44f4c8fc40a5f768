"""The provider itself, without the core's second look at its events."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from connector_conformance.subject import ListOperation, Subject
from connector_core.clock import Clock
from connector_core.filter import Filter, parse_all, resolve
from connector_core.flow import Driver
from connector_core.opening import open_provider
from connector_core.paging import window_of
from connector_core.provider import Batch, EmailSecurityProvider, OperationCapabilities
from connector_core.query import Query
from connector_core.retry import Budget
from connector_core.transport import Network, make_client

PATIENCE: Final = 600.0
"""Seconds, on the vendor's clock."""


@dataclass(frozen=True, slots=True)
class Direct:
    """A provider and what drives its flows."""

    provider: EmailSecurityProvider
    driver: Driver
    clock: Clock

    def first_batch(
        self, operation: ListOperation, capabilities: OperationCapabilities, filter: Filter
    ) -> Batch:
        """What the provider hands to the core first when a connector is asked with the filter."""
        query = self.query(capabilities, filter)
        ask = self.provider.query_threats if operation == "query_threats" else None
        flow = (ask or self.provider.query_events)(query)
        return self.driver.run(flow, Budget(self.clock, self.clock.monotonic() + PATIENCE))

    def query(self, capabilities: OperationCapabilities, filter: Filter) -> Query:
        """The query that a connector makes of the filter, without limit and order."""
        fields = {field.name: field for field in capabilities.filters}
        predicate = resolve(parse_all(filter), fields)
        window, _ = window_of(predicate, capabilities, int(self.clock.now() * 1_000))
        return Query(
            window=window,
            predicate=predicate,
            limit=capabilities.page_limit_default,
            order=capabilities.orders[0],
        )


@contextmanager
def direct(subject: Subject) -> Iterator[Direct]:
    """The provider of a subject over its offline vendor with the kit's world."""
    clock = subject.clock()
    with subject.bench.vendor(subject.scene(clock)) as vendor:
        spec, provider, _ = open_provider(subject.provider, subject.settings, clock)
        client = make_client(Network(), clock, provider.hosts, vendor)  # type: ignore[arg-type]
        with client:
            yield Direct(
                provider, Driver(client, provider.auth, spec.capabilities.concurrency), clock
            )
