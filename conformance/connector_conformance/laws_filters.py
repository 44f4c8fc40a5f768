"""The laws of filters: an answer is exactly what the core's evaluator selects."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
import pytest

from connector_conformance.bench import Mail
from connector_conformance.direct import Direct
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.questions import FilterCase, questions, values_of
from connector_conformance.subject import Event, Listing, Subject
from connector_conformance.vocabulary import COMMON
from connector_conformance.wire import Wire
from connector_core import Connector
from connector_core.errors import QueryError, UnknownField, UnsupportedOperator
from connector_core.filter import FilterField, Operator, ValueType, to_text, where
from connector_core.filter.tree import Comparison

Note = Callable[[str, Any], None]
"""Writes a fact into the report."""
SOME_VALUE: Final = {
    ValueType.INTEGER: "1",
    ValueType.BOOLEAN: "true",
    ValueType.TIME: "2026-11-01T00:00:00Z",
    ValueType.IP: "192.0.2.1",
}
"""A value that is right for a type, for filters that are refused whatever their value."""
PLANTED: Final[Mapping[str, Callable[[Mail], str]]] = {
    "email.from": lambda mail: mail.sender,
    "email.to": lambda mail: mail.recipient,
    "email.subject": lambda mail: mail.subject,
    "email.message_uid": lambda mail: mail.message_id,
    "email.urls.url_string": lambda mail: mail.url,
    "email.files.name": lambda mail: mail.file_name,
    "src_endpoint.ip": lambda mail: mail.ip,
}
"""What is known of a planted message, by the filter that asks for it."""


def counted(events: Iterable[Event]) -> Counter[bytes]:
    """Events as a multiset, compared whole."""
    return Counter(orjson.dumps(event, option=orjson.OPT_SORT_KEYS) for event in events)


def difference(found: Sequence[Event], wanted: Sequence[Event]) -> str:
    """Which events are missing or too many; empty when the two hold the same."""
    missing, extra = counted(wanted) - counted(found), counted(found) - counted(wanted)
    if not missing and not extra:
        return ""
    return (
        f"{missing.total()} events are missing, {extra.total()} are wrong."
        f" First missing: {next(iter(missing), b'none')[:2_000].decode()}."
        f" First wrong: {next(iter(extra), b'none')[:2_000].decode()}."
    )


class FilterLaws:
    """Every declared filter and operator, and every one that is not declared."""

    @read_only
    @promise("filters", "There is something to judge: the vendor shows events.")
    def test_there_are_events_to_judge_by(self, subject: Subject, operation: Listing) -> None:
        assert subject.everything(operation), (
            f"{operation} shows no event, so nothing can be proved of it;"
            " a live vendor needs a day on which something happened"
        )

    @promise("filters", "Every planted message is found: what was detected, and as mail.")
    def test_every_planted_message_is_found(self, subject: Subject, operation: Listing) -> None:
        texts = [set(_texts(event)) for event in subject.everything(operation)]
        all_mail = subject.capabilities(operation).visibility == "all_mail"
        planted = [
            mail
            for mail in subject.mails
            if mail.threat or (all_mail and operation == "query_events")
        ]
        for mail in planted:
            assert any(_shows(held, mail) for held in texts), (
                f"{operation} does not show message {mail.number}: {mail.subject!r}"
            )

    @read_only
    @promise("filters", "A filtered answer holds exactly what the evaluator selects, and is whole.")
    def test_a_filter_selects_what_the_evaluator_selects(
        self,
        subject: Subject,
        connector: Connector,
        filter_case: FilterCase,
        record_property: Note,
    ) -> None:
        events = subject.everything(filter_case.operation)
        asked = questions(subject, filter_case)
        record_property("exercised", asked.exercised)
        for filter in asked.filters:
            selects = filter_case.selection(filter)
            wanted = [event for event in events if selects(event)]
            stream = subject.read(connector, filter_case.operation, filter)
            try:
                found = list(stream)
            except QueryError:  # a range that can hold nothing is refused
                assert not wanted, f"{to_text(filter)} is refused, though events match"
                continue
            different = difference(found, wanted)
            assert not different, f"{to_text(filter)}: {different}"
            told = [notice for notice in stream.messages if notice.incomplete]
            assert not told, f"{to_text(filter)}: {told}"

    @promise("filters", "A filter that is said to be pushed needs no second look by the core.")
    def test_a_pushed_filter_is_decided_by_the_vendor(
        self, subject: Subject, direct_provider: Direct, filter_case: FilterCase
    ) -> None:
        capabilities = subject.capabilities(filter_case.operation)
        for filter in questions(subject, filter_case).filters:
            try:
                query = direct_provider.query(capabilities, filter)
            except QueryError:  # a range that can hold nothing is refused
                continue
            plan = direct_provider.provider.explain(filter_case.operation, query)
            if any(item.disposition != "pushed" for item in plan.filters):
                continue
            selects = filter_case.selection(filter)
            batch = direct_provider.first_batch(filter_case.operation, capabilities, filter)
            dropped = [record.event for record in batch.records if not selects(record.event)]
            assert not dropped, f"{to_text(filter)} is said to be pushed; yet came: {dropped[0]}"

    @promise("filters", "A planted message is found by everything that is planted of it.")
    def test_a_planted_message_is_found_by_what_it_says(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        """A filter of a common name looks at what the name says, not at another attribute."""
        fields = {field.name: field for field in subject.capabilities(operation).filters}
        texts = [set(_texts(event)) for event in subject.everything(operation)]
        for name, value_of in PLANTED.items():
            if name not in fields or Operator.EQ not in fields[name].operators:
                continue
            shown = [
                mail
                for mail in subject.mails
                if any(value_of(mail) in held and _shows(held, mail) for held in texts)
            ]
            for mail in shown[:1] if subject.cases.slow else shown[:: len(shown) // 3 + 1]:
                filter = where(name, "eq", value_of(mail))
                found = [set(_texts(event)) for event in subject.read(connector, operation, filter)]
                assert any(_shows(held, mail) for held in found), (
                    f"{to_text(filter)} does not find message {mail.number}, which has it"
                )

    @read_only
    @promise("filters", "An operator that a field does not declare is refused.")
    def test_an_operator_that_is_not_declared_is_refused(
        self, subject: Subject, connector: Connector, operation: Listing
    ) -> None:
        for field in subject.capabilities(operation).filters:
            for operator in set(Operator) - set(field.operators):
                with pytest.raises(UnsupportedOperator):
                    subject.page(connector, operation, _some(field, operator))

    @read_only
    @promise("filters", "A field that is not declared is refused, whatever the events hold.")
    def test_a_field_that_is_not_declared_is_refused(
        self,
        subject: Subject,
        connector: Connector,
        operation: Listing,
        record_property: Note,
    ) -> None:
        names = {field.name for field in subject.capabilities(operation).filters}
        events = subject.everything(operation)
        carried = []
        for name in (*COMMON, "no.such.field"):
            if name in names:
                continue
            with pytest.raises(UnknownField):
                subject.page(connector, operation, where(name, "eq", "1"))
            if any(values_of(FilterField(name=name, type=type), events) for type in _PROBES):
                carried.append(name)
        record_property("undeclared", carried)

    @promise("filters", "A filter compares the attribute that its name says.")
    def test_a_filter_is_named_after_its_attribute(
        self, subject: Subject, operation: Listing
    ) -> None:
        for field in subject.capabilities(operation).filters:
            last = field.name.rpartition(".")[2]
            for path in field.paths:
                steps = path.split(".")
                named = last in steps or last.endswith(steps[-1])
                assert named, f"{field.name} compares {path}"

    @promise("filters", "An explanation names every filter and who decides it, and sends nothing.")
    def test_explain_names_every_filter_and_sends_nothing(
        self, subject: Subject, operation: Listing
    ) -> None:
        wires: list[Wire] = []

        def listen(vendor: Any) -> Wire:
            wires.append(Wire(vendor, subject.cases))
            return wires[-1]

        with subject.open(wrap=listen) as connector:
            for field in subject.capabilities(operation).filters:
                filter = _some(field, field.operators[0])
                told = connector.explain(operation, filter).plan["filters"]
                assert any(field.name in item["filter"] for item in told), (
                    f"{to_text(filter)} is not explained: {told}"
                )
                for item in told:
                    assert item["disposition"] in ("pushed", "narrowed", "local"), item
        assert not wires[0].exchanges


_PROBES: Final = (ValueType.TEXT, ValueType.INTEGER, ValueType.BOOLEAN)


def _some(field: FilterField, operator: Operator) -> Comparison:
    value = field.values[0] if field.values else SOME_VALUE.get(field.type, "a")
    return where(field.name, operator, value)


def _shows(texts: set[str], mail: Mail) -> bool:
    """Whether an event with these texts is about a message."""
    ids = {mail.message_id, mail.message_id.strip("<>")}
    return bool(ids & texts) or {mail.subject, mail.recipient} <= texts


def _texts(node: Any) -> Iterable[str]:
    match node:
        case str():
            yield node
        case list():
            for item in node:
                yield from _texts(item)
        case dict():
            for item in node.values():
                yield from _texts(item)
