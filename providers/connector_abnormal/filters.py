"""The filter fields of threats and mail, and how a few of them are said to the vendor.

The vendor takes one value per parameter, joins parameters with AND, and publishes the rule of none
of its text filters; nor whether a campaign counts by one of its messages or by all. So by default
it is told only what cannot be narrower than it is here, and every event is checked in any case.

An address that `email_t` refuses has no attribute of its type, and of several values one attribute
may hold the first alone. The rest stands bare under `unmapped`: a filter looks there too, so that
it finds whatever the vendor reported in that role. Mailboxes with a display name are not compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connector_abnormal.ids import plausible
from connector_abnormal.schema import ATTACK_TYPES, ATTACK_VECTORS, JUDGEMENTS, Source
from connector_core.filter import Condition, FilterField, Predicate, ValueType, describe, fold
from connector_core.filter.fields import CONTAINS, EQUALITY
from connector_core.filter.planner import conjuncts
from connector_core.ocsf.enums import (
    Action,
    Captioned,
    DetectionStatus,
    Disposition,
    Severity,
    Status,
    Verdict,
)
from connector_core.provider import FilterDisposition, Pushdown
from connector_core.query import Operation

TEXT, ENUM, INTEGER = ValueType.TEXT, ValueType.ENUM, ValueType.INTEGER
BOOLEAN, TIME, IP, MESSAGE_ID = (
    ValueType.BOOLEAN,
    ValueType.TIME,
    ValueType.IP,
    ValueType.MESSAGE_ID,
)


def _field(name: str, type: ValueType, *paths: str, says: str = "", **more: object) -> FilterField:
    settings = {"mode": "local"} | more
    return FilterField(name=name, type=type, paths=paths, description=says, **settings)  # type: ignore[arg-type]


def _captions(kind: type[Captioned], *more: str) -> tuple[str, ...]:
    return tuple(item.caption for item in kind if int(item) != 99) + more


# fmt: off
_COMMON: Final = (
    _field("time",           TIME,    mode="pushed", says="When it was received (of a threat: its last message), to the millisecond, UTC."),
    _field("severity",       ENUM,    values=_captions(Severity), says="How bad, in words; derived."),
    _field("severity_id",    INTEGER, says="How bad: 1 Informational to 4 High; derived."),
    _field("is_alert",       BOOLEAN, says="Whether it is judged an attack."),
    _field("disposition_id", INTEGER, says="What became of it, as a number."),
    _field("action",         ENUM,    values=_captions(Action), open=True, says="What the product did."),
    _field("action_id",      INTEGER, says="What the product did, as a number."),
    _field("status_id",      INTEGER, says="The state, as a number."),
    _field("metadata.log_name",   TEXT, says="threats or search."),
)
_TENANT: Final = "The mail tenant, in an account with several."

THREAT_FIELDS: Final = (
    *_COMMON,
    _field("disposition",        ENUM, values=_captions(Disposition, "Remediation attempted"), open=True, says="What became of the message that fared worst."),
    _field("status",             ENUM, values=_captions(DetectionStatus), open=True, says="How far remediation is."),
    _field("status_detail",      TEXT, says="remediationStatus of the message that is least far, verbatim."),
    _field("finding_info.uid",   TEXT, mode="pushed", says="threatId."),
    _field("finding_info.title", TEXT, says="Type of the attack and subject of the first message."),
    _field("finding_info.types", TEXT, says="attackType and attackVector."),
    _field("finding_info.desc",  TEXT, operators=CONTAINS, says="The reasons (summaryInsights)."),
    _field("finding_info.tags.values", TEXT, says="attackStrategy, impersonatedParty, attackedParty, source."),
    _field("attacks.technique.uid", TEXT, says="A MITRE ATT&CK technique; derived."),
    _field("malware.name",       TEXT, says="Malware, where the type of the attack is that."),
    _field("metadata.tenant_uid", TEXT, "metadata.tenant_uid", "unmapped.messages.tenantId", operators=EQUALITY, says=_TENANT),
    _field("verdict",            ENUM, "evidences.verdict", values=_captions(Verdict), says="The judgement of a message in it."),
    _field("message_trace_uid",  TEXT, "evidences.uid", says="abxMessageIdStr of a message in it."),
    _field("src_endpoint.ip",    IP,   "evidences.src_endpoint.ip", "unmapped.messages.senderIpAddress", says="A sender's address."),
    _field("email.from",         TEXT, "evidences.email.from", "unmapped.messages.fromAddress", says="The From header's address."),
    _field("email.to",           TEXT, "evidences.email.to", "unmapped.messages.toAddresses", "unmapped.messages.recipientAddress", says="A recipient, by header or by delivery."),
    _field("email.cc",           TEXT, "evidences.email.cc", "unmapped.messages.ccEmails", says="An address of the Cc header."),
    _field("email.return_path",  TEXT, "evidences.email.return_path", "unmapped.messages.returnPath", says="The envelope's sender."),
    _field("email.subject",      TEXT, "evidences.email.subject", says="The subject."),
    _field("email.message_uid",  MESSAGE_ID, "evidences.email.message_uid", says="The internet Message-ID."),
    _field("email.is_read",      BOOLEAN, "evidences.email.is_read", says="Whether a reader opened it."),
    _field("email.urls.url_string", TEXT, "evidences.email.urls.url_string", says="A link."),
    _field("email.urls.hostname",   TEXT, "evidences.email.urls.hostname", says="A link's host."),
    _field("email.files.name",      TEXT, "evidences.email.files.name", says="An attachment's name."),
    _field("email.files.ext",       TEXT, "evidences.email.files.ext", says="An attachment's extension."),
    _field("resources.name",     TEXT, says="A mailbox that got a copy."),
)

EVENT_FIELDS: Final = (
    *_COMMON,
    _field("disposition",        ENUM, values=_captions(Disposition, "Junked"), open=True, says="Where the mail is now."),
    _field("status",             ENUM, values=_captions(Status), open=True, says="Whether it was delivered."),
    _field("status_detail",      TEXT, says="Why it is in the quarantine."),
    _field("policy.name",        TEXT, says="The policy that put it into the quarantine."),
    _field("metadata.event_code", TEXT, mode="pushed", says="The judgement: attack, borderline, spam, graymail, safe."),
    _field("metadata.log_source", TEXT, mode="pushed", says="abnormal, or quarantine."),
    _field("metadata.tenant_uid", TEXT, operators=EQUALITY, says=_TENANT),
    _field("metadata.uid",       TEXT, operators=EQUALITY, says="This event's own id."),
    _field("metadata.original_event_uid", TEXT, "metadata.original_event_uid", "unmapped.abnormal_message_id", "unmapped.raw_message_id", operators=EQUALITY, says="An id that the product gave the mail."),
    _field("src_endpoint.ip",    IP,   "src_endpoint.ip", "email.x_originating_ip", "unmapped.sender_ip_addresses", says="An address of the sender."),
    _field("from",               TEXT, "from", "unmapped.sender", says="The sender."),
    _field("to",                 TEXT, "to", "unmapped.mailbox_name", says="The mailbox of this copy."),
    _field("email.from",         TEXT, "email.from", "unmapped.sender", says="The sender."),
    _field("email.to",           TEXT, "email.to", "unmapped.mailbox_name", says="The mailbox of this copy."),
    _field("email.subject",      TEXT, says="The subject."),
    _field("email.message_uid",  MESSAGE_ID, says="The internet Message-ID."),
    _field("email.urls.url_string", TEXT, says="A link in the body."),
    _field("email.urls.hostname",   TEXT, says="A link's host."),
    _field("email.files.name",      TEXT, "email.files.name", "unmapped.attachments.key", says="An attachment's name."),
    _field("email.files.ext",       TEXT, says="An attachment's extension."),
    _field("email.files.hashes.value", TEXT, says="An attachment's MD5."),
)

_Words = tuple[str, str, Mapping[str, str]]
_THREAT_WORDS: Final[tuple[_Words, ...]] = (
    ("finding_info.types", "attackType",   {fold(word): word for word in ATTACK_TYPES}),
    ("finding_info.types", "attackVector", {fold(word): word for word in ATTACK_VECTORS}),
)
_EVENT_WORDS: Final[tuple[_Words, ...]] = (
    ("metadata.event_code", "judgement", {word: word for word in JUDGEMENTS}),
)
_THREAT_TEXTS: Final = {
    "email.from":    "sender",
    "email.to":      "recipient",
    "email.subject": "subject",
}
_EVENT_TEXTS: Final = {
    "email.from":            "sender_email",
    "from":                  "sender_email",
    "email.to":              "recipient_email",
    "to":                    "recipient_email",
    "email.subject":         "subject",
    "email.message_uid":     "internet_message_id",
    "email.urls.url_string": "body_link",
    "email.files.name":      "attachment_name",
    "email.files.hashes.value": "attachment_md5_hash",
    "src_endpoint.ip":       "sender_ip",
}
# fmt: on

SOURCES: Final[tuple[Source, ...]] = ("abnormal", "quarantine")
MOST_NAMED: Final = 25
"""Threats that are asked for by their ids at most, instead of being looked for in the list."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A predicate as the parameters of a request."""

    parameters: Mapping[str, str]
    sources: tuple[Source, ...]
    """The sources whose mail can be selected; at least one is asked, for an answer."""
    filters: tuple[FilterDisposition, ...]
    ids: tuple[str, ...] = ()
    """The ids of which a threat must have one, when these are few."""


