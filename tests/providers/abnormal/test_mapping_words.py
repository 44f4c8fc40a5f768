"""What is made of words: known ones by whole words alone, and of unknown ones never the least."""

from typing import Any

import pytest

from abnormal_script import Script, ids, message, result, results, threat

Event = dict[str, Any]


def finding(**fields: Any) -> Event:
    """The finding of one message."""
    script = Script({"/threats": ids("t1"), "/threats/t1": threat("t1", message(**fields))})
    (event,) = script.connector().query_threats().events
    return event


def activity(**fields: Any) -> Event:
    """The activity of one mail."""
    script = Script(
        {"/search abnormal": results(result(**fields)), "/search quarantine": results()}
    )
    (event,) = script.connector().query_events().events
    return event


def quarantined(status: Any) -> tuple[Event, Any]:
    """The activity of one mail in the quarantine, and the drift that was counted."""
    found = results(result(quarantine_info={"release_status": status}))
    page = (
        Script({"/search abnormal": results(), "/search quarantine": found})
        .connector()
        .query_events()
    )
    return page.events[0], page.meta.drift


@pytest.mark.parametrize(
    ("folder", "disposition", "action", "status"),
    [
        ("Inbox", "Allowed", "Allowed", "Success"),
        ("INBOX", "Allowed", "Allowed", "Success"),
        ("Junk Email", "Junked", "Modified", "Success"),
        ("SPAM", "Junked", "Modified", "Success"),
        ("Deleted Items", "Unknown", "Unknown", "Success"),
        ("Quarantine", "Quarantined", "Denied", "Failure"),
        ("Quarantine procedures", "Unknown", "Unknown", "Unknown"),
        ("Trash-talk group", "Unknown", "Unknown", "Unknown"),
        ("deleted-users tickets", "Unknown", "Unknown", "Unknown"),
        ("Antispam project", "Unknown", "Unknown", "Unknown"),
        ("Inbox rules reviewed", "Unknown", "Unknown", "Unknown"),
        ("Posteingang", "Unknown", "Unknown", "Unknown"),
    ],
)
def test_only_a_folder_of_the_mail_platform_tells_what_became_of_a_mail(
    folder: str, disposition: str, action: str, status: str
) -> None:
    event = activity(current_folder_name=folder)
    assert (event["disposition"], event["action"], event["status"]) == (disposition, action, status)


@pytest.mark.parametrize(
    "word", [None, "NotReleased", "NOT_RELEASED", "Requested", "RELEASE_DENIED"]
)
def test_mail_stays_quarantined_where_the_vendor_says_so(word: str | None) -> None:
    event, drift = quarantined(word)
    assert (event["disposition"], event["action"]) == ("Quarantined", "Denied")
    assert not drift


@pytest.mark.parametrize("word", ["RELEASED_TO_ALL", "Partially released", "Approved"])
def test_a_release_status_that_nobody_knows_is_not_guessed(word: str) -> None:
    event, drift = quarantined(word)
    assert (event["disposition_id"], event["disposition"]) == (99, word)
    assert (event["action"], event["status"]) == ("Unknown", "Unknown")
    assert drift == {f"SearchResult.quarantine_release_status={word}": 1}


@pytest.mark.parametrize(
    ("kind", "judgement", "severity"),
    [
        ("Malware", "Spam", "High"),
        ("Scam", "Attack", "Medium"),
        ("Reconnaissance", None, "Low"),
        ("Phishing: QR Code", "Attack", "High"),
        ("Invoice Fraud", "Attack", "High"),
        ("Other", "Borderline", "Medium"),
        ("Graymail Flood", "Spam", "Low"),
        (None, "Graymail", "Informational"),
        ("Phishing: QR Code", None, "Medium"),
        ("Other", "Unwanted", "Medium"),
        (None, "Unwanted", "Medium"),
        (None, None, "Unknown"),
    ],
)
def test_severity_of_a_threat_is_that_of_its_type_or_else_of_its_judgement(
    kind: str | None, judgement: str | None, severity: str
) -> None:
    assert finding(attackType=kind, source=judgement)["severity"] == severity


@pytest.mark.parametrize(
    "judgement", ["Attack", "Borderline", "Spam", "Graymail", "Safe", "Unheard"]
)
def test_a_judgement_alone_weighs_the_same_in_a_threat_and_in_its_mail(judgement: str) -> None:
    threat, mail = finding(attackType="Unheard", source=judgement), activity(judgement=judgement)
    assert (threat["severity"], threat["is_alert"]) == (mail["severity"], mail["is_alert"])


@pytest.mark.parametrize(
    ("judgement", "category", "severity", "alert"),
    [
        ("malicious", None, "High", True),
        (None, "malicious", "High", True),
        ("phishing", None, "Medium", True),
        ("phishing", "safe", "Medium", True),
        ("phishing", "attack", "High", True),
        (None, "undecided", "Medium", True),
        (None, "graymail", "Informational", False),
        ("safe", "malicious", "Informational", False),
        (None, None, "Unknown", False),
    ],
)
def test_mail_with_a_judgement_that_nobody_knows_is_an_alert(
    judgement: str | None, category: str | None, severity: str, alert: bool
) -> None:
    event = activity(judgement=judgement, decision_category=category)
    assert (event["severity"], event["is_alert"]) == (severity, alert)


@pytest.mark.parametrize(
    ("word", "status", "action", "disposition"),
    [
        ("Remediation attempted", "In Progress", "Unknown", "Remediation attempted"),
        ("Attempted - failed", "Attempted - failed", "Unknown", "Attempted - failed"),
        ("Unremediated", "Unremediated", "Unknown", "Unremediated"),
        (
            "Not remediated - retrying",
            "Not remediated - retrying",
            "Unknown",
            "Not remediated - retrying",
        ),
        ("NOT REMEDIATED", "New", "Allowed", "Allowed"),
        ("Post-Remediated", "Resolved", "Modified", "Quarantined"),
    ],
)
def test_a_remediation_is_what_its_status_says_and_no_more(
    word: str, status: str, action: str, disposition: str
) -> None:
    event = finding(remediationStatus=word)
    told = (event["status"], event["action"], event["disposition"])
    assert told == (status, action, disposition)


def test_the_time_of_a_quarantine_is_not_when_the_event_was_processed() -> None:
    found = results(result(quarantine_info={"processed_at": "2026-11-20T10:01:00Z"}))
    script = Script({"/search abnormal": results(), "/search quarantine": found})
    (event,) = script.connector().query_events().events
    assert "processed_time" not in event["metadata"]
    assert event["unmapped"]["quarantine_processed_at"] == "2026-11-20T10:01:00Z"
