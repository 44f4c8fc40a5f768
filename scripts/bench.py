"""Measure speed and memory, side by side in one run, and print a table.

    python scripts/bench.py            # some two minutes
    python scripts/bench.py --quick    # fewer rounds, to see that everything runs

A measurement, not a test: nothing fails when a figure is missed. Every figure is the median of
several rounds with the garbage collector off; rounds of different subjects take turns, so that a
busy machine slows all of them alike. Ratios mean more than absolute figures.
"""

import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from connector_core.filter import parse_all, resolve
from connector_core.filter.evaluate import compile_predicate
from connector_core.filter.fields import FilterField
from connector_core.ocsf.models import EmailActivity
from connector_core.ocsf.observables import observables
from connector_core.query import Query, Window
from connector_defender_office365 import filters, graph, normalize, translate
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.mock.encode import encode
from connector_defender_office365.normalize import Normalizers

ROWS: Final = 10_000
NOW: Final = 1_793_491_200_000
"""2026-11-01T00:00:00Z in milliseconds."""
GRAPH: Final = "https://graph.microsoft.com"
TENANT: Final = "11111111-2222-4333-8444-555555555555"

# -- rows ----------------------------------------------------------------------------------------

_SUBJECTS: Final = ("Your mailbox is full", "Relevé de compte", "Q3 report", "Re: offer {}", "発注 {}")
_VERDICTS: Final = (
    ("", "", "", ""),
    ("", "", "", ""),
    ("Phish", "", '{"Phish":["URL malicious reputation","Mixed analysis detection"]}', '{"Phish":"High"}'),
    ("Spam", "", '{"Spam":["Advanced filter"]}', '{"Spam":"9"}'),
    ("Malware, Phish", "Trojan_PDF_Phish", '{"Malware":["File detonation"],"Phish":["Advanced filter"]}', '{"Malware":"High","Phish":"Normal"}'),
)  # fmt: skip
_OUTCOMES: Final = (
    ("Delivered", "Inbox/folder"), ("Delivered", "Inbox/folder"), ("Delivered", "Junk folder"),
    ("Junked", "Junk folder"), ("Blocked", "Quarantine"), ("Replaced", "Inbox/folder"),
)  # fmt: skip
_AUTHENTICATION: Final = tuple(
    json.dumps({"SPF": spf, "DKIM": dkim, "DMARC": dmarc, "CompAuth": comp})
    for spf in ("pass", "fail", "softfail", "none")
    for dkim in ("pass", "fail", "none")
    for dmarc in ("pass", "fail", "bestguesspass", "none")
    for comp in ("pass", "fail")
)


