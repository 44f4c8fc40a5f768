"""Who writes to whom. Every person, company and address here is invented.

Domains are reserved names (RFC 2606, RFC 6761); addresses of machines are from the documentation
ranges (RFC 5737, RFC 3849).
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final

INVENTED: Final = "Every person, company, domain and address of the generated data is invented."

FIRST_NAMES: Final = (
    "Alia", "Bram", "Chidi", "Dagny", "Emre", "Farah", "Goran", "Hana", "Ilse", "Jomo", "Kirra",
    "Leif", "Mirela", "Nuno", "Oona", "Pavati", "Quim", "Rosalba", "Sabela", "Tavish", "Ulla",
    "Vasco", "Wanjiru", "Zora",
)  # fmt: skip
SURNAMES: Final = (
    "Abernoth", "Brightwell", "Castellane", "Dunmorrow", "Eskelund", "Fairweald", "Grauwald",
    "Hollenbeck", "Iverstad", "Jurado", "Kestrelby", "Lindqvale", "Marchetto", "Norrby", "Okonar",
    "Pellworm", "Quillan", "Rastelli", "Sundermoor", "Tarkowa",
)  # fmt: skip


def stable_guid(text: str) -> str:
    """A GUID that is a function of `text` alone."""
    digits = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the tenant.

    `upn` is the sign-in name: for every third person it is not the mailbox address.
    """

    name: str
    address: str
    upn: str
    object_id: str
    sid: str


@cache
def staff(domain: str) -> tuple[Person, ...]:
    """All 480 users of the tenant, in a fixed order."""
    people = []
    for number in range(len(FIRST_NAMES) * len(SURNAMES)):
        first = FIRST_NAMES[number % len(FIRST_NAMES)]
        last = SURNAMES[(number * 7 + number // len(FIRST_NAMES)) % len(SURNAMES)]
        address = f"{first}.{last}@{domain}".lower()
        short = f"{first[0]}{last}{number}@{domain}".lower()
        sid = f"S-1-12-1-{number + 1000}-{number * 31 + 7}-{number * 17 + 3}-{number + 1}"
        upn = short if number % 3 == 0 else address
        people.append(Person(f"{first} {last}", address, upn, stable_guid(address), sid))
    return tuple(people)


@dataclass(frozen=True, slots=True)
class Sender:
    """The sending side of one message: header address, envelope address, name, relay."""

    address: str
    name: str
    mail_from: str
    ipv4: str = ""
    ipv6: str = ""
    object_id: str = ""


def _outside(address: str, name: str, ipv4: str, ipv6: str = "", mail_from: str = "") -> Sender:
    return Sender(address, name, mail_from or address, ipv4, ipv6)


# fmt: off
CORRESPONDENTS: Final = (
    _outside("lena.orsova@fabrikam.example", "Lena Orsova", "192.0.2.10"),
    _outside("t.abara@fabrikam.example", "Tunde Abara", "192.0.2.11", "2001:db8:10::11"),
    _outside("orders@woodgrove.example", "Woodgrove Orders", "198.51.100.20"),
    _outside("mika.saarela@woodgrove.example", "Saarela, Mika", "198.51.100.21"),
    _outside("accounts@adatum.example", "Adatum Accounts", "203.0.113.30"),
    _outside("noor@adatum.example", "Noor van Dalsem", "203.0.113.31"),
    _outside("ines.quiroga@litware.example", "Inés Quiroga", "203.0.113.44"),
    _outside("support@proseware.example", "Proseware Support", "", "2001:db8:20::5"),
    _outside("no-reply@tailspin.example", "Tailspin Travel", "192.0.2.77"),
    _outside("registrar@school.example.org", "Evening School", "198.51.100.90"),
    _outside("hotel@northwind.example.net", "Northwind Hotels", "198.51.100.91"),
    _outside("Kaito.Mori@NorthWind.example", "森 海斗", "203.0.113.92"),
)
BULK_SENDERS: Final = (
    _outside("offers@relecloud.example", "Relecloud Offers", "198.51.100.140", "",
             "bounce+4711=contoso.example@mta.relecloud.example"),
    _outside("weekly@alpine-news.example", "Alpine News", "198.51.100.141", "",
             "prvs=0123456789=weekly@alpine-news.example"),
    _outside("deals@margies.example.com", "Margie's Deals", "192.0.2.142"),
)
ATTACKERS: Final = (
    _outside("security@login-contoso.example", "Contoso IT Help Desk", "203.0.113.200"),
    _outside("alia.abernoth@ceo-mail.example", "Alia Abernoth", "203.0.113.201"),
    _outside("billing@evil.example", "Billing Department", "203.0.113.202", "2001:db8:bad::2"),
    _outside("voicemail@fabrikarn.example", "Voicemail Service", "", "2001:db8:bad::1"),
    _outside("docs@secure-mail.test", "Shared Documents", "198.51.100.203"),
    _outside("parcel@post-tracking.test", "Parcel Tracking", "192.0.2.204", "",
             "x91@bulletproof.test"),
)
DISTRIBUTION_LISTS: Final = ("everyone", "finance", "sales-emea", "it-alerts", "board")
# fmt: on
