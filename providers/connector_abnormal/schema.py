"""The fields of Abnormal's objects, and what each may hold.

Source: Client API 1.4.3 (as last changed in May 2026), with the forms that published fixtures show
beside it. Every field may be null or missing, whatever the specification requires.

Kinds: ``text``; ``id``, a text or a whole number, read as text because doubles cannot hold 64 bits;
``number``; ``boolean``, or its name as text; ``texts``, a list of texts; ``addresses``, a list or
one text with commas; ``object``, any object; ``files``, an object by file name; ``list``.
"""

from collections.abc import Mapping
from typing import Final, Literal

Source = Literal["abnormal", "quarantine"]
"""What a search looks in: delivered mail, or the quarantine."""

# fmt: off
THREAT: Final = {
    "threatId":       "id",
    "recipientCount": "number",
    "messages":       "list",
    "tenantId":       "id",
    "tenantName":     "text",
    "pageNumber":     "number",
    "nextPageNumber": "number",
}
MESSAGE: Final = {
    "threatId":             "id",
    "abxMessageId":         "id",
    "abxMessageIdStr":      "id",
    "abxPortalUrl":         "text",
    "subject":              "text",
    "fromAddress":          "text",
    "fromName":             "text",
    "senderDomain":         "text",
    "toAddresses":          "addresses",
    "recipientAddress":     "text",
    "ccEmails":             "addresses",
    "replyToEmails":        "addresses",
    "returnPath":           "text",
    "receivedTime":         "text",
    "sentTime":             "text",
    "internetMessageId":    "text",
    "remediationStatus":    "text",
    "remediationTimestamp": "text",
    "autoRemediated":       "boolean",
    "postRemediated":       "boolean",
    "attackType":           "text",
    "attackVector":         "text",
    "attackStrategy":       "text",
    "impersonatedParty":    "text",
    "attackedParty":        "text",
    "summaryInsights":      "texts",
    "attachmentNames":      "texts",
    "attachmentCount":      "number",
    "urls":                 "texts",
    "urlCount":             "number",
    "senderIpAddress":      "text",
    "isRead":               "boolean",
    "source":               "text",
    "tenantId":             "id",
    "tenantName":           "text",
    "customerOverride":     "object",
}
ATTACHMENT: Final = {
    "abxMessageId":    "id",
    "abxMessageIdStr": "id",
    "attachmentName":  "text",
    "tenantId":        "id",
    "tenantName":      "text",
}
LINK: Final = {
    "abxMessageId":    "id",
    "abxMessageIdStr": "id",
    "domainLink":      "text",
    "linkType":        "text",
    "source":          "text",
    "displayText":     "text",
    "linkUrl":         "text",
    "tenantId":        "id",
    "tenantName":      "text",
}
SEARCH_RESULT: Final = {
    "customer_id":                "id",
    "tenant_id":                  "id",
    "received_time":              "text",
    "subject":                    "text",
    "sender":                     "text",
    "sender_display_name":        "text",
    "mailbox_name":               "text",
    "mailbox_display_name":       "text",
    "current_folder_name":        "text",
    "raw_message_id":             "id",
    "native_user_id":             "id",
    "cloud_message_id":           "id",
    "internet_message_id":        "text",
    "abnormal_message_id":        "id",
    "abnormal_message_uuid":      "id",
    "decision_category":          "text",
    "judgement":                  "text",
    "judgement_source":           "text",
    "judgement_source_model_id":  "id",
    "judgement_source_model_version": "id",
    "attachments":                "files",
    "body_links":                 "texts",
    "sender_ip_addresses":        "texts",
    "quarantine_identity":        "id",
    "quarantine_message_id":      "id",
    "quarantine_policy_type":     "text",
    "quarantine_reason":          "text",
    "quarantine_release_status":  "text",
    "quarantine_type":            "text",
    "quarantine_processed_at":    "text",
    "searched_source":            "text",
}
"""The object `quarantine_info` stands here field by field, its own prefix left out; and
`searched_source` is not in the answer: it is the source that was asked."""

QUARANTINE_INFO: Final = {
    "identity":          "quarantine_identity",
    "message_id":        "quarantine_message_id",
    "policy_type":       "quarantine_policy_type",
    "quarantine_reason": "quarantine_reason",
    "release_status":    "quarantine_release_status",
    "type":              "quarantine_type",
    "processed_at":      "quarantine_processed_at",
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "Threat":       THREAT,
    "Message":      MESSAGE,
    "Attachment":   ATTACHMENT,
    "Link":         LINK,
    "SearchResult": SEARCH_RESULT,
}

ATTACK_TYPES: Final = (
    "Internal-to-Internal Attacks (Email Account Takeover)", "Spam", "Reconnaissance", "Scam",
    "Social Engineering (BEC)", "Phishing: Credential", "Invoice/Payment Fraud (BEC)", "Malware",
    "Extortion", "Phishing: Sensitive Data", "Other",
)
ATTACK_VECTORS: Final = (
    "Link", "Attachment", "Text", "Others", "Attachment with Zipped File", "QR Code",
    "Calendar Invite", "Spam Bomb",
)
ATTACK_STRATEGIES: Final = (
    "Name Impersonation", "Internal Compromised Email Account",
    "External Compromised Email Account", "Spoofed Email", "Unknown Sender",
    "Covid 19 Related Attack",
)
IMPERSONATED: Final = (
    "VIP", "Assistants", "Employee (other)", "Brand", "Known Partners",
    "Automated System (Internal)", "Automated System (External)", "Unknown Partner",
    "None / Others",
)
SOURCES: Final = ("Attack", "Attacks", "Borderline", "Spam", "Graymail", "Safe")
JUDGEMENTS: Final = ("attack", "borderline", "spam", "graymail", "safe")
RELEASED: Final = ("Released",)
HELD: Final = (
    "NotReleased", "Not released", "NOT_RELEASED", "Requested", "RELEASE_REQUESTED", "Denied",
    "RELEASE_DENIED",
)
"""Words for mail that is in the quarantine still. The vendor publishes none; these are those of
Exchange Online (ReleaseStatus of Get-QuarantineMessage), in the spellings that such words have.
"""

VOCABULARY: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Message": {
        "attackType":        ATTACK_TYPES,
        "attackVector":      ATTACK_VECTORS,
        "attackStrategy":    ATTACK_STRATEGIES,
        "impersonatedParty": IMPERSONATED,
        "source":            SOURCES,
    },
    "SearchResult": {
        "judgement":         JUDGEMENTS,
        "decision_category": ("malicious", "attack", "borderline", "spam", "graymail", "safe"),
        "judgement_source":  ("ABNORMAL_SYSTEM", "CUSTOMER_AI_MODEL"),
        "quarantine_release_status": RELEASED + HELD,
    },
}
# fmt: on
"""Known words of a field; another word is kept as it is and counted as drift."""
