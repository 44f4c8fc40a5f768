"""The filters that Defender offers, and how each is translated to each table's columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from connector_core.filter.fields import CONTAINS, EQUALITY, FilterField, ValueType
from connector_core.mapping import Direct, Enum, Static, Table
from connector_core.ocsf.enums import (
    Action,
    Captioned,
    Confidence,
    Direction,
    Disposition,
    Severity,
    Status,
)
from connector_defender_office365 import inverse, kql
from connector_defender_office365.inverse import ABSENT, UNTRANSLATED, Inverse
from connector_defender_office365.mapping import (
    ALERT_INFO,
    EMAIL_EVENTS,
    EMAIL_POST_DELIVERY_EVENTS,
    MESSAGES,
    URL_CLICK_EVENTS,
)
from connector_defender_office365.schema import TABLES

TEXT, ENUM, INTEGER = ValueType.TEXT, ValueType.ENUM, ValueType.INTEGER
BOOLEAN, TIME, IP = ValueType.BOOLEAN, ValueType.TIME, ValueType.IP


def _field(name: str, type: ValueType, *paths: str, says: str = "", **more: object) -> FilterField:
    return FilterField(name=name, type=type, paths=paths, description=says, **more)  # type: ignore[arg-type]


def _captions(kind: type[Captioned], *more: str) -> tuple[str, ...]:
    return tuple(item.caption for item in kind if int(item) != 99) + more


# What OCSF has no place for the mapping keeps elsewhere, and filters find it there: addresses that
# its `email_t` refuses, and the second of two IP addresses. Never a form with a display name.

_RELAYS: Final = ("unmapped.SenderIPv4", "unmapped.SenderIPv6")
_ODD_SENDERS: Final = (
    "unmapped.SenderFromAddress",
    "unmapped.AlertEvidence.AdditionalFields.P2Sender",
    "unmapped.AlertEvidence.AdditionalFields.Sender",
)

# fmt: off
_COMMON: Final = (
    _field("time",           TIME,    says="When it happened, to the millisecond, UTC."),
    _field("severity",       ENUM,    values=_captions(Severity), says="How bad, in words."),
    _field("severity_id",    INTEGER, says="How bad: 1 Informational to 4 High."),
    _field("disposition",    ENUM,    values=_captions(Disposition, "Junked"), open=True, says="What became of it."),
    _field("disposition_id", INTEGER, says="What became of it, as a number."),
    _field("action",         ENUM,    values=_captions(Action), open=True, says="What the product did."),
    _field("action_id",      INTEGER, says="What the product did, as a number."),
    _field("is_alert",       BOOLEAN, says="Whether it is phishing or malware."),
    _field("message",        TEXT,    mode="local", says="What detected it."),
    _field("confidence",     ENUM,    values=_captions(Confidence), open=True, mode="local", says="How sure the product is."),
    _field("confidence_id",  INTEGER, mode="local", says="How sure the product is, as a number."),
    _field("malware.name",   TEXT,    mode="local", says="A malware family."),
    _field("policy.name",    TEXT,    mode="local", says="The policy that acted."),
    _field("metadata.log_name", TEXT, says="The hunting table it was read from."),
)

EVENT_FIELDS: Final = (
    *_COMMON,
    _field("activity_name",     TEXT,    says="Scan for a delivery, else what was done later."),
    _field("direction",         ENUM,    values=_captions(Direction), open=True, says="Inbound, Outbound, Internal."),
    _field("direction_id",      INTEGER, says="1 Inbound, 2 Outbound, 3 Internal."),
    _field("status",            ENUM,    values=_captions(Status), open=True, says="Whether it was delivered."),
    _field("status_id",         INTEGER, says="1 Success, 2 Failure."),
    _field("status_code",       TEXT,    says="DeliveryAction or ActionResult, verbatim."),
    _field("status_detail",     TEXT,    says="DeliveryLocation or Action, verbatim."),
    _field("message_trace_uid", TEXT,    says="NetworkMessageId."),
    _field("from",              TEXT,    "from", "unmapped.SenderMailFromAddress", says="The envelope's sender, valid or not."),
    _field("to",                TEXT,    "to", "unmapped.RecipientEmailAddress", says="The mailbox this copy went to, whatever the header says, valid or not."),
    _field("src_endpoint.ip",   IP,      "src_endpoint.ip", *_RELAYS, says="The last relay, by IPv4 or IPv6."),
    _field("email.from",        TEXT,    "email.from", "unmapped.SenderFromAddress", says="The From header's address, valid or not."),
    _field("email.to",          TEXT,    "email.to", "email.to_mailboxes", says="An address of the To header, or else the recipient, valid or not."),
    _field("email.cc",          TEXT,    "email.cc", "email.cc_mailboxes", says="An address of the Cc header, valid or not."),
    _field("email.subject",     TEXT,    says="The subject."),
    _field("email.message_uid", ValueType.MESSAGE_ID, says="The internet Message-ID."),
    _field("email.size",        INTEGER, says="Bytes."),
    _field("email.urls.url_string", TEXT, says="A link in the message."),
    _field("email.urls.hostname",   TEXT, says="A link's host."),
    _field("email.files.name",      TEXT, says="An attachment's name."),
    _field("email.files.ext",       TEXT, mode="local", says="An attachment's extension."),
    _field("email.files.size",      INTEGER, says="An attachment's size in bytes."),
    _field("email.files.hashes.value", TEXT, says="An attachment's SHA-256."),
    _field("email_auth.spf",    TEXT, operators=EQUALITY, mode="local", says="SPF result."),
    _field("email_auth.dkim",   TEXT, operators=EQUALITY, mode="local", says="DKIM result."),
    _field("email_auth.dmarc",  TEXT, operators=EQUALITY, mode="local", says="DMARC result."),
    _field("metadata.event_code", TEXT, says="ActionType of an action after delivery."),
    _field("metadata.uid",      TEXT, operators=EQUALITY, mode="local", says="This event's own id."),
)

THREAT_FIELDS: Final = (
    *_COMMON,
    _field("finding_info.uid",   TEXT, says="NetworkMessageId, AlertId or ReportId."),
    _field("finding_info.title", TEXT, says="The finding's title."),
    _field("finding_info.types", TEXT, says="Threat types, or the alert's category."),
    _field("finding_info.analytic.name", TEXT, "finding_info.analytic.name", "finding_info.related_analytics.name", mode="local", says="What detected it, for any threat in any copy."),
    _field("metadata.product.name", TEXT, says="The product that reported it."),
    _field("attacks.technique.uid", TEXT, mode="local", says="A MITRE ATT&CK technique."),
    _field("message_trace_uid",  TEXT, "evidences.uid", "metadata.correlation_uid", says="NetworkMessageId of a message in it, or of the one that held a clicked link."),
    _field("src_endpoint.ip",    IP,   "evidences.src_endpoint.ip", *_RELAYS, says="A sender's or a clicking user's address, by IPv4 or IPv6."),
    _field("email.from",         TEXT, "evidences.email.from", *_ODD_SENDERS, says="The From header's address, or the sender that an alert names, valid or not."),
    _field("email.to",           TEXT, "evidences.email.to", "evidences.email.to_mailboxes", says="A recipient, by header or by delivery, valid or not."),
    _field("email.cc",           TEXT, "evidences.email.cc", "evidences.email.cc_mailboxes", mode="local", says="An address of the Cc header, valid or not."),
    _field("email.subject",      TEXT, "evidences.email.subject", says="The subject."),
    _field("email.message_uid",  ValueType.MESSAGE_ID, "evidences.email.message_uid", says="The internet Message-ID."),
    _field("email.urls.url_string", TEXT, "evidences.url.url_string", "evidences.email.urls.url_string", says="A link."),
    _field("email.urls.hostname",   TEXT, "evidences.url.hostname", "evidences.email.urls.hostname", says="A link's host."),
    _field("email.files.name",      TEXT, "evidences.file.name", says="A file's name."),
    _field("email.files.hashes.value", TEXT, "evidences.file.hashes.value", says="A file's hash."),
    _field("user.name",          TEXT, "evidences.user.name", operators=EQUALITY + CONTAINS, mode="local", says="A user in the evidence."),
    _field("user.email_addr",    TEXT, "evidences.user.email_addr", mode="local", says="A user's address."),
    _field("resources.name",     TEXT, mode="local", says="An affected mailbox or user."),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one table as the tenant has them; a missing one reads as empty.

    A key of caches: `present` is never changed, and equal by identity first.
    """

    table: str
    present: Mapping[str, str] = field(hash=False)

    def __call__(self, name: str) -> kql.Expr:
        """The column as text, number or truth value."""
        kind = self.present.get(name)
        if kind == "dynamic":
            return kql.call("tostring", kql.Column(name))
        if kind is None:
            wanted = TABLES[self.table].get(name, "string")
            return kql.Bool(False) if wanted == "bool" else kql.Text("")
        return kql.Column(name)

    def has(self, name: str) -> bool:
        """Whether the tenant has the column."""
        return name in self.present


