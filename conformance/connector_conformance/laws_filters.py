"""The laws of filters: an answer is exactly what the core's evaluator selects."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from connector_conformance.direct import Direct
from connector_conformance.gaps import difference, short
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.questions import FilterCase, questions, values_of
from connector_conformance.subject import ListOperation, Subject, uid_of
from connector_conformance.vocabulary import COMMON
from connector_conformance.wire import Wire
from connector_core import Connector
from connector_core.errors import QueryError, UnknownField, UnsupportedOperator
from connector_core.filter import FilterField, Operator, ValueType, parse_all, to_text, where
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


class FilterLaws:
    """Every declared filter and operator, and every one that is not declared."""

    @read_only
    @promise("filters", "There is something to judge: the vendor shows events.")
    def test_there_are_events_to_judge_by(self, subject: Subject, operation: ListOperation) -> None:
        assert subject.everything(operation), (
            f"{operation} shows no event, so nothing can be proved of it;"
            " a live vendor needs a day on which something happened"
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
            assert not different, (
                f"{filter_case.operation} {short(to_text(filter))}: {different}\n"
                f"{_asked(subject, connector, filter_case, filter)}"
            )
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
            assert not dropped, (
                f"{filter_case.operation} {short(to_text(filter))}: `explain` says pushed, and the"
                f" vendor's answer holds {uid_of(dropped[0])}, which the filter does not select:"
                " say narrowed where the vendor may answer with more, local where it is not told"
            )

    @read_only
    @promise("filters", "An operator that a field does not declare is refused.")
    def test_an_operator_that_is_not_declared_is_refused(
        self, subject: Subject, connector: Connector, operation: ListOperation
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
        operation: ListOperation,
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
        self, subject: Subject, operation: ListOperation
    ) -> None:
        for field in subject.capabilities(operation).filters:
            last = field.name.rpartition(".")[2]
            for path in field.paths:
                steps = path.split(".")
                if steps[0] == "unmapped":  # there the vendor's own names hold
                    continue
                kinds = {name.rpartition("_")[2] for name in (last, steps[-1])}
                boxes = (f"{last}_mailbox", f"{last}_mailboxes")  # what is no valid address
                named = last in steps or len(kinds) == 1 or steps[-1] in boxes
                assert named, f"{field.name} compares {path}"
            mapped = [path for path in field.paths if not path.startswith("unmapped.")]
            assert mapped, f"{field.name} compares no attribute"

    @promise("filters", "An explanation names every filter and who decides it, and sends nothing.")
    def test_explain_names_every_filter_and_sends_nothing(
        self, subject: Subject, operation: ListOperation
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


def _asked(subject: Subject, connector: Connector, case: FilterCase, filter: Comparison) -> str:
    """What the vendor was asked, for whoever looks for the reason."""
    scope = parse_all(subject.scope(case.operation))
    query = connector.explain(case.operation, scope & filter).native_query
    return (
        "What is missing, the vendor was not asked for, or the reader dropped it; what is too many"
        f" has another value than the list without filters. The vendor was asked: {query[:2_000]}"
    )


def _some(field: FilterField, operator: Operator) -> Comparison:
    value = field.values[0] if field.values else SOME_VALUE.get(field.type, "a")
    return where(field.name, operator, value)
