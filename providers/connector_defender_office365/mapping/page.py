"""MAPPING.md: the tables printed for a security engineer, with what stands outside them."""

from typing import Final

from connector_core.mapping import Table, mapping_page
from connector_defender_office365.convert.identity import NAMESPACE
from connector_defender_office365.mapping.alerts import ALERT_EVIDENCE, ALERT_INFO
from connector_defender_office365.mapping.clicks import URL_CLICK_EVENTS
from connector_defender_office365.mapping.email_events import EMAIL_EVENTS
from connector_defender_office365.mapping.messages import MESSAGES
from connector_defender_office365.mapping.parts import EMAIL_ATTACHMENT_INFO, EMAIL_URL_INFO
from connector_defender_office365.mapping.post_delivery import EMAIL_POST_DELIVERY_EVENTS

# fmt: off
_LEFT: Final = "What its columns say beyond the attributes stands in `unmapped.{0}[]`, an entry for each {1}."
_EVIDENCE: Final = "One piece of an alert's evidence. " + _LEFT.format("AlertEvidence", "piece that leaves any") + " `evidence` in it is the position in `evidences`, counted from 0."
_DATA: Final = "A piece of evidence of any other kind. OCSF has no object for it: the columns below stand in `evidences[].data` instead of `unmapped`. So do those of a known kind that names nothing."

TABLES: Final[tuple[tuple[Table, str], ...]] = (
    (EMAIL_EVENTS, "One copy of a message, for one recipient, as the filters left it when it arrived."),
    (EMAIL_ATTACHMENT_INFO, "An element of `email.files` in an event, an evidence in a finding. " + _LEFT.format("EmailAttachmentInfo", "file") + " `SHA256`, or else `FileName`, tells which file."),
    (EMAIL_URL_INFO, "An element of `email.urls` in the event of every recipient, an evidence in a finding. " + _LEFT.format("EmailUrlInfo", "link") + " `Url` tells which link."),
    (EMAIL_POST_DELIVERY_EVENTS, "One action on a copy after its delivery: zero-hour purge, remediation, release."),
    (MESSAGES, "A message with a verdict, all its copies in one finding. The table says what is made of the copy that fared worst; what the others add stands under *Made outside the tables*. Attributes under `evidences` are those of its first evidence."),
    (URL_CLICK_EVENTS, "A click that was blocked or met a verdict; the rows of one click are one finding."),
    (ALERT_INFO, "An alert of Defender for Office 365, or of another service that points at a message."),
    *((table, _EVIDENCE if entity else _DATA) for entity, table in ALERT_EVIDENCE.items()),
)

LEGEND: Final = """\
# Microsoft Defender for Office 365 to OCSF 1.8.0

Made from the mapping tables by `scripts/generate_docs.py`; do not edit. `email-security mapping` prints the same.

| What Microsoft reports | Rows of | OCSF class |
| --- | --- | --- |
| a message arrives, for one recipient | EmailEvents, with EmailAttachmentInfo and EmailUrlInfo | Email Activity (4009), activity 3 Scan |
| something is done to a copy later | EmailPostDeliveryEvents | Email Activity (4009), activity 99 with the ActionType |
| a message has a verdict for any recipient | EmailEvents of all recipients, with EmailAttachmentInfo and EmailUrlInfo | Detection Finding (2004) |
| somebody clicks on a link that is blocked or judged | UrlClickEvents of one ReportId | Detection Finding (2004) |
| an alert is raised | AlertInfo and AlertEvidence of one AlertId | Detection Finding (2004) |

How to read the tables:

- **Column**: columns in code type are at home in that row and nowhere else, so none can be forgotten; columns in parentheses are read there and are at home in another row.
- **Kind**: *static* is the same for every row; *direct* takes the column as it is; *enum* looks a word up; *computed* needs several columns or a rule; *unmapped* keeps the column under `unmapped` by its own name.
- **Decisions** (severity, disposition and the like) stand below their table. They are read from the top, and the first line that holds decides; an empty cell takes anything; words compare without case. An id always comes with its caption; 99 carries the vendor's own word.
- Null, `""`, `[]` and `{}` mean "no value": the attribute is left out.
- Attributes named in one row come from the same columns. Captions (`severity` beside `severity_id`) are listed with their ids.
"""

_MESSAGE: Final = "a1b2c3d4-0000-4000-8000-000000000001"

IDENTITY: Final = (
    ("EmailEvents",             "EmailEvents|<NetworkMessageId>|<RecipientEmailAddress in lower case>", f"EmailEvents|{_MESSAGE}|mira@example.com", "ReportId"),
    ("EmailPostDeliveryEvents", "EmailPostDeliveryEvents|<NetworkMessageId>|<RecipientEmailAddress in lower case>|<Timestamp, without zeros at the end of its fraction>|<ActionType>|<Action>|<ActionTrigger>|<ActionResult>|<DeliveryLocation>|<ReportId>", f"EmailPostDeliveryEvents|{_MESSAGE}|mira@example.com|2026-03-02T09:20:30.5Z|Phish ZAP|Moved to quarantine|SpecialAction|Success|Quarantine|r-1", "ReportId"),
    ("message finding",         "message|<NetworkMessageId>", f"message|{_MESSAGE}", "none; `finding_info.uid` is NetworkMessageId"),
    ("click finding",           "click|<ReportId>", "click|c-1", "ReportId, which is `finding_info.uid` too"),
    ("alert finding",           "alert|<AlertId>", "alert|fa000001", "AlertId, which is `finding_info.uid` too"),
)

