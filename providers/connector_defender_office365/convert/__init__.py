"""What Defender's texts mean: named converters for the mapping tables.

Facts from Microsoft's advanced hunting table pages (August 2026) and from rows seen in live
tenants. Every set of values is open: an unknown one becomes 99 with the vendor's word, or stays in
`unmapped`; it is never guessed. A converter's docstring is what MAPPING.md says of its rows.
"""

from connector_defender_office365.convert.addresses import (
    click_ip,
    envelope_recipient,
    envelope_sender,
    header_cc,
    header_to,
    only_recipient,
    only_sender,
    sender,
    sender_ip,
)
from connector_defender_office365.convert.alerts import (
    alert_analytic,
    alert_page,
    attacks,
    is_defender_for_office,
    portal,
    product,
)
from connector_defender_office365.convert.identity import (
    PRODUCT,
    alert_finding_uid,
    click_finding_uid,
    email_event_uid,
    message_finding_uid,
    moment,
    post_delivery_uid,
)
from connector_defender_office365.convert.methods import (
    Methods,
    analytics,
    analytics_of,
    methods_and_analytics,
    methods_by_threat,
    methods_message,
    methods_text,
)
from connector_defender_office365.convert.parts import (
    click_message,
    clicked_message,
    clicked_url,
    clicking_user,
    file_extension,
    file_kind,
    file_name,
    fingerprint,
    link,
    resource,
    sha256,
)
from connector_defender_office365.convert.policies import authorizations, email_auth, policy
from connector_defender_office365.convert.verdicts import (
    confidence,
    is_malware,
    malware,
    message_title,
    types,
    words,
)

__all__ = [
    "PRODUCT",
    "Methods",
    "alert_analytic",
    "alert_finding_uid",
    "alert_page",
    "analytics",
    "analytics_of",
    "attacks",
    "authorizations",
    "click_finding_uid",
    "click_ip",
    "click_message",
    "clicked_message",
    "clicked_url",
    "clicking_user",
    "confidence",
    "email_auth",
    "email_event_uid",
    "envelope_recipient",
    "envelope_sender",
    "file_extension",
    "file_kind",
    "file_name",
    "fingerprint",
    "header_cc",
    "header_to",
    "is_defender_for_office",
    "is_malware",
    "link",
    "malware",
    "message_finding_uid",
    "message_title",
    "methods_and_analytics",
    "methods_by_threat",
    "methods_message",
    "methods_text",
    "moment",
    "only_recipient",
    "only_sender",
    "policy",
    "portal",
    "post_delivery_uid",
    "product",
    "resource",
    "sender",
    "sender_ip",
    "sha256",
    "types",
    "words",
]
