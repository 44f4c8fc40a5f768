"""Rows of all seven hunting tables, few and close to each other, so that mix-ups show.

Every column draws from a small pool: documented words, words seen in no document, values that
differ in case alone, look-alikes, empty cells, hostile text. Times lie on the edges of one window,
and hours beyond them. `FIXED` is one set of rows made from the same pools without chance.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
from hypothesis import strategies as st

from connector_core import Connector, ManualClock
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.tenant import EmbeddedTenant
from connector_defender_office365.schema import TABLES
from hostile import HOSTILE

Row = dict[str, object]
Rows = Mapping[str, Sequence[Row]]

NOW: Final = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
WINDOW: Final = ("time[gte]2026-11-10T10:00:00Z", "time[lt]2026-11-10T12:00:00Z")

INSIDE: Final = (
    "2026-11-10T10:00:00Z",
    "2026-11-10T10:30:00Z",
    "2026-11-10T10:30:00Z",  # ties are normal
    "2026-11-10T10:30:00.0010000Z",
    "2026-11-10T10:30:00.0019999Z",
    "2026-11-10T11:59:59.9999999Z",
)
NEAR: Final = (
    "2026-11-10T09:59:59.9999999Z",
    "2026-11-10T12:00:00Z",
    "2026-11-10T05:00:00Z",
    "2026-11-10T17:00:00Z",
    "2026-11-09T09:59:59Z",
    "2026-11-11T13:00:00Z",
)
"""Outside the window: by a tick, by hours, by more than the day in which parts are looked for."""

_MESSAGE: Final = "0a1b2c3d-0000-4000-8000-00000000000"
MESSAGES: Final = (_MESSAGE + "1", _MESSAGE + "2", _MESSAGE.upper() + "1", _MESSAGE + "3")
ALERTS: Final = ("da1-x", "da2-x", "DA1-X")
REPORTS: Final = ("click-1", "click-2", "CLICK-1")
LOOK_ALIKES: Final = (
    "Straße K",
    "straSSe k",
    "STRAẞE \u212a",
    "ΟΔΟΣ οδος οδοσ",
    "ıIiİ",
    "fiſh fish FISH",
    "É e\u0301",
)
"""Texts that engines fold differently: sharp s, Kelvin sign, final sigma, dotless i, long s."""
SHORT_HOSTILE: Final = tuple(value for _, value in HOSTILE if len(value) < 200)
TEXTS: Final = ("Invoice 42", "invoice 42", "INVOICE 421", "voice", "", *LOOK_ALIKES)
ADDRESSES: Final = (
    "ann@example.com",
    "Ann@Example.com",
    "bob@example.com",
    "joann@example.com.test",
    "bücher@bücher.example",
    "MAILER-DAEMON",
    "<>",
    "user@localhost",
    "o\u212ao@example.com",
    "oko@example.com",
    "",
)
HEADERS: Final = (
    "",
    "[]",
    json.dumps(["ann@example.com", "bob@example.com"]),
    '["\\u0061nn@example.com"]',
    '["Ann@Example.com", "MAILER-DAEMON", "a\\\\b@example.com"]',
    "joann@example.com.test",
    "ann@example.com; bob@example.com",
    '["broken',
    '["o\u212ao@example.com"]',
)
IPV4: Final = ("", "192.0.2.1", "192.0.2.10", "0.0.0.0", "192.0.2.1:25", "2001:db8::1")  # noqa: S104
IPV6: Final = (
    "",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "2001:0db8:0000::0010",
    "::ffff:192.0.2.1",
    "::FFFF:c000:201",
    "::1",
    "::",
    "fe80::1%eth0",
)
MESSAGE_IDS: Final = (
    "<a.b@mail.example>",
    "a.b@mail.example",
    "<A.B@MAIL.example>",
    "",
    "<>",
    " <x@y> ",
    "<a.b@mail.example",
)
URLS: Final = (
    "https://evil.example/a?b=c",
    "HTTPS://EVIL.example/a",
    "https://user:pw@198.51.100.7:8443/x",
    "evil.example/a",
    "",
    'https://evil.example/"q"\\',
)
HOSTS: Final = ("evil.example", "EVIL.example", "notevil.example", "", "ev\u0131l.example")
FILES: Final = ("a.exe", "A.EXE", "unknown", "", "report.final.pdf", 'x"\\.js', "\u212a.txt")
HASHES: Final = ("ab" * 32, "AB" * 32, "cd" * 32, "")
THREATS: Final = (
    "",
    "",
    "Phish",
    "phish",
    "Malware",
    "Spam",
    "Phish, Malware",
    "Spam;Phish",
    "Bulk",
    "Phi\u017fh",
    "Mal,ware",
)
METHODS: Final = (
    "",
    '{"Phish":["URL detonation"]}',
    '{"Malware":["File detonation","Campaign"]}',
    "{}",
    "oops",
)
CONFIDENCE: Final = ("", '{"Phish":"High"}', '{"Spam":"9"}', '{"Malware":"Odd"}', "High")
ACTIONS: Final = (
    "",
    "Delivered",
    "delivered",
    "Junked",
    "Blocked",
    "Replaced",
    "Deferred",
    "Bloc\u212aed",
    "Blockiert ß",
)
LOCATIONS: Final = (
    "",
    "Inbox/Folder",
    "Inbox/folder",
    "Junk folder",
    "Jun\u212a",
    "Quarantine",
    "Dropped",
    "Failed",
    "Somewhere",
)
DIRECTIONS: Final = (
    "",
    "Inbound",
    "inbound",
    "Outbound",
    "Intra-org",
    "Unknown",
    "Cross-tenant",
    "Inbound\u00a0",
)
SIZES: Final = (None, 0, 1, 1000, -1, 2**40)
AUTH: Final = (
    "",
    '{"SPF":"Pass","DKIM":"fail","DMARC":"none"}',
    '{"SPF":"pass","CompAuth":"x"}',
    "pass",
)
NAMES: Final = ("", "Trojan:Win32/A", "trojan:win32/a, Worm:B", "\u212anown")
POLICIES: Final = ("", "Antispam", "antispam", "Anti-\u017fpam")
LATER: Final = (
    "",
    "Phish ZAP",
    "phish zap",
    "Malware ZAP",
    "Redelivery",
    "Manual remediation",
    "\u212aAP",
)
MOVES: Final = (
    "",
    "Moved to quarantine",
    "Soft delete",
    "Moved to junk folder",
    "Moved to jun\u212a folder",
    "Quarantine release",
    "Odd ß",
)
RESULTS: Final = ("", "Success", "success", "Error", "Failed", "Pending")
CLICKS: Final = (
    "ClickAllowed",
    "clickallowed",
    "ClickBlocked",
    "ClickBlockedByTenantPolicy",
    "UrlScanInProgress",
    "UrlErrorPage",
    "",
    "Clic\u212aBlocked",
    "Odd",
)
SERVICES: Final = (
    "Microsoft Defender for Office 365",
    "microsoft defender for office 365",
    "MicrosoftDefenderforOffice365",
    "Microsoft Defender for Endpoint",
    "",
)
ENTITIES: Final = (
    "MailMessage",
    "mailmessage",
    "Mailbox",
    "User",
    "Url",
    "Ip",
    "File",
    "Machine",
    "Process",
    "Odd",
    "",
)
SEVERITIES: Final = ("High", "high", "Medium", "Low", "Informational", "", "Urgent", "urgent")
ADDITIONAL: Final = (
    "",
    "{}",
    '{"P2Sender":"ann@example.com","Recipient":"bob@example.com","SenderIP":"192.0.2.1","InternetMessageId":"<a.b@mail.example>"}',
    '{"Recipient":"MAILER-DAEMON","Urls":["https://evil.example/a"]}',
    '{"LastVerdict":"malicious","MailboxPrimaryAddress":"ann@example.com","DisplayName":"Ann"}',
    '{"ProcessId":"12"}',
    "oops",
)
TECHNIQUES: Final = ("", '["Phishing (T1566)"]', '["Spearphishing Link (T1566.002)"]')
WORDS: Final = ("", "a", "A", "b")

POOLS: Final[Mapping[str, Mapping[str, Sequence[object]]]] = {
    "EmailEvents": {
        "NetworkMessageId": MESSAGES, "InternetMessageId": MESSAGE_IDS,
        "SenderMailFromAddress": ADDRESSES, "SenderFromAddress": ADDRESSES,
        "SenderDisplayName": WORDS, "SenderIPv4": IPV4, "SenderIPv6": IPV6,
        "RecipientEmailAddress": ADDRESSES, "Subject": TEXTS, "EmailDirection": DIRECTIONS,
        "DeliveryAction": ACTIONS, "DeliveryLocation": LOCATIONS, "ThreatTypes": THREATS,
        "ThreatNames": NAMES, "DetectionMethods": METHODS, "ConfidenceLevel": CONFIDENCE,
        "EmailAction": ("", "Add X-header", "Modify subject"), "EmailActionPolicy": POLICIES,
        "AuthenticationDetails": AUTH, "ReportId": WORDS, "To": HEADERS, "Cc": HEADERS,
        "EmailSize": SIZES,
    },
    "EmailAttachmentInfo": {
        "NetworkMessageId": MESSAGES, "RecipientEmailAddress": ADDRESSES, "FileName": FILES,
        "FileType": ("", "exe", "txt;text"), "FileExtension": ("", ".exe", "pdf"),
        "SHA256": HASHES, "FileSize": SIZES, "ThreatTypes": ("", "Malware"),
        "ThreatNames": NAMES, "ReportId": WORDS,
    },
    "EmailUrlInfo": {
        "NetworkMessageId": MESSAGES, "Url": URLS, "UrlDomain": HOSTS,
        "UrlLocation": ("", "Body"), "ReportId": WORDS,
    },
    "EmailPostDeliveryEvents": {
        "NetworkMessageId": MESSAGES, "InternetMessageId": MESSAGE_IDS, "Action": MOVES,
        "ActionType": LATER, "ActionTrigger": ("", "Admin"), "ActionResult": RESULTS,
        "RecipientEmailAddress": ADDRESSES, "DeliveryLocation": LOCATIONS, "ThreatTypes": THREATS,
        "DetectionMethods": METHODS, "ReportId": WORDS, "SenderFromAddress": ADDRESSES,
        "EmailDirection": DIRECTIONS,
    },
    "UrlClickEvents": {
        "ReportId": REPORTS, "NetworkMessageId": (*MESSAGES, "", str(UUID(int=0))),
        "Url": URLS, "ActionType": CLICKS, "AccountUpn": ADDRESSES, "ThreatTypes": THREATS,
        "DetectionMethods": METHODS, "IPAddress": IPV6 + IPV4,
        "IsClickedThrough": (None, True, False), "Workload": WORDS,
    },
    "AlertInfo": {
        "AlertId": ALERTS, "Title": TEXTS, "Severity": SEVERITIES, "ServiceSource": SERVICES,
        "Category": ("", "InitialAccess", "Phish;Spam", "\u212a"),
        "DetectionSource": (*SERVICES, "Custom detection"),
        "AttackTechniques": TECHNIQUES,
    },
    "AlertEvidence": {
        "AlertId": ALERTS, "EntityType": ENTITIES, "EvidenceRole": ("", "Impacted", "Related"),
        "Categories": ("", '["InitialAccess"]', '["Odd\\u0061"]'), "NetworkMessageId": MESSAGES,
        "EmailSubject": TEXTS, "RemoteIP": IPV6, "RemoteUrl": URLS, "FileName": FILES,
        "SHA256": HASHES, "AccountUpn": ADDRESSES, "AccountName": WORDS,
        "AdditionalFields": ADDITIONAL,
    },
}  # fmt: skip
"""Table -> column -> values; columns that are not named stay empty."""

_FREE: Final = ("Subject", "Title", "Url", "FileName", "SenderDisplayName", "EmailSubject")
"""Columns that also draw hostile text."""


def _cells(table: str) -> st.SearchStrategy[Row]:
    cells: dict[str, st.SearchStrategy[object]] = {
        column: st.sampled_from([*pool, *SHORT_HOSTILE] if column in _FREE else list(pool))
        for column, pool in POOLS[table].items()
    }
    times = st.sampled_from(INSIDE * 3 + NEAR)
    return st.fixed_dictionaries({"Timestamp": times, **cells})


_MOST: Final = {
    "EmailEvents": 6,
    "EmailAttachmentInfo": 5,
    "EmailUrlInfo": 4,
    "EmailPostDeliveryEvents": 4,
    "UrlClickEvents": 5,
    "AlertInfo": 3,
    "AlertEvidence": 5,
}


def row_sets(*tables: str) -> st.SearchStrategy[dict[str, list[Row]]]:
    """A few rows of each of the tables; now and then the same row twice."""

    def twice(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
        return {table: found + found[:1] * (len(found) % 3 == 0) for table, found in rows.items()}

    lists = {table: st.lists(_cells(table), max_size=_MOST[table]) for table in tables or TABLES}
    return st.fixed_dictionaries(lists).map(twice)


_KEYS: Final = {
    ("UrlClickEvents", "ReportId"): "click-f",
    ("AlertInfo", "AlertId"): "da-f",
    ("AlertEvidence", "AlertId"): "da-f",
    **{(table, "NetworkMessageId"): _MESSAGE[:-2] + "f" for table in POOLS if "Email" in table},
}


def fixed_rows(count: int = 24) -> dict[str, list[Row]]:
    """Rows of every table in which every value of every pool stands at least once.

    Rows with the same number belong together; every third one shares its id with others.
    """
    times = INSIDE * 2 + NEAR

    def cell(table: str, column: str, pool: Sequence[object], number: int, index: int) -> object:
        own = _KEYS.get((table, column))
        if own and number % 3:
            return f"{own}{number}"
        if column == "RecipientEmailAddress":
            return pool[number % len(pool)]
        return pool[(number * (1 + index % 3) + index) % len(pool)]

    return {
        table: [
            {"Timestamp": times[number % len(times)]}
            | {
                column: cell(table, column, pool, number, index)
                for index, (column, pool) in enumerate(pools.items())
            }
            for number in range(count)
        ]
        for table, pools in POOLS.items()
    }


def plain_rows(count: int = 24) -> dict[str, list[Row]]:
    """The same with the words in ASCII that the service writes."""
    return {
        table: [
            {
                name: cell if not isinstance(cell, str) or cell.isascii() else ""
                for name, cell in row.items()
            }
            for row in rows
        ]
        for table, rows in fixed_rows(count).items()
    }


UNUSED: Final = tuple(
    (table, column)
    for table, columns in TABLES.items()
    for column in columns
    if column != "Timestamp" and column not in POOLS[table]
)
"""Columns that are always empty here: a tenant without them answers faster."""


def tenant_of(rows: Rows, **more: Any) -> EmbeddedTenant:
    """A tenant that holds these rows alone, on a clock that stands still."""
    return EmbeddedTenant(rows=rows, clock=ManualClock(NOW), **more)


class Remembering(httpx.BaseTransport):
    """Answers a question that was asked before from memory: rows and clock stand still."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._known: dict[bytes, httpx.Response] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = request.read()
        if not request.url.path.endswith("/runHuntingQuery"):
            return self._inner.handle_request(request)
        known = self._known.get(body)
        if known is None:
            known = self._known[body] = self._inner.handle_request(request)
            known.read()
        plain = {"Content-Type": known.headers["Content-Type"]}
        return httpx.Response(known.status_code, headers=plain, content=known.content)


def connected(tenant: EmbeddedTenant, **more: Any) -> Connector:
    """The real provider, connected to the tenant."""
    return Connector.open(
        "emailsecurity_defender_for_office",
        default_settings(),
        transport=more.pop("transport", None) or tenant.transport(),
        clock=tenant.clock,
        **more,
    )


def well_remembered(rows: Rows) -> Connector:
    """A connector for many questions about one set of rows."""
    tenant = tenant_of(rows, hidden_columns=UNUSED)
    return connected(tenant, transport=Remembering(tenant.transport()))
