"""Converters that any mapping may use: total, and exact about what they leave out."""

import doctest
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import convert
from connector_core.convert import (
    email_address,
    ip_address,
    json_value,
    kept_json,
    mailbox,
    remembered,
    text_list,
    timestamp,
    url,
    url_parts,
)
from hostile import HOSTILE


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(convert).failed == 0


@pytest.mark.parametrize(
    ("text", "milliseconds", "written"),
    [
        ("2026-03-02T09:15:00Z", 1772442900000, "2026-03-02T09:15:00Z"),
        ("2026-03-02T09:15:00.9999999Z", 1772442900999, "2026-03-02T09:15:00.999Z"),
        ("2026-03-02T10:15:00+01:00", 1772442900000, "2026-03-02T09:15:00Z"),
        ("2026-03-02 09:15:00", 1772442900000, "2026-03-02T09:15:00Z"),
        ("1969-12-31T23:59:59.500Z", -500, "1969-12-31T23:59:59.500Z"),
    ],
)
def test_a_time_is_cut_to_milliseconds(text: str, milliseconds: int, written: str) -> None:
    assert timestamp(text) == (milliseconds, written)


@pytest.mark.parametrize("text", ["", "now", "2026-02-30T00:00:00Z", "2026-03-02T25:00:00Z"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert timestamp(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://ann:hush@trap.example/x", ("https", "trap.example", None, "/x", None)),
        ("http://[2001:db8::1]:8080/?a=b", ("http", "2001:db8::1", 8080, "/", "a=b")),
        ("http://host.example:0/", ("http", "host.example", None, "/", None)),
        ("http://host.example:99999/", (None,) * 5),
        ("http://[::1", (None,) * 5),
        ("http://ann:hu/sh@host.example/", (None,) * 5),
        ("mailto:ann@host.example", (None,) * 5),
        ("host.example/x", (None,) * 5),
    ],
)
def test_a_link_is_taken_apart_only_when_it_can_be(text: str, parts: tuple[Any, ...]) -> None:
    assert url_parts(text) == parts
    assert url(text)["url_string"] == text


@given(st.text() | st.sampled_from([text for _, text in HOSTILE]))
def test_no_text_upsets_a_converter(text: str) -> None:
    timestamp(text)
    email_address(text)
    text_list(text)
    assert url(text)["url_string"] == text
    assert ip_address(text) in (None, text)
    kept_json(text)
    assert text in mailbox("", text)


def test_user_and_password_stand_in_no_part_of_a_link() -> None:
    found = url("https://ann:hush@trap.example:8443/x?y=z#ann")
    del found["url_string"]
    assert "ann" not in json.dumps(found)
    assert "hush" not in json.dumps(found)


@pytest.mark.parametrize("text", ["[]", "{}", "null", '""', '{"a":null}', '[[],{"b":""}]', ""])
def test_json_without_a_value_is_none(text: str) -> None:
    assert kept_json(text) is None


@pytest.mark.parametrize("text", ["not json", "{", "12345678901234567890123", "NaN", "1.5"])
def test_what_is_no_json_or_would_be_rounded_stays_text(text: str) -> None:
    assert kept_json(text) == text


def test_zero_and_false_are_values() -> None:
    assert kept_json('{"a":0,"b":false}') == {"a": 0, "b": False}


def test_json_that_is_too_deep_to_write_stays_text() -> None:
    deep = "[" * 300 + "1" + "]" * 300
    assert kept_json(deep) == deep


def test_a_number_that_would_be_rounded_keeps_its_text() -> None:
    text = '{"id": 12345678901234567890123}'
    assert json_value(text) == text


def test_changing_a_parsed_value_changes_no_later_one() -> None:
    for parse in (json_value, kept_json):
        parse('{"a":["b"]}')["a"].clear()
        assert parse('{"a":["b"]}') == {"a": ["b"]}


def test_a_remembered_converter_takes_what_cannot_be_a_key() -> None:
    calls: list[Any] = []

    @remembered(10)
    def length(value: Any) -> int:
        calls.append(value)
        return len(value)

    assert [length("ab"), length("ab"), length(["a"]), length(["a"])] == [2, 2, 1, 1]
    assert calls == ["ab", ["a"], ["a"]]


@pytest.mark.parametrize(
    ("name", "address", "written"),
    [
        ("Ann Lee", "ann@example.com", "Ann Lee <ann@example.com>"),
        ('Ann "A" Lee', "ann@example.com", '"Ann \\"A\\" Lee" <ann@example.com>'),
        ("", "ann@example.com", "ann@example.com"),
        ("Ann", "", "Ann"),
    ],
)
def test_a_mailbox_quotes_what_needs_it(name: str, address: str, written: str) -> None:
    assert mailbox(name, address) == written
