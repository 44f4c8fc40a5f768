"""The mail that every vendor is given: few messages, chosen so that each law can bite."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from connector_conformance.bench import Mail

COUNT: Final = 24
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
TIED: Final = 8
"""So many messages share each moment, so that page edges fall between equals."""
COPIES: Final = (3, 4)
"""Two messages of one moment with one Message-ID, to two recipients; both are threats."""
BARE: Final = 22
"""The message without subject, link and file; a threat, whose subject another one has."""


def mails(now: float) -> tuple[Mail, ...]:
    """The messages of the kit's world, newest first; all within the two hours before `now`.

    Texts differ in letter case, contain one another, or hold what filters and query languages
    treat specially; two of three messages are threats. One message came to two recipients, some
    name several in one record, and one has neither subject nor link nor file.
    """
    newest = (int(now) - 613) * 1_000  # no whole minutes, whose seconds could be lost unseen
    found = list(_mails(newest))
    first, second = COPIES
    found[second] = replace(
        found[first], number=second, recipient=found[second].recipient, also_to=()
    )
    found[BARE] = replace(
        found[BARE], subject="", url="", file_name="", also_to=(), more_urls=(), more_files=()
    )
    return tuple(found)


def far_mails(now: float, days: int, first: int = 0) -> tuple[Mail, ...]:
    """Messages at the far end of a range of so many days, its first second included."""
    begin = int(now) * 1_000 - days * DAY_MS
    pattern = mails(now)[0]
    return tuple(
        _like(pattern, place, begin + after)
        for place, after in enumerate((DAY_MS // 2, 2_000, 1_000), first)
    )


def crowd(now: float, count: int) -> tuple[Mail, ...]:
    """So many messages, newest first, a second apart."""
    pattern = mails(now)[0]
    return tuple(_like(pattern, place, pattern.time - place * 1_000) for place in range(count))


def _like(pattern: Mail, number: int, time: int) -> Mail:
    """A message that nothing but its number and what is made of it tells from the pattern."""
    return replace(
        pattern,
        number=number,
        time=time,
        subject=f"number {number}",
        message_id=f"<{number:04d}.crowd@evil.test>",
    )


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
            also_to=_several(number, f"team{number % 3}@contoso.example", "board@contoso.example"),
            more_urls=_several(number, f"https://cdn{number % 3}.{domain}/more/{number}"),
            more_files=_several(number, f"annex-{number % 3}.zip"),
        )


def _several(number: int, *texts: str) -> tuple[str, ...]:
    """Texts for every fourth message."""
    return texts if number % 4 == 1 else ()


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
