"""What one row of AlertEvidence shows, kind by kind, and what it keeps aside."""

import json
from typing import Any

import pytest

from connector_defender_office365.convert import evidence


def fields(**values: Any) -> str:
    """AdditionalFields holding these values."""
    return json.dumps(values)


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("malicious", (2, "True Positive")),
        ("Suspicious", (4, "Suspicious")),
        ("noThreatsFound", (5, "Benign")),
        ("Perhaps", (0, "Unknown")),
    ],
)
def test_a_last_verdict_is_read_without_case(word: str, verdict: tuple[int, str]) -> None:
    assert evidence.verdict(fields(LastVerdict=word)) == verdict


@pytest.mark.parametrize("additional", ["", "{}", "[]", "odd", '{"LastVerdict":5}'])
def test_no_verdict_is_made_up(additional: str) -> None:
    assert evidence.verdict(additional) is None


def test_the_header_sender_goes_before_the_envelope_sender_which_is_kept() -> None:
    told = fields(P2Sender="a@shop.example", Sender="b@shop.example", Recipient="c@example.com")
    email, *_, rest = evidence.mail_message("m-1", "", told)
    assert email == {"from": "a@shop.example", "to": ["c@example.com"]}
    assert rest == {"Sender": "b@shop.example"}


def test_a_recipient_that_is_no_address_is_a_mailbox() -> None:
    email, *_ = evidence.mail_message("m-1", "S", fields(Sender="a@shop.example", Recipient="odd"))
    assert email == {"from": "a@shop.example", "to_mailboxes": ["odd"], "subject": "S"}


def test_two_subjects_that_differ_are_both_kept() -> None:
    told = fields(Recipient="c@example.com", Subject="One")
    email, _, _, _, _, other, _ = evidence.mail_message("m-1", "Two", told)
    assert email is not None
    assert (email["subject"], other) == ("One", "Two")


def test_a_user_is_usable_by_any_name_or_id() -> None:
    assert evidence.user("", "", "s-1", "", "", "")[0] == {"uid": "s-1"}
    assert evidence.user("", "", "", "", "ann@example.com", "")[0] == {
        "name": "ann@example.com",
        "email_addr": "ann@example.com",
    }
    assert evidence.user("", "example", "", "", "", "") == (None, "example", None, None)


def test_a_link_loses_its_literal_prefix_and_its_repetition() -> None:
    url, rest = evidence.link("uri=https://x.example/", fields(Url="uri=https://x.example/"))
    assert url is not None
    assert url["url_string"] == "https://x.example/"
    assert rest is None


@pytest.mark.parametrize(
    ("direction", "source", "kept"),
    [
        ("", True, None),
        ("Source", True, None),
        ("DESTINATION", False, None),
        ("Sideways", True, "Sideways"),
    ],
)
def test_an_address_is_source_unless_called_destination(
    direction: str, source: bool, kept: str | None
) -> None:
    src, dst, remote, local, told, rest = evidence.address("192.0.2.1", "", direction, "")
    assert (src is not None, dst is None, told) == (source, source, kept)
    assert (remote, local, rest) == (None, None, None)


def test_an_address_that_is_none_is_kept_aside() -> None:
    assert evidence.address("192.0.2.1:80", "", "", "")[:3] == (None, None, "192.0.2.1:80")


def test_a_place_without_country_and_city_is_none() -> None:
    told = fields(Location={"Latitude": 1, "Longitude": 2})
    src, *_, rest = evidence.address("192.0.2.1", "", "", told)
    assert src == {"ip": "192.0.2.1"}
    assert rest == {"Location": {"Latitude": 1, "Longitude": 2}}


def test_a_file_without_name_and_hash_is_none() -> None:
    assert evidence.file("", "C:\\X", 3, "", "") == (None, "C:\\X", 3)


@pytest.mark.parametrize(
    ("folder", "path"), [("/opt/x", "/opt/x/a.sh"), ("C:\\X\\", "C:\\X\\a.sh")]
)
def test_a_path_takes_the_separator_of_its_folder(folder: str, path: str) -> None:
    found, *_ = evidence.file("a.sh", folder, None, "", "")
    assert found is not None
    assert found["path"] == path


@pytest.mark.parametrize("number", [None, "", "x", -1, 2**31, "٣"])
def test_a_process_without_a_number_is_no_process(number: Any) -> None:
    found, command, *_ = evidence.process("run -q", "", "", fields(ProcessId=number))
    assert found is None
    assert command == "run -q"


@pytest.mark.parametrize("number", [0, 4711, "4711"])
def test_a_process_is_known_by_its_number(number: Any) -> None:
    found, *_ = evidence.process("run -q", "", "", fields(ProcessId=number))
    assert found == {"pid": int(number), "cmd_line": "run -q"}
