"""MAPPING.md: the tables printed for a security engineer, with what stands outside them."""

from typing import Final

from connector_core.mapping import Table, mapping_page
from connector_defender_office365.mapping.alerts import ALERT_EVIDENCE, ALERT_INFO
from connector_defender_office365.mapping.clicks import URL_CLICK_EVENTS
from connector_defender_office365.mapping.email_events import EMAIL_EVENTS
from connector_defender_office365.mapping.messages import MESSAGES
from connector_defender_office365.mapping.parts import EMAIL_ATTACHMENT_INFO, EMAIL_URL_INFO
from connector_defender_office365.mapping.post_delivery import EMAIL_POST_DELIVERY_EVENTS

# fmt: off
TABLES: Final[tuple[tuple[Table, str], ...]] = (
    (EMAIL_EVENTS, "One copy of a message, for one recipient, as the filters left it when it arrived."),
    (EMAIL_ATTACHMENT_INFO, "An element of `email.files` in an event, an evidence in a finding."),
    (EMAIL_URL_INFO, "An element of `email.urls` in the event of every recipient, an evidence in a finding."),
    (EMAIL_POST_DELIVERY_EVENTS, "One action on a copy after its delivery: zero-hour purge, remediation, release."),
    (MESSAGES, "A message with a verdict, all its copies in one finding; the copy that fared worst leads."),
    (URL_CLICK_EVENTS, "A click that was blocked or met a verdict; the rows of one click are one finding."),
    (ALERT_INFO, "An alert of Defender for Office 365, or of another service that points at a message."),
    *((table, "One piece of an alert's evidence.") for table in ALERT_EVIDENCE.values()),
)

LEGEND: Final = """\
# Microsoft Defender for Office 365 to OCSF 1.8.0

Made from the mapping tables by `scripts/generate_docs.py`; do not edit. `email-security mapping` prints the same.

How to read the tables:

- **Column**: columns in code type are at home in that row and nowhere else, so none can be forgotten; columns in parentheses are read there and are at home in another row.
- **Kind**: *static* is the same for every row; *direct* takes the column as it is; *enum* looks a word up; *computed* needs several columns or a rule; *unmapped* keeps the column under `unmapped` by its own name.
- **Rules** are tried from the top and the first that holds decides; words compare without case. An id always comes with its caption; 99 carries the vendor's own word.
- Null, `""`, `[]` and `{}` mean "no value": the attribute is left out.
- Attributes named in one row come from the same columns. Captions (`severity` beside `severity_id`) are listed with their ids.
"""

IDENTITY: Final = (
    ("EmailEvents",             "EmailEvents, NetworkMessageId, RecipientEmailAddress in small letters", "ReportId"),
    ("EmailPostDeliveryEvents", "EmailPostDeliveryEvents, NetworkMessageId, RecipientEmailAddress in small letters, Timestamp, ActionType, Action, ActionTrigger, ActionResult, DeliveryLocation, ReportId", "ReportId"),
    ("message finding",         "message, NetworkMessageId", "none; `finding_info.uid` is NetworkMessageId"),
    ("click finding",           "click, ReportId", "ReportId"),
    ("alert finding",           "alert, AlertId", "AlertId"),
)

OUTSIDE: Final = (
    ("every event",     "`metadata.tenant_uid`", "The tenant's id."),
    ("every event",     "`observables`", "Addresses, links, names and hashes of the event, each with its path."),
    ("every finding",   "`finding_info.created_time`", "The finding's `time`: its first row's."),
    ("message finding", "`start_time`, `end_time`", "The first and last Timestamp of the copies with a verdict."),
    ("message finding", "`is_alert`, `finding_info.types`, title", "Over all copies: true when any is phishing or malware; every word once."),
    ("message finding", "`evidences[0].email.to`", "The header's recipients, and every mailbox that got a copy."),
    ("message finding", "`resources`", "The mailboxes, role 1 Target."),
    ("message finding", "`finding_info.related_events`", "The `metadata.uid` of each copy's Email Activity."),
    ("message finding", "`unmapped.EmailEvents`", "For each copy its delivery, and what differs from the copy that leads."),
    ("click finding",   "`evidences`, `resources`", "Of every row of the click; `unmapped.UrlClickEvents` tells the rows apart."),
    ("alert finding",   "`start_time`, `end_time`", "The least StartTimeUtc and the greatest EndTimeUtc of its evidence; the year 1 is none."),
    ("alert finding",   "`finding_info.types`", "Category, then the Categories of its evidence."),
    ("alert finding",   "`finding_info.src_url`", "The alert's page in the portal of the region."),
    ("alert finding",   "`resources`", "Impacted mailboxes and users, role 3 Affected."),
    ("alert finding",   "`finding_info.related_events`", "Each NetworkMessageId in its evidence."),
    ("alert finding",   "`unmapped.AlertEvidence`", "What a piece of evidence has no place for."),
)

CHOICES: Final = (
    ("A delivery is a Scan (3)", "The row reports what the filters found. Direction has its own attribute, so Send and Receive would say it twice."),
    ("An action after delivery is 99 with its ActionType", "Email Activity has no word for it; a purge is not another scan."),
    ("Severity of mail follows verdict and place", "The tables have none. Stopped is Low, junked Medium, delivered phishing or malware High; a threat word that nobody knows is Medium where it was not stopped."),
    ("Junked mail is 99 \"Junked\", not Quarantined", "Its reader can still open it; counting it as quarantined would mislead."),
    ("A later move does not rewrite a delivery", "DeliveryAction is the fact at `time`; the move is an event of its own, and LatestDelivery* stand under `unmapped`."),
    ("NetworkMessageId is `message_trace_uid`, not `email.uid`", "`email.uid` is the thread's id."),
    ("Overrides are `authorizations`", "A decision and the policy behind it, by organization or by user."),
    ("Messages, clicks and alerts are findings side by side", "An alert may tell of a message that has a finding of its own: `metadata.correlation_uid` joins them."),
    ("An id of a user stays under `unmapped` in an Email Activity", "Its only place there would make the sender an actor."),
    ("`attacks` come from alerts alone", "Mail rows name no technique; guessing one would not be the source's word."),
    ("The vendor's word \"Other\" is written \"other\"", "OCSF keeps \"Other\" for a word that is missing."),
)
# fmt: on


def markdown() -> str:
    """MAPPING.md, as `mapping_page` puts it together."""
    return mapping_page(LEGEND, TABLES, identity=IDENTITY, choices=CHOICES, outside=OUTSIDE)
