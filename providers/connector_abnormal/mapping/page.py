"""The mapping page: the tables printed for a security engineer, with what stands outside them."""

from typing import Final

from connector_abnormal.convert.identity import NAMESPACE
from connector_abnormal.mapping.search import SEARCH_RESULT
from connector_abnormal.mapping.threats import ATTACHMENT, LINK, MESSAGE, THREAT
from connector_core.mapping import Table, mapping_page

# fmt: off
TABLES: Final[tuple[tuple[Table, str], ...]] = (
    (THREAT, "A campaign with all its messages is one finding; here what the campaign itself tells."),
    (MESSAGE, "One message of a threat. What stands under `evidences` is its evidence; the rest joins the finding. What has no attribute stands in `unmapped.messages[]`, an entry for each message."),
    (ATTACHMENT, "An attachment of a message; read for a single finding alone."),
    (LINK, "A link in a message; read for a single finding alone."),
    (SEARCH_RESULT, "One copy of a mail, in a mailbox or in the quarantine. The fields `quarantine_...` are those of `quarantine_info`; `searched_source` is the source that was asked."),
)

LEGEND: Final = """\
# Abnormal Security to OCSF 1.8.0

Made from the mapping tables by `scripts/generate_docs.py`; do not edit. `email-security mapping` prints the same.

How to read the tables:

- **Column** is a field of the vendor's JSON object. Fields in code type are at home in that row and nowhere else, so none can be forgotten; fields in parentheses are read there and are at home in another row.
- **Kind**: *static* is the same for every row; *direct* takes the field as it is; *enum* looks a word up; *computed* needs several fields or a rule; *unmapped* keeps the field under `unmapped` by its own name.
- **Decisions** (severity, disposition and the like) stand below their table. They are read from the top, and the first line that holds decides; an empty cell takes anything; words compare without case. An id always comes with its caption; 99 carries the vendor's own word.
- Null, `""`, `[]` and `{}` mean "no value": the attribute is left out. A value of an unforeseen type, and a field that nobody knows, stand under `unmapped` by their own name.
- Attributes named in one row come from the same fields. Captions (`severity` beside `severity_id`) are listed with their ids.
"""

IDENTITY: Final = (
    ("finding", "threat|<threatId>", "threat|2f1c0000-0000-4000-8000-000000000001", "threatId, which is `finding_info.uid` too"),
    ("mail", "search|<searched_source>|<the first of abnormal_message_uuid, abnormal_message_id, raw_message_id; or else internet_message_id, a bar and received_time>|<mailbox_name in lower case>", "search|abnormal|7c3e0000-0000-4000-8000-000000000001|mira@example.com", "the first of abnormal_message_uuid, abnormal_message_id, raw_message_id"),
)

OUTSIDE: Final = (
    ("every event",   "`observables`", "Addresses, links, names and hashes of the event, each with its path."),
    ("every finding", "`time`, `end_time`, `finding_info.last_seen_time`", "The latest receivedTime of its messages; its text is `metadata.original_time`."),
    ("every finding", "`start_time`, `finding_info.first_seen_time`", "The earliest."),
    ("every finding", "`severity_id`", "The worst of its messages."),
    ("every finding", "`is_alert`", "True when it is for any message."),
    ("every finding", "`disposition_id`, `action_id`", "Of the message that fared worst: what reached its reader before what was stopped."),
    ("every finding", "`status_id`, `status_detail`", "Of the message that is least far: New, In Progress, another word, Unknown, Resolved."),
    ("every finding", "`finding_info.title`, `finding_info.src_url`", "Of the earliest message (that has one)."),
    ("every finding", "`finding_info.types`, `.tags`, `.desc`, `attacks`, `malware`", "Of all messages, each word once."),
    ("every finding", "`finding_info.modified_time`", "The latest remediationTimestamp."),
    ("every finding", "`finding_info.related_events_count`", "How many messages it holds."),
    ("every finding", "`evidences`", "One for each message, the earliest first."),
    ("every finding", "`resources`", "The mailboxes that got a copy, role 1 Target."),
    ("every finding", "`unmapped.messages`", "For each message its id, and what its evidence has no place for."),
    ("one finding",   "`unmapped.attachments`, `unmapped.links`", "What the companion reads tell beside names and links; `finding_info.data_sources` names them."),
)

CHOICES: Final = (
    ("A mail is Receive (2)", "The search lists mail that is in mailboxes or was kept from them. (Defender's deliveries are Scan (3): its rows report what a filter did.)"),
    ("A campaign is one finding", "The product judges campaigns; its messages are the evidence."),
    ("A finding's time is its last message's", "A campaign goes on; a poller that reads by time meets it again when it does."),
    ("Severity and techniques are derived", "The product tells neither. `metadata.labels` marks them. A type of attack that nobody knows leaves severity to the judgement, by the same rules for a threat as for a mail; a judgement that nobody knows is Medium and an alert."),
    ("Remediated is 3 Quarantined", "Remediation takes the message out of its reader's reach; the vendor's word stands in `status_detail`."),
    ("Not remediated is 1 Allowed", "The message is in the mailbox, as a delivered one of any other product."),
    ("Remediation attempted is action 0 Unknown", "An attempt may have changed nothing; a status of any other wording is 99 with that wording."),
    ("A mail in a folder of another name is 0 Unknown", "Names of folders are the user's own and in any language; guessing would mislead. What is deleted was delivered once; whether the product or the reader deleted it is not told."),
    ("A release status of another wording is 99 with that wording", "It may say that the mail is out, or that it is not."),
    ("The time of a quarantine stands under `unmapped` alone", "`metadata.processed_time` is when a pipeline processed the event."),
    ("An address that OCSF refuses is found all the same", "It stands as a mailbox, as it was written, and bare under `unmapped`, where the filter of its role looks too."),
    ("Junked mail is 99 \"Junked\", not Quarantined", "Its reader can still open it."),
    ("Direction is 0 Unknown, and cannot be filtered", "The product does not tell it."),
    ("The judgement is `metadata.event_code`", "Email Activity has no verdict; severity and `is_alert` are derived from it."),
    ("`email.to` holds the mailbox of a copy too", "The list of recipients may be cut at 255 characters."),
)
# fmt: on


def markdown() -> str:
    """The page, as `mapping_page` puts it together."""
    return mapping_page(
        LEGEND,
        TABLES,
        namespace=NAMESPACE,
        identity=IDENTITY,
        choices=CHOICES,
        outside=OUTSIDE,
        source="Event",
    )
