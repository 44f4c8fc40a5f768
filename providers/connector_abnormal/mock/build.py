"""Writes the vendor's records from a few facts; what is not given is drawn from a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, md5
from typing import Any, Final

from .records import Campaign, Found, Json, Message, Source
from .times import SECOND, spelled
from .words import (
    ATTACK_STRATEGIES,
    ATTACK_TYPES,
    ATTACK_VECTORS,
    DECISIONS,
    IMPERSONATED,
    JUDGEMENT_SOURCES,
    JUDGEMENTS,
    MESSAGE_SOURCES,
    REMEDIATIONS,
    UNLISTED,
)

PORTAL: Final = "https://portal.abnormal.example/home/threat-center/remediation-history"
ABSENT: Final = object()
"""In a letter's `row` or `result`: the key is left out."""
CUT: Final = 255
"""Characters of `toAddresses` where it is a text."""
RELEASES: Final = ("NOT_RELEASED", "RELEASED", "RELEASE_REQUESTED", "RELEASE_DENIED")
POLICIES: Final = ("HostedContentFilterPolicy", "AntiMalwarePolicy", "TransportRule")
REASONS: Final = ("High confidence phish", "Bulk", "Malware", "Transport rule")
FOLDERS: Final = ("Inbox", "Junk Email", "Deleted Items", "Archive", "Recoverable Items")
INSIGHTS: Final = (
    "Suspicious Link",
    "Unusual Sender",
    "Unusual Sender Domain",
    "Abnormal Email Body HTML",
    "Invoice",
    "Cryptocurrency",
    "Billing Account Update",
    "Invoice Inquiry",
    "Covid-19 Related Attack",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is told of one message. `at` is in nanoseconds since 1970 UTC."""

    number: int
    """Unique within its holdings; what is not told is drawn from it."""
    at: int
    subject: str
    sender: str
    recipient: str
    message_id: str
    sender_name: str = ""
    recipient_name: str = ""
    ip: str = ""
    urls: Sequence[str] = ()
    files: Sequence[str] = ()
    to: Sequence[str] = ()
    """Everybody on the To line; the recipient alone when left out."""
    digits: int = 0
    """Digits of a second in its times."""
    kind: int = 0
    """Place in the lists of words; the same for all messages of a campaign."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """Replaces keys of its row in a campaign."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """Replaces keys of its row in a search."""


def guid(*parts: object) -> str:
    """A GUID that is a function of its parts."""
    digits = blake2b(repr(parts).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def signed(*parts: object) -> int:
    """A signed 64-bit number that is a function of its parts."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def nth(words: Sequence[str], number: int, key: str = "") -> str:
    """One of the listed words, or of the unlisted ones under `key`, in turn."""
    held = (*words, *UNLISTED.get(key, ()))
    return held[number % len(held)]


def message(letter: Letter, threat_id: str, tenant: tuple[int | None, str | None]) -> Message:
    """The message as a campaign holds it; all documented keys, and those of some licences."""
    n = letter.number
    number = _message_number(letter)
    status = nth(REMEDIATIONS, n, "remediationStatus")
    done = status.startswith(("Auto", "Post"))
    after = (30 + n % 400) * SECOND if status.startswith("Post") else (5 + n % 50) * SECOND
    remediated = letter.at + after + n % SECOND if done else None
    to = letter.to or (letter.recipient,)
    local, _, domain = letter.sender.rpartition("@")
    row: Json = {
        "threatId": threat_id,
        "abxMessageId": number,
        "abxMessageIdStr": str(number),
        "abxPortalUrl": f"{PORTAL}/{number}",
        "subject": letter.subject,
        "fromAddress": letter.sender,
        "fromName": letter.sender_name or local,
        "senderDomain": domain,
        "toAddresses": ", ".join(to)[:CUT] if n % 2 else list(to),
        "recipientAddress": letter.recipient,
        "ccEmails": [f"copy{n % 3}@contoso.example"] if n % 4 == 1 else [],
        "replyToEmails": [f"reply{n % 5}@evil.test"] if n % 4 == 2 else [],
        "returnPath": f"bounce{n % 7}@{domain or 'evil.test'}" if n % 5 else "",
        "receivedTime": spelled(letter.at, letter.digits),
        "sentTime": spelled(letter.at - (1 + n % 40) * SECOND, letter.digits),
        "internetMessageId": letter.message_id,
        "remediationStatus": status,
        "remediationTimestamp": spelled(remediated, 6) if remediated else (None, "")[n % 2],
        "autoRemediated": status.startswith("Auto"),
        "postRemediated": status.startswith("Post"),
        "attackType": nth(ATTACK_TYPES, letter.kind, "attackType"),
        "attackVector": nth(ATTACK_VECTORS, letter.kind, "attackVector"),
        "attackStrategy": nth(ATTACK_STRATEGIES, letter.kind, "attackStrategy"),
        "impersonatedParty": nth(IMPERSONATED, letter.kind, "impersonatedParty"),
        "attackedParty": nth((), n, "attackedParty"),
        "summaryInsights": [INSIGHTS[(letter.kind + k) % len(INSIGHTS)] for k in range(n % 4)],
        "attachmentNames": list(letter.files),
        "attachmentCount": len(letter.files),
        "urls": list(letter.urls),
        "urlCount": len(letter.urls) if n % 6 else 0,
        "senderIpAddress": letter.ip or (None, "")[n % 2],
        "isRead": n % 3 == 0,
        "source": nth(MESSAGE_SOURCES, letter.kind, "source"),
        "tenantId": tenant[0],
        "tenantName": tenant[1],
        "customerOverride": _override(n) if n % 9 == 4 else None,
    }
    return Message(_changed(row, letter.row), letter.at, remediated)


def _message_number(letter: Letter) -> int:
    """The same in a campaign and in a search."""
    return signed(letter.message_id, letter.at, letter.recipient, letter.subject)


def _changed(row: Json, changes: Mapping[str, Any]) -> Json:
    return {key: value for key, value in {**row, **changes}.items() if value is not ABSENT}


def _override(n: int) -> Json:
    return {
        "overrideType": ("BLOCK_LIST", "CUSTOMER_AI_MODEL")[n // 9 % 2],
        "reason": "Sender is on the block list",
        "overrideJudgement": nth(JUDGEMENTS, n),
        "value": f"sender{n}@evil.test",
    }


def campaign(
    letters: Sequence[Letter],
    *,
    name: object,
    appears: int,
    tenant: tuple[int | None, str | None] = (None, None),
    recipients: int | None = None,
) -> Campaign:
    """The letters as one threat; `name` makes its id. It never appears before it is remediated."""
    threat_id = guid("threat", name)
    messages = [message(letter, threat_id, tenant) for letter in letters]
    messages.sort(key=lambda held: -held.received)
    people = len({letter.recipient.lower() for letter in letters})
    return Campaign(
        threat_id=threat_id,
        messages=tuple(messages),
        recipient_count=people if recipients is None else recipients,
        appears=max(appears, *(held.remediated or 0 for held in messages)),
        tenant_id=tenant[0],
        tenant_name=tenant[1],
    )


def found(letter: Letter, *, source: Source, judgement: str, appears: int, tenant: int) -> Found:
    """The letter as a search shows it."""
    n = letter.number
    model = nth(JUDGEMENT_SOURCES, n // 2) if source == "abnormal" else None
    custom = model == "CUSTOMER_AI_MODEL"
    row: Json = {
        "customer_id": 100,
        "tenant_id": tenant,
        "received_time": spelled(letter.at, letter.digits),
        "subject": letter.subject,
        "sender": letter.sender,
        "sender_display_name": letter.sender_name or letter.sender.partition("@")[0],
        "mailbox_name": letter.recipient,
        "mailbox_display_name": letter.recipient_name or letter.recipient.partition("@")[0],
        "current_folder_name": nth(FOLDERS, n) if source == "abnormal" else None,
        "raw_message_id": f"AAMk{blake2b(str((n, letter.at)).encode(), digest_size=9).hexdigest()}",
        "native_user_id": guid("user", letter.recipient),
        "cloud_message_id": f"abx:CloudMessage:{tenant}:{n}",
        "internet_message_id": letter.message_id,
        "abnormal_message_id": str(_message_number(letter)),
        "abnormal_message_uuid": guid("mail", n, letter.at) if n % 7 else None,
        "decision_category": _decision(judgement, n),
        "judgement": judgement,
        "judgement_source": model,
        "judgement_source_model_id": str(700 + n % 3) if custom else None,
        "judgement_source_model_version": str(10 + n % 5) if custom else None,
        "attachments": {name: _attachment(name, n) for name in letter.files},
        "body_links": list(letter.urls),
        "sender_ip_addresses": [letter.ip] if letter.ip else [],
        "quarantine_info": _quarantine(letter) if source == "quarantine" else None,
    }
    return Found(
        source=source, row=_changed(row, letter.result), received=letter.at, appears=appears
    )


def _decision(judgement: str, n: int) -> str:
    if judgement == "attack":
        return ("malicious", "attack")[n % 2]
    return judgement if judgement in DECISIONS else UNLISTED["decision_category"][1]


def _attachment(name: str, n: int) -> Json:
    return {
        "name": name,
        "md5_hash": md5(f"{name}:{n % 4}".encode(), usedforsecurity=False).hexdigest(),
    }


def _quarantine(letter: Letter) -> Json:
    n = letter.number
    return {
        "identity": guid("quarantine", n, letter.at),
        "message_id": letter.message_id,
        "policy_type": nth(POLICIES, n // 4),
        "quarantine_reason": nth(REASONS, n // 4),
        "release_status": nth(RELEASES, n // 4),
        "type": "Spam" if n // 4 % 2 else "HighConfPhish",
        "processed_at": spelled(letter.at + (3 + n % 20) * SECOND, letter.digits),
    }