Child = Callable[[str], "tuple[Callable[[], kql.Pipeline], Columns] | None"]
"""Rows of another table in the query's wider window; None when the tenant has no such table."""
Fields = Callable[[str], Inverse | None]
"""How a field, given by name, is translated to a table's columns; None when it cannot be."""


def mapped(table: Table, field: FilterField, columns: Columns) -> Inverse:
    """What the mapping table itself says about a field; `ABSENT` when nothing fills it."""
    found = [_at(table, path, field, columns) for path in field.paths]
    filled = [each for each in found if each is not ABSENT]
    return filled[0] if len(filled) == 1 else _untranslated if filled else ABSENT


def _at(table: Table, path: str, field: FilterField, columns: Columns) -> Inverse:
    """What the mapping table says about one of the field's paths."""
    row = table.find(path)
    match row:
        case Direct(columns=(name,)) if not columns.has(name):
            return ABSENT
        case Direct(columns=(name,)):
            expr = columns(name)
            return inverse.number(expr) if field.type is INTEGER else inverse.text(expr)
        case Enum():
            return inverse.decided(row, path, columns)
        case Static(attribute=attribute, value=value):
            shown = value.caption if isinstance(value, Captioned) and path != attribute else value
            return inverse.constant(_nested(path, shown))
        case None:
            return _untranslated if _filled(table, path, columns) else ABSENT
        case _:
            return _untranslated


