"""How Defender's tables become OCSF: data only, one file for each thing reported.

Settled attribute by attribute; MAPPING.md is these tables, printed.
"""

from typing import Final

from connector_core.mapping import Table, to_markdown
from connector_defender_office365.mapping.alerts import ALERT_EVIDENCE, ALERT_INFO
from connector_defender_office365.mapping.clicks import URL_CLICK_EVENTS
from connector_defender_office365.mapping.email_events import EMAIL_EVENTS
from connector_defender_office365.mapping.messages import MESSAGES
from connector_defender_office365.mapping.parts import EMAIL_ATTACHMENT_INFO, EMAIL_URL_INFO
from connector_defender_office365.mapping.post_delivery import EMAIL_POST_DELIVERY_EVENTS

ALL: Final[tuple[Table, ...]] = (
    EMAIL_EVENTS,
    EMAIL_ATTACHMENT_INFO,
    EMAIL_URL_INFO,
    EMAIL_POST_DELIVERY_EVENTS,
    MESSAGES,
    URL_CLICK_EVENTS,
    ALERT_INFO,
    *ALERT_EVIDENCE.values(),
)


def markdown() -> str:
    """MAPPING.md: every table, in the order of `ALL`."""
    head = (
        "# Microsoft Defender for Office 365 to OCSF 1.8.0\n\n"
        "Made from the mapping tables; `email-security mapping` prints the same. Attributes in"
        " one row come from the same columns; columns in parentheses are read there and are at"
        " home in another row. Empty values are left out. Every event also gets"
        " `metadata.tenant_uid` and `observables`.\n"
    )
    return "\n".join([head, *(to_markdown(table) for table in ALL)])


__all__ = [
    "ALERT_EVIDENCE",
    "ALERT_INFO",
    "ALL",
    "EMAIL_ATTACHMENT_INFO",
    "EMAIL_EVENTS",
    "EMAIL_POST_DELIVERY_EVENTS",
    "EMAIL_URL_INFO",
    "MESSAGES",
    "URL_CLICK_EVENTS",
    "markdown",
]
