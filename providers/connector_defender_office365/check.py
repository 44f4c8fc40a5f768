"""The connection check: what works, what does not, and what a person can do about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from connector_core.clock import Clock
from connector_core.errors import (
    AuthenticationError,
    ConnectorError,
    Origin,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    UnavailableError,
)
from connector_core.provider import CheckItem, CheckReport, CheckStatus, Flow, ask

from .auth import EntraAuth
from .config import Certificate, DefenderConfig
from .entra_errors import OPERATION as TOKEN
from .graph import hunting_request, read_result
from .kql import Pipeline, Query, TableRef, Take, render
from .schema import TABLES

Schema = Mapping[str, Mapping[str, str]]
"""Table -> column -> type, as the tenant has them."""

MAX_SKEW_SECONDS: Final = 300
"""With a clock further off than this, Entra refuses assertions and time ranges miss events."""
CERTIFICATE_WARNING_DAYS: Final = 30
_LICENSED: Final = frozenset(table for table in TABLES if table.startswith("Email"))
_ORDER: Final = (
    "configuration", "connection", "token", "permission", "quota", "query", "licence", "clock",
)  # fmt: skip


@dataclass(slots=True)
class _Report:
    items: dict[str, CheckItem] = field(default_factory=dict)

    def add(self, name: str, status: CheckStatus, detail: str = "", remedy: str = "") -> None:
        """A later finding replaces an earlier one of the same name."""
        self.items[name] = CheckItem(name, status, detail, remedy)

    def finished(self) -> CheckReport:
        """What was not reached is `skipped`, so that every report has the same first items."""
        first = [self.items.get(name, CheckItem(name, "skipped")) for name in _ORDER]
        return CheckReport([*first, *(i for n, i in self.items.items() if n not in _ORDER)])


def check(
    config: DefenderConfig, auth: EntraAuth, discover: Callable[[], Flow[Schema]], clock: Clock
) -> Flow[CheckReport]:
    """Try the way to the tenant step by step; a failed step is an item, never an exception.

    `discover` asks the tenant which tables and columns it has. The check costs one query and what
    `discover` costs; it returns no mail.
    """
    report = _Report()
    endpoints = config.endpoints
    hosts = " and ".join(
        urlsplit(url).netloc for url in dict.fromkeys((endpoints.graph, endpoints.login))
    )
    report.add("configuration", "ok", f"region {config.region}: {hosts}; tenant {config.tenant_id}")
    query = render(Query(Pipeline(TableRef("EmailEvents"), (Take(0),))))
    try:
        try:
            yield from ask(hunting_request(endpoints.graph, query), read_result)
        except QueryRejectedError as error:
            if not error.details.get("missing"):
                raise  # a missing table is a matter of the licence: the query was allowed to run
        for name in _BEFORE["licence"]:
            report.add(name, "ok")
        schema = yield from discover()
    except ConnectorError as error:
        _add_failure(report, error, config)
    else:
        for item in _compare(schema):
            report.add(item.name, item.status, item.detail, item.remedy)
    _add_clock(report, auth)
    _add_certificate(report, config, clock)
    return report.finished()


_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("connection",),
    "permission": ("connection", "token"),
    "quota": ("connection", "token", "permission"),
    "query": ("connection", "token", "permission", "quota"),
    "licence": ("connection", "token", "permission", "quota", "query"),
}
"""What must have worked for a step to fail."""


def _add_failure(report: _Report, error: ConnectorError, config: DefenderConfig) -> None:
    name, remedy = _place(error), error.remediation
    if name == "permission" or _origin(error).code == "AADSTS7000229":
        remedy = f"{remedy} Consent page: {config.consent_url}"
    for earlier in _BEFORE.get(name, ()):
        report.add(earlier, "ok")
    report.add(name, "failed", str(error), remedy)


def _origin(error: ConnectorError) -> Origin:
    return error.origin if isinstance(error, ProviderError) else Origin()


def _place(error: ConnectorError) -> str:
    """The step of the way that an error belongs to."""
    origin = _origin(error)
    match error:
        case UnavailableError() if origin.status is None or origin.operation != TOKEN:
            return "connection"
        case ProviderError() if origin.operation == TOKEN:
            return "token"
        case AuthenticationError():
            return "token"
        case RateLimitedError():
            return "quota"
        case PermissionDeniedError() if error.details.get("topic") == "licence":
            return "licence"
        case PermissionDeniedError():
            return "permission"
        case ProviderError():
            return "query"
        case _:
            return "configuration"


def _compare(schema: Schema) -> Iterator[CheckItem]:
    """One item for the licence and one per table."""
    present = {table for table in TABLES if schema.get(table)}
    if not present & _LICENSED:
        yield CheckItem(
            "licence",
            "failed",
            "the tenant has none of the tables of Defender for Office 365",
            "The tenant needs Defender for Office 365 Plan 2 (or Defender XDR). If it has the"
            " licence, open the Defender portal once, which provisions the service, and check that"
            " no restriction hides e-mail data from the application.",
        )
    else:
        yield CheckItem("licence", "ok")
    for table, columns in TABLES.items():
        name = f"table {table}"
        if table not in present:
            yield CheckItem(
                name,
                "warning",
                "the tenant does not have it; answers say that they lack what it would add",
                "Check the licence that brings this table.",
            )
            continue
        missing = [column for column in columns if column not in schema[table]]
        if missing:
            yield CheckItem(
                name,
                "warning",
                f"without the columns {', '.join(missing)}",
                "Nothing to do: Microsoft brings new columns to tenants over time.",
            )
        else:
            yield CheckItem(name, "ok")


def _add_clock(report: _Report, auth: EntraAuth) -> None:
    skew = auth.skew_seconds
    if skew is None:
        return
    way = "ahead of" if skew > 0 else "behind"
    detail = f"{abs(skew):.0f} s {way} Microsoft's"
    if abs(skew) <= MAX_SKEW_SECONDS:
        report.add("clock", "ok", detail)
    else:
        report.add("clock", "failed", detail, "Set this machine's clock with NTP.")


def _add_certificate(report: _Report, config: DefenderConfig, clock: Clock) -> None:
    if not isinstance(config.credential, Certificate):
        return
    from .certificates import load

    certificate = load(config.credential).certificate
    if certificate is None:
        return
    days = (certificate.not_valid_after_utc.timestamp() - clock.now()) / 86_400
    detail = f"valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
    remedy = "Create a new certificate, upload it to the application and configure it here."
    if days <= 0:
        report.add("certificate", "failed", f"expired: {detail}", remedy)
    elif days <= CERTIFICATE_WARNING_DAYS:
        report.add("certificate", "warning", detail, remedy)
    else:
        report.add("certificate", "ok", detail)
