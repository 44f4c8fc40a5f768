"""The mail of one UTC day."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from connector_abnormal.mock.build import ABSENT, Letter, campaign, found
from connector_abnormal.mock.records import Campaign, Found
from connector_abnormal.mock.times import DAY, HOUR, MINUTE, SECOND

from .draws import Draw, dealt
from .people import ATTACKERS, CORRESPONDENTS, HOSTILE_SENDERS, STAFF, TENANTS, Party
from .texts import CLEAN_SUBJECTS, FILES, HOSTILE_SUBJECTS, LINKS, MESSAGE_IDS, THREAT_SUBJECTS

SIZES: Final = (1, 1, 3, 8, 17)
"""Messages of the day's campaigns."""
LARGE: Final = 120
"""Every tenth day one campaign fills more than one page of the vendor's."""
HUGE: Final = 2_150
"""Every 29th day one campaign passes what the vendor shows of it."""
CLEAN: Final = 50
SPANS: Final = (0, 0, MINUTE, 6 * HOUR, 3 * SECOND)
"""Time between two messages of each campaign: at once, or over two days."""
LONGEST: Final = 3 * DAY
"""No campaign of a day has a message this long after the day's beginning."""

_SOURCES = {0: "attack", 1: "spam", 2: "borderline", 3: "attack"}  # as build.MESSAGE_SOURCES
_CLEAN_JUDGEMENTS = ("safe", "safe", "graymail", "safe", "spam", "safe", "graymail", "suspicious")
_DIGITS = (0, 0, 0, 3, 6, 9, 1, 2, 4, 5, 7, 8)
_ODD_ROWS: tuple[dict[str, Any], ...] = (
    {},
    {"fromName": None, "returnPath": None, "attachmentCount": None},
    {"abxMessageId": ABSENT, "senderDomain": ABSENT, "attachmentCount": ABSENT, "source": ABSENT},
    {"attachmentNames": None, "urls": None, "urlCount": None, "ccEmails": None},
    {"toAddresses": None, "replyToEmails": None, "summaryInsights": None, "isRead": None},
    {"isRead": "true", "autoRemediated": "True", "postRemediated": "False"},
    {"sentTime": None, "internetMessageId": None, "attackedParty": None, "source": None},
    {"toAddresses": "", "fromName": "", "customerOverride": ABSENT, "tenantName": ABSENT},
)
_ODD_RESULTS: tuple[dict[str, Any], ...] = (
    {},
    {"sender_display_name": None, "mailbox_display_name": None, "native_user_id": None},
    {"attachments": None, "body_links": None, "sender_ip_addresses": None},
    {"abnormal_message_uuid": None, "abnormal_message_id": None, "current_folder_name": None},
    {"subject": None, "internet_message_id": None, "judgement_source": None},
    {"sender_ip_addresses": ["192.0.2.1", "2001:db8::1", "not an address"]},
    {"decision_category": None, "tenant_id": None, "customer_id": None},
    {"judgement": None, "cloud_message_id": None},
)


@dataclass(frozen=True, slots=True)
class Day:
    """What came on one day; detection and search show it later."""

    campaigns: tuple[Campaign, ...]
    mail: tuple[Found, ...]


@lru_cache(maxsize=80)
def mail_of_day(seed: int, day: datetime.date) -> Day:
    """The campaigns whose first message came on a UTC day, and all their mail beside clean mail.

    A function of its arguments alone. The answer is shared by all callers: do not change it.
    """
    return _Writer(seed, day).day()


