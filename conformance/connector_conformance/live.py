"""A real vendor under test: what it holds is read, nothing is planted and nothing is spoiled."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, ClassVar, Final

from connector_conformance.bench import Bench, Mail, Scene, Vendor
from connector_conformance.cases import Cases
from connector_conformance.subject import CURSOR_KEY, NOTHING, Event, ListOperation, Subject, Wrap
from connector_core import AsyncConnector, Connector, Network
from connector_core.clock import Clock, SystemClock
from connector_core.settings import Integration, Settings, config_path

MOST: Final = 60
"""Events per operation that the laws look at: each filter is asked of the vendor."""
DAY: Final = 86_400
Window = tuple[int, int]
"""Start and end in milliseconds since 1970 UTC."""


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
    _windows: dict[ListOperation, Window] = field(default_factory=dict, repr=False)

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

    def scope(self, operation: ListOperation) -> tuple[str, ...]:
        """A window that ended before the vendor could still be writing, and is not too full."""
        start, end = self._windows.get(operation) or self._day(operation)
        return (f"time[gte]{start}", f"time[lt]{end}")

    def _day(self, operation: ListOperation) -> Window:
        late = self.capabilities(operation).lateness_minutes * 60
        end = int((self.now - late) * 1_000)
        return end - DAY * 1_000, end

    def everything(self, operation: ListOperation) -> list[Event]:
        """The events of the window, which is shortened until it holds few enough."""
        if operation not in self._everything:
            with self.open() as connector:
                self._shorten(connector, operation)
                self._everything[operation] = list(self.read(connector, operation))
        return self._everything[operation]

    def _shorten(self, connector: Connector, operation: ListOperation) -> None:
        """Halve the window until it holds `MOST` events at most, in whatever order they come.

        The newer half is kept where it holds some. A moment with more events stays whole.
        """
        limit = min(MOST, self.capabilities(operation).page_limit_max)
        start, end = self._day(operation)
        while end - start > 1 and self._holds_more(connector, operation, limit):
            middle = (start + end) // 2
            self._windows[operation] = middle, end
            newer = self.page(connector, operation, limit=1)
            start, end = (middle, end) if newer.events or newer.cursor else (start, middle)
            self._windows[operation] = start, end

    def _holds_more(self, connector: Connector, operation: ListOperation, limit: int) -> bool:
        """Whether a window goes on behind `limit` events; pages may be shorter than asked for."""
        page = self.page(connector, operation, limit=limit)
        found = len(page.events)
        while page.cursor and found < limit:
            page = self.page(connector, operation, limit=limit, cursor=page.cursor)
            found += len(page.events)
        return bool(page.cursor)
