"""One line about an event, the same for the command line and the web page."""

from connector_core.cli.tables import COLUMNS, row
from connector_core.summary import line_of

EVENT = {
    "severity": "High",
    "severity_id": 4,
    "time": 1_793_491_200_000,
    "email": {"from_mailbox": "Bill <bill@invalid>", "cc": ["anna@example.com"]},
}


def test_a_sender_without_a_valid_address_and_a_copy_are_shown() -> None:
    shown = dict(zip(COLUMNS, row(EVENT), strict=True))
    assert shown["sender"] == "Bill <bill@invalid>"
    assert shown["recipients"] == "anna@example.com"


def test_an_event_without_mail_shows_what_it_has() -> None:
    finding = {"finding_info": {"title": "A click", "uid": "7"}, "evidences": [{"url": {}}, None]}
    line = line_of(finding)
    assert (line.subjects, line.uid, line.senders, line.time) == (["A click"], "7", [], "")
    assert line_of({"from": "b@example.com", "to": ["c@example.com"]}).recipients == [
        "c@example.com"
    ]
