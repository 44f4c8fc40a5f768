"""The exact merge, without any I/O: who has to be read, whose event is next, where it all stands.

An event is given out only when every provider that can still be read has shown its next one. A
provider that failed or is late does not hold up the others; its place stays for the next page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connector_core.desk import Desk
from connector_core.errors import ConnectorError, ProviderError, UnavailableError
from connector_core.federation import cursor as cursors
from connector_core.federation.links import linked
from connector_core.federation.page import FederatedEvent, FederatedPage
from connector_core.federation.source import READS, Read, Source, TimeOrder
from connector_core.filter.tree import Filter
from connector_core.paging import Listing

ROUNDS: Final = READS
"""How often providers are read for one page at most; after that it is handed out short."""


@dataclass(slots=True)
class Merge:
    """One page of a federated query in the making."""

    sources: list[Source]
    order: TimeOrder
    limit: int
    _events: list[FederatedEvent] = field(default_factory=list)
    _rounds: int = 0

    @classmethod
    def begin(
        cls,
        desks: Mapping[str, Desk],
        operation: Listing,
        filters: Filter,
        *,
        limit: int,
        cursor: str,
        order: TimeOrder,
        whole_limit: int,
    ) -> "Merge":
        """Check the question with every provider; raises what they say when all refuse it.

        Raises `CursorError`, too; sends nothing.
        """
        places = cursors.read(cursor, desks.keys()) if cursor else {}
        sources = [
            Source(
                name=name,
                desk=desk,
                operation=operation,
                order=order,
                limit=limit,
                whole_limit=whole_limit,
            )
            for name, desk in desks.items()
        ]
        for source in sources:
            source.open(filters, places.get(source.name))
        refusals = [source.answer().error for source in sources]
        if refusals[0] is not None and all(refusals):
            raise refusals[0]
        return cls(sources, order, limit)

    def wanted(self) -> list[Source]:
        """Who has to be read now; nobody when the page is done."""
        if len(self._events) >= self.limit or self._rounds >= ROUNDS:
            return []
        self._rounds += 1
        return [source for source in self.sources if source.hungry]

    def take(self) -> None:
        """Give out what is certain by now."""
        while len(self._events) < self.limit and not any(one.hungry for one in self.sources):
            ready = [(time, one) for one in self.sources if (time := one.next_time) is not None]
            if not ready:
                return
            best = max if self.order == "newest_first" else min  # of equals, the first
            _, source = best(ready, key=lambda pair: pair[0])
            self._events.append(FederatedEvent(provider=source.name, event=source.take()))

    def end(self, seconds: float) -> None:
        """The deadline has passed; `seconds` is how long it was."""
        for source in self.sources:
            if source.half_read:
                late(source, seconds)
        self.take()

    def page(self) -> FederatedPage:
        """The page; raises the error of a provider when none has answered."""
        answers = {source.name: source.answer() for source in self.sources}
        if not any(source.answered for source in self.sources):
            errors = [answer.error for answer in answers.values() if answer.error]
            errors.sort(key=lambda error: not isinstance(error, ProviderError))
            if errors:
                raise errors[0]
        cursor = ""
        if not all(source.over for source in self.sources):
            cursor = cursors.write({source.name: source.sealed() for source in self.sources})
        return FederatedPage(events=linked(self._events), cursor=cursor, providers=answers)


def feed(source: Source, outcome: Read | Exception) -> None:
    """Take over what reading a provider led to."""
    if isinstance(outcome, Read):
        try:
            source.feed(outcome)
            return
        except Exception as error:  # an event that is none: that provider's fault, nobody else's
            outcome = error
    failure = outcome if isinstance(outcome, ConnectorError) else _unexpected(outcome)
    source.stop("failed", failure)


def late(source: Source, seconds: float) -> None:
    """The provider did not answer in time."""
    error = UnavailableError(
        f"The provider did not answer within {seconds:g} s; the others are not kept waiting.",
        remediation="Ask again with the cursor, for a shorter time range, or allow more time.",
    )
    source.stop("late", error)


def _unexpected(error: Exception) -> ProviderError:
    """A fault in a provider's code, told without its words, which nobody has checked."""
    unexpected = ProviderError(
        f"The provider failed unexpectedly ({type(error).__name__}).",
        remediation="Report this to the authors of the provider.",
    )
    unexpected.__cause__ = error
    return unexpected
