"""The provider under test: its card, its bench, and connectors to it over the offline vendor."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from itertools import islice
from typing import Any, ClassVar, Final, Literal

from connector_conformance.bench import GROUP, Bench, Mail, Scene, Vendor
from connector_conformance.cases import Cases, load
from connector_conformance.world import mails
from connector_core import AsyncConnector, Connector, ManualClock
from connector_core.clock import Clock
from connector_core.page import Page
from connector_core.provider import OperationCapabilities, ProviderSpec
from connector_core.registry import registry
from connector_core.stream import Stream

ListOperation = Literal["query_threats", "query_events"]
LISTINGS: Final[tuple[ListOperation, ...]] = ("query_threats", "query_events")
ENDLESS: Final = 5_000
"""Events: a vendor that holds two dozen messages and lists so many lists for ever."""
CURSOR_KEY: Final = bytes(range(32))
NOTHING: Final[Mapping[str, Any]] = {}
Wrap = Callable[[Vendor], Vendor]
"""Puts something between the connector and its vendor."""
Event = dict[str, Any]


def canary(name: str) -> str:
    """The text of a secret: easy to find wherever it should not be."""
    return f"canary-{name}-5e1f0b2c9d"


@dataclass
class Subject:
    """One provider and the vendor behind it."""

    provider: str
    bench: Bench
    live: ClassVar[bool] = False
    """Whether a real vendor answers, whose mail nobody planted."""
    _everything: dict[ListOperation, list[Event]] = field(default_factory=dict, repr=False)

    @classmethod
    def named(cls, provider: str) -> "Subject":
        """The subject that an installed package offers; raises LookupError without a bench."""
        for entry in entry_points(group=GROUP, name=provider):
            return cls(provider, entry.load())
        raise LookupError(f"no installed package names a bench for {provider!r} in {GROUP}")

    @cached_property
    def spec(self) -> ProviderSpec:
        """The provider's card."""
        return registry().get(self.provider)

    @cached_property
    def cases(self) -> Cases:
        """What the bench says in data."""
        return load(self.bench.cases)

    @cached_property
    def mails(self) -> tuple[Mail, ...]:
        """The kit's world."""
        return mails(self.cases.now)

    @property
    def listings(self) -> tuple[ListOperation, ...]:
        """The listing operations that the provider offers."""
        return tuple(name for name in LISTINGS if self._offers(name))

    def capabilities(self, operation: ListOperation) -> OperationCapabilities:
        """What it declares for an operation."""
        return self.spec.capabilities.operations[operation]

    def _offers(self, operation: ListOperation) -> bool:
        found = self.spec.capabilities.operations.get(operation)
        return found is not None and found.supported

    @property
    def settings(self) -> Mapping[str, Any]:
        """The configuration, with a canary for every secret."""
        return self.bench.settings(canary)

    def clock(self) -> ManualClock:
        """A clock that stands where the vendor's does."""
        return ManualClock(self.cases.now)

    @contextmanager
    def open(
        self,
        *,
        mails: Sequence[Mail] | None = None,
        condition: str = "",
        wrap: Wrap | None = None,
        clock: Clock | None = None,
        cursor_key: bytes = CURSOR_KEY,
        other: Mapping[str, Any] = NOTHING,
    ) -> Iterator[Connector]:
        """A connector to a vendor of its own, which holds `mails` (by default the kit's world).

        `other` replaces settings.
        """
        clock = clock or self.clock()
        with ExitStack() as stack:
            vendor = stack.enter_context(self.bench.vendor(self.scene(clock, mails, condition)))
            yield stack.enter_context(
                Connector.open(
                    self.provider,
                    {**self.settings, **other},
                    transport=(wrap(vendor) if wrap else vendor),  # type: ignore[arg-type]
                    clock=clock,
                    cursor_key=cursor_key,
                )
            )

    @contextmanager
    def open_async(
        self, *, wrap: Wrap | None = None, clock: Clock | None = None
    ) -> Iterator[AsyncConnector]:
        """The same for asyncio; whoever uses it closes it."""
        clock = clock or self.clock()
        with self.bench.vendor(self.scene(clock)) as vendor:
            yield AsyncConnector.open(
                self.provider,
                self.settings,
                transport=(wrap(vendor) if wrap else vendor),  # type: ignore[arg-type]
                clock=clock,
                cursor_key=CURSOR_KEY,
            )

    def scene(
        self, clock: Clock, mails: Sequence[Mail] | None = None, condition: str = ""
    ) -> Scene:
        """What a vendor is set up with; by default the kit's world, in good order."""
        held = self.mails if mails is None else mails
        return Scene(clock=clock, mails=held, condition=condition, secret=canary)

    def scope(self, operation: ListOperation) -> tuple[str, ...]:
        """Filters that belong to every question of a law; none where time stands still."""
        return ()

    def read(
        self, connector: Connector, operation: ListOperation, *filters: Any, **more: Any
    ) -> Stream:
        """All events that the filters select, page after page."""
        iterate = connector.iter_threats if operation == "query_threats" else connector.iter_events
        return iterate((*self.scope(operation), *filters), **more)

    def page(
        self, connector: Connector, operation: ListOperation, *filters: Any, **more: Any
    ) -> Page[Any]:
        """One page of the events that the filters select."""
        ask = connector.query_threats if operation == "query_threats" else connector.query_events
        return ask((*self.scope(operation), *filters), **more)

    def everything(self, operation: ListOperation) -> list[Event]:
        """Every event of the kit's world, read once without filters; callers do not change it."""
        if operation not in self._everything:
            with self.open() as connector:
                found = list(islice(self.read(connector, operation), ENDLESS))
            assert len(found) < ENDLESS, f"{operation} does not end"
            self._everything[operation] = found
        return self._everything[operation]


def uid_of(event: Event) -> str:
    """What names an event among others of its provider."""
    return str(event["finding_info" if "finding_info" in event else "metadata"]["uid"])