OUTSIDE: Final = (
    ("every event",     "`metadata.tenant_uid`", "The tenant's id."),
    ("every event",     "`observables`", "Addresses, links, names and hashes of the event, each with its path; left out where there are none."),
    ("every finding",   "`finding_info.created_time`", "The finding's `time`: its first row's."),
    ("message finding", "`start_time`, `end_time`", "The first and last Timestamp of the copies with a verdict."),
    ("message finding", "`is_alert`, `finding_info.types`, `finding_info.title`", "Over all copies: true when any is phishing or malware; every word once."),
    ("message finding", "`message`, `finding_info.analytic`, `finding_info.related_analytics`", "Over all copies with a verdict, each technology once; the analytic is the first of the worst threat."),
    ("message finding", "`malware`, `authorizations`", "Over all copies with a verdict, each family and each override once."),
    ("message finding", "`evidences[0].email.to`", "The header's recipients, and every mailbox that got a copy."),
    ("message finding", "`evidences`", "The message; then, where copies with a verdict came with other headers or by another relay, one for each such way, with what it says otherwise and who got it; then one for each file and link."),
    ("message finding", "`resources`", "The mailboxes, role 1 Target."),
    ("message finding", "`finding_info.related_events`", "The `metadata.uid` of each copy's Email Activity."),
    ("message finding", "`unmapped.EmailEvents[]`", "For each copy its delivery, and what differs from the copy that leads."),
    ("message finding", "`unmapped.EmailAttachmentInfo[]`, `unmapped.EmailUrlInfo[]`", "What a file or link has no attribute for; equal entries of several recipients once, with all their ReportIds."),
    ("click finding",   "`finding_info.analytic`, `finding_info.related_analytics`", "Over all rows of the click, as for a message."),
    ("click finding",   "`evidences`, `resources`", "Of every row of the click."),
    ("click finding",   "`unmapped.UrlClickEvents[]`", "Where the click has several rows, what tells them apart."),
    ("alert finding",   "`start_time`, `end_time`", "The least StartTimeUtc and the greatest EndTimeUtc of its evidence; the year 1 is none."),
    ("alert finding",   "`finding_info.types`", "Category, then the Categories of its evidence."),
    ("alert finding",   "`finding_info.src_url`", "The alert's page in the portal of the region."),
    ("alert finding",   "`resources`", "Impacted mailboxes and users, role 3 Affected."),
    ("alert finding",   "`finding_info.related_events`", "One for each message in its evidence. Its `uid` is a NetworkMessageId, since the evidence does not say which copy is meant: look for `message_trace_uid`, not for `metadata.uid`."),
    ("alert finding",   "`metadata.correlation_uid`", "The NetworkMessageId, where its evidence names exactly one message."),
    ("alert finding",   "`unmapped.AlertEvidence[]`", "What a piece of evidence has no place for; `evidence` is its position in `evidences`, counted from 0."),
    ("alert finding",   "`unmapped.AlertInfo[]`", "Where AlertInfo has several rows about the alert, for each its Timestamp and what differs from the one that leads."),
)

CHOICES: Final = (
    ("A delivery is a Scan (3)", "The row reports what the filters found, of mail that comes in, goes out and stays inside alike; direction has its own attribute. (Abnormal's mails are Receive (2): its search lists what is in mailboxes, not what a filter did.)"),
    ("An action after delivery is 99 with its ActionType", "Email Activity has no word for it; a purge is not another scan."),
    ("Severity of mail follows verdict and place", "The tables have none. Stopped is Low, junked Medium, delivered phishing or malware High; a threat word that nobody knows is Medium where it was not stopped."),
    ("An action after delivery stopped a copy only when it says so", "ActionResult is empty or a word that Microsoft documents for success, and the copy did not end where its reader has it. A failure is 13 Uncorrected, any other result 99 with that word; either leaves the severity of a copy that was not stopped."),
    ("The analytic is the first technology of the worst threat", "Malware goes before phishing, then any other threat, then spam; all other technologies are `finding_info.related_analytics`. Confidence is that of the worst threat too, and left out where only a lesser one has it."),
    ("Junked mail is 99 \"Junked\", not Quarantined", "Its reader can still open it; counting it as quarantined would mislead."),
    ("A later move does not rewrite a delivery", "DeliveryAction is the fact at `time`; the move is an event of its own, and LatestDelivery* stand under `unmapped`."),
    ("NetworkMessageId is `message_trace_uid`, not `email.uid`", "`email.uid` is the thread's id."),
    ("Overrides are `authorizations`", "A decision and the policy behind it, by organization or by user."),
    ("Messages, clicks and alerts are findings side by side", "An alert or a click may tell of a message that has a finding of its own. `metadata.correlation_uid` joins them: the NetworkMessageId of the message, set in an alert only when it points at exactly one. An alert about several names each in `evidences[].uid` and in `finding_info.related_events[].uid`."),
    ("A message without an address has `email.to` empty", "The object needs a sender or recipients, and none is made up. So the links and subject of an alert's message can be found where they are looked for."),
    ("An id of a user stays under `unmapped` in an Email Activity", "Its only place there would make the sender an actor."),
    ("`attacks` come from alerts alone", "Mail rows name no technique; guessing one would not be the source's word."),
    ("The vendor's word \"Other\" is written \"other\"", "OCSF keeps \"Other\" for a word that is missing."),
)
# fmt: on


def markdown() -> str:
    """MAPPING.md, as `mapping_page` puts it together."""
    return mapping_page(
        LEGEND,
        TABLES,
        namespace=NAMESPACE,
        identity=IDENTITY,
        choices=CHOICES,
        outside=OUTSIDE,
    )
