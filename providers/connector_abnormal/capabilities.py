"""What the Abnormal provider declares: filters, limits and the shape of its answers."""

from collections.abc import Iterable
from typing import Final

from connector_abnormal.filters import EVENT_FIELDS, THREAT_FIELDS
from connector_abnormal.mapping import ATTACHMENT, LINK, MESSAGE, SEARCH_RESULT, THREAT
from connector_core.mapping import Table
from connector_core.mapping.leaves import leaves
from connector_core.mapping.rows import attributes_of
from connector_core.provider import Capabilities, OperationCapabilities

THREAT_LATENESS_MINUTES: Final = 24 * 60
"""Campaigns are detected up to hours after their mail came; nothing is published."""
MAIL_LATENESS_MINUTES: Final = 15
RANGE_DAYS: Final = 3_650
"""How far back the vendor remembers is not published: a range that long is never cut here."""
CONCURRENCY: Final = 2
"""429 means too many requests at once for one kind of object; the number is not published."""

SHAPES: Final = {
    "attacks": "sub_technique.name sub_technique.uid technique.name technique.uid",
    "malware": "classification_ids classifications name",
    "finding_info.tags": "name values",
    "resources": "name role role_id type",
}
"""What the objects hold that a field makes whole."""


def _paths(*tables: Table, under: str = "") -> set[str]:
    return {
        f"{under}{attribute}"
        for table in tables
        for row in table.rows
        for attribute in attributes_of(row)
        if not attribute.startswith("unmapped.")
    }


def _fields(*groups: Iterable[str]) -> tuple[str, ...]:
    return leaves({"observables", "unmapped"}.union(*groups), SHAPES)


_FILES: Final = {f"email.files.{name}" for name in ("name", "type_id", "type", "ext", "hashes")}
_URLS: Final = _paths(LINK, under="email.urls.")
EVENT_ATTRIBUTES: Final = _fields(_paths(SEARCH_RESULT), _FILES, _URLS)
THREAT_ATTRIBUTES: Final = _fields(
    _paths(THREAT, MESSAGE),
    _paths(ATTACHMENT, under="evidences.email.files."),
    _paths(LINK, under="evidences.email.urls."),
    {
        f"{name}{twin}"
        for name in (
            "start_time",
            "end_time",
            "finding_info.first_seen_time",
            "finding_info.last_seen_time",
        )
        for twin in ("", "_dt")
    },
    {"metadata.original_time", "finding_info.related_events_count", "resources"},
)

CAPABILITIES: Final = Capabilities(
    operations={
        "query_threats": OperationCapabilities(
            filters=THREAT_FIELDS,
            max_range_days=RANGE_DAYS,
            page_limit_default=500,
            page_limit_max=500,
            orders=("as_listed",),
            visibility="threat_mail_only",
            detail_level="richer",
            threat_granularity=("campaign",),
            lateness_minutes=THREAT_LATENESS_MINUTES,
            response_fields=THREAT_ATTRIBUTES,
        ),
        "get_threat": OperationCapabilities(
            visibility="threat_mail_only",
            detail_level="richer",
            threat_granularity=("campaign",),
            response_fields=THREAT_ATTRIBUTES,
        ),
        "query_events": OperationCapabilities(
            filters=EVENT_FIELDS,
            max_range_days=RANGE_DAYS,
            page_limit_default=1_000,
            page_limit_max=5_000,
            orders=("as_listed",),
            lateness_minutes=MAIL_LATENESS_MINUTES,
            response_fields=EVENT_ATTRIBUTES,
        ),
    },
    rate_budget="Abnormal counts requests under way at once, for each kind of object, and publishes"
    " no number; two at a time are sent. Every threat of a list costs a request of its own.",
    concurrency=CONCURRENCY,
)
