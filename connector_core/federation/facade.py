"""What hosts hold: `Federation` over connectors, and `AsyncFederation`, the same with ``await``."""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Final, Self, cast, overload

from connector_core.clock import Clock
from connector_core.connector import AsyncConnector, Connector
from connector_core.desk import Filters
from connector_core.errors import ConfigurationError
from connector_core.federation.base import DEADLINE, Base, named_connectors
from connector_core.federation.merge import Merge, feed, late
from connector_core.federation.page import FederatedPage
from connector_core.federation.source import WHOLE, Read, Source, TimeOrder

TICK: Final = 0.05
"""Seconds between two looks at the clock, which need not be the machine's."""


class Federation(Base[Connector]):
    """Several connectors asked as one; safe for many threads at once. See `federate`."""

    def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: TimeOrder | None = None,
    ) -> FederatedPage:
        """One page of findings of all providers, newest first unless `order` says otherwise.

        Raises `FilterError` or `QueryError` when every provider refuses the question,
        `CursorError`, and a provider's error when no provider answers. After an error the same
        `cursor` asks for the same page again.
        """
        return self._ask(self._merge("query_threats", filters, limit, cursor, order))

    def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: TimeOrder | None = None,
    ) -> FederatedPage:
        """One page of email activities of all providers; otherwise as `query_threats`."""
        return self._ask(self._merge("query_events", filters, limit, cursor, order))

    def _ask(self, merge: Merge) -> FederatedPage:
        until = self._until()
        while wanted := merge.wanted():
            self._read(wanted, until)
            merge.take()
            if self._left(until) <= 0:
                merge.end(self.deadline)
                break
        return merge.page()

    def _read(self, sources: Sequence[Source], until: float) -> None:
        """Read side by side, until all have answered or time is up.

        Who is late is left to its own thread, a daemon: what it brings is thrown away, and its
        connector's own deadline ends it.
        """
        outcomes: SimpleQueue[tuple[Source, Read | Exception]] = SimpleQueue()
        waiting = {source.name: source for source in sources}
        for source in sources:
            threading.Thread(
                target=self._one,
                args=(source, outcomes),
                name=f"federation: {source.name}",
                daemon=True,
            ).start()
        while waiting:
            left = self._left(until)
            try:
                source, outcome = outcomes.get(block=left > 0, timeout=min(max(left, 0), TICK))
            except Empty:
                if left <= 0:
                    break
            else:
                feed(waiting.pop(source.name), outcome)
        for source in waiting.values():
            late(source, self.deadline)

    def _one(
        self, source: Source, outcomes: "SimpleQueue[tuple[Source, Read | Exception]]"
    ) -> None:
        try:
            budget = source.desk.budget()
            driver = self.connectors[source.name].driver
            outcome: Read | Exception = driver.run(source.read(budget), budget)
        except Exception as error:
            outcome = error
        outcomes.put((source, outcome))

    def close(self) -> None:
        """Close every connector."""
        with ExitStack() as stack:
            for connector in self.connectors.values():
                stack.callback(connector.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncFederation(Base[AsyncConnector]):
    """`Federation` for asyncio: the same operations, arguments and answers."""

    async def query_threats(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: TimeOrder | None = None,
    ) -> FederatedPage:
        """As `Federation.query_threats`."""
        return await self._ask(self._merge("query_threats", filters, limit, cursor, order))

    async def query_events(
        self,
        filters: Filters = (),
        *,
        limit: int | None = None,
        cursor: str = "",
        order: TimeOrder | None = None,
    ) -> FederatedPage:
        """As `Federation.query_events`."""
        return await self._ask(self._merge("query_events", filters, limit, cursor, order))

    async def _ask(self, merge: Merge) -> FederatedPage:
        until = self._until()
        while wanted := merge.wanted():
            await self._read(wanted, until)
            merge.take()
            if self._left(until) <= 0:
                merge.end(self.deadline)
                break
        return merge.page()

    async def _read(self, sources: Sequence[Source], until: float) -> None:
        """As `Federation._read`; who is late is cancelled."""
        tasks = {
            asyncio.create_task(self._one(source), name=f"federation: {source.name}"): source
            for source in sources
        }
        waiting = set(tasks)
        try:
            while waiting:
                left = self._left(until)
                done, waiting = await asyncio.wait(
                    waiting,
                    timeout=min(max(left, 0), TICK),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    feed(tasks[task], task.result())
                if left <= 0 and not done:
                    break
        finally:
            for task in waiting:
                task.cancel()
        for task in waiting:
            late(tasks[task], self.deadline)

    async def _one(self, source: Source) -> Read | Exception:
        try:
            budget = source.desk.budget()
            driver = self.connectors[source.name].driver
            return await driver.run(source.read(budget), budget)
        except Exception as error:
            return error

    async def aclose(self) -> None:
        """Close every connector."""
        async with AsyncExitStack() as stack:
            for connector in self.connectors.values():
                stack.push_async_callback(connector.aclose)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


@overload
def federate(
    connectors: Iterable[Connector] | Mapping[str, Connector],
    *,
    deadline: float = ...,
    whole_limit: int = ...,
    clock: Clock | None = ...,
) -> Federation: ...
@overload
def federate(
    connectors: Iterable[AsyncConnector] | Mapping[str, AsyncConnector],
    *,
    deadline: float = ...,
    whole_limit: int = ...,
    clock: Clock | None = ...,
) -> AsyncFederation: ...
def federate(
    connectors: Any,
    *,
    deadline: float = DEADLINE,
    whole_limit: int = WHOLE,
    clock: Clock | None = None,
) -> Federation | AsyncFederation:
    """Ask several connectors as one.

    A mapping gives each a name; in a list each is named by its provider's id. After `deadline`
    seconds, measured on `clock`, a provider is late and the others are answered. Of a provider that
    cannot list in time order, at most `whole_limit` events are read and sorted. Raises
    `ConfigurationError` when two have one name, or when there is none.

    >>> from connector_core import Connector
    >>> mock = "emailsecurity_defender_for_office_mock"
    >>> with federate({"east": Connector.open(mock), "west": Connector.open(mock)}) as mail:
    ...     page = mail.query_threats(["severity[eq]High"], limit=2)
    >>> [event.provider for event in page.events], page.complete
    (['east', 'west'], True)
    """
    named: Mapping[str, Any] = named_connectors(connectors)
    kinds = {isinstance(one, AsyncConnector) for one in named.values()}
    if len(kinds) > 1:
        raise ConfigurationError(
            "Connectors of both kinds cannot be asked together.",
            setting="connectors",
            remediation="Use only Connector, or only AsyncConnector.",
        )
    kind: Any = AsyncFederation if kinds == {True} else Federation
    made = kind(named, deadline=deadline, whole_limit=whole_limit, clock=clock)
    return cast("Federation | AsyncFederation", made)