def _filled(table: Table, path: str, columns: Columns) -> bool:
    """Whether some row fills the attribute or what holds it, or a column that nobody mapped does."""
    parts = path.split(".")
    if parts[0] == "unmapped" and columns.has(parts[1]):
        return True
    return any(table.find(".".join(parts[:length])) for length in range(1, len(parts)))


def _nested(path: str, value: object) -> dict[str, object]:
    head, *rest = path.split(".", 1)
    return {head: _nested(rest[0], value) if rest else value}


def _untranslated(condition: object, negated: object) -> inverse.Translated:
    return UNTRANSLATED


def email_events(columns: Columns, child: Child) -> Fields:
    """Fields of an EmailEvents row as Email Activity."""
    own = _email_events_own(columns)

    def translator(name: str) -> Inverse | None:
        return _part(name, child) if name.startswith(_PARTS) else own.get(name)

    return translator


# What no window is part of is the same for every query, so it is made once per table: `_..._own`.


@lru_cache(maxsize=64)
def _email_events_own(columns: Columns) -> dict[str, Inverse]:
    found = {field.name: mapped(EMAIL_EVENTS, field, columns) for field in EVENT_FIELDS}
    return found | _message_parts(columns) | {
        "time": inverse.instant(columns("Timestamp")),
        "from": inverse.text(columns("SenderMailFromAddress")),
        "to": inverse.text(columns("RecipientEmailAddress")),
        "email.to": inverse.json_texts(columns("To"), columns("RecipientEmailAddress")),
        "email.cc": inverse.json_texts(columns("Cc")),
    }  # fmt: skip


def _message_parts(columns: Columns) -> dict[str, Inverse]:
    return {
        "email.from": inverse.text(columns("SenderFromAddress")),
        "email.message_uid": inverse.message_id(columns("InternetMessageId")),
        "src_endpoint.ip": inverse.ip(columns("SenderIPv4"), columns("SenderIPv6")),
    }


_PARTS: Final = ("email.urls.", "email.files.")


def _part(name: str, child: Child) -> Inverse | None:
    """A field of a message's links and files, which stand in tables of their own."""
    return (_links(child, "email.urls.") | _files(child)).get(name)


def _links(child: Child, prefix: str) -> dict[str, Inverse]:
    found = child("EmailUrlInfo")
    if found is None:
        return {prefix + "url_string": ABSENT, prefix + "hostname": ABSENT}
    rows, columns = found
    return {
        prefix + "url_string": inverse.joined(
            rows, "NetworkMessageId", inverse.text(columns("Url"))
        ),
        prefix + "hostname": inverse.joined(
            rows,
            "NetworkMessageId",
            inverse.either(inverse.text(columns("UrlDomain")), _when_empty(columns("UrlDomain"))),
        ),
    }