def translate(operation: Operation, predicate: Predicate, *, push_text: bool) -> Translation:
    """Put into parameters what they can express; never so much that too much is left out."""
    parameters: dict[str, str] = {}
    sources = SOURCES
    ids: tuple[str, ...] = ()
    filters = []
    for part in conjuncts(predicate):
        pushdown: Pushdown = "local"
        if isinstance(part, Condition):
            if part.field.name == "time":
                pushdown = "narrowed"
            elif part.field.name == "metadata.log_source" and operation == "query_events":
                chosen = tuple(source for source in sources if _selects(part, source))
                sources, pushdown = chosen or sources[:1], "pushed" if chosen else "narrowed"
            elif part.field.name == "finding_info.uid" and not ids:
                ids = _ids(part)
                pushdown = "narrowed" if ids else "local"
            else:
                for name, value in _parameters(operation, part, push_text):
                    if name not in parameters:
                        parameters[name], pushdown = value, "narrowed"
                        break
        filters.append(FilterDisposition(describe(part), pushdown))
    return Translation(parameters, sources, tuple(filters), ids)


def _ids(condition: Condition) -> tuple[str, ...]:
    ids = tuple({fold(str(value)): str(value) for value in condition.values}.values())
    few = condition.test == "in" and len(ids) <= MOST_NAMED
    return ids if few and all(map(plausible, ids)) else ()


def _selects(condition: Condition, source: Source) -> bool:
    values = [fold(str(value)) for value in condition.values]
    if condition.test == "like":
        return any(value in source for value in values)
    return source in values


def _parameters(
    operation: Operation, condition: Condition, push_text: bool
) -> Iterator[tuple[str, str]]:
    """Parameters that express a condition, and the one value of each."""
    if len(condition.values) != 1 or condition.test not in ("in", "like"):
        return
    (value,), field = condition.values, condition.field.name
    words, texts = _EVENT_WORDS, _EVENT_TEXTS
    if operation == "query_threats":
        words, texts = _THREAT_WORDS if push_text else (), _THREAT_TEXTS
    for name, parameter, known in words:
        if name == field and condition.test == "in" and (word := known.get(fold(str(value)))):
            yield parameter, word
    if push_text and value and (parameter := texts.get(field, "")):
        yield parameter, str(value)
