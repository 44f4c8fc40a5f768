"""Any thirty days of the generated tenant hold every documented and every seen value."""

import datetime
import functools
import json
from collections import defaultdict

import pytest

from connector_defender_office365.mock.dataset import DATASETS, rows_of_day
from connector_defender_office365.schema import TABLES

BASIC = DATASETS["basic_v0"]
FIXED_DAY = datetime.date(2026, 11, 2)
WINDOWS = [datetime.date(2026, 10, 3), datetime.date(2026, 10, 14), datetime.date(2027, 2, 20)]

Rows = list[dict[str, object]]


@functools.cache
def window(first: datetime.date) -> dict[str, Rows]:
    days = [rows_of_day(BASIC, first + datetime.timedelta(days=n)) for n in range(30)]
    return {table: [row for day in days for row in day[table]] for table in TABLES}


@pytest.fixture(params=WINDOWS, ids=str)
def tables(request: pytest.FixtureRequest) -> dict[str, Rows]:
    return window(request.param)


DELIVERY: set[object] = {
    "Inbox/Folder", "On-premises/External", "Junk", "Quarantine", "Failed", "Dropped",
    "Deleted items", "Inbox/folder", "Inbox", "Junk folder", "Forwarded", "On-premises/external",
    "Unknown", "",
}  # fmt: skip
THREATS: set[object] = {
    "Phish",
    "Malware",
    "Spam",
    "Phish, Malware",
    "Malware,Phish",
    "Malware|Phish",
    "",
}
EXPECTED: dict[str, dict[str, set[object]]] = {
    "EmailEvents": {
        "EmailDirection": {"Inbound", "Outbound", "Intra-org", "Unknown", ""},
        "DeliveryAction": {"Delivered", "Junked", "Blocked", "Replaced", ""},
        "DeliveryLocation": DELIVERY,
        "LatestDeliveryLocation": DELIVERY,
        "LatestDeliveryAction": {
            "Delivered", "Blocked", "Junked", "Moved to quarantine", "Moved to junk folder",
            "Moved to deleted items", "Soft delete", "Hard delete", "Quarantine release", "",
        },
        "ThreatTypes": THREATS | {"Malware, Phish, Spam"},
        "OriginalThreatTypes": {"Phish", "Malware", "Spam", ""},
        "ConfidenceLevel": {
            '{"Phish":"High"}', '{"Phish":"Low"}', '{"Phish":"Normal"}', '{"Spam":"-1"}',
            '{"Spam":"0"}', '{"Spam":"1"}', '{"Spam":"5"}', '{"Spam":"6"}', '{"Spam":"9"}',
            '{"Spam":9}', "{}", "",
        },
        "BulkComplaintLevel": {None, *range(10)},
        "EmailAction": {
            "Move message to junk mail folder", "Add X-header", "Modify subject",
            "Redirect message", "Delete message", "Send to quarantine", "No action taken",
            "Bcc message", "Moved to Junk folder", "",
        },
        "EmailActionPolicy": {
            "Antispam", "Antispam high-confidence", "Antispam bulk mail", "Antispam phishing",
            "Anti-phishing domain impersonation", "Anti-phishing user impersonation",
            "Anti-phishing spoof", "Anti-phishing graph impersonation", "Antimalware",
            "Safe Attachments", "Enterprise Transport Rules (ETR)", "",
        },
        "OrgLevelAction": {"Allow", "Block", ""},
        "OrgLevelPolicy": {
            "Connection policy", "Exchange transport rule", "Tenant Allow/Block List file",
            "Tenant Allow/Block List sender", "Tenant Allow/Block List spoof",
            "Tenant Allow/Block List URL", "Sender address list (Admin Override)",
            "Sender domain list (Admin Override)", "Phishing Simulation", "SecOps Mailbox",
            "IP region filter", "Language filter", "3rd party filter",
            "Antimalware policy block by file type", "Antispam policy settings",
            "Quarantine release", "Admin initiated time travel",
        },
        "UserLevelAction": {"Allow", "Block", ""},
        "UserLevelPolicy": {
            "Sender address list (User Override)", "Sender domain list (User Override)",
            "Trusted contact list", "Trusted domain", "Trusted recipient",
            "Trusted senders only", "Exclusive mode",
        },
        "Context": {"Evaluation", "Priority account protection", ""},
        "ThreatClassification": {
            "Business intelligence", "Contact establishment", "Gift card", "Invoice", "Payroll",
            "PII gathering", "Task", "",
        },
        "IsFirstContact": {0, 1, None},
        "AttachmentCount": {0, 1, 2, 3, None},
        "UrlCount": {0, 1, 16},
        "SenderFromAddress": {"<>", "MAILER-DAEMON", "root@localhost", ""},
        "SenderIPv4": {"", "0.0.0.0"},  # noqa: S104
        "AuthenticationDetails": {"", "{}"},
        "AdditionalFields": {"", "{}"},
        "To": {""},
        "Subject": {"", "'; DROP TABLE EmailEvents; --", "x" * 2000, "temperature 5 \u212a"},
        "InternetMessageId": {""},
    },
    "EmailAttachmentInfo": {
        "ThreatTypes": {"", "Malware"},
        "FileName": {""},
        "FileExtension": {
            "", ".exe", ".dll", ".scr", ".com", ".msi", ".js", ".vbs", ".ps1", ".bat", ".cmd",
            ".jar", ".pdf",
        },
        "FileType": {"txt;text"},
    },
    "EmailUrlInfo": {
        "UrlLocation": {
            "Body", "QRCode", "Attachment", "Attachments", "Cloud attachment", "Email body",
            "Email header", "QR Code", "Subject", "Unknown", "",
        },
        "UrlDomain": {"", "müller.example", "xn--mller-kva.example", "2001:db8::bad"},
        "UrlChainId": {"", "chain-1"},
        "UrlChainPosition": {None, 0, 1, 2},
        "Url": {
            "", "http://", "http://user:password@evil.example/login",
            "https://evil.example:notaport/", "https://portal.woodgrove.example:8443/login",
        },
    },
    "EmailPostDeliveryEvents": {
        "ActionType": {
            "Manual remediation", "Phish ZAP", "Malware ZAP", "Spam ZAP", "Redelivery",
        },
        "Action": {
            "Moved to quarantine", "Moved to junk folder", "Moved to deleted items",
            "Soft delete", "Hard delete", "Quarantine release", "Reprocessed", "Moved to inbox",
        },
        "ActionTrigger": {"SpecialAction", "AdminAction"},
        "ActionResult": {"Success", "Error", "Failed", "UserTriaged"},
        "DeliveryLocation": DELIVERY,
        "SourceLocation": {"Inbox/folder", "Junk folder", "Quarantine", ""},
        "ThreatTypes": {"Phish", "Malware", "Spam", "Phish, Malware", ""},
        "EmailDirection": {"Inbound", ""},
        "SenderFromAddress": {""},
    },
    "UrlClickEvents": {
        "ActionType": {
            "ClickAllowed", "ClickBlocked", "ClickBlockedByTenantPolicy", "UrlErrorPage",
            "UrlScanInProgress",
        },
        "Workload": {"Email", "Office", "Teams"},
        "IsClickedThrough": {True, False, None},
        "NetworkMessageId": {"", "00000000-0000-0000-0000-000000000000"},
        "ThreatTypes": {"", "Phish", "Malware", "Spam", "Phish, Malware"},
        "UrlChain": {"", "[]"},
        "IPAddress": {""},
        "AppName": {"Mail", ""},
        "AppVersion": {"0.0.0000"},
        "TenantId": {"", BASIC.tenant_id},
        "Type": {"", "UrlClickEvents"},
        "TimeGenerated": {None},
        "SourceId": {""},
    },
    "AlertInfo": {
        "Severity": {"Informational", "Low", "Medium", "High"},
        "Category": {
            "InitialAccess", "Persistence", "DefenseEvasion", "Discovery", "CredentialAccess",
            "SuspiciousActivity", "Execution", "LateralMovement", "Collection", "Exfiltration",
            "CommandAndControl", "Impact", "PrivilegeEscalation", "Malware", "Ransomware", "",
        },
        "ServiceSource": {
            "Microsoft Defender for Office 365", "Microsoft Defender for Endpoint",
            "Microsoft Defender XDR", "AAD Identity Protection", "MicrosoftDefenderforOffice365",
            "Office 365 Advanced Threat Protection", "Microsoft 365 Defender",
            "Microsoft Sentinel",
        },
        "DetectionSource": {
            "Microsoft Defender for Office 365", "EDR", "Antivirus", "Custom detection",
            "Microsoft 365 Defender", "AAD Identity Protection",
        },
        "AttackTechniques": {
            "", '["Phishing (T1566)"]', '["Spearphishing Link (T1566.002)"]',
            '["Valid Accounts (T1078)","Cloud Accounts (T1078.004)"]',
        },
    },
    "AlertEvidence": {
        "EntityType": {
            "MailMessage", "Mailbox", "Url", "User", "File", "Ip", "Process", "Machine",
            "CloudLogonRequest", "OAuthApplication", "MailCluster", "RegistryValue",
        },
        "EvidenceRole": {"Impacted", "Related", ""},
        "EvidenceDirection": {"Source", "Destination", ""},
        "CloudPlatform": {"", "Azure", "AWS", "GCP"},
        "ApplicationId": {11161, None},
    },
}  # fmt: skip


