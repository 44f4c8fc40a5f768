"""What Abnormal's texts mean, one converter after the other."""

from typing import Any

import pytest

from connector_abnormal import convert

LONG = ", ".join(f"user{number:02d}@contoso.example" for number in range(20))


def test_a_text_of_addresses_that_was_cut_ends_with_the_last_whole_one() -> None:
    found = convert.recipients(LONG[:255], "user19@contoso.example")
    assert found is not None
    to, boxes, delivered, rest, _ = found
    assert to == [f"user{number:02d}@contoso.example" for number in (*range(10), 19)]
    assert (boxes, delivered, rest) == (None, ["user19@contoso.example"], ["user10@contoso."])


def test_a_text_that_ends_with_a_whole_address_where_it_is_cut_gives_that_up_too() -> None:
    text = f"a@contoso.example, {'b' * (255 - 19 - 16)}@contoso.example"
    assert len(text) == 255
    found = convert.copies(text)
    assert found is not None
    assert found[0] == ["a@contoso.example"]
    assert found[2] == [text.partition(", ")[2]]


def test_a_text_that_is_cut_behind_a_separator_has_lost_no_part_of_an_address() -> None:
    text = f"{'b' * (255 - 17)}@contoso.example,"
    assert convert.copies(text) == ([text[:-1]], None, None)


@pytest.mark.parametrize(
    ("value", "to", "boxes", "rest"),
    [
        ("a@x.example,b@x.example", ["a@x.example", "b@x.example"], None, None),
        (["a@x.example", "A@x.example"], ["a@x.example"], None, ["A@x.example"]),
        ("a@x.example; b@x.example", ["a@x.example", "b@x.example"], None, None),
        ("Ann <a@x.example>", ["a@x.example"], ["Ann <a@x.example>"], None),
        ('"Doe, Jo" <jo@x.example>', ["jo@x.example"], ['"Doe, Jo" <jo@x.example>'], None),
        (
            'O"Brien <a@x.example>, "Foo" <b@x.example>',
            ["a@x.example", "b@x.example"],
            ['O"Brien <a@x.example>', '"Foo" <b@x.example>'],
            None,
        ),
        (
            r'"Size 5\" pipe, red" <a@x.example>, "Foo" <b@x.example>',
            ["a@x.example", "b@x.example"],
            [r'"Size 5\" pipe, red" <a@x.example>', '"Foo" <b@x.example>'],
            None,
        ),
        (
            '" <a@x.example>, b@x.example, "<c@x.example>',
            ["a@x.example", "b@x.example", "c@x.example"],
            ['" <a@x.example>', '"<c@x.example>'],
            None,
        ),
        (
            "Jö <jö@x.example>, a@x.example",
            ["a@x.example"],
            ["Jö <jö@x.example>"],
            ["jö@x.example"],
        ),
        ('"Doe, jo@x.example', ["jo@x.example"], ['"Doe'], ['"Doe']),
        (["undisclosed recipients"], None, ["undisclosed recipients"], ["undisclosed recipients"]),
        (["", "a@x.example"], ["a@x.example"], None, None),
        ([], None, None, None),
        ("  ", None, None, None),
    ],
)
def test_addresses_come_as_text_or_list(
    value: Any, to: list[str] | None, boxes: list[str] | None, rest: list[str] | None
) -> None:
    assert convert.copies(value or None) in (None, (to, boxes, rest))
    found = convert.recipients(value, "zoe@y.example")
    assert found is not None
    assert found[:4] == (
        [*(to or []), "zoe@y.example"],
        boxes,
        ["zoe@y.example"],
        rest,
    )


def test_a_mailbox_that_is_no_address_stands_among_the_mailboxes() -> None:
    assert convert.recipients([], "anna") == (None, ["anna"], None, None, "anna")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("a@x.example", ("a@x.example", None)),
        ("<a@x.example>", ("a@x.example", None)),
        ("<>", (None, "<>")),
        ("<root@localhost>", (None, "root@localhost")),
    ],
)
def test_an_envelope_sender_is_an_address_or_kept(
    text: str, expected: tuple[str | None, str | None] | None
) -> None:
    assert convert.return_path(text) == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00Z", 1795168800000),
        ("2026-11-20T10:00:00.1Z", 1795168800100),
        ("2026-11-20T10:00:00.123456789Z", 1795168800123),
        ("2026-11-20T11:00:00+01:00", 1795168800000),
        ("2026-11-20 10:00:00", 1795168800000),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("yesterday", None),
    ],
)
def test_a_time_is_taken_in_any_form_and_kept_as_it_came(text: str, moment: int | None) -> None:
    found = convert.received(text)
    assert found is not None
    assert (found[0], found[2]) == (moment, text)


@pytest.mark.parametrize(
    ("kind", "vector", "technique"),
    [
        ("Phishing: Credential", "Link", "T1566.002"),
        ("Phishing: Credential", "QR Code", "T1566.002"),
        ("Phishing: Sensitive Data", "Attachment", "T1566.001"),
        ("phishing: credential", "Attachment with Zipped File", "T1566.001"),
        ("Phishing: Credential", "Text", "T1566"),
        ("Internal-to-Internal Attacks (Email Account Takeover)", "Link", "T1534"),
        ("Malware", "Link", None),
        ("", "", None),
    ],
)
def test_a_technique_is_derived_from_type_and_vector(
    kind: str, vector: str, technique: str | None
) -> None:
    found = convert.attacks(kind, vector)
    if technique is None:
        assert found is None
    else:
        assert found is not None
        (attack,) = found[0]
        deepest: dict[str, str] = attack.get("sub_technique") or attack["technique"]
        assert deepest["uid"] == technique


def test_attachments_of_a_result_come_by_name_or_as_a_list() -> None:
    entry = {"name": "a.zip", "md5_hash": "00"}
    by_name, as_list = convert.result_files({"a.zip": entry}), convert.result_files([entry])
    assert by_name == as_list
    assert convert.result_files({"a.zip": None}) == (
        [{"name": "a.zip", "type_id": 1, "type": "Regular File", "ext": "zip"}],
        None,
    )
