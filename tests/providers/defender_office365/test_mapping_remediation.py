"""What an action after delivery did to a copy: stopped only where the row says so."""

import pytest

from connector_defender_office365.normalize import Event
from defender_rows import make
from strategies.defender_rows import WINDOW, connected, tenant_of

QUARANTINE, BIN, JUNK = "Moved to quarantine", "Moved to deleted items", "Moved to junk folder"
RELEASE = "Quarantine release"


def moved(threats: str, action: str, result: str, location: str = "", kind: str = "ZAP") -> Event:
    """One action on a copy, as an event."""
    cells = {
        "Timestamp": "2026-03-02T09:15:00Z",
        "NetworkMessageId": "m-1",
        "RecipientEmailAddress": "ana@example.com",
        "ThreatTypes": threats,
        "ActionType": kind,
        "Action": action,
        "ActionResult": result,
        "DeliveryLocation": location,
    }
    return make("post_delivery_event", {"EmailPostDeliveryEvents": [cells]})


@pytest.mark.parametrize("result", ["Timeout", "Pending", "NotFound", "Partial success", "Error"])
@pytest.mark.parametrize("action", [QUARANTINE, BIN, JUNK, "Soft delete", "Hard delete"])
@pytest.mark.parametrize(("threat", "severity"), [("Phish", "High"), ("Hoax", "Medium")])
def test_a_copy_is_not_stopped_by_an_action_without_success(
    result: str, action: str, threat: str, severity: str
) -> None:
    event = moved(threat, action, result, "Quarantine")
    assert event["severity"] == severity
    assert event["disposition"] == ("Uncorrected" if result == "Error" else result)


@pytest.mark.parametrize("result", ["Success", "success", "UserTriaged", ""])
@pytest.mark.parametrize(
    ("action", "location", "severity", "disposition"),
    [
        (QUARANTINE, "Quarantine", "Low", "Quarantined"),
        (QUARANTINE, "", "Low", "Quarantined"),
        ("Reprocessed", "Quarantine", "Low", "Quarantined"),
        (BIN, "Deleted items", "Low", "Deleted"),
        ("Hard delete", "", "Low", "Deleted"),
        ("Soft delete", "Unknown", "Low", "Deleted"),
        (JUNK, "Junk folder", "Medium", "Junked"),
        (JUNK, "", "Medium", "Junked"),
        ("Restored from deleted items", "Inbox", "High", "Restored"),
        ("Restored from deleted items", "", "High", "Restored"),
        ("Moved from junk to inbox", "Inbox/folder", "High", "Restored"),
        ("Moved from junk to inbox", "", "High", "Restored"),
        (RELEASE, "Inbox", "High", "Restored"),
        (QUARANTINE, "Inbox", "High", "Uncorrected"),
        (BIN, "On-premises/External", "High", "Uncorrected"),
        ("", "", "High", "Unknown"),
    ],
)
def test_phishing_is_as_bad_as_the_place_where_it_ended(
    result: str, action: str, location: str, severity: str, disposition: str
) -> None:
    event = moved("Phish", action, result, location)
    assert (event["severity"], event["disposition"]) == (severity, disposition)


@pytest.mark.parametrize(
    ("action", "kind", "result", "location", "severity"),
    [
        (RELEASE, "Manual remediation", "Success", "", "Medium"),
        ("Reprocessed", "Quarantine release", "Success", "Quarantine", "Medium"),
        (RELEASE, "Manual remediation", "Error", "Quarantine", "Medium"),
        (QUARANTINE, "ZAP", "Error", "Inbox", "Medium"),
        (QUARANTINE, "ZAP", "Success", "Inbox", "Medium"),
        (QUARANTINE, "ZAP", "Success", "Quarantine", "Low"),
        (QUARANTINE, "ZAP", "Success", "", "Low"),
        (JUNK, "ZAP", "Success", "Junk", "Medium"),
    ],
)
def test_a_threat_that_nobody_knows_is_low_only_where_it_was_stopped(
    action: str, kind: str, result: str, location: str, severity: str
) -> None:
    assert moved("Hoax", action, result, location, kind)["severity"] == severity


def test_the_vendor_is_asked_by_the_same_rules() -> None:
    results = ("Success", "", "UserTriaged", "Error", "Timeout")
    rows = [
        {
            "Timestamp": "2026-11-10T10:30:00Z",
            "NetworkMessageId": f"0a1b2c3d-0000-4000-8000-00000000000{number}",
            "RecipientEmailAddress": "ana@example.com",
            "ThreatTypes": "Phish",
            "ActionType": "Phish ZAP",
            "Action": QUARANTINE,
            "ActionResult": result,
        }
        for number, result in enumerate(results)
    ]
    connector = connected(tenant_of({"EmailPostDeliveryEvents": rows}))
    for filter, wanted in {
        "severity[eq]Low": ["", "Success", "UserTriaged"],
        "severity[eq]High": ["Error", "Timeout"],
        "disposition[eq]Timeout": ["Timeout"],
        "disposition[eq]Quarantined": ["", "Success", "UserTriaged"],
    }.items():
        page = connector.query_events([*WINDOW, filter])
        assert sorted(event.get("status_code", "") for event in page.events) == wanted, filter
