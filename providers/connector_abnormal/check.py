"""The connection check: what works, what does not, and what a person can do about it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connector_abnormal import wire
from connector_abnormal.config import AbnormalConfig
from connector_abnormal.schema import Source
from connector_core.clock import Clock
from connector_core.errors import (
    AuthenticationError,
    ConnectorError,
    PermissionDeniedError,
    ProviderError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_core.provider import CheckItem, CheckReport, CheckStatus, Flow, ask

if TYPE_CHECKING:
    import httpx

HOUR_MS: Final = 3_600_000
NOT_FOUND: Final = 404
_ORDER: Final = (
    "configuration",
    "connection",
    "token",
    "permission",
    "threats",
    "search",
    "quarantine",
)


@dataclass(slots=True)
class _Report:
    items: dict[str, CheckItem] = field(default_factory=dict)

    def add(self, name: str, status: CheckStatus, detail: str = "", remedy: str = "") -> None:
        self.items[name] = CheckItem(name, status, detail, remedy)

    def finished(self) -> CheckReport:
        """What was not reached is `skipped`, so that every report has the same items."""
        return CheckReport([self.items.get(name, CheckItem(name, "skipped")) for name in _ORDER])


def check(config: AbnormalConfig, clock: Clock) -> Flow[CheckReport]:
    """Try the way to the account step by step; a failed step is an item, never an exception.

    The first request asks for canned data by the header ``mock-data: True``, which touches no mail;
    three more ask for one item of the last hour. No mail is returned.
    """
    report = _Report()
    place = "its own address" if config.base_url else f"region {config.region}"
    report.add("configuration", "ok", f"{place}: {config.host}")
    now = int(clock.now() * 1_000)
    start = now - HOUR_MS
    request = wire.threats_request(config.root, start, now, 1, 1)
    request.headers["mock-data"] = "True"
    try:
        yield from ask(request, wire.read_threats)
        for name in ("connection", "token", "permission"):
            report.add(name, "ok")
        yield from ask(wire.threats_request(config.root, start, now, 1, 1), wire.read_threats)
        report.add("threats", "ok")
    except ConnectorError as error:
        _add_failure(report, error, config)
    if "permission" in report.items and report.items["permission"].status == "ok":
        for name, source in _SOURCES:
            search = wire.search_request(config.root, source, start, now, 1, 1)
            yield from _search(report, name, search)
    return report.finished()


_SOURCES: Final[tuple[tuple[str, Source], ...]] = (
    ("search", "abnormal"),
    ("quarantine", "quarantine"),
)


def _search(report: _Report, name: str, request: "httpx.Request") -> Flow[None]:
    """Whether mail of a source can be searched; threats can be read without."""
    try:
        yield from ask(request, wire.read_search)
    except PermissionDeniedError as error:
        without = "query_events is refused" if name == "search" else "answers say that they lack it"
        report.add(name, "warning", f"{error} Without it {without}.", error.remediation)
    except ConnectorError as error:
        report.add(name, "failed", str(error), error.remediation)
    else:
        report.add(name, "ok")


def _add_failure(report: _Report, error: ConnectorError, config: AbnormalConfig) -> None:
    name, before = _place(error)
    for earlier in before:
        report.add(earlier, "ok")
    remedy = error.remediation
    if isinstance(error, AuthenticationError) and config.base_url is None:
        other = "eu" if config.region == "us" else "us"
        remedy = f"{remedy} This is region {config.region}; is the account in {other}?"
    if isinstance(error, ProviderError) and error.origin.status == NOT_FOUND and config.base_url:
        remedy = f"Check base_url: nothing answers at its path as Abnormal's API does. {remedy}"
    report.add(name, "failed", str(error), remedy)


def _place(error: ConnectorError) -> tuple[str, tuple[str, ...]]:
    """The step of the way that an error belongs to, and those that must have worked before."""
    match error:
        case AuthenticationError():
            return "token", ("connection",)
        case PermissionDeniedError():
            return "permission", ("connection", "token")
        case UnavailableError() | ResponseInvalidError():
            return "connection", ()
        case ProviderError():
            return "threats", ("connection", "token", "permission")
        case _:
            return "configuration", ()
