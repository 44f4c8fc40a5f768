"""The words that stand in the mail tables' columns, as decks.

Documented values: Microsoft's advanced hunting reference and Threat Explorer reference (pages of
2026). Values marked as seen stand in published rows and in no list. Letter case is part of a value:
rows spell the same word in several ways.
"""

from typing import Final

from .draws import Deck

# fmt: off
DIRECTIONS: Final = Deck(
    ("Inbound", "Outbound", "Intra-org"),
    seen=("Unknown", ""),
    unlisted=("Cross-tenant",),
    per_day=4,
)
OUTCOMES: Final = Deck(  # (DeliveryAction, DeliveryLocation)
    (
        ("Delivered", "Inbox/Folder"), ("Delivered", "On-premises/External"),
        ("Delivered", "Deleted items"), ("Junked", "Junk"), ("Blocked", "Quarantine"),
        ("Blocked", "Failed"), ("Blocked", "Dropped"), ("Replaced", "Inbox/Folder"),
    ),
    seen=(
        ("Delivered", "Inbox/folder"), ("Delivered", "Inbox"), ("Delivered", "Junk folder"),
        ("Delivered", "Forwarded"), ("Delivered", "On-premises/external"),
        ("Delivered", "Unknown"), ("Junked", "Junk folder"), ("Blocked", "Unknown"), ("", ""),
    ),
    unlisted=(
        ("delivered", "inbox/folder"), ("Deferred", "Holding area"), ("Replaced", "Quarantine"),
    ),
    per_day=20,
)
LATEST: Final = Deck(  # (LatestDeliveryAction, LatestDeliveryLocation)
    (
        ("Delivered", "Inbox/Folder"), ("Blocked", "Dropped"), ("Blocked", "Failed"),
        ("Junked", "Junk"), ("Moved to deleted items", "Deleted items"),
        ("Delivered", "On-premises/External"), ("Moved to quarantine", "Quarantine"),
    ),
    seen=(
        ("", ""), ("Delivered", "Inbox/folder"), ("Moved to junk folder", "Junk folder"),
        ("Soft delete", "Deleted items"), ("Hard delete", "Unknown"), ("Delivered", "Forwarded"),
        ("Quarantine release", "Inbox/folder"), ("Delivered", "On-premises/external"),
    ),
    unlisted=(("Automated remediation: pending", "Quarantine"),),
    per_day=5,
)
THREAT_TYPES: Final = Deck(  # both separators; the order of the types is not fixed either
    ("Phish", "Malware", "Spam", "Phish", "Spam", "Malware"),
    seen=("Phish, Malware", "Malware,Phish", "Spam, Phish", "Phish,Spam"),
    unlisted=("Malware|Phish", "Malware, Phish, Spam", "phish", "Bulk", "Spam;Malware"),
    per_day=15,
)
TECHNOLOGIES: Final[dict[str, Deck[str]]] = {
    "phish": Deck(
        (
            "Advanced filter", "Campaign", "Domain reputation", "Fingerprint matching",
            "General filter", "Impersonation brand", "Impersonation domain", "Impersonation user",
            "IP reputation", "LLM content analysis", "Mailbox intelligence impersonation",
            "Mixed analysis detection", "Spoof DMARC", "Spoof external domain",
            "Spoof intra-org", "URL detonation", "URL detonation reputation",
            "URL malicious reputation",
        ),
        seen=("Thirdparty", "Prompt injection"),
        unlisted=("Handwriting analysis",),
        per_day=8,
    ),
    "malware": Deck(
        ("Antimalware protection", "File detonation", "File detonation reputation",
         "File reputation", "Campaign", "URL detonation"),
        per_day=4,
    ),
    "spam": Deck(
        ("Bulk", "General filter", "Mail bombing", "Advanced filter", "Domain reputation",
         "IP reputation", "Fingerprint matching", "URL malicious reputation"),
        per_day=4,
    ),
}
MALWARE_NAMES: Final = Deck(  # invented families behind Microsoft's own prefixes
    (
        "Trojan:Win32/Contosteal.A!ml", "Ransom:Win32/Fabricrypt.B", "Worm:Win32/Woodgroll.C!MTB",
        "Virus:Win32/Litmorph.gen", "Backdoor:MSIL/Proseshell.D", "Adware:Win32/Tailpop",
        "Spyware:Win32/Adatwatch.A", "PWS:HTML/Relelogin.A", "TrojanDownloader:O97M/Northdrop.RV",
        "TrojanDropper:JS/Margie.K", "Exploit:PDF/Alpine.CVE", "HackTool:Win64/Keyforge",
        "Invented_Test_File", "Trojan:Win32/Contosteal.A!ml, Exploit:PDF/Alpine.CVE",
        "Worm:Win32/Woodgroll.C!MTB;PWS:HTML/Relelogin.A", "",
    ),
    per_day=6,
)
PHISH_CONFIDENCE: Final = Deck(
    ('{"Phish":"High"}', '{"Phish":"Low"}'),
    seen=('{"Phish":"Normal"}', ""),
    unlisted=('{"phish":"high"}', '{"Phish":["High"]}', '{"Phish":null}', "High", '{"Phish":'),
    per_day=4,
)
SPAM_CONFIDENCE: Final = Deck(
    ('{"Spam":"-1"}', '{"Spam":"0"}', '{"Spam":"1"}', '{"Spam":"5"}', '{"Spam":"6"}',
     '{"Spam":"9"}'),
    seen=('{"Spam":9}', '{"Spam":5}', '{"Spam":-1}', "{}"),
    unlisted=('{"Spam":"SCL 9"}', '{"Spam":7}', '{ "Spam" : "6" }'),
    per_day=4,
)
OTHER_CONFIDENCE: Final = Deck(
    ('{"Malware":"High"}', "", '{"Phish":"High","Spam":"9"}', '{"Malware":"Normal","Phish":"Low"}',
     '{"Malware":"High","Phish":"High","Spam":5}', "{}"),
    per_day=3,
)
BULK_COMPLAINT_LEVELS: Final = Deck((None, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), per_day=11)
EMAIL_ACTIONS: Final = Deck(
    ("Move message to junk mail folder", "Add X-header", "Modify subject", "Redirect message",
     "Delete message", "Send to quarantine", "No action taken", "Bcc message"),
    seen=("Moved to Junk folder", ""),
    per_day=10,
)
POLICIES: Final = Deck(
    ("Antispam", "Antispam high-confidence", "Antispam bulk mail", "Antispam phishing",
     "Anti-phishing domain impersonation", "Anti-phishing user impersonation",
     "Anti-phishing spoof", "Anti-phishing graph impersonation", "Antimalware",
     "Safe Attachments", "Enterprise Transport Rules (ETR)"),
    seen=("",),
    per_day=12,
)
ORG_OVERRIDES: Final = Deck(  # (OrgLevelAction, OrgLevelPolicy)
    (
        ("Allow", "Connection policy"), ("Allow", "Exchange transport rule"),
        ("Block", "Tenant Allow/Block List file"), ("Block", "Tenant Allow/Block List sender"),
        ("Allow", "Tenant Allow/Block List spoof"), ("Block", "Tenant Allow/Block List URL"),
        ("Allow", "Sender address list (Admin Override)"), ("Allow", "Phishing Simulation"),
        ("Block", "Sender domain list (Admin Override)"), ("Allow", "SecOps Mailbox"),
        ("Block", "IP region filter"), ("Block", "Language filter"),
        ("Allow", "3rd party filter"), ("Block", "Antimalware policy block by file type"),
        ("Block", "Antispam policy settings"), ("Allow", "Quarantine release"),
        ("Allow", "Admin initiated time travel"),
    ),
    unlisted=(("Allow", ""), ("", "Connection policy"), ("Review", "Committee of the tenant")),
    per_day=6,
)
USER_OVERRIDES: Final = Deck(  # (UserLevelAction, UserLevelPolicy)
    (
        ("Allow", "Sender address list (User Override)"),
        ("Block", "Sender domain list (User Override)"), ("Allow", "Trusted contact list"),
        ("Allow", "Trusted domain"), ("Allow", "Trusted recipient"),
        ("Allow", "Trusted senders only"), ("Block", "Exclusive mode"),
    ),
    per_day=4,
)
CONTEXTS: Final = Deck(
    ("Evaluation", "Priority account protection"),
    unlisted=("Evaluation, Priority account protection",),
    per_day=2,
)
CLASSIFICATIONS: Final = Deck(
    ("Business intelligence", "Contact establishment", "Gift card", "Invoice", "Payroll",
     "PII gathering", "Task"),
    per_day=3,
)
CONNECTORS: Final = Deck(
    ("Inbound from Woodgrove", "Relais sortant de Genève", "Eingang über Außenstelle Köln",
     "支社からの受信コネクタ", "Conector de la sucursal", "Łącznik 'główny'; \"zapas\"",
     "موصل البريد الوارد", "From EOP,To on-premises"),
    per_day=3,
)
LANGUAGES: Final = Deck(
    ("en", "de", "fr", "es", "ja", "ar", "he", "pl", "pt", "zh", "el", ""), per_day=12,
)
FIRST_CONTACT: Final = Deck((1, 0, None), per_day=3)
TOPICS: Final = Deck(
    ("Finance", '["Finance","Invoice"]', "Travel, Human resources", "[]"), per_day=4,
)
TRANSPORT_RULES: Final = Deck(
    ("Stamp external mail", "Règle n° 7 : pièces jointes", "5f0c6b1e-7f39-4c2d-9a51-0f7a3f1c2d4b",
     "Block exe, Stamp external mail"),
    per_day=3,
)
FORWARDINGS: Final = Deck(
    ('[{"ForwardingUser":"farah.grauwald@contoso.example","ForwardingType":"SMTP"}]',
     '[{"ForwardingUser":"nuno.jurado@contoso.example","ForwardingType":"InboxRule"},'
     '{"ForwardingUser":"zora.norrby@contoso.example","ForwardingType":"SMTP"}]', "[]"),
    per_day=2,
)
ADDITIONAL_FIELDS: Final = Deck(
    ("{}", '{"IsSimulation":false}', '{"Note":"a \\"quoted\\" word","Hops":[1,2,{"by":"mx"}]}'),
    per_day=2,
)
RELAYS: Final = Deck(("v4", "v6", "both", "none", "zero"), per_day=5)
"""Which relay addresses a row carries: 0.0.0.0 stands for "not known" in some rows."""

SPF: Final = Deck(
    ("pass", "fail", "softfail", "soft fail", "neutral", "none", "permerror", "permanent error",
     "temperror", "temporary error", "Pass", ""),
    per_day=12,
)
DKIM: Final = Deck(
    ("pass", "fail", "none", "ignore", "test", "timeout", "error", "unknown", "Fail", ""),
    per_day=10,
)
DMARC: Final = Deck(
    ("pass", "bestguesspass", "best guess pass", "fail", "none", "permerror", "permanent error",
     "selector pass", "temperror", "temporary error", "unknown", "Best guess pass", ""),
    per_day=13,
)
COMPAUTH: Final = Deck(
    ("pass", "softpass", "soft pass", "fail", "none", "Pass", ""), per_day=7,
)
ODD_AUTHENTICATION: Final = Deck(
    ("", "{}", '{"SPF":"pass"', '{"SPF":null,"DKIM":"pass"}', "spf=pass"), per_day=3,
)
URL_LOCATIONS: Final = Deck(
    ("Body", "QRCode", "Attachment", "Attachments", "Cloud attachment", "Email body",
     "Email header", "QR Code", "Subject", "Unknown"),
    seen=("",),
    unlisted=("body", "Calendar item"),
    per_day=13,
)
# fmt: on
