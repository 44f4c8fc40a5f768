"""The laws of OCSF: every event is valid, says who made it, and lies in the window asked for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector_conformance.laws_detail import level_of, some_findings
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.subject import ListOperation, Subject, uid_of
from connector_core import Connector
from connector_core.mapping.leaves import FREE

CLASSES = {"query_threats": 2004, "query_events": 4009}


class OcsfLaws:
    """The shape of what comes back."""

    @read_only
    @promise("ocsf", "Every event is valid OCSF 1.8.0, by a judge that shares no code with it.")
    def test_every_event_is_valid_ocsf(self, subject: Subject, operation: ListOperation) -> None:
        from connector_conformance.ocsf_judge import judge

        assert subject.everything(operation), "nothing to judge"
        for event in subject.everything(operation):
            assert event["class_uid"] == CLASSES[operation]
            problems = judge().problems(event)
            assert not problems, f"event {uid_of(event)}: {'; '.join(problems[:10])}"

    @promise("ocsf", "A finding in full is valid OCSF 1.8.0 too.")
    def test_a_finding_in_full_is_valid_ocsf(self, subject: Subject, connector: Connector) -> None:
        from connector_conformance.ocsf_judge import judge

        level_of(subject)
        for listed in some_findings(subject):
            problems = judge().problems(connector.get_threat(uid_of(listed)).event)
            assert not problems, f"finding {uid_of(listed)}: {'; '.join(problems[:10])}"

    @read_only
    @promise("ocsf", "Every event names the product and the vendor that it comes from.")
    def test_every_event_says_which_product_made_it(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        for event in subject.everything(operation):
            product = event["metadata"]["product"]
            assert product.get("name"), f"event {uid_of(event)} names no product"
            assert product.get("vendor_name"), f"event {uid_of(event)} names no vendor"

    @read_only
    @promise("ocsf", "The time of every event lies in the window that was searched.")
    def test_every_event_lies_in_the_window(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        page = subject.page(connector, operation)
        window = page.meta.effective_range
        assert window is not None
        for event in page.events:
            assert window.start <= event["time"] < window.end, f"event {uid_of(event)}"

    @read_only
    @promise("ocsf", "Every finding shows evidence.")
    def test_every_finding_has_evidences(self, subject: Subject) -> None:
        if "query_threats" not in subject.listings:
            pytest.skip("the provider does not offer query_threats")
        for finding in subject.everything("query_threats"):
            assert finding.get("evidences"), f"finding {uid_of(finding)} shows none"

    @read_only
    @promise("ocsf", "Events hold nothing but JSON, and no answer is lost on the way through it.")
    def test_every_answer_is_ready_for_json(
        self, subject: Subject, connector: Connector, operation: ListOperation
    ) -> None:
        page = subject.page(connector, operation)
        for event in page.events:
            strange = next(_strange(event), None)
            assert strange is None, f"event {uid_of(event)}: {strange}"
        told = json.loads(page.json())
        assert told["result"] == page.events
        assert set(told) == {"result", "cursor", "meta", "messages"}

    @promise("ocsf", "The declared response fields cover what the events hold.")
    def test_the_declared_response_fields_cover_the_events(
        self, subject: Subject, operation: ListOperation
    ) -> None:
        declared = subject.capabilities(operation).response_fields
        if not declared:
            pytest.skip("the provider declares no response fields")
        known = set(declared)
        met = {path for event in subject.everything(operation) for path in _paths(event)}
        surprises = sorted(path for path in met if not _covered(path, known))
        assert not surprises, f"not declared: {', '.join(surprises)}"


def _strange(node: Any, path: str = "") -> Iterator[str]:
    match node:
        case dict():
            for name, value in node.items():
                if type(name) is not str:
                    yield f"{path}: the name {name!r} is not text"
                yield from _strange(value, f"{path}.{name}")
        case list():
            for item in node:
                yield from _strange(item, f"{path}[]")
        case float() if node != node or node in (float("inf"), float("-inf")):
            yield f"{path}: {node} is not a JSON number"
        case _ if node is not None and type(node) not in (str, int, float, bool):
            yield f"{path}: {type(node).__name__} is not a JSON type"


def _paths(node: Any, path: str = "") -> Iterator[str]:
    match node:
        case dict():
            for name, value in node.items():
                yield from _paths(value, f"{path}.{name}" if path else name)
        case list():
            for item in node:
                yield from _paths(item, path)
        case _:
            yield path


def _covered(path: str, known: set[str]) -> bool:
    """Whether a path is declared: itself, or below an object that may hold anything."""
    free = (one for one in known if one.rpartition(".")[2] in FREE)
    return path in known or any(path.startswith(f"{one}.") for one in free)