def _files(child: Child) -> dict[str, Inverse]:
    found = child("EmailAttachmentInfo")
    names = ("email.files.name", "email.files.hashes.value", "email.files.size")
    if found is None:
        return dict.fromkeys(names, ABSENT)
    rows, columns = found
    size = columns("FileSize") if columns.has("FileSize") else None
    inverses = (
        inverse.either(inverse.text(columns("FileName")), _when_empty(columns("FileName"))),
        inverse.text(columns("SHA256")),
        inverse.number(size) if size else ABSENT,
    )
    return {
        name: inverse.joined(rows, "NetworkMessageId", each)
        for name, each in zip(names, inverses, strict=True)
    }


def _when_empty(expr: kql.Expr) -> Inverse:
    """Without the column's text the event has one of its own: a link's host, a file's "unknown"."""
    return lambda condition, negated: inverse.Translated(kql.call("isempty", expr))


def post_delivery(columns: Columns, child: Child) -> Fields:
    """Fields of an EmailPostDeliveryEvents row as Email Activity."""
    return _post_delivery_own(columns).get


@lru_cache(maxsize=64)
def _post_delivery_own(columns: Columns) -> dict[str, Inverse]:
    found = {
        field.name: mapped(EMAIL_POST_DELIVERY_EVENTS, field, columns) for field in EVENT_FIELDS
    }
    return found | {
        "time": inverse.instant(columns("Timestamp")),
        "to": inverse.text(columns("RecipientEmailAddress")),
        "email.to": inverse.text(columns("RecipientEmailAddress")),
        "email.from": inverse.text(columns("SenderFromAddress")),
        "email.message_uid": inverse.message_id(columns("InternetMessageId")),
    }


def messages(columns: Columns, child: Child) -> Fields:
    """Fields of a message finding, as facts about one of its copies with a verdict."""
    own = _messages_own(columns)

    def translator(name: str) -> Inverse | None:
        if name == "email.to":
            return _recipients(child)
        return _part(name, child) if name.startswith(_PARTS) else own.get(name)

    return translator


@lru_cache(maxsize=64)
def _messages_own(columns: Columns) -> dict[str, Inverse]:
    found = {field.name: mapped(MESSAGES, field, columns) for field in THREAT_FIELDS}
    return found | _message_parts(columns) | {
        "message_trace_uid": inverse.text(columns("NetworkMessageId")),
        "finding_info.types": inverse.json_texts(columns("ThreatTypes")),
        "email.subject": inverse.text(columns("Subject")),
        "finding_info.title": _untranslated,
    }  # fmt: skip


def _recipients(child: Child) -> Inverse:
    """A recipient of any copy, with a verdict or without."""
    found = child("EmailEvents")
    if found is None:
        return ABSENT
    rows, columns = found
    anywhere = inverse.json_texts(columns("To"), columns("RecipientEmailAddress"))
    return inverse.joined(rows, "NetworkMessageId", anywhere)


def clicks(columns: Columns, child: Child) -> Fields:
    """Fields of a click finding, as facts about one of its rows."""
    return _clicks_own(columns).get


@lru_cache(maxsize=64)
def _clicks_own(columns: Columns) -> dict[str, Inverse]:
    found = {field.name: mapped(URL_CLICK_EVENTS, field, columns) for field in THREAT_FIELDS}
    return found | {
        "message_trace_uid": inverse.either(inverse.text(columns("NetworkMessageId"))),
        "src_endpoint.ip": inverse.ip(columns("IPAddress"), columns("IPAddress")),
        "finding_info.types": inverse.json_texts(columns("ThreatTypes")),
        "email.urls.url_string": inverse.text(columns("Url")),
        "email.urls.hostname": _untranslated,
    }


def alerts(columns: Columns, child: Child) -> Fields:
    """Fields of an alert finding that AlertInfo decides; what its evidence holds is left to the core."""
    return _alerts_own(columns).get


@lru_cache(maxsize=64)
def _alerts_own(columns: Columns) -> dict[str, Inverse]:
    found = {field.name: mapped(ALERT_INFO, field, columns) for field in THREAT_FIELDS}
    evidence = dict.fromkeys(
        (field.name for field in THREAT_FIELDS if field.paths[0].startswith("evidences.")),
        _untranslated,
    )
    return found | evidence | {"finding_info.types": _untranslated, "resources.name": _untranslated}
