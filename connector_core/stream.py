"""All pages of a query as one stream of events."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connector_core.page import Page
from connector_core.provider import Notice


@dataclass
class _Progress:
    cursor: str = ""
    """Where reading goes on after the current page; when a page fails, the way to ask for it
    again."""
    complete: bool = True
    """Whether every page so far was complete."""
    messages: list[Notice] = field(default_factory=list)
    """What the pages so far had to say, each once."""

    def _absorb(self, page: Page[Any]) -> bool:
        """Take note of a page; whether another one follows."""
        self.cursor = page.cursor
        self.complete = self.complete and page.meta.complete
        self.messages += [notice for notice in page.messages if notice not in self.messages]
        return bool(page.cursor)


@dataclass
class Stream(_Progress):
    """Events of all pages of a query, one after the other; holds one page at a time."""

    pages: Callable[[str], Page[Any]] = field(kw_only=True, repr=False)
    """Fetches the page at a cursor."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        more = True
        while more:
            page = self.pages(self.cursor)
            more = self._absorb(page)
            yield from page.events


@dataclass
class AsyncStream(_Progress):
    """The same for ``async for``."""

    pages: Callable[[str], Awaitable[Page[Any]]] = field(kw_only=True, repr=False)
    """Fetches the page at a cursor."""

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        more = True
        while more:
            page = await self.pages(self.cursor)
            more = self._absorb(page)
            for event in page.events:
                yield event
