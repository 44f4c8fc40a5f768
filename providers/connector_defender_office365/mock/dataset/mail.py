"""One message with its copies, parts and movements, and the rows that tables hold of it."""

import datetime
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from connector_defender_office365.schema import TABLES

from .clock import at_second
from .parts import Attachment, Link
from .people import Sender

Row = dict[str, object]

BLANK: Final[dict[str, Row]] = {
    str(table): {name: "" if kind == "string" else None for name, kind in columns.items()}
    for table, columns in TABLES.items()
}
"""A row without any value, per table."""


@lru_cache(maxsize=4096)
def uint64(text: str) -> int:
    """The number that report ids carry for a recipient or a URL."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


@dataclass(slots=True, kw_only=True)
class Move:
    """What happened to a copy after delivery, `delay` seconds after the message."""

    delay: int
    columns: Row


@dataclass(slots=True, kw_only=True)
class Copy:
    """One recipient's copy: `columns` holds what differs from recipient to recipient."""

    address: str
    upn: str = ""
    columns: Row = field(default_factory=dict)
    delay: int = 0
    moves: list[Move] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Mail:
    """One message. `second` is the second of the day, `columns` is what all copies share."""

    network_id: str
    second: int
    sender: Sender
    subject: str
    columns: Row
    copies: list[Copy]
    files: list[Attachment] = field(default_factory=list)
    links: list[tuple[Link, str]] = field(default_factory=list)
    link_lead: int = 0

    @property
    def internet_id(self) -> str:
        return str(self.columns["InternetMessageId"])


def domain_of(address: str) -> str:
    return address.rpartition("@")[2] if "@" in address else ""


def event_rows(mail: Mail, day: datetime.date) -> Iterator[Row]:
    """EmailEvents: one row for each copy."""
    sender = mail.sender
    shared: Row = BLANK["EmailEvents"] | {
        "NetworkMessageId": mail.network_id,
        "SenderMailFromAddress": sender.mail_from,
        "SenderFromAddress": sender.address,
        "SenderDisplayName": sender.name,
        "SenderObjectId": sender.object_id,
        "SenderMailFromDomain": domain_of(sender.mail_from),
        "SenderFromDomain": domain_of(sender.address),
        "SenderIPv4": sender.ipv4,
        "SenderIPv6": sender.ipv6,
        "Subject": mail.subject,
        "AttachmentCount": len(mail.files),
        "UrlCount": len(mail.links),
    }
    shared |= mail.columns
    for number, copy in enumerate(mail.copies, start=1):
        yield (
            shared
            | copy.columns
            | {
                "Timestamp": at_second(day, mail.second + copy.delay),
                "RecipientEmailAddress": copy.address,
                "RecipientDomain": domain_of(copy.address),
                "ReportId": f"{mail.network_id}-{uint64(copy.address.lower())}-{number}",
            }
        )


def attachment_rows(mail: Mail, day: datetime.date) -> Iterator[Row]:
    """EmailAttachmentInfo: one row for each copy and file."""
    for copy in mail.copies if mail.files else ():
        for number, file in enumerate(mail.files, start=1):
            report = f"{mail.network_id}-{uint64(copy.address.lower())}-{file.sha256}-{number}"
            row = BLANK["EmailAttachmentInfo"] | {
                "Timestamp": at_second(day, mail.second + copy.delay),
                "NetworkMessageId": mail.network_id,
                "SenderFromAddress": mail.sender.address,
                "SenderDisplayName": mail.sender.name,
                "SenderObjectId": mail.sender.object_id,
                "RecipientEmailAddress": copy.address,
                "RecipientObjectId": copy.columns.get("RecipientObjectId", ""),
                "FileName": file.name,
                "FileType": file.kind,
                "FileExtension": file.extension,
                "SHA256": file.sha256,
                "FileSize": file.size if file.kind else None,
                "ReportId": report,
            }
            if file.infected:
                row["ThreatTypes"] = "Malware"
                row["ThreatNames"] = mail.columns.get("ThreatNames", "")
                row["DetectionMethods"] = json.dumps({"Malware": ["File detonation"]})
            yield row


def url_rows(mail: Mail, day: datetime.date) -> Iterator[Row]:
    """EmailUrlInfo: one row for each link; the table knows no recipient."""
    for link, location in mail.links:
        yield BLANK["EmailUrlInfo"] | {
            "Timestamp": at_second(day, mail.second - mail.link_lead),
            "NetworkMessageId": mail.network_id,
            "Url": link.url,
            "UrlDomain": link.host,
            "UrlLocation": location,
            "UrlChainId": link.chain,
            "UrlChainPosition": link.position,
            "ReportId": f"{mail.network_id}-{uint64(link.url)}",
        }


def move_rows(mail: Mail, sent: datetime.date, day: datetime.date) -> Iterator[Row]:
    """EmailPostDeliveryEvents of `day` for a message of the day `sent`.

    A move later than the day's end is told at its last second.
    """
    for copy in mail.copies:
        for move in copy.moves:
            start = mail.second if sent == day else 0
            yield (
                BLANK["EmailPostDeliveryEvents"]
                | {
                    "Timestamp": at_second(day, start + move.delay),
                    "NetworkMessageId": mail.network_id,
                    "InternetMessageId": mail.internet_id,
                    "RecipientEmailAddress": copy.address,
                    "ReportId": f"{mail.network_id}-{uint64(copy.address.lower())}",
                    "SenderFromAddress": mail.sender.address,
                    "EmailDirection": copy.columns.get("EmailDirection", ""),
                }
                | move.columns
            )
