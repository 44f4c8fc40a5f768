"""A threat and its messages: one campaign is one Detection Finding.

`MESSAGE` maps one message: what stands under `evidences` is its evidence, the rest is what it adds
to the finding (`findings.py` folds the messages).
"""

from typing import Final

from connector_abnormal import convert
from connector_abnormal.keep import kept
from connector_abnormal.mapping.shared import (
    ATTACK_SEVERITY,
    REMEDIATION,
    THREAT_IS_ALERT,
    frame,
)
from connector_core.mapping import computed, decided, direct, static, table, unmapped
from connector_core.ocsf.enums import ClassUid, DetectionFindingActivity, FileType

PAGING: Final = ("messages", "pageNumber", "nextPageNumber")
"""Fields of a threat that are not its own."""
REPEATED: Final = ("threatId", "tenantId", "tenantName")
"""Fields of a message that repeat its threat's."""
JOINING: Final = ("abxMessageId", "abxMessageIdStr", "tenantId", "tenantName")

# fmt: off
THREAT: Final = table("Threat", "detection_finding", (
    *frame("threats", ClassUid.DETECTION_FINDING),
    static  ("activity_id",                              DetectionFindingActivity.CREATE),
    static  ("type_uid",                                 200401),
    static  ("type_name",                                "Detection Finding: Create"),
    static  ("metadata.labels",                          ["derived:severity_id", "derived:attacks"]),
    static  ("finding_info.data_sources",                ["threats"]),
    #         OCSF attribute                              field
    direct  ("finding_info.uid metadata.original_event_uid", "threatId"),
    computed("metadata.uid",                             "",                  convert.finding_uid, "threatId"),
    direct  ("metadata.tenant_uid",                      "tenantId"),
    unmapped("tenantName recipientCount",                "no attribute"),
    unmapped(" ".join(PAGING),                           "each message is an evidence; the page numbers say where the list goes on"),
))

MESSAGE: Final = table("Message", "detection_finding", (
    static  ("evidences.name",                           "MailMessage"),
    #         OCSF attribute                              field
    computed("time time_dt unmapped.receivedTime",       "receivedTime",      convert.received),
    decided ("severity_id",                              ATTACK_SEVERITY),
    decided ("is_alert",                                 THREAT_IS_ALERT),
    decided ("status_id action_id disposition_id",       REMEDIATION),
    direct  ("status_detail unmapped.remediationStatus", "remediationStatus"),
    computed("finding_info.modified_time finding_info.modified_time_dt unmapped.remediationTimestamp", "remediationTimestamp", convert.remediated),
    computed("finding_info.title",                       "",                  convert.title,   "attackType subject"),
    computed("finding_info.types",                       "",                  convert.types,   "attackType attackVector"),
    computed("finding_info.tags",                        "",                  convert.tags,    "attackStrategy impersonatedParty attackedParty source"),
    computed("attacks finding_info.attacks",             "",                  convert.attacks, "attackType attackVector"),
    computed("malware",                                  "",                  convert.malware, "attackType"),
    computed("finding_info.desc",                        "",                  convert.insights, "summaryInsights"),
    direct  ("finding_info.src_url unmapped.abxPortalUrl", "abxPortalUrl"),
    computed("evidences.uid unmapped.abxMessageId",      "abxMessageIdStr abxMessageId", convert.message_ids),
    computed("evidences.verdict_id evidences.verdict unmapped.source", "source", convert.verdict),
    computed("evidences.src_endpoint.ip unmapped.senderIpAddress", "senderIpAddress", convert.sender_ip),
    computed("evidences.email.from evidences.email.from_mailbox unmapped.fromAddress", "fromAddress fromName", convert.sender),
    computed("evidences.email.to evidences.email.to_mailboxes evidences.email.delivered_to_list unmapped.toAddresses unmapped.recipientAddress",
             "toAddresses recipientAddress", convert.recipients),
    computed("evidences.email.cc evidences.email.cc_mailboxes unmapped.ccEmails", "ccEmails", convert.copies),
    computed("evidences.email.reply_to_list evidences.email.reply_to_mailboxes unmapped.replyToEmails", "replyToEmails", convert.replies),
    computed("evidences.email.return_path unmapped.returnPath", "returnPath", convert.return_path),
    direct  ("evidences.email.subject",                  "subject",           keep_empty=True),
    direct  ("evidences.email.message_uid",              "internetMessageId"),
    direct  ("evidences.email.is_read",                  "isRead"),
    computed("evidences.email.files",                    "attachmentNames",   convert.files),
    computed("evidences.email.urls",                     "urls",              convert.links),
    unmapped("attackType attackVector attackStrategy impersonatedParty attackedParty", "told of the finding as a whole; kept for each message"),
    unmapped("summaryInsights",                          "told of the finding as a whole; kept for each message", kept),
    unmapped("autoRemediated postRemediated",            "older form of remediationStatus"),
    unmapped("attachmentCount urlCount",                 "OCSF 1.8.0 counts neither"),
    unmapped("sentTime senderDomain",                    "no attribute"),
    unmapped("customerOverride",                         "no attribute", kept),
    unmapped(" ".join(REPEATED),                         "kept only where it differs from the threat's own"),
))

ATTACHMENT: Final = table("Attachment", "file", (
    static  ("type_id",                                  FileType.REGULAR_FILE),
    #         OCSF attribute                              field
    computed("name ext",                                 "attachmentName",    convert.file_name),
    unmapped(" ".join(JOINING),                          "joins the file to its message, in whose `email.files` it stands"),
))

LINK: Final = table("Link", "url", (
    #         OCSF attribute                              field
    computed("url_string hostname scheme port path query_string", "linkUrl", convert.link),
    unmapped("domainLink linkType source displayText",   "no attribute"),
    unmapped(" ".join(JOINING),                          "joins the link to its message, in whose `email.urls` it stands"),
))
# fmt: on
