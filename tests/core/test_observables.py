"""The observables of an event: every searchable value, at its path, once."""

import copy
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.ocsf.observables import observables
from judges.ocsf import judge
from judges.ocsf_samples import EMAIL, FINDING, Event, changed

ClassName = Literal["email_activity", "detection_finding"]


def rows(event: Event, class_name: ClassName = "email_activity") -> list[tuple[str, int, str]]:
    """Name, type and value of each observable."""
    return [(o["name"], o["type_id"], o["value"]) for o in observables(event, class_name)]


def test_an_email_lists_addresses_names_hashes_and_links_in_the_order_of_the_event() -> None:
    assert rows(EMAIL) == [
        ("malware.files.name", 7, "invoice.pdf.exe"),
        ("malware.files.hashes.value", 8, "ab" * 32),
        ("from", 5, "bounce@example.com"),
        ("to", 5, "ann@example.org"),
        ("src_endpoint.ip", 2, "2001:db8::25"),
        ("src_endpoint.location.country", 14, "NL"),
        ("email.from", 5, "billing@example.com"),
        ("email.to", 5, "ann@example.org"),
        ("email.to", 5, "bob@example.org"),
        ("email.subject", 40, EMAIL["email"]["subject"]),
        ("email.message_uid", 42, "<1@example.com>"),
        ("email.files.name", 7, "invoice.pdf.exe"),
        ("email.files.hashes.value", 8, "ab" * 32),
        ("email.urls.url_string", 6, "https://login.example.net:8443/a"),
        ("email.urls.port", 11, "8443"),
    ]


def test_a_finding_lists_what_its_evidences_and_resources_hold() -> None:
    assert rows(FINDING, "detection_finding") == [
        ("evidences.email.from", 5, "billing@example.com"),
        ("evidences.src_endpoint.ip", 2, "192.0.2.7"),
        ("evidences.user.name", 4, "ann"),
        ("evidences.user.uid", 31, "o-1"),
        ("evidences.user.email_addr", 5, "ann@example.org"),
        ("resources.name", 38, "ann@example.org"),
        ("resources.uid", 10, "o-1"),
    ]


def test_the_page_where_a_finding_is_read_is_no_observable() -> None:
    finding = changed(FINDING, "finding_info.src_url", "https://portal.example.com/1")
    assert rows(finding, "detection_finding") == rows(FINDING, "detection_finding")


def test_each_observable_carries_the_caption_of_its_type() -> None:
    assert observables({"from": "a@example.com"}, "email_activity") == [
        {"name": "from", "type_id": 5, "type": "Email Address", "value": "a@example.com"}
    ]


@pytest.mark.parametrize("class_name", ["email_activity", "detection_finding"])
def test_the_judge_finds_no_fault_in_them(class_name: ClassName) -> None:
    event = EMAIL if class_name == "email_activity" else FINDING
    assert judge().problems({**event, "observables": observables(event, class_name)}) == []


def test_a_value_repeated_at_one_path_is_listed_once_and_at_two_paths_twice() -> None:
    event = {"to": ["a@example.com", "a@example.com"], "email": {"to": ["a@example.com"]}}
    assert rows(event) == [("to", 5, "a@example.com"), ("email.to", 5, "a@example.com")]


def test_empty_texts_and_nulls_are_left_out() -> None:
    assert rows({"from": None, "email": {"subject": "", "to": [], "cc": [None]}}) == []


def test_what_describes_the_report_is_no_observable() -> None:
    product = {"name": "x", "url_string": "https://vendor.example/"}
    event = {
        "metadata": {"product": product},
        "attacks": [{"technique": {"src_url": "https://attack.example/"}}],
        "unmapped": {"from": "a@example.com"},
        "observables": [{"name": "from", "value": "a@example.com"}],
    }
    assert rows(event) == []


def test_the_event_is_not_changed() -> None:
    event = copy.deepcopy(EMAIL)
    observables(event, "email_activity")
    assert event == EMAIL


def _values(part: Any) -> Iterator[str]:
    match part:
        case dict():
            for value in part.values():
                yield from _values(value)
        case list():
            for value in part:
                yield from _values(value)
        case _:
            yield str(part)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "to", "urls", "port", "files"]), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(value=ANY_JSON, at=st.sampled_from(["email", "email.urls", "src_endpoint", "to"]))
def test_values_of_an_unexpected_shape_never_fail_and_never_invent(value: Any, at: str) -> None:
    event = changed(EMAIL, at, value)
    found = observables(event, "email_activity")
    assert {o["value"] for o in found} <= set(_values(event))
    assert len({(o["name"], o["value"]) for o in found}) == len(found)