@pytest.mark.parametrize("table", EXPECTED)
def test_every_documented_and_every_seen_value_occurs(table: str, tables: dict[str, Rows]) -> None:
    for column, values in EXPECTED[table].items():
        missing = values - {row[column] for row in tables[table]}
        assert not missing, f"{table}.{column} lacks {sorted(map(repr, missing))}"


TECHNOLOGIES = {
    "Advanced filter", "Antimalware protection", "Bulk", "Campaign", "Domain reputation",
    "File detonation", "File detonation reputation", "File reputation", "Fingerprint matching",
    "General filter", "Impersonation brand", "Impersonation domain", "Impersonation user",
    "IP reputation", "LLM content analysis", "Mail bombing",
    "Mailbox intelligence impersonation", "Mixed analysis detection", "Spoof DMARC",
    "Spoof external domain", "Spoof intra-org", "URL detonation", "URL detonation reputation",
    "URL malicious reputation", "Thirdparty",
}  # fmt: skip


def test_every_detection_technology_occurs(tables: dict[str, Rows]) -> None:
    texts = {str(row["DetectionMethods"]) for row in tables["EmailEvents"]} - {""}
    found = {name for text in texts for names in json.loads(text).values() for name in names}
    assert found >= TECHNOLOGIES
    assert found - TECHNOLOGIES  # the set is open


