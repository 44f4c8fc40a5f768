"""The filter fields that providers have in common, whatever their vendor calls them.

A provider offers those that its vendor's records can answer. Where it offers one, the name means
the same everywhere; where it does not, the field is refused.
"""

from typing import Final

COMMON: Final = (
    "time",
    "severity",
    "severity_id",
    "disposition",
    "disposition_id",
    "action",
    "action_id",
    "direction",
    "direction_id",
    "status",
    "status_id",
    "confidence",
    "confidence_id",
    "is_alert",
    "message",
    "message_trace_uid",
    "activity_name",
    "from",
    "to",
    "src_endpoint.ip",
    "email.from",
    "email.to",
    "email.cc",
    "email.subject",
    "email.message_uid",
    "email.size",
    "email.urls.url_string",
    "email.urls.hostname",
    "email.files.name",
    "email.files.hashes.value",
    "malware.name",
    "policy.name",
    "metadata.uid",
    "metadata.log_name",
    "metadata.product.name",
    "finding_info.uid",
    "finding_info.title",
    "finding_info.types",
    "finding_info.analytic.name",
    "attacks.technique.uid",
    "resources.name",
    "user.name",
    "user.email_addr",
)
