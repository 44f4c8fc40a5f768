"""The words of the vendor's enumerations (OpenAPI document of the Client API 1.4.3)."""

from typing import Final

THREAT_SOURCES: Final = ("all", "attacks", "borderline", "spam")
TOPICS: Final = (
    "Billing Account Update",
    "Covid-19 Related Attack",
    "Cryptocurrency",
    "Invoice",
    "Invoice Inquiry",
)
ATTACK_TYPES: Final = (
    "Internal-to-Internal Attacks (Email Account Takeover)",
    "Spam",
    "Reconnaissance",
    "Scam",
    "Social Engineering (BEC)",
    "Phishing: Credential",
    "Invoice/Payment Fraud (BEC)",
    "Malware",
    "Extortion",
    "Phishing: Sensitive Data",
    "Other",
)
ATTACK_VECTORS: Final = (
    "Link",
    "Attachment",
    "Text",
    "Others",
    "Attachment with Zipped File",
    "QR Code",
    "Calendar Invite",
    "Spam Bomb",
)
ATTACK_STRATEGIES: Final = (
    "Name Impersonation",
    "Internal Compromised Email Account",
    "External Compromised Email Account",
    "Spoofed Email",
    "Unknown Sender",
    "Covid 19 Related Attack",
)
IMPERSONATED: Final = (
    "VIP",
    "Assistants",
    "Employee (other)",
    "Brand",
    "Known Partners",
    "Automated System (Internal)",
    "Automated System (External)",
    "Unknown Partner",
    "None / Others",
)
JUDGEMENTS: Final = ("attack", "borderline", "spam", "graymail", "safe")
JUDGEMENT_SOURCES: Final = ("ABNORMAL_SYSTEM", "CUSTOMER_AI_MODEL")
DECISIONS: Final = ("malicious", "spam", "safe", "graymail")
REMEDIATIONS: Final = (
    "Auto-Remediated",
    "Auto Remediated",
    "Post Remediated",
    "Not remediated",
    "Remediation attempted",
)
MESSAGE_SOURCES: Final = ("Attack", "Spam", "Borderline")

# Met in samples, or made up: no list is closed.
UNLISTED: Final = {
    "attackType": ("Phishing", "Invoice Fraud", "Graymail Flood"),
    "attackVector": ("Payload Smuggling",),
    "attackStrategy": ("Vendor Email Compromise",),
    "impersonatedParty": ("Contractor",),
    "attackedParty": ("VIP", "Employee (Other)", "Other", "Executive Assistant"),
    "remediationStatus": ("Remediation pending review",),
    "source": ("Unwanted",),
    "decision_category": ("attack", "undecided"),
    "judgement": ("suspicious",),
}
