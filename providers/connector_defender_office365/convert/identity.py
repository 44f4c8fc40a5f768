"""What names an event: product, time, and ids that are the same on every read."""

import uuid
from typing import Final

from connector_core.convert import deterministic_uid, timestamp
from connector_core.errors import MappingError

PRODUCT: Final = "Microsoft Defender for Office 365"
NAMESPACE: Final = uuid.UUID("6f0f1f5e-9a43-5f0e-8d57-2f6b3d7f4a11")
"""Namespace of the event ids that this mapping makes (UUID version 5)."""

event_uid = deterministic_uid(NAMESPACE)


def moment(text: str) -> tuple[int, str, str]:
    """Milliseconds UTC, the same moment as RFC 3339 text cut to milliseconds, and the text as
    received.
    """
    found = timestamp(text)
    if found is None:
        raise MappingError("Timestamp is not a time.", column="Timestamp")
    return found[0], found[1], text


def email_event_uid(message: str, recipient: str) -> str:
    """UUIDv5 of the table, NetworkMessageId and RecipientEmailAddress in lower case."""
    return event_uid(f"EmailEvents|{message}|{recipient.lower()}")


def post_delivery_uid(message: str, recipient: str, time: str, *action: str) -> str:
    """UUIDv5 of the table, message, recipient, time to 100 ns, and all that tells two actions of
    one moment apart.
    """
    if "." in time:
        time = time.rstrip("Zz").rstrip("0").rstrip(".") + "Z"
    return event_uid(
        "|".join(("EmailPostDeliveryEvents", message, recipient.lower(), time, *action))
    )


def message_finding_uid(message: str) -> str:
    """UUIDv5 of "message" and NetworkMessageId."""
    return event_uid(f"message|{message}")


def alert_finding_uid(alert: str) -> str:
    """UUIDv5 of "alert" and AlertId."""
    return event_uid(f"alert|{alert}")


def click_finding_uid(report: str) -> str:
    """UUIDv5 of "click" and ReportId."""
    return event_uid(f"click|{report}")
