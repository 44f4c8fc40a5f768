"""A real vendor under test: what it holds is read, nothing is planted and nothing is spoiled."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, ClassVar, Final

from connector_conformance.bench import Bench, Mail, Scene, Vendor
from connector_conformance.cases import Cases
from connector_conformance.subject import CURSOR_KEY, NOTHING, Event, Listing, Subject, Wrap
from connector_core import AsyncConnector, Connector, Network
from connector_core.clock import Clock, SystemClock
from connector_core.settings import Integration, Settings, config_path

MOST: Final = 60
"""Events per operation that the laws look at: each filter is asked of the vendor."""
DAY: Final = 86_400


def live_subject(integration: str) -> "LiveSubject":
    """The provider of an integration of the settings file; raises `ConfigurationError`."""
    found = Settings.load(config_path()).integration(integration)
    bench = Bench(cases=files("connector_conformance"), settings=_none, vendor=_nobody)
    return LiveSubject(found.provider, bench, integration=found, now=SystemClock().now())


def _none(secret: object) -> Mapping[str, Any]:
    return {}


def _nobody(scene: Scene) -> AbstractContextManager[Vendor]:
    raise LookupError("a real vendor has no bench")


@dataclass
class LiveSubject(Subject):
    """A provider over its real vendor; every question lies in one window in the past."""

    live: ClassVar[bool] = True
    integration: Integration = field(kw_only=True, repr=False)
    now: float = field(kw_only=True)
    _starts: dict[Listing, int] = field(default_factory=dict, repr=False)

    @property
    def cases(self) -> Cases:
        """The questions are few: each costs the vendor's quota."""
        return Cases(now=self.now, slow=True)

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
        """A connector to the real vendor."""
        network: Mapping[str, Any] = self.integration.network
        with Connector.open(
            self.provider,
            self.integration.config,
            cursor_key=cursor_key,
            network=Network(**network),
        ) as connector:
            yield connector

    @contextmanager
    def open_async(
        self, *, wrap: Wrap | None = None, clock: Clock | None = None
    ) -> Iterator[AsyncConnector]:
        """The same for asyncio; whoever uses it closes it."""
        network: Mapping[str, Any] = self.integration.network
        yield AsyncConnector.open(
            self.provider, self.integration.config, network=Network(**network)
        )

    def scope(self, operation: Listing) -> tuple[str, ...]:
        """A window that ended before the vendor could still be writing, and is not too full."""
        late = self.capabilities(operation).lateness_minutes * 60
        end = int((self.now - late) * 1_000)
        start = self._starts.get(operation, end - DAY * 1_000)
        return (f"time[gte]{start}", f"time[lt]{end}")

    def everything(self, operation: Listing) -> list[Event]:
        """The events of the window, which is shortened until it holds few enough."""
        if operation not in self._everything:
            with self.open() as connector:
                self._shorten(connector, operation)
                self._everything[operation] = list(self.read(connector, operation))
        return self._everything[operation]

    def _shorten(self, connector: Connector, operation: Listing) -> None:
        """Begin after the oldest of the newest `MOST` events, in whatever order they come."""
        order = "newest_first"
        if order not in self.capabilities(operation).orders:
            return
        limit = min(MOST, self.capabilities(operation).page_limit_max)
        page = self.page(connector, operation, order=order, limit=limit)
        if page.cursor and page.events:
            self._starts[operation] = page.events[-1]["time"] + 1
