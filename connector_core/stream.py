"""All pages of a query as one stream of events."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connector_core.page import Page
from connector_core.provider import Notice


@dataclass
class _Progress:
    cursor: str = ""
    """Where reading goes on: the page whose events were not all handed out, or that failed. Nothing
    is left out behind it; events of a page that was left in the middle come again."""
    messages: list[Notice] = field(default_factory=list)
    """What the pages so far had to say, each once."""

    def __post_init__(self) -> None:
        self._start = self.cursor
        self._begin()

    def _begin(self) -> None:
        self.cursor, self.messages = self._start, []
        self._whole, self._ended, self._open = True, False, False
        self._next = ""
        self._events: Iterator[dict[str, Any]] = iter(())
        """Outlives a loop that is left, for the next one to go on with."""

    @property
    def complete(self) -> bool:
        """Whether every event was handed out, and every page was complete; False until then."""
        return self._ended and self._whole

    def _turn_to(self, page: Page[Any]) -> None:
        self._open, self._next, self._events = True, page.cursor, iter(page.events)
        self._whole = self._whole and page.meta.complete
        self.messages += [notice for notice in page.messages if notice not in self.messages]

    def _turn(self) -> None:
        """All of the page was handed out."""
        self._open, self.cursor, self._ended = False, self._next, not self._next


@dataclass
class Stream(_Progress):
    """Events of all pages of a query, one after the other; holds one page at a time.

    Iterating again goes on behind the last event, also after an error; once all were handed out, it
    asks the whole query again.
    """

    pages: Callable[[str], Page[Any]] = field(kw_only=True, repr=False)
    """Fetches the page at a cursor."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._ended:
            self._begin()
        while not self._ended:
            if not self._open:
                self._turn_to(self.pages(self.cursor))
            yield from self._events
            self._turn()


@dataclass
class AsyncStream(_Progress):
    """The same for ``async for``."""

    pages: Callable[[str], Awaitable[Page[Any]]] = field(kw_only=True, repr=False)
    """Fetches the page at a cursor."""

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        if self._ended:
            self._begin()
        while not self._ended:
            if not self._open:
                self._turn_to(await self.pages(self.cursor))
            for event in self._events:
                yield event
            self._turn()
