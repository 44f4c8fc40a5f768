"""Reads as many pages as are wanted, and knows where to go on when one of them fails."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from connector_core.cli.output import Output, note, progress
from connector_core.errors import ConnectorError


class OnePage(Protocol):
    """What a page of one provider and a page of several have in common."""

    cursor: str

    @property
    def events(self) -> Sequence[Any]:
        """What was read."""
        ...


P = TypeVar("P", bound=OnePage)


@dataclass(slots=True, kw_only=True)
class Reading(Generic[P]):
    """The pages of one question.

    The error of the first page is raised at once; that of a later one by `end`, so that what was
    read before can be printed.
    """

    ask: Callable[..., P]
    """Called with `limit` and `cursor`."""
    name: str
    wanted: int
    """Events at most."""
    page_max: int
    cursor: str = ""
    """Where to go on."""
    is_last: Callable[[P, int], bool] = lambda page, limit: False
    """Whether no more can be had for now after this page, although it has a cursor."""
    seen: int = 0
    error: ConnectorError | None = None

    def __iter__(self) -> Iterator[P]:
        first = True
        while True:
            limit = min(self.wanted - self.seen, self.page_max)
            try:
                with progress(f"{self.name}: {self.seen} of up to {self.wanted} read"):
                    page = self.ask(limit=limit, cursor=self.cursor)
            except ConnectorError as error:
                if first:
                    raise
                self.error = error
                return
            first = False
            self.seen += len(page.events)
            self.cursor = page.cursor
            yield page
            if not self.cursor or self.seen >= self.wanted or self.is_last(page, limit):
                return

    def end(self, output: Output) -> None:
        """Say where to go on; raise the error that ended the reading too early."""
        if self.error is not None:
            note(f"stopped after {self.seen}; go on with --cursor {self.cursor}")
            raise self.error
        if self.cursor and output != "json":
            note(f"next cursor: {self.cursor}")
