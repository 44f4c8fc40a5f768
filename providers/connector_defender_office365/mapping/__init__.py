"""How Defender's tables become OCSF: data only, one file for each thing reported.

Settled attribute by attribute; MAPPING.md is these tables, printed.
"""

from typing import Final

from connector_core.mapping import Table
from connector_defender_office365.mapping.alerts import (
    ALERT_EVIDENCE,
    ALERT_INFO,
    REPEATED_BY_EVIDENCE,
)
from connector_defender_office365.mapping.clicks import URL_CLICK_EVENTS
from connector_defender_office365.mapping.email_events import EMAIL_EVENTS
from connector_defender_office365.mapping.messages import MESSAGES
from connector_defender_office365.mapping.page import TABLES, markdown
from connector_defender_office365.mapping.parts import (
    EMAIL_ATTACHMENT_INFO,
    EMAIL_URL_INFO,
    REPEATED_BY_FILE,
    REPEATED_BY_LINK,
)
from connector_defender_office365.mapping.post_delivery import EMAIL_POST_DELIVERY_EVENTS

ALL: Final[tuple[Table, ...]] = tuple(table for table, _ in TABLES)
"""Every table, in the order of MAPPING.md."""

__all__ = [
    "ALERT_EVIDENCE",
    "ALERT_INFO",
    "ALL",
    "EMAIL_ATTACHMENT_INFO",
    "EMAIL_EVENTS",
    "EMAIL_POST_DELIVERY_EVENTS",
    "EMAIL_URL_INFO",
    "MESSAGES",
    "REPEATED_BY_EVIDENCE",
    "REPEATED_BY_FILE",
    "REPEATED_BY_LINK",
    "URL_CLICK_EVENTS",
    "markdown",
]