class _Writer:
    """Writes one day."""

    def __init__(self, seed: int, day: datetime.date) -> None:
        self.draw = Draw(seed, day.isoformat())
        self.seed = seed
        self.ordinal = day.toordinal()
        self.begin = (self.ordinal - datetime.date(1970, 1, 1).toordinal()) * DAY
        self.number = self.ordinal * 10_000

    def day(self) -> Day:
        campaigns, mail = [], []
        for place, size in enumerate(self._sizes()):
            tenant = TENANTS[(self.ordinal + place) % 2]
            letters = list(self._letters(place, size))
            last = max(letter.at for letter in letters)
            late = (2 + self.draw.below(300)) * MINUTE + self.draw.below(60) * SECOND
            campaigns.append(
                campaign(
                    letters, name=(self.seed, self.ordinal, place), appears=last + late,
                    tenant=tenant if place else (None, None),
                )
            )  # fmt: skip
            mail += [self._threat_found(letter, tenant[0]) for letter in letters]
        mail += [self._clean(place) for place in range(CLEAN)]
        return Day(tuple(campaigns), tuple(mail))

    def _sizes(self) -> Iterator[int]:
        yield from SIZES[:-1]
        yield LARGE if self.ordinal % 10 == 3 else SIZES[-1]
        if self.ordinal % 29 == 0:
            yield HUGE

    def _letters(self, place: int, size: int) -> Iterator[Letter]:
        """One campaign: the same sender and subject to many people."""
        kind = self.ordinal * len(SIZES) + place
        hostile = place == self.ordinal % len(SIZES)
        sender = (
            dealt(HOSTILE_SENDERS, self.ordinal, 0, 1) if hostile else self.draw.pick(ATTACKERS)
        )
        subject = dealt(THREAT_SUBJECTS, self.ordinal, place, len(SIZES))
        if hostile or place == 1:
            subject = dealt(HOSTILE_SUBJECTS, self.ordinal, place % 2, 2)
        start, span = self.begin + self.draw.below(22 * HOUR), SPANS[place % len(SPANS)]
        urls = [text.format(n=kind) for text in LINKS[kind % len(LINKS) :][: kind % 3]]
        files = [text.format(n=kind) for text in FILES[kind % len(FILES) :][: kind // 3 % 3]]
        team = [self.draw.pick(STAFF).address for _ in range(20)]
        for index in range(size):
            letter = self._letter(start + index * span, sender, STAFF[(kind + index) % len(STAFF)])
            odd = dict(_ODD_ROWS[letter.number % len(_ODD_ROWS)])
            if size > 2 and index == 1:
                odd["receivedTime"] = None  # its siblings tell the time
            yield replace(
                letter, subject=subject, urls=urls, files=files, kind=kind, row=odd,
                to=[letter.recipient, *team] if index % 3 == 2 else (),
            )  # fmt: skip

    def _letter(self, at: int, sender: Party, recipient: Party) -> Letter:
        self.number += 1
        n = self.number
        digits = _DIGITS[n % len(_DIGITS)]
        message_id = MESSAGE_IDS[n % len(MESSAGE_IDS)].format(n=f"{self.seed:x}.{n:x}")
        return Letter(
            number=n,
            at=at - at % 10 ** (9 - digits),
            subject="",
            sender=sender.address,
            sender_name=sender.name,
            recipient=recipient.address.upper() if n % 31 == 0 else recipient.address,
            recipient_name=recipient.name,
            message_id=message_id,
            ip=sender.ip,
            digits=digits,
            result=_ODD_RESULTS[n % len(_ODD_RESULTS)] if n % 3 == 0 else {},
        )

    def _threat_found(self, letter: Letter, tenant: int) -> Found:
        return found(
            letter,
            source="quarantine" if letter.number % 4 == 0 else "abnormal",
            judgement=_SOURCES[letter.kind % len(_SOURCES)],
            appears=letter.at + (1 + letter.number % 90) * SECOND,
            tenant=tenant,
        )

    def _clean(self, place: int) -> Found:
        at = self.begin + self.draw.below(DAY)
        letter = self._letter(at, self.draw.pick(CORRESPONDENTS), self.draw.pick(STAFF))
        subject = dealt(CLEAN_SUBJECTS, self.ordinal, place, CLEAN)
        if place % 10 == 0:
            subject = dealt(HOSTILE_SUBJECTS, self.ordinal, place // 10, CLEAN // 10)
        n = letter.number
        files = [FILES[n % len(FILES)].format(n=n)] if n % 5 == 0 else []
        links = [f"https://www.{letter.sender.rpartition('@')[2].lower()}/{n}"] if n % 2 else []
        return found(
            replace(letter, subject=subject, files=files, urls=links),
            source="quarantine" if place % 17 == 16 else "abnormal",
            judgement=_CLEAN_JUDGEMENTS[place % len(_CLEAN_JUDGEMENTS)],
            appears=at + (1 + n % 90) * SECOND,
            tenant=TENANTS[n % 2][0],
        )
