"""Laws of planted mail: each message comes back, with its time, and is found by what it says."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from connector_conformance.bench import Mail
from connector_conformance.planted import VALUES, listed, shows, texts, unseen
from connector_conformance.promise import promise
from connector_conformance.reading import DAY_MS, differing, takes_time
from connector_conformance.subject import ENDLESS, Event, ListOperation, Subject
from connector_conformance.world import crowd, far_mails
from connector_core import Connector
from connector_core.convert import timestamp_text
from connector_core.filter import Operator, to_text, where

CROWD: Final = 230
"""Messages: more than two pages of the size that vendors like best."""
FEW: Final = 105
"""The same for a vendor that is slow."""
PAGE: Final = 100


class PlantedLaws:
    """What the vendor is given is what comes out."""

    @promise("filters", "Every planted message is found: what was detected, and as mail.")
    def test_every_planted_message_is_found(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        """Among them copies for two recipients, and a message without subject, link and file."""
        _all_shown(subject, operation, subject.everything(operation), subject.mails)

    @promise("filters", "A planted message is found by everything that is planted of it.")
    def test_a_planted_message_is_found_by_what_it_says(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        """A filter of a common name looks at what the name says, not at another attribute."""
        fields = {field.name: field for field in subject.capabilities(operation).filters}
        held = [set(texts(event)) for event in subject.everything(operation)]
        for name, value_of in VALUES.items():
            if name not in fields or Operator.EQ not in fields[name].operators:
                continue
            shown = [
                mail
                for mail in subject.mails
                if value_of(mail) and any(value_of(mail) in h and shows(h, mail) for h in held)
            ]
            for mail in shown[:1] if subject.cases.slow else shown[:: len(shown) // 3 + 1]:
                filter = where(name, "eq", value_of(mail))
                found = list(subject.read(connector, operation, filter))
                assert not unseen(found, [mail]), (
                    f"{operation} {to_text(filter)} does not find message {mail.number}, though the"
                    " list without filters shows it with this value: which attribute does the"
                    " filter compare?"
                )

    @promise("ocsf", "The time of mail is the time that the vendor gives it.")
    def test_mail_has_the_time_that_it_was_planted_with(self, subject: Subject) -> None:
        """To the millisecond, in UTC; only where an operation lists all mail."""
        events = subject.everything("query_events") if "query_events" in subject.listings else []
        held = [(event["time"], set(texts(event))) for event in events]
        for mail in listed(subject, "query_events", subject.mails) if events else ():
            times = [time for time, words in held if shows(words, mail)]
            assert not times or mail.time in times, (
                f"message {mail.number} was planted at {timestamp_text(mail.time)}, its event says"
                f" {timestamp_text(times[0])}: is a time zone applied, or a part of the time lost?"
            )

    @promise("completeness", "The far end of a range is searched like the near one.")
    def test_the_far_end_of_a_range_is_searched(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        """Of the default range to its first second, and of the longest range."""
        capabilities = subject.capabilities(operation)
        now, longest = subject.cases.now, capabilities.max_range_days
        default = far_mails(now, capabilities.default_range_days)
        _, oldest, _ = far_mails(now, longest, len(default))  # older ones may be gone by now
        mails = [*default, *([oldest] if longest > capabilities.default_range_days else [])]
        with subject.open(mails=mails) as connector:
            found = list(subject.read(connector, operation))
            _all_shown(subject, operation, found, default, "without a filter on time")
            if len(mails) > len(default) and takes_time(subject, operation):
                since = f"time[gte]{timestamp_text(int(now) * 1_000 - longest * DAY_MS)}"
                found = list(subject.read(connector, operation, since))
                _all_shown(subject, operation, found, mails, f"for {since}")

    @promise("paging", "A list that is longer than any page of the vendor is read to its end.")
    def test_a_long_list_is_read_to_its_end(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        """More than a hundred messages, in pages of a hundred and without a limit."""
        mails = crowd(subject.cases.now, FEW if subject.cases.slow else CROWD)
        most = subject.capabilities(operation).page_limit_max
        with subject.open(mails=mails) as connector:
            found = list(islice(subject.read(connector, operation), ENDLESS))
            _all_shown(subject, operation, found, mails)
            size = min(PAGE, most)
            pages = list(islice(subject.read(connector, operation, page_size=size), ENDLESS))
        gap = differing(pages, found)
        assert not gap, f"{operation}: in pages of {size} the {len(mails)} messages give {gap}"


def _all_shown(
    subject: Subject,
    operation: ListOperation,
    events: Sequence[Event],
    mails: Sequence[Mail],
    asked: str = "without filters",
) -> None:
    wanted = listed(subject, operation, mails)
    lost = unseen(events, wanted)
    assert not lost, (
        f"{operation} {asked} does not show {len(lost)} of {len(wanted)} messages, first"
        f" {describe(lost[0])}. Does the provider ask the vendor for less than the range, stop"
        " before the last page, merge records, or leave one out? Or does the bench not plant it?"
    )


def describe(mail: Mail) -> str:
    """A message for people who look for it in a bench or a recording."""
    return (
        f"number {mail.number} ({timestamp_text(mail.time)}, {mail.message_id} to {mail.recipient},"
        f" subject {mail.subject!r})"
    )
