"""The mail that every vendor is given: few messages, chosen so that each law can bite."""

from collections.abc import Iterator
from typing import Final

from connector_conformance.bench import Mail

COUNT: Final = 24
MINUTE_MS: Final = 60_000
TIED: Final = 8
"""So many messages share each moment, so that page edges fall between equals."""


def mails(now: float) -> tuple[Mail, ...]:
    """The messages of the kit's world, newest first; all within the two hours before `now`.

    Texts differ in letter case, contain one another, or hold what filters and query languages
    treat specially; two of three messages are threats.
    """
    newest = (int(now) - 600) * 1_000
    return tuple(_mails(newest))


def _mails(newest: int) -> Iterator[Mail]:
    for number in range(COUNT):
        subject = SUBJECTS[number % len(SUBJECTS)]
        domain = DOMAINS[number % len(DOMAINS)]
        yield Mail(
            number=number,
            time=newest - number // TIED * 30 * MINUTE_MS,
            subject=subject,
            sender=f"sender{number % 5}@{domain}",
            recipient=f"user{number % 7}@contoso.example",
            message_id=f"<{number:04d}.conformance@{domain}>",
            ip=f"192.0.2.{10 + number % 6}",
            url=f"https://www{number % 4}.{domain}/path/{number}?q=1",
            file_name=f"report-{number % 5}.pdf",
            threat=number % 3 != 2,
        )


DOMAINS: Final = ("partner.example", "supplier.example", "evil.test")
SUBJECTS: Final = (
    "Invoice 4711",
    "invoice",
    "INVOICE 4711 overdue",
    'He said "pay, now"',
    "back\\slash and | pipe",
    "Füße und Ünïcödé",
    "50% off; drop table",
    "a, b, c",
    "plain",
    "Łódź \u202egnp.exe",
    "it's (not) [a] {query}",
)
"""Subjects; the last ones hold what some query language treats specially."""
