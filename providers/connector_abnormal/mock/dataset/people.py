"""Who writes to whom. Every person, company and address here is invented.

Domains are reserved names (RFC 2606, RFC 6761); addresses of machines are from the documentation
ranges (RFC 5737, RFC 3849).
"""

from dataclasses import dataclass
from typing import Final

INVENTED: Final = "Every person, company, domain and address of the generated data is invented."


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or a mailbox."""

    address: str
    name: str
    ip: str = ""


_FIRST = ("Anouk", "Bela", "Corin", "Dilara", "Eskil", "Fenna", "Gulliver", "Hedda")
_LAST = ("Ashgrove", "Bellweather", "Corvane", "Dellamere", "Eastmarch")
TENANTS: Final = ((1201, "Contoso (invented)"), (1202, "Contoso Nordics (invented)"))
STAFF: Final = tuple(
    Party(f"{first}.{last}@{domain}".lower(), f"{first} {last}")
    for place, first in enumerate(_FIRST)
    for last, domain in zip(
        _LAST, ("contoso.example", "contoso.example", "nordics.contoso.example") * 2, strict=False
    )
    if place + len(last) != 9
)
# fmt: off
ATTACKERS: Final = (
    Party("security@login-contoso.example", "Contoso IT Help Desk", "203.0.113.200"),
    Party("anouk.ashgrove@ceo-mail.example", "Anouk Ashgrove", "203.0.113.201"),
    Party("billing@evil.example", "Billing Department", "2001:db8:bad::2"),
    Party("voicemail@c0ntoso.example", "Voicemail Service", "203.0.113.203"),
    Party("docs@secure-mail.test", "Shared Documents", "198.51.100.203"),
    Party("parcel@post-tracking.test", "Parcel Tracking", "192.0.2.204"),
    Party("bram.westerhof@partner.example.net", "Bram Westerhof", "198.51.100.31"),
    Party("payroll@evil.test", "Payroll", "2001:db8:bad::7"),
    Party("Prizes@Winners.Example.Org", "PRIZES", "192.0.2.66"),
)
CORRESPONDENTS: Final = (
    Party("lena.orsova@fabrikam.example", "Lena Orsova", "192.0.2.10"),
    Party("orders@woodgrove.example", "Woodgrove Orders", "198.51.100.20"),
    Party("accounts@adatum.example", "Adatum Accounts", "203.0.113.30"),
    Party("ines.quiroga@litware.example", "Inés Quiroga", "203.0.113.44"),
    Party("no-reply@tailspin.example", "Tailspin Travel", "192.0.2.77"),
    Party("offers@relecloud.example", "Relecloud Offers", "198.51.100.140"),
    Party("weekly@alpine-news.example", "Alpine News", "198.51.100.141"),
    Party("Kaito.Mori@NorthWind.example", "森 海斗", "2001:db8:20::5"),
    Party("registrar@school.example.org", "Evening School", "198.51.100.90"),
)
HOSTILE_SENDERS: Final = (
    Party("<>", "", "192.0.2.50"),
    Party("MAILER-DAEMON", "Mail Delivery Subsystem", "192.0.2.51"),
    Party("", "", ""),
    Party("/o=Contoso/ou=Exchange Group/cn=Recipients/cn=user7", "Old", "192.0.2.52"),
    Party("jürgen@müller.example", "Jürgen Müller", "192.0.2.53"),
    Party("用户@例子.example", "用户", "192.0.2.55"),
    Party("billing@соntoso.example", "Contoso Billing", "203.0.113.55"),
    Party('"odd, local"@fabrikam.example', 'Bob "the builder" O\'Odd', "192.0.2.57"),
    Party("a@[192.0.2.59]", "address literal", "192.0.2.59"),
    Party("one@evil.example, two@evil.example", "two senders", "203.0.113.60"),
    Party("ceo@contoso.example <x@evil.example>", "ceo@contoso.example", "203.0.113.61"),
    Party("a@b@fabrikam.example", "<img src=x onerror=alert(1)>", "192.0.2.63"),
    Party("l" * 64 + "@" + "d" * 60 + ".example", "long " * 40, "192.0.2.64"),
    Party("trailing.dot@fabrikam.example.", "\u202emoc.osotnoc", "192.0.2.66"),
)
# fmt: on