def mails(rng: random.Random) -> Iterator[dict[str, object]]:
    """EmailEvents rows without end: what a busy tenant's mail looks like, few columns empty."""
    for number in count():
        pick, word = rng.choice, f"{rng.getrandbits(64):016x}"
        uid = f"{word[:8]}-{word[8:12]}-4{word[12:15]}-8{word[13:16]}-08de{rng.getrandbits(32):08x}"
        sender, name = f"user{rng.randrange(900)}", f"Person {rng.randrange(900)}"
        domain, to = f"partner{rng.randrange(80)}.example", f"employee{rng.randrange(2_000)}@example.com"
        threats, names, methods, level = pick(_VERDICTS)
        action, place = pick(_OUTCOMES)
        at = datetime.fromtimestamp(NOW / 1_000 - number * 0.7, UTC)
        yield {
            "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z",
            "NetworkMessageId": uid,
            "InternetMessageId": f"<{word}.{number}@mail.{domain}>",
            "SenderMailFromAddress": f"bounce+{word[:6]}@{domain}",
            "SenderFromAddress": f"{sender}@{domain}",
            "SenderDisplayName": name,
            "SenderObjectId": uid[::-1],
            "SenderMailFromDomain": domain,
            "SenderFromDomain": domain,
            "SenderIPv4": f"192.0.2.{rng.randrange(1, 255)}",
            "SenderIPv6": "",
            "RecipientEmailAddress": to,
            "RecipientObjectId": uid,
            "Subject": pick(_SUBJECTS).format(number),
            "EmailClusterId": rng.getrandbits(32),
            "EmailDirection": pick(("Inbound", "Inbound", "Inbound", "Outbound", "Intra-org")),
            "DeliveryAction": action,
            "DeliveryLocation": place,
            "ThreatTypes": threats,
            "ThreatNames": names,
            "DetectionMethods": methods,
            "ConfidenceLevel": level,
            "BulkComplaintLevel": rng.randrange(10),
            "EmailAction": "Move message to junk mail folder" if threats else "",
            "EmailActionPolicy": "Antispam phishing" if threats else "",
            "EmailActionPolicyGuid": TENANT if threats else "",
            "AuthenticationDetails": pick(_AUTHENTICATION),
            "AttachmentCount": rng.randrange(3),
            "UrlCount": rng.randrange(6),
            "EmailLanguage": pick(("en", "de", "fr", "ja")),
            "Connectors": "Inbound from partner",
            "OrgLevelAction": "Allow" if number % 10 == 0 else "",
            "OrgLevelPolicy": "Tenant allow list" if number % 10 == 0 else "",
            "UserLevelAction": "Block" if number % 25 == 0 else "",
            "UserLevelPolicy": "Blocked senders" if number % 25 == 0 else "",
            "ReportId": f"{uid}-{rng.getrandbits(64)}-1",
            "AdditionalFields": "",
            "LatestDeliveryLocation": place,
            "LatestDeliveryAction": action,
            "OriginalThreatTypes": threats,
            "OriginalDetectionMethods": methods,
            "OriginalConfidenceLevel": level,
            "DistributionList": f"team{rng.randrange(40)}@example.com",
            "ExchangeTransportRule": "Mark external",
            "ForwardingInformation": "",
            "Context": "",
            "To": json.dumps([to, f"employee{rng.randrange(2_000)}@example.com"]),
            "Cc": "[]",
            "ThreatClassification": "Credential phishing" if threats else "",
            "RecipientDomain": "example.com",
            "EmailSize": rng.randrange(2_000, 400_000),
            "IsFirstContact": rng.randrange(2),
            "Topics": "Invoice",
        }  # fmt: skip


def _files(rng: random.Random) -> list[object]:
    return [
        {
            "FileName": f"report {rng.randrange(10_000)}.pdf", "FileType": "pdf", "FileExtension": ".pdf",
            "SHA256": f"{rng.getrandbits(256):064x}", "FileSize": rng.randrange(400_000), "ThreatTypes": "",
            "ThreatNames": "", "DetectionMethods": "", "ReportId": "", "AdditionalFields": "",
        }
        for _ in range(rng.choice((0, 0, 0, 1, 2)))
    ]  # fmt: skip


def _links(rng: random.Random) -> list[object]:
    hosts = [f"www{rng.randrange(500)}.partner.example" for _ in range(rng.choice((0, 0, 1, 2, 4)))]
    return [
        {
            "Url": f"https://{host}/page/{rng.randrange(10_000)}?id={rng.getrandbits(32):x}", "UrlDomain": host,
            "UrlLocation": "Body", "UrlChainId": "", "UrlChainPosition": 0, "ReportId": f"{rng.getrandbits(64):x}",
        }
        for host in hosts
    ]  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A result to be encoded as Graph does."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]


@lru_cache
def reply(rows: int, parts: bool) -> bytes:
    """The body of a hunting answer; with `parts` it is one of the product's own page queries."""
    rng = random.Random(1)
    columns = list(DOCUMENTED["EmailEvents"].items())
    found = [list(row.values()) for row, _ in zip(mails(rng), range(rows), strict=False)]
    if parts:
        columns += [("Kind", "string"), ("EventKey", "string")]
        columns += [("Files", "dynamic"), ("Links", "dynamic")]
        for row in found:
            row += ["delivery", f"delivery|{row[1]}|{row[11]}|{row[35]}", _files(rng), _links(rng)]
    return encode(Answer(columns, found), GRAPH)
