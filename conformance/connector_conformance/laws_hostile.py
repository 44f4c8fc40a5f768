"""Laws of hostile values: whatever a text holds, it is data."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from connector_conformance.bench import Mail
from connector_conformance.hostile import HOSTILE, UNSENDABLE
from connector_conformance.promise import promise
from connector_conformance.questions import values_of
from connector_conformance.reading import Task, differing, read, window_filters
from connector_conformance.subject import Event, ListOperation, Subject
from connector_core import Connector
from connector_core.errors import FilterError, InvalidValue
from connector_core.filter import (
    Comparison,
    Filter,
    FilterField,
    Operator,
    Or,
    ValueType,
    compile_predicate,
    parse_all,
    resolve,
    to_text,
)

TEXTS: Final = (ValueType.TEXT, ValueType.MESSAGE_ID)
ALONE: Final = (Operator.EQ, Operator.LIKE, Operator.NE, Operator.NOT_LIKE)
PLANTED: Final = ("subject", "file_name", "url")
LONGEST: Final = 1_000
"""Characters of a value that is planted."""
JOINED: Final = 40
"""Conditions in one Or."""
SLOW_STEP: Final = 6
"""Of single values, a vendor whose answers take long is asked every sixth."""
SLOW_FIELDS: Final = 4
"""Of the fields, such a vendor is asked every fourth."""


class HostileLaws:
    """A value is never taken for a part of the query, and never altered."""

    @promise("hostile", "A list of hostile values selects what the evaluator selects.")
    def test_hostile_values_in_a_list_are_data(self, subject: Subject) -> None:
        """Many values in one list, and last a real one, for every text field that takes ``in``."""
        problems = []
        for operation, field, values in _shares(subject, Operator.IN):
            real = _real(subject, operation, field)
            asked = Comparison(field.name, Operator.IN, (*values, *real))
            problems += _compared(subject, operation, asked)
        assert not problems, "\n".join(problems)

    @promise("hostile", "Hostile parts of texts select what the evaluator selects.")
    def test_hostile_parts_are_data(self, subject: Subject) -> None:
        """Many values joined by Or, and last a real one, for every field that takes ``like``."""
        problems = []
        for operation, field, values in _shares(subject, Operator.LIKE):
            parts = [Comparison(field.name, Operator.LIKE, (value,)) for value in values]
            real = _real(subject, operation, field)
            last = [Comparison(field.name, Operator.LIKE, (value,)) for value in real]
            for first in range(0, len(parts), JOINED):
                asked = Or((*parts[first : first + JOINED], *last))
                problems += _compared(subject, operation, asked)
        assert not problems, "\n".join(problems)

    @promise("hostile", "A hostile value alone selects what the evaluator selects.")
    def test_every_hostile_value_alone_is_data(self, subject: Subject) -> None:
        """Each value with another field, operator and operation."""
        asked = [
            (operation, field.name, operator)
            for operator in ALONE
            for operation, field in _fields(subject, operator)
        ]
        if not asked:
            pytest.skip("no operation takes a filter on text")
        problems = []
        step = SLOW_STEP if subject.cases.slow else 1
        for place, (name, value) in enumerate(HOSTILE):
            if place % step:
                continue
            # Seven has no divisor in common with most counts, so that values meet all fields.
            operation, field, operator = asked[place * 7 % len(asked)]
            one = Comparison(field, operator, (value,))
            problems += [
                f"{name}: {said}" for said in _compared(subject, operation, one, refusable=True)
            ]
        assert not problems, "\n".join(problems)

    @promise("hostile", "What no text can hold is refused before anything is sent.")
    @pytest.mark.parametrize(("name", "value"), UNSENDABLE, ids=[name for name, _ in UNSENDABLE])
    def test_what_no_text_can_hold_is_refused(
        self, subject: Subject, name: str, value: str
    ) -> None:
        """NUL and lone surrogates, in every text field."""
        with subject.open() as connector:
            for operator in (Operator.EQ, Operator.IN, Operator.LIKE):
                for operation, field in _fields(subject, operator):
                    one = Comparison(field.name, operator, (value,))
                    with pytest.raises(InvalidValue):
                        connector.explain(operation, one)
                    with pytest.raises(InvalidValue):
                        _listing(connector, operation, one)

    @promise("hostile", "Hostile texts of mail come back as they are.")
    def test_hostile_mail_comes_back_verbatim(self, subject: Subject) -> None:
        """As subject, as name of a file, as link; read in pages and as one."""
        mails = planted(subject)
        for operation in subject.listings:
            places = _places(subject, operation)
            whole, pages = _worlds(subject, operation, mails)
            problems = []
            for slot, paths in places.items():
                found = {text for path, text in _texts(whole) if path in paths}
                wanted = (getattr(mail, slot) for mail in mails)
                lost = [text for text in wanted if text.strip() and text not in found]
                problems += [f"{operation}: {slot} {text[:60]!r} is lost" for text in lost]
            assert not problems, "\n".join(problems)
            assert not differing(pages, whole), f"{operation}: pages are not the whole"

    @promise("hostile", "Hostile texts of mail can be asked for.")
    def test_hostile_mail_can_be_found(self, subject: Subject) -> None:
        """By subject, one at a time and as a list."""
        mails = planted(subject)
        problems = []
        step = SLOW_STEP * 4 if subject.cases.slow else 4
        for operation, field in _fields(subject, Operator.EQ):
            if field.name != "email.subject":
                continue
            whole, _ = _worlds(subject, operation, mails)
            with subject.open(mails=mails) as connector:
                subjects = tuple(mail.subject for mail in mails if mail.subject)
                several = Comparison(field.name, Operator.IN, subjects)
                if Operator.IN in field.operators:
                    problems += _difference(subject, connector, operation, several, whole)
                for text in subjects[::step]:
                    one = Comparison(field.name, Operator.EQ, (text,))
                    problems += _difference(subject, connector, operation, one, whole)
        assert not problems, "\n".join(problems)


def planted(subject: Subject) -> tuple[Mail, ...]:
    """A world of threats whose texts are hostile."""
    pattern = subject.mails
    return tuple(
        replace(
            pattern[place % len(pattern)],
            number=place,
            subject=value,
            file_name=value,
            url=f"https://evil.test/?q={value}",
            message_id=f"<{place:04d}.hostile@evil.test>",
            threat=True,
        )
        for place, (_, value) in enumerate(item for item in HOSTILE if len(item[1]) <= LONGEST)
    )


def _places(subject: Subject, operation: ListOperation) -> dict[str, set[str]]:
    """Where the texts of the kit's world stand in events; without those that have no place."""
    texts = list(_texts(subject.everything(operation)))
    found: dict[str, set[str]] = {}
    for slot in PLANTED:
        planted = {getattr(mail, slot) for mail in subject.mails} - {""}
        found[slot] = {path for path, text in texts if text in planted}
    own = {
        slot: paths.difference(*(some for other, some in found.items() if other != slot))
        for slot, paths in found.items()
    }
    return {slot: own[slot] or paths for slot, paths in found.items() if paths}