AUTHENTICATION = {
    "SPF": {
        "pass", "fail", "softfail", "soft fail", "neutral", "none", "permerror",
        "permanent error", "temperror", "temporary error",
    },
    "DKIM": {"pass", "fail", "none", "ignore", "test", "timeout", "error", "unknown"},
    "DMARC": {
        "pass", "bestguesspass", "best guess pass", "fail", "none", "permerror",
        "permanent error", "selector pass", "temperror", "temporary error", "unknown",
    },
    "CompAuth": {"pass", "softpass", "soft pass", "fail", "none"},
}  # fmt: skip


def test_every_authentication_result_occurs_and_keys_can_be_missing(
    tables: dict[str, Rows],
) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    missing = set()
    for text in {str(row["AuthenticationDetails"]) for row in tables["EmailEvents"]}:
        try:
            results = json.loads(text)
        except ValueError:
            continue
        for key in AUTHENTICATION:
            if key in results:
                found[key].add(results[key])
            else:
                missing.add(key)
    assert all(found[key] >= values for key, values in AUTHENTICATION.items())
    assert missing == set(AUTHENTICATION)


PREFIXES = (
    "Trojan:", "Ransom:", "Worm:", "Virus:", "Backdoor:", "Adware:", "Spyware:", "PWS:",
    "TrojanDownloader:", "TrojanDropper:", "Exploit:", "HackTool:", "Invented_",
)  # fmt: skip


def test_every_family_prefix_occurs(tables: dict[str, Rows]) -> None:
    names = [str(row["ThreatNames"]) for row in tables["EmailEvents"]]
    assert [p for p in PREFIXES if not any(name.startswith(p) for name in names)] == []
    assert any(", " in name for name in names)


def test_additional_fields_hold_every_form(tables: dict[str, Rows]) -> None:
    evidence = tables["AlertEvidence"]
    mail = [str(r["AdditionalFields"]) for r in evidence if r["EntityType"] == "MailMessage"]
    assert any('"Recipient":' in text for text in mail)
    assert any('"Urls":' in text and '"Recipient":' not in text for text in mail)
    everything = " ".join(str(row["AdditionalFields"]) for row in evidence)
    for part in (
        '"StartTimeUtc":"0001-01-01', '"StartTimeUtc":"2', '"Location":{', '"ProcessId":"0x',
        '"ProcessId":6', '"LastVerdict":"Malicious"', '"LastVerdict":"Suspicious"',
        '"LastVerdict":"NoThreatsFound"', '"MailboxPrimaryAddress":',
    ):  # fmt: skip
        assert part in everything, part
    urls = [str(row["RemoteUrl"]) for row in evidence if row["EntityType"] == "Url"]
    assert any(url.startswith("uri=") for url in urls)
    assert any(url.startswith("http") for url in urls)
