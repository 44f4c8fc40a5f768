"""Messages of fixed roles: bulk mail, ties, the day's edges, verdicts that come a day late."""

import datetime
from typing import Final

from .clock import SECONDS, second_of_day
from .compose import compose, inside, new_id
from .draws import Draw
from .mail import Copy, Mail, domain_of
from .parts import LINKS
from .people import ATTACKERS, BULK_SENDERS, Sender, staff
from .remediation import LATE_MOVES, apply
from .today import Dataset, Today
from .verdicts import outcome

HUGE_EVERY: Final = 3
"""Every third day one message goes to hundreds of people."""

LATE_MAILS: Final = 5


def _plain_copies(today: Today, count: int, direction: str, through: str) -> list[Copy]:
    copies = []
    for person in today.staff[:count]:
        columns = outcome(("Delivered", "Inbox/folder")) | {
            "RecipientObjectId": person.object_id,
            "EmailDirection": direction,
            "DistributionList": through,
        }
        copies.append(Copy(address=person.address, upn=person.upn, columns=columns))
    return copies


def _send_from(today: Today, mail: Mail, sender: Sender) -> None:
    mail.sender = sender
    mail.columns["InternetMessageId"] = f"<{today.draw.guid()}@{domain_of(sender.address)}>"


def huge(today: Today) -> list[Mail]:
    """One message to 300 to 420 people, all at one second; every second one is phishing."""
    if today.ordinal % HUGE_EVERY:
        return []
    mail = compose(today, 0)
    mail.subject = "To all staff: office closed on Friday"
    phish = today.ordinal // HUGE_EVERY % 2 == 1
    _send_from(today, mail, ATTACKERS[0] if phish else inside(today.staff[0]))
    direction = "Inbound" if phish else "Intra-org"
    everyone = f"everyone@{today.dataset.tenant_domain}"
    mail.copies = _plain_copies(today, today.draw.between(300, 420), direction, everyone)
    mail.columns["To"] = f'["{everyone}"]'
    if phish:
        mail.columns |= {
            "ThreatTypes": "Phish",
            "DetectionMethods": '{"Phish":["Campaign","URL detonation"]}',
            "ConfidenceLevel": '{"Phish":"High"}',
        }
        for copy in mail.copies[::7]:
            copy.columns |= outcome(("Blocked", "Quarantine"))
    return [mail]


def blast(today: Today) -> list[Mail]:
    """Eight messages of one bulk sender in one second, with one subject."""
    second = second_of_day(today.draw, today.day)
    mails = [compose(today, 1000 + 12 * number) for number in range(8)]
    for number, mail in enumerate(mails):
        mail.second, mail.subject = second, "Offers of the week"
        _send_from(today, mail, BULK_SENDERS[today.ordinal % len(BULK_SENDERS)])
        mail.copies = _plain_copies(today, 1 + number, "Inbound", "")
    return mails


def edges(today: Today) -> list[Mail]:
    """The first and the last second of the day, two messages each."""
    mails = [compose(today, 1100 + number) for number in (0, 3, 6, 15)]
    for place, mail in enumerate(mails):
        mail.second = 0 if place < 2 else SECONDS - 1
        mail.link_lead = 0
    return mails


def late(dataset: Dataset, day: datetime.date, number: int) -> Mail:
    """A delivered phish that is found and moved on the next day.

    It draws from its own stream: the next day makes it again to tell of the move.
    """
    draw = Draw(dataset.seed, day.isoformat(), "late", number)
    person = staff(dataset.tenant_domain)[draw.below(60)]
    link = LINKS.values[draw.below(12)]
    columns = outcome(("Delivered", "Inbox/folder")) | {
        "RecipientObjectId": person.object_id,
        "EmailDirection": "Inbound",
        "IsFirstContact": 1,
    }
    mail = Mail(
        network_id=new_id(draw.hex),
        second=second_of_day(draw, day),
        sender=draw.pick(ATTACKERS),
        subject=f"Statement {draw.below(9000) + 1000} is ready",
        columns={
            "InternetMessageId": f"<{draw.guid()}@mta.evil.example>",
            "EmailClusterId": 4_100_000_000 + draw.bits(20),
            "EmailLanguage": "en",
            "EmailSize": 30_000 + draw.below(9_000),
            "ThreatTypes": "Phish",
            "DetectionMethods": '{"Phish":["URL detonation reputation"]}',
            "ConfidenceLevel": '{"Phish":"High"}',
            "AuthenticationDetails": '{"SPF":"fail","DKIM":"none","DMARC":"fail"}',
            "To": f'["{person.address}"]',
            "Cc": "[]",
        },
        copies=[Copy(address=person.address, upn=person.upn, columns=columns)],
        links=[(link, "Body")],
    )
    shape = LATE_MOVES[(day.toordinal() + number) % len(LATE_MOVES)]
    apply(mail.copies[0], shape, delay=second_of_day(draw, day))
    return mail


def late_mails(dataset: Dataset, day: datetime.date) -> list[Mail]:
    return [late(dataset, day, number) for number in range(LATE_MAILS)]
