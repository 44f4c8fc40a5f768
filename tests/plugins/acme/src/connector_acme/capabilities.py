"""What the provider declares: filters, limits and the shape of its answers."""

from typing import Final

from connector_core.filter.fields import EQUALITY, FilterField, Mode, ValueType
from connector_core.mapping import Table
from connector_core.mapping.leaves import leaves
from connector_core.mapping.rows import attributes_of
from connector_core.ocsf.enums import Captioned, DetectionStatus, Direction, Disposition, Severity
from connector_core.provider import Capabilities, OperationCapabilities

from .mapping import DETECTIONS, MESSAGES

TEXT, ENUM, INTEGER = ValueType.TEXT, ValueType.ENUM, ValueType.INTEGER
DAYS: Final = 90
"""Acme keeps messages and detections for so long."""
PAGE: Final = 200
"""Records of one answer at most."""

FILE: Final = {"email.files": "hashes name size type type_id"}
"""What an attachment's object holds."""


def _enum(name: str, kind: type[Captioned], mode: Mode = "local") -> FilterField:
    values = tuple(item.caption for item in kind if int(item) != 99)
    return FilterField(name=name, type=ENUM, values=values, open=True, mode=mode)


def _mail(under: str = "") -> tuple[FilterField, ...]:
    """Filters on the message, which a finding holds `under` its evidence."""

    def field(name: str, type: ValueType, mode: Mode = "local") -> FilterField:
        return FilterField(name=name, type=type, paths=(f"{under}{name}",), mode=mode)

    return (
        field("email.from", TEXT, "pushed"),
        field("email.to", TEXT, "pushed"),
        field("email.subject", TEXT, "pushed"),
        field("email.message_uid", ValueType.MESSAGE_ID),
        field("email.urls.url_string", TEXT),
        field("email.files.name", TEXT),
        field("src_endpoint.ip", ValueType.IP),
    )


EVENT_FILTERS: Final = (
    FilterField(name="time", type=ValueType.TIME),
    _enum("severity", Severity, "pushed"),
    FilterField(name="severity_id", type=INTEGER, mode="local"),
    _enum("direction", Direction),
    _enum("disposition", Disposition),
    FilterField(name="message_trace_uid", type=TEXT, operators=EQUALITY, mode="local"),
    *_mail(),
)
THREAT_FILTERS: Final = (
    FilterField(name="time", type=ValueType.TIME),
    FilterField(name="finding_info.types", type=TEXT, description="Acme's verdict."),
    FilterField(name="finding_info.uid", type=TEXT, operators=EQUALITY, mode="local"),
    _enum("severity", Severity),
    FilterField(name="severity_id", type=INTEGER, mode="local"),
    _enum("status", DetectionStatus),
    *_mail("evidences."),
)


def _listing(filters: tuple[FilterField, ...], table: Table) -> OperationCapabilities:
    paths = {path for row in table.rows for path in attributes_of(row)}
    mapped = {path for path in paths if not path.startswith("unmapped.")}
    return OperationCapabilities(
        filters=filters,
        default_range_days=7,
        max_range_days=DAYS,
        visibility="all_mail" if table is MESSAGES else "threat_mail_only",
        threat_granularity=() if table is MESSAGES else ("message",),
        lateness_minutes=5,
        response_fields=leaves(mapped | {"metadata.tenant_uid", "observables", "unmapped"}, FILE),
    )


CAPABILITIES: Final = Capabilities(
    operations={
        "query_events": _listing(EVENT_FILTERS, MESSAGES),
        "query_threats": _listing(THREAT_FILTERS, DETECTIONS),
        "get_threat": _listing((), DETECTIONS),
    },
    rate_budget="10 requests a second for each account.",
    concurrency=4,
)