def _worlds(
    subject: Subject, operation: ListOperation, mails: Sequence[Mail]
) -> tuple[list[Event], list[Event]]:
    """The events of a hostile world, read at once and in pages; remembered for the subject."""
    known: dict[ListOperation, tuple[list[Event], list[Event]]] = vars(subject).setdefault(
        "_hostile", {}
    )
    if operation not in known:
        both = []
        most = subject.capabilities(operation).page_limit_max
        for page in (most, min(most, 50)):
            clock = subject.clock()
            task = Task(operation=operation, filters=window_filters(subject, operation), page=page)
            with subject.open(mails=mails, clock=clock) as connector:
                outcome = read(connector, task, clock)
            assert outcome.error is None, f"{operation}: {outcome.error!r}"
            assert outcome.complete, f"{operation}: {outcome.reasons}"
            both.append(outcome.events)
        known[operation] = (both[0], both[1])
    return known[operation]


def _fields(subject: Subject, operator: Operator) -> list[tuple[ListOperation, FilterField]]:
    return [
        (operation, field)
        for operation in subject.listings
        for field in subject.capabilities(operation).filters
        if field.type in TEXTS and operator in field.operators
    ]


def _shares(
    subject: Subject, operator: Operator
) -> Iterator[tuple[ListOperation, FilterField, tuple[str, ...]]]:
    """All values for each field; for a vendor whose answers take long, a share for some."""
    fields = _fields(subject, operator)
    fields = fields[::SLOW_FIELDS] if subject.cases.slow else fields
    values = tuple(value for _, value in HOSTILE if value)
    for place, (operation, field) in enumerate(fields):
        yield operation, field, values[place :: len(fields)] if subject.cases.slow else values


def _real(subject: Subject, operation: ListOperation, field: FilterField) -> tuple[str, ...]:
    """A value that some event has, so that an empty answer is a wrong one; none where none has.

    A slow vendor, which then answers with events, is asked so for one operation.
    """
    if subject.cases.slow and operation != subject.listings[-1]:
        return ()
    return tuple(map(str, values_of(field, subject.everything(operation))[:1]))


def _compared(
    subject: Subject, operation: ListOperation, asked: Filter, *, refusable: bool = False
) -> list[str]:
    """How an answer over the kit's world differs from the evaluator's selection."""
    events = subject.everything(operation)
    with subject.open() as connector:
        return _difference(subject, connector, operation, asked, events, refusable=refusable)


def _difference(
    subject: Subject,
    connector: Connector,
    operation: ListOperation,
    asked: Filter,
    events: Sequence[Event],
    *,
    refusable: bool = False,
) -> list[str]:
    window = window_filters(subject, operation)
    filters = asked & parse_all(window) if window else asked
    fields = {field.name: field for field in subject.capabilities(operation).filters}
    name = repr(to_text(asked))[:120] if isinstance(asked, Comparison) else "many values"
    said = f"{operation} {name}"
    try:
        selects = compile_predicate(resolve(asked, fields))
    except FilterError as error:
        return [] if refusable else [f"{said}: {error!r}"]
    try:
        found = _listing(connector, operation, filters)
    except FilterError as error:
        return [] if refusable else [f"{said}: {error!r}"]
    except Exception as error:
        return [f"{said}: {error!r}"]
    gap = differing(found, [event for event in events if selects(event)])
    return [f"{said}: {gap}"] if gap else []


def _listing(connector: Connector, operation: ListOperation, asked: Filter) -> list[Event]:
    ask = connector.iter_threats if operation == "query_threats" else connector.iter_events
    return list(ask(asked))


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text, and the names on the way to it."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, path)
    elif isinstance(value, str):
        yield path, value
