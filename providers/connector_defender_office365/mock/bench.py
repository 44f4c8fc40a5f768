"""The embedded tenant as a bench of the conformance kit: in process, and over HTTPS on loopback."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from connector_conformance.bench import Bench, Scene, Vendor

from .applications import DEFAULT_APPLICATIONS, DEFAULT_CLIENT_ID, Application, Secret
from .config import default_settings
from .graph import Limits
from .planted import rows_of
from .store import Rows, Store
from .tenant import EmbeddedTenant
from .timespan import SECOND

if TYPE_CHECKING:
    from .engine import Engine, Result

CASES: Final = files("connector_defender_office365") / "cases"
SECRET: Final = "client_secret"  # noqa: S105  # the setting's name
HOUR: Final = 3_600 * SECOND

ALL: Final = (
    "EmailEvents",
    "EmailAttachmentInfo",
    "EmailUrlInfo",
    "EmailPostDeliveryEvents",
    "UrlClickEvents",
    "AlertInfo",
    "AlertEvidence",
)


def _without(*tables: str) -> Mapping[str, Any]:
    return {"tables": frozenset(ALL) - set(tables)}


CONDITIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {},
    "no_tables": {"tables": frozenset()},
    "no_post_delivery": _without("EmailPostDeliveryEvents"),
    "no_attachments": _without("EmailAttachmentInfo"),
    "no_clicks": _without("UrlClickEvents"),
    "no_alerts": _without("AlertInfo", "AlertEvidence"),
    "no_verdict_column": {"hidden_columns": (("EmailEvents", "ThreatTypes"),)},
    "capped": {"limits": Limits(rows=7)},
    "no_consent": {"applications": {DEFAULT_CLIENT_ID: Application(roles=())}},
}
"""State of the tenant -> what is different in it."""

Answers = dict[tuple[object, ...], "Result"]
_ANSWERS: Final[Answers] = {}
"""What a tenant with certain rows said to a query: rows never change, and KQL takes its time."""
_ENGINES: Final[OrderedDict[bytes, "Engine"]] = OrderedDict()
"""The last engines, by their rows. Beside answers nothing else is shared between scenes."""
_MOST_ENGINES: Final = 4
_LOADING: Final = threading.Lock()


class RememberingStore(Store):
    """Runs each query once per hour of its clock."""

    def __init__(self, rows: Rows, tenant: Mapping[str, Any]) -> None:
        tables, hidden = tenant.get("tables"), tenant.get("hidden_columns", ())
        super().__init__("basic_v0", rows, tables, hidden)
        self._held = hashlib.sha256(repr(rows).encode()).digest()
        self._key = (self._held, tables, hidden)

    def query(
        self, kql: str, *, now: int, since: int, until: int, timeout: float, max_rows: int
    ) -> "Result":
        """As `Store.query`; refusals are not remembered."""
        key = (*self._key, kql, max_rows, since // HOUR, until // HOUR)
        if key not in _ANSWERS:
            _ANSWERS[key] = super().query(
                kql, now=now, since=since, until=until, timeout=timeout, max_rows=max_rows
            )
        return _ANSWERS[key]

    def close(self) -> None:
        """Leave the engine to the next scene with the same rows."""

    def _ready(self, since: int, until: int) -> "Engine":
        with _LOADING:
            self._engine = _ENGINES.pop(self._held, None)
            engine = _ENGINES[self._held] = super()._ready(since, until)
            if len(_ENGINES) > _MOST_ENGINES:
                _ENGINES.popitem(last=False)  # not closed: somebody may be asking it
            return engine


class PlantedTenant(EmbeddedTenant):
    """A tenant that holds a scene's mail, in one of the `CONDITIONS`."""

    def __init__(self, scene: Scene, secret: str) -> None:
        differs = dict(CONDITIONS[scene.condition])
        application = differs.pop("applications", DEFAULT_APPLICATIONS)[DEFAULT_CLIENT_ID]
        own = Application(secrets=(Secret(value=secret),), roles=application.roles)
        super().__init__(
            clock=scene.clock, rows={}, applications={DEFAULT_CLIENT_ID: own}, **differs
        )
        self._store = RememberingStore(rows_of(scene.mails), differs)
        self._graph._store = self._store


def settings(secret: Callable[[str], str]) -> Mapping[str, Any]:
    """A client secret for the embedded tenant's own application."""
    known = default_settings()
    return known | {"credential": known["credential"] | {SECRET: secret(SECRET)}}


@contextmanager
def vendor(scene: Scene) -> Iterator[Vendor]:
    """The tenant in this process, opened by the scene's secret."""
    with closing(PlantedTenant(scene, scene.secret(SECRET))) as tenant:
        yield tenant.transport()


@contextmanager
def default_vendor(scene: Scene) -> Iterator[Vendor]:
    """The same, opened by the secret that the mock provider knows."""
    secret = str(default_settings()["credential"][SECRET])
    with closing(PlantedTenant(scene, secret)) as tenant:
        yield tenant.transport()


@contextmanager
def served_vendor(scene: Scene) -> Iterator[Vendor]:
    """The tenant behind a real server on the loopback address."""
    from .relay import Relay
    from .server import serve

    with (
        closing(PlantedTenant(scene, scene.secret(SECRET))) as tenant,
        serve(tenant) as server,
        closing(Relay(server)) as relay,
    ):
        yield relay


def _bench(
    vendor: Callable[[Scene], AbstractContextManager[Vendor]],
    settings: Callable[[Callable[[str], str]], Mapping[str, Any]] = settings,
) -> Bench:
    return Bench(cases=CASES, settings=settings, vendor=vendor)


BENCH: Final = _bench(vendor)
SERVED: Final = _bench(served_vendor)
MOCK: Final = _bench(default_vendor, lambda secret: {})
