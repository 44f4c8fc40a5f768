"""Clicks on links: in mail, in documents, in chats, and clicks that belong to no message."""

import json
from dataclasses import dataclass
from typing import Final

from .clock import SECONDS, TICKS_PER_SECOND, at_tick, second_of_day
from .draws import Deck
from .mail import BLANK, Mail, Row
from .parts import LINKS
from .today import Today

NO_MESSAGE: Final = ("", "00000000-0000-0000-0000-000000000000")
"""What stands for "no message": both forms occur."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of click. `again` is the (ActionType, IsClickedThrough) of a second record."""

    type: str
    through: bool | None
    workload: str = "Email"
    threats: str = ""
    methods: str = ""
    again: tuple[str, bool | None] | None = None


_C = Shape
_BAD: Final = '{"Phish":["URL detonation reputation"]}'
# fmt: off
SHAPES: Final = Deck(
    (
        _C("ClickAllowed", False), _C("ClickAllowed", None), _C("ClickAllowed", False, "Office"),
        _C("ClickAllowed", False, "Teams"),
        _C("ClickAllowed", False, threats="Phish", methods=_BAD),
        _C("ClickBlocked", False, threats="Phish", methods=_BAD),
        _C("ClickBlocked", False, "Email", "Phish", _BAD, again=("ClickBlocked", True)),
        _C("ClickBlocked", False, "Email", "Malware", '{"Malware":["URL detonation"]}',
           again=("ClickAllowed", True)),
        _C("ClickBlocked", None, "Teams", "Malware", '{"Malware":["URL malicious reputation"]}'),
        _C("ClickBlocked", False, "Office", "Phish, Malware", ""),
        _C("ClickBlocked", False), _C("ClickBlockedByTenantPolicy", False),
        _C("ClickBlockedByTenantPolicy", False, "Teams", "Spam", '{"Spam":["Domain reputation"]}'),
        _C("ClickBlockedByTenantPolicy", None, again=("ClickBlockedByTenantPolicy", True)),
        _C("UrlErrorPage", False), _C("UrlErrorPage", True, threats="Phish"),
        _C("UrlScanInProgress", False), _C("UrlScanInProgress", True, "Email", "Phish", _BAD),
        _C("UrlScanInProgress", None, again=("ClickAllowed", True)),
    ),
    unlisted=(_C("ClickDeferred", False, "Copilot", "Phish"), _C("", None, ""),),
    per_day=16,
)
_APPS: Final = Deck(
    (("Mail", "0.0.0000"), ("Outlook", "16.0.18025"), ("Teams", "24.1"), ("Word", ""), ("", "")),
    per_day=5,
)
# fmt: on


def click_rows(today: Today, mails: list[Mail]) -> list[Row]:
    """UrlClickEvents of the day: 24 clicks, some with a second record."""
    reached = [
        (mail, number)
        for mail in mails
        if mail.links and mail.second < 80_000
        for number, copy in enumerate(mail.copies[:3])
        if copy.upn and copy.columns["DeliveryAction"] == "Delivered"
    ]
    rows: list[Row] = []
    for number, (mail, place) in enumerate(today.draw.some(reached, 24)):
        shape = today.deal(SHAPES)
        link, _ = mail.links[0]
        in_mail = shape.workload == "Email" and number % 6 != 5
        source = mail.network_id if in_mail else NO_MESSAGE[number % 2]
        second = mail.second + 20 + today.draw.below(4_000)
        tick = min(second, SECONDS - 60) * TICKS_PER_SECOND + today.draw.below(TICKS_PER_SECOND)
        upn = mail.copies[place].upn
        row = BLANK["UrlClickEvents"] | {
            "Url": link.url or "https://evil.example/empty",
            "ActionType": shape.type,
            "AccountUpn": upn.title() if number % 7 == 3 else upn,
            "Workload": shape.workload,
            "NetworkMessageId": source,
            "ThreatTypes": shape.threats,
            "DetectionMethods": shape.methods,
            "IsClickedThrough": shape.through,
            "UrlChain": _chain(link.url, number),
            "IPAddress": _address(today, number),
            "ReportId": today.draw.guid(),
            "SourceId": source if number % 4 else "",
        }
        row["AppName"], row["AppVersion"] = ("Mail", "0.0.0000") if in_mail else today.deal(_APPS)
        if number % 3 == 0:  # tenants with a Sentinel workspace
            row |= {
                "TenantId": today.dataset.tenant_id,
                "Type": "UrlClickEvents",
                "SourceSystem": "OpsManager",
            }
        rows.append(_timed(row, today, tick))
        if shape.again:
            action, through = shape.again
            second_record = row | {"ActionType": action, "IsClickedThrough": through}
            later = tick + today.draw.between(3, 40) * TICKS_PER_SECOND
            rows.append(_timed(second_record, today, later))
    return rows + _ticks_apart(today)


def _timed(row: Row, today: Today, tick: int) -> Row:
    stamp = at_tick(today.day, tick)
    return row | {"Timestamp": stamp, "TimeGenerated": stamp if row["TenantId"] else None}


def _chain(url: str, number: int) -> str:
    match number % 5:
        case 0:
            return ""
        case 1:
            return "[]"
        case 2:
            return json.dumps([url, "https://r.relecloud.example/go", "https://evil.example/end"])
        case 3:
            return json.dumps([url], ensure_ascii=False, separators=(",", ":"))
        case _:
            return json.dumps([url, "https://secure-mail.test/«end»"])


def _address(today: Today, number: int) -> str:
    if number % 8 == 6:
        return ""
    if number % 3 == 1:
        return f"2001:db8::{today.draw.below(65_000) + 1:x}"
    return f"198.51.100.{today.draw.between(1, 254)}"


def _ticks_apart(today: Today) -> list[Row]:
    """Four clicks within one microsecond, two of them at the very same 100 ns."""
    second = second_of_day(today.draw, today.day)
    rows = []
    for number, offset in enumerate((1_234_560, 1_234_561, 1_234_561, 1_234_569)):
        person = today.colleague()
        row = BLANK["UrlClickEvents"] | {
            "Url": LINKS.values[number].url,
            "ActionType": "ClickBlocked",
            "AccountUpn": person.upn,
            "Workload": "Teams",
            "ThreatTypes": "Phish",
            "IsClickedThrough": False,
            "IPAddress": "192.0.2.240",
            "ReportId": today.draw.guid(),
        }
        rows.append(_timed(row, today, second * TICKS_PER_SECOND + offset))
    return rows
