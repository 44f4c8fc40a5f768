"""Composes messages: every one draws ordinary values, every n-th deals a card from a deck."""

from collections.abc import Callable
from typing import Final

from . import hostile
from . import vocabulary as words
from .clock import second_of_day
from .draws import Deck
from .mail import Copy, Mail, Row, domain_of
from .parts import CLEAN_FILES, LINKS, RISKY_FILES, Attachment
from .people import ATTACKERS, BULK_SENDERS, CORRESPONDENTS, DISTRIBUTION_LISTS, Person, Sender
from .today import Today
from .verdicts import (
    address_list,
    authentication,
    cluster_id,
    delivered,
    handled,
    outcome,
    relay,
    verdict,
)

# fmt: off
_OPENINGS: Final = ("Meeting notes", "Order", "Invoice", "Travel plan", "Reminder",
                    "Question about", "Draft of", "Please review", "Termin",
                    "Relevé", "Weekly report", "Re: budget")
_OBJECTS: Final = ("the Woodgrove contract", "March", "project Alder", "the new printer",
                   "room 4.12", "the Fabrikam offer", "ticket 48151",
                   "onboarding", "the board pack", "payroll")
_LURES: Final = ("Your mailbox is full", "Invoice overdue", "Verify your account now",
                 "New voicemail (00:42)", "Document shared with you",
                 "Parcel could not be delivered", "Payroll update", "Urgent request",
                 "Password expires today")

# Every n-th message (n, remainder) carries these columns.
_SOMETIMES: Final[tuple[tuple[int, int, str, Deck[str]], ...]] = (
    (10, 6, "Connectors", words.CONNECTORS), (7, 2, "Topics", words.TOPICS),
    (14, 9, "Context", words.CONTEXTS), (16, 3, "ExchangeTransportRule", words.TRANSPORT_RULES),
    (17, 8, "ForwardingInformation", words.FORWARDINGS),
    (19, 11, "AdditionalFields", words.ADDITIONAL_FIELDS),
)
# fmt: on
_OUTSIDE: Final = ("On-premises/external", "On-premises/External")
_VERDICT: Final = ("ThreatTypes", "ThreatNames", "DetectionMethods", "ConfidenceLevel")


def new_id(draw_hex: Callable[[int], str]) -> str:
    """A NetworkMessageId: a lower-case GUID whose last group begins with `08de`."""
    text = draw_hex(24)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-08de{draw_hex(8)}"


def inside(person: Person) -> Sender:
    return Sender(
        person.address, person.name, person.address, "192.0.2.5", "2001:db8::5", person.object_id
    )


