"""A filter finds every value that the vendor reported in its role, whatever OCSF makes of it."""

from typing import Any

import pytest

from abnormal_script import Script, ids, message, result, results, threat

ODD = ("ceo@contös.example", "billing@соntoso.example", "root@localhost", "MAILER-DAEMON")


def threats(text: str, **fields: Any) -> int:
    """How many of two threats a filter finds, the first with these fields in its last message."""
    first = threat("t1", message(3), message(1, **fields))
    answers = {
        "/threats": ids("t1", "t2"),
        "/threats/t1": first,
        "/threats/t2": threat("t2", message(2)),
    }
    return len(Script(answers).connector().query_threats(text).events)


def mail(text: str, **fields: Any) -> int:
    """How many of two mails a filter finds, the first with these fields."""
    found = results(result(1, **fields), result(2))
    script = Script({"/search abnormal": found, "/search quarantine": results()})
    return len(script.connector().query_events(text).events)


@pytest.mark.parametrize("address", ODD)
@pytest.mark.parametrize(
    ("name", "field", "many"),
    [
        ("email.from", "fromAddress", False),
        ("email.return_path", "returnPath", False),
        ("email.to", "recipientAddress", False),
        ("email.to", "toAddresses", True),
        ("email.cc", "ccEmails", True),
    ],
)
def test_an_address_that_ocsf_refuses_is_found_in_a_threat(
    name: str, field: str, many: bool, address: str
) -> None:
    values = [address]
    if many:
        values = [[address], f"a@x.example, {address}", f'"Roe, Ann" <{address}>; b@x.example']
    for value in values:
        assert threats(f"{name}[eq]{address.upper()}", **{field: value}) == 1
        assert threats(f"{name}[like]{address[2:-2]}", **{field: value}) == 1
        assert threats(f"{name}[ne]{address}", **{field: value}) == 1


@pytest.mark.parametrize("address", ODD)
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("from", "sender"),
        ("email.from", "sender"),
        ("to", "mailbox_name"),
        ("email.to", "mailbox_name"),
    ],
)
@pytest.mark.parametrize("display", [None, "Anna"])
def test_an_address_that_ocsf_refuses_is_found_in_mail(
    name: str, field: str, display: str | None, address: str
) -> None:
    fields = {field: address, "sender_display_name": display, "mailbox_display_name": display}
    assert mail(f"{name}[eq]{address.upper()}", **fields) == 1
    assert mail(f"{name}[like]{address[2:-2]}", **fields) == 1
    assert mail(f"{name}[ne]{address}", **fields) == 1


@pytest.mark.parametrize("address", ["ann@x.example", "ann@localhost"])
def test_a_display_name_is_no_part_of_an_address(address: str) -> None:
    assert threats("email.from[like]Zacharias", fromAddress=address, fromName="Zacharias") == 0
    assert threats("email.to[like]Zacharias", toAddresses=f"Zacharias <{address}>") == 0
    named = {"sender": address, "sender_display_name": "Zacharias"}
    assert mail("email.from[not like]Zacharias", **named) == 2


@pytest.mark.parametrize("address", ["192.0.2.7", "203.0.113.9", "2001:DB8::7"])
@pytest.mark.parametrize("more", [[], ["not an address"]])
def test_every_address_of_a_sender_is_found(address: str, more: list[str]) -> None:
    found = {"sender_ip_addresses": ["192.0.2.7", "203.0.113.9", "2001:db8:0::7", *more]}
    assert mail(f"src_endpoint.ip[eq]{address}", **found) == 1
    assert mail(f"src_endpoint.ip[ne]{address}", **found) == 1


def test_an_address_with_a_port_is_found_by_a_part_of_it() -> None:
    assert threats("src_endpoint.ip[like]203.0.113.9", senderIpAddress="203.0.113.9:25") == 1
    assert mail("src_endpoint.ip[like]203.0.113.9", sender_ip_addresses=["203.0.113.9:25"]) == 1


@pytest.mark.parametrize(
    "uid", ["uuid-1", "-4611686018427387905", "AAMk-1"], ids=["uuid", "number", "platform"]
)
def test_a_mail_is_found_by_each_of_its_ids(uid: str) -> None:
    own = {"abnormal_message_id": -4611686018427387905, "raw_message_id": "AAMk-1"}
    assert mail(f"metadata.original_event_uid[eq]{uid}", **own) == 1


def test_a_campaign_is_found_by_the_tenant_of_any_message() -> None:
    assert threats("metadata.tenant_uid[eq]43", tenantId=43) == 1


def test_an_attachment_is_found_by_the_name_it_is_filed_under() -> None:
    filed = {"invoice.zip": {"name": "terms.pdf"}}
    for name in ("invoice.zip", "terms.pdf"):
        assert mail(f"email.files.name[eq]{name}", attachments=filed) == 1
