"""The kit's messages as rows of the hunting tables.

What the kit does not say (verdicts, folders, actions, alerts, clicks) is dealt from the decks of
the generated tenant by the message's number, so that any run of numbers meets every value.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from connector_conformance.bench import Mail as Planted

from .dataset import DATASETS, alerts, clicks, evidence, remediation
from .dataset import vocabulary as words
from .dataset.clock import TICKS_PER_SECOND, at_tick
from .dataset.draws import Deck, T
from .dataset.mail import BLANK, Copy, Mail, Row, attachment_rows, event_rows, move_rows, url_rows
from .dataset.parts import Attachment, Link
from .dataset.people import Person, Sender, stable_guid
from .dataset.today import Today
from .dataset.verdicts import address_list, authentication, delivered, handled, verdict

ALERT_DELAY: Final = 120
CLICK_DELAY: Final = 90
MOVE_DELAY: Final = 60
"""Seconds after the message."""


class Turn(Today):
    """What one message is dealt: card number `number` of every deck, then the next ones."""

    def __init__(self, day: date, number: int) -> None:
        super().__init__(DATASETS["basic_v0"], day)
        self.number = number
        self._next: dict[object, int] = {}

    def deal(self, deck: Deck[T]) -> T:
        """The next card for this message."""
        place = self._next.get(deck, self.number)
        self._next[deck] = place + 1
        return deck.values[place % len(deck.values)]


def rows_of(planted: Iterable[Planted]) -> dict[str, list[Row]]:
    """Table name -> rows; the same for the same messages."""
    rows: dict[str, list[Row]] = {table: [] for table in BLANK}
    for one in planted:
        moment = datetime.fromtimestamp(one.time / 1_000, UTC)
        day = moment.date()
        turn = Turn(day, one.number)
        mail = _mail(one, turn, moment.hour * 3_600 + moment.minute * 60 + moment.second)
        rows["EmailEvents"] += event_rows(mail, day)
        rows["EmailAttachmentInfo"] += attachment_rows(mail, day)
        rows["EmailUrlInfo"] += url_rows(mail, day)
        rows["EmailPostDeliveryEvents"] += move_rows(mail, day, day)
        if one.threat and one.number % 3 == 1:
            rows["UrlClickEvents"].append(_click(one, turn, mail))
        if one.threat and one.number % 2 == 0:
            info, proofs = _alert(one, turn, mail)
            rows["AlertInfo"].append(info)
            rows["AlertEvidence"] += proofs
    return rows


def _mail(one: Planted, turn: Turn, second: int) -> Mail:
    number = one.number
    columns: Row = {
        "InternetMessageId": one.message_id,
        "EmailClusterId": 2_000_000_000 + number,
        "EmailLanguage": turn.deal(words.LANGUAGES),
        "EmailSize": 2_000 + number * 37,
        "AuthenticationDetails": authentication(turn, number),
        "To": address_list(turn, [one.recipient], number),
        "Cc": "[]" if number % 3 else address_list(turn, ["board@contoso.example"], number + 1),
        "BulkComplaintLevel": turn.deal(words.BULK_COMPLAINT_LEVELS),
        "Connectors": turn.deal(words.CONNECTORS) if number % 5 == 0 else "",
        "Context": turn.deal(words.CONTEXTS) if number % 5 == 1 else "",
        "ExchangeTransportRule": turn.deal(words.TRANSPORT_RULES) if number % 5 == 2 else "",
        "ForwardingInformation": turn.deal(words.FORWARDINGS) if number % 5 == 3 else "",
        "AdditionalFields": turn.deal(words.ADDITIONAL_FIELDS) if number % 5 == 4 else "",
        "Topics": turn.deal(words.TOPICS) if number % 4 == 0 else "",
    }
    columns["OrgLevelAction"], columns["OrgLevelPolicy"] = turn.deal(words.ORG_OVERRIDES)
    if one.threat:
        columns |= verdict(turn)
    copies = [_copy(one, turn, one.recipient)]
    if number % 6 == 4:  # one message, two mailboxes
        copies.append(_copy(one, turn, f"second.{one.recipient}"))
    if number % 4 == 1:
        moves = remediation.SHAPES.values
        remediation.apply(copies[0], moves[number // 4 % len(moves)], MOVE_DELAY)
    return Mail(
        network_id=stable_guid(f"conformance {number}"),
        second=second,
        sender=Sender(one.sender, f"Sender {number % 5}", one.sender, one.ip, "", ""),
        subject=one.subject,
        columns=columns,
        copies=copies,
        files=_files(one),
        links=[(Link(one.url, _host(one.url)), turn.deal(words.URL_LOCATIONS))] if one.url else [],
    )


def _copy(one: Planted, turn: Turn, address: str) -> Copy:
    columns = handled(turn) if one.threat else delivered(turn)
    columns["EmailDirection"] = turn.deal(words.DIRECTIONS)
    columns["IsFirstContact"] = turn.deal(words.FIRST_CONTACT)
    columns["UserLevelAction"], columns["UserLevelPolicy"] = turn.deal(words.USER_OVERRIDES)
    columns["RecipientObjectId"] = stable_guid(address)
    return Copy(address=address, upn=address, columns=columns)


def _files(one: Planted) -> list[Attachment]:
    if not one.file_name:
        return []
    extension = PurePosixPath(one.file_name).suffix[:20]
    content = f"file {one.number % 7}"
    kind = extension.removeprefix(".")
    infected = one.threat and one.number % 2 == 1
    return [Attachment(one.file_name, kind, extension, content, infected=infected)]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a hostile link, such as half an IPv6 address
        return ""


def _click(one: Planted, turn: Turn, mail: Mail) -> Row:
    shape = clicks.SHAPES.values[(one.number // 3 + 4) % len(clicks.SHAPES.values)]
    stamp = at_tick(turn.day, (mail.second + CLICK_DELAY) * TICKS_PER_SECOND + one.number)
    in_workspace = one.number % 2 == 0
    return BLANK["UrlClickEvents"] | {
        "Timestamp": stamp,
        "Url": one.url or "https://evil.example/empty",
        "ActionType": shape.type,
        "AccountUpn": one.recipient,
        "Workload": shape.workload,
        "NetworkMessageId": mail.network_id if shape.workload == "Email" else "",
        "ThreatTypes": shape.threats,
        "DetectionMethods": shape.methods,
        "IsClickedThrough": shape.through,
        "UrlChain": json.dumps([one.url, "https://r.relecloud.example/go"]),
        "IPAddress": f"198.51.100.{one.number % 250 + 1}",
        "ReportId": stable_guid(f"click {one.number}"),
        "AppName": "Mail",
        "AppVersion": "0.0.0000",
        "TenantId": turn.dataset.tenant_id if in_workspace else "",
        "Type": "UrlClickEvents" if in_workspace else "",
        "SourceSystem": "OpsManager" if in_workspace else "",
        "TimeGenerated": stamp if in_workspace else None,
    }


def _alert(one: Planted, turn: Turn, mail: Mail) -> tuple[Row, list[Row]]:
    shape = alerts.SHAPES.values[one.number // 2 % len(alerts.SHAPES.values)]
    info = BLANK["AlertInfo"] | {
        "Timestamp": at_tick(turn.day, (mail.second + ALERT_DELAY) * TICKS_PER_SECOND),
        "AlertId": f"{shape.id_prefix}{stable_guid(f'alert {one.number}')}",
        "Title": shape.title,
        "Category": shape.category,
        "Severity": shape.severity,
        "ServiceSource": shape.service,
        "DetectionSource": shape.source,
        "AttackTechniques": _array(shape.techniques),
        "MachineGroup": shape.group,
    }
    shared = {name: value for name, value in info.items() if name != "Category"}
    shared["Categories"] = _array((shape.category,) if shape.category else ())
    person = Person("Invented Person", one.recipient, one.recipient, stable_guid("person"), "")
    scene = evidence.Scene(turn, mail, mail, person, one.number)
    proofs = [
        BLANK["AlertEvidence"] | shared | evidence.KINDS[kind](scene) for kind in shape.evidence
    ]
    return info, proofs


def _array(values: tuple[str, ...]) -> str:
    return json.dumps(values, separators=(",", ":")) if values else ""