def compose(today: Today, number: int) -> Mail:
    """The `number`-th message of the day."""
    draw = today.draw
    suspicious = number % 4 == 1
    direction = draw.pick(("Inbound",) * 6 + ("Outbound",) * 2 + ("Intra-org",) * 2)
    if number % 20 == 7:
        direction = today.deal(words.DIRECTIONS)
    elif suspicious and draw.chance(85):
        direction = "Inbound"
    sender = _sender(today, number, direction, suspicious)
    copies = _copies(today, number, direction, suspicious)
    shown = [str(copy.columns.get("DistributionList") or copy.address) for copy in copies]
    shown = list(dict.fromkeys(shown))[:4]
    internet_id = f"<{draw.guid()}@{domain_of(sender.address) or 'mx.example'}>"
    columns: Row = {
        "InternetMessageId": internet_id,
        "EmailClusterId": cluster_id(draw),
        "EmailLanguage": today.deal(words.LANGUAGES),
        "EmailSize": None if number % 41 == 40 else 2_000 + draw.below(400_000),
        "AuthenticationDetails": authentication(today, number),
        "To": address_list(today, shown, number),
        "Cc": "[]" if number % 3 else address_list(today, shown[-1:], number // 3),
    }
    if number % 13 == 8:
        columns["InternetMessageId"] = today.deal(hostile.INTERNET_IDS).replace("{id}", draw.guid())
    for every, rest, column, deck in _SOMETIMES:
        if number % every == rest:
            columns[column] = today.deal(deck)
    if number % 9 == 5:
        action, policy = today.deal(words.ORG_OVERRIDES)
        columns |= {"OrgLevelAction": action, "OrgLevelPolicy": policy}
    if number % 5 == 2:
        columns["BulkComplaintLevel"] = today.deal(words.BULK_COMPLAINT_LEVELS)
    if number % 6 == 4:
        columns |= relay(today.deal(words.RELAYS), sender.ipv4, sender.ipv6)
    if suspicious:
        columns |= verdict(today)
    mail = Mail(
        network_id=new_id(draw.hex),
        second=second_of_day(draw, today.day),
        sender=sender,
        subject=_subject(today, number, suspicious),
        columns=columns,
        copies=copies,
        files=_files(today, number, str(columns.get("ThreatTypes", ""))),
    )
    if number % 3 == 0 or suspicious:
        count = draw.pick((1, 1, 2, 3)) if number % 60 else 16
        mail.links = [(today.deal(LINKS), today.deal(words.URL_LOCATIONS)) for _ in range(count)]
        mail.link_lead = 3 if number % 8 == 1 else 0
    if number % 30 == 9 and mail.links:  # the same address twice, once in the same place
        url, location = mail.links[0]
        mail.links += [(url, location), (url, "Subject")]
    if number % 45 == 7:  # counts are the filter's own and may exceed what the other tables hold
        columns |= {"UrlCount": 12, "AttachmentCount": None}
    return mail


def _sender(today: Today, number: int, direction: str, suspicious: bool) -> Sender:
    if direction in {"Outbound", "Intra-org"}:
        return inside(today.colleague())
    if number % 12 == 2 or number % 20 == 17:
        return today.deal(hostile.SENDERS)
    if suspicious:
        return today.draw.pick(ATTACKERS)
    return today.draw.pick(BULK_SENDERS if today.draw.chance(25) else CORRESPONDENTS)


def _subject(today: Today, number: int, suspicious: bool) -> str:
    if number % 11 == 4 or number % 14 == 5:
        return today.deal(hostile.SUBJECTS)
    if suspicious and today.draw.chance(80):
        return today.draw.pick(_LURES)
    return f"{today.draw.pick(_OPENINGS)} {today.draw.pick(_OBJECTS)}"


def _copies(today: Today, number: int, direction: str, suspicious: bool) -> list[Copy]:
    draw = today.draw
    through_list = number % 13 == 5 and direction != "Outbound"
    people = draw.some(today.staff[:60], draw.pick((1, 1, 1, 1, 1, 2, 2, 3, 5)))
    listed = set()
    list_address = ""
    if through_list:
        list_address = f"{draw.pick(DISTRIBUTION_LISTS)}@{today.dataset.tenant_domain}"
        members = [p for p in draw.some(today.staff[:60], draw.between(6, 14)) if p not in people]
        listed = {person.address for person in members}
        people += members
    copies = []
    if direction == "Outbound":
        for partner in draw.some(CORRESPONDENTS, draw.pick((1, 1, 2, 3))):
            columns = outcome(("Delivered", draw.pick(_OUTSIDE)))
            copies.append(Copy(address=partner.address, columns=columns))
        people = people[:1] if draw.chance(30) else []  # a colleague in copy
    for person in people:
        columns = handled(today) if suspicious else delivered(today)
        columns["RecipientObjectId"] = person.object_id
        columns["DistributionList"] = list_address if person.address in listed else ""
        copies.append(Copy(address=person.address, upn=person.upn, columns=columns))
    if number % 16 == 6:
        columns = handled(today) if suspicious else delivered(today)
        address = today.deal(hostile.RECIPIENTS)
        copies = [copy for copy in copies if copy.address != address.lower()]
        copies.append(Copy(address=address, columns=columns))
    for place, copy in enumerate(copies):
        inner = direction == "Outbound" and copy.upn
        copy.columns["EmailDirection"] = "Intra-org" if inner else direction
        copy.columns["IsFirstContact"] = today.deal(words.FIRST_CONTACT)
        if (number + place) % 12 == 8:
            action, policy = today.deal(words.USER_OVERRIDES)
            copy.columns |= {"UserLevelAction": action, "UserLevelPolicy": policy}
        if (number + place) % 15 == 9:
            action, location = today.deal(words.LATEST)
            copy.columns |= {"LatestDeliveryAction": action, "LatestDeliveryLocation": location}
    if len(copies) > 1 and number % 5 == 1:
        copies[-1].delay = 1 + number % 3  # copies of one message are not stamped together
    if suspicious and len(copies) > 1 and number % 3 == 0:
        copies[0].columns |= dict.fromkeys(_VERDICT, "")  # no verdict stored for this copy
    return copies


def _files(today: Today, number: int, threats: str) -> list[Attachment]:
    if "malware" in threats.lower():
        files = [today.deal(RISKY_FILES) for _ in range(today.draw.pick((1, 1, 2)))]
        bad = [Attachment(f.name, f.kind, f.extension, f.content, infected=True) for f in files]
        return [*bad, today.deal(CLEAN_FILES)] if number % 3 == 0 else bad
    if number % 10 == 3:
        return [today.deal(CLEAN_FILES) for _ in range(today.draw.pick((1, 1, 2, 3)))]
    if number % 50 == 12:  # the same bytes twice, and one safe file of an executable type
        return [
            Attachment("scan0001.pdf", "pdf", ".pdf", "one scan"),
            Attachment("scan0002.pdf", "pdf", ".pdf", "one scan"),
            today.deal(RISKY_FILES),
        ]
    return []
