"""What Abnormal's texts mean: named converters for the mapping tables.

Facts from the Client API 1.4.3 and from published fixtures (2024 to 2026). Every set of words is
open: an unknown one is kept as it is, and never guessed. A converter's docstring is what the
mapping page says of its rows.
"""

from connector_abnormal.convert.addresses import (
    CUT,
    copies,
    mailbox_of,
    recipients,
    replies,
    return_path,
    sender,
    sender_and_from,
    sender_ip,
    sender_ips,
)
from connector_abnormal.convert.attacks import attacks, malware, tags, title, types, verdict
from connector_abnormal.convert.identity import (
    event_uid,
    finding_uid,
    message_ids,
    moment,
    received,
    remediated,
    result_ids,
    result_uid,
)
from connector_abnormal.convert.parts import file_name, files, insights, link, links, result_files

__all__ = [
    "CUT",
    "attacks",
    "copies",
    "event_uid",
    "file_name",
    "files",
    "finding_uid",
    "insights",
    "link",
    "links",
    "mailbox_of",
    "malware",
    "message_ids",
    "moment",
    "received",
    "recipients",
    "remediated",
    "replies",
    "result_files",
    "result_ids",
    "result_uid",
    "return_path",
    "sender",
    "sender_and_from",
    "sender_ip",
    "sender_ips",
    "tags",
    "title",
    "types",
    "verdict",
]
