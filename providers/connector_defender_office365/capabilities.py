"""What the Defender provider declares: filters, limits and the shape of its answers."""

from collections.abc import Iterable
from typing import Final

from connector_core.mapping import Table
from connector_core.mapping.leaves import leaves
from connector_core.mapping.rows import attributes_of
from connector_core.provider import Capabilities, OperationCapabilities
from connector_defender_office365.filters import EVENT_FIELDS, THREAT_FIELDS
from connector_defender_office365.mapping import (
    ALERT_EVIDENCE,
    ALERT_INFO,
    EMAIL_ATTACHMENT_INFO,
    EMAIL_EVENTS,
    EMAIL_POST_DELIVERY_EVENTS,
    EMAIL_URL_INFO,
    MESSAGES,
    URL_CLICK_EVENTS,
)

LATENESS_MINUTES: Final = 25
"""Mail and clicks were seen to be published within 25 to 1,251 s; alerts can take hours."""

_ENDPOINT: Final = "ip location.city location.country location.lat location.long"
# fmt: off
SHAPES: Final = {
    "authorizations":                 "decision policy",
    "authorizations.policy":          "is_applied name type",
    "policy":                         "desc is_applied name uid",
    "malware":                        "classification_ids classifications name provider",
    "finding_info.product":           "name vendor_name",
    "finding_info.related_analytics": "name type type_id",
    "finding_info.related_events":    "type_name type_uid uid",
    "resources":                      "name role role_id type uid",
    "evidences.email":                "from from_mailbox message_uid subject to to_mailboxes urls",
    "evidences.url":                  "hostname path port query_string scheme url_string"
                                      " categories category_ids",
    "evidences.user":                 "domain email_addr full_name name uid uid_alt",
    "evidences.device":               "hostname type type_id uid",
    "evidences.process":              "cmd_line name path pid",
    "evidences.file":                 "ext hashes name parent_folder path size type type_id",
    "evidences.src_endpoint":         _ENDPOINT,
    "evidences.dst_endpoint":         _ENDPOINT,
}
# fmt: on
"""What the objects hold that a column makes whole."""


def _paths(*tables: Table, under: str = "") -> set[str]:
    return {
        f"{under}{attribute}"
        for table in tables
        for row in table.rows
        for attribute in attributes_of(row)
        if not attribute.startswith("unmapped.")
    }


def _fields(*groups: Iterable[str]) -> tuple[str, ...]:
    """Response fields of all groups, sorted."""
    always = {"metadata.tenant_uid", "observables", "unmapped"}
    return leaves(always.union(*groups), SHAPES)


EVENT_ATTRIBUTES: Final = _fields(
    _paths(EMAIL_EVENTS, EMAIL_POST_DELIVERY_EVENTS),
    _paths(EMAIL_ATTACHMENT_INFO, under="email.files."),
    _paths(EMAIL_ATTACHMENT_INFO, under="malware.files."),
    _paths(EMAIL_URL_INFO, under="email.urls."),
)
THREAT_ATTRIBUTES: Final = _fields(
    _paths(MESSAGES, URL_CLICK_EVENTS, ALERT_INFO),
    _paths(EMAIL_ATTACHMENT_INFO, under="evidences.file."),
    _paths(EMAIL_ATTACHMENT_INFO, under="malware.files."),
    _paths(EMAIL_URL_INFO, under="evidences.url."),
    _paths(*ALERT_EVIDENCE.values(), under="evidences."),
    {
        "start_time",
        "start_time_dt",
        "end_time",
        "end_time_dt",
        "resources",
        "finding_info.created_time",
        "finding_info.created_time_dt",
        "finding_info.src_url",
        "finding_info.related_events",
        "metadata.correlation_uid",
    },
)

CAPABILITIES: Final = Capabilities(
    operations={
        "query_events": OperationCapabilities(
            filters=EVENT_FIELDS,
            orders=("newest_first", "oldest_first"),
            lateness_minutes=LATENESS_MINUTES,
            response_fields=EVENT_ATTRIBUTES,
        ),
        "query_threats": OperationCapabilities(
            filters=THREAT_FIELDS,
            orders=("newest_first", "oldest_first"),
            threat_granularity=("message", "alert", "click"),
            visibility="threat_mail_only",
            lateness_minutes=LATENESS_MINUTES,
            response_fields=THREAT_ATTRIBUTES,
        ),
        "get_threat": OperationCapabilities(
            threat_granularity=("message", "alert", "click"),
            detail_level="same",
            visibility="threat_mail_only",
            response_fields=THREAT_ATTRIBUTES,
        ),
    },
    rate_budget="Graph: at least 45 calls a minute per tenant, 3 minutes, 50 MB and 100,000 rows"
    " per call; processor time per tenant, renewed every 15 minutes.",
)
