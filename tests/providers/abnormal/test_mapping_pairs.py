"""Answers and the OCSF expected of them, side by side in `pairs/*.json`, written by hand.

A file's own `answer` and `event` hold what its cases share; a case adds to them or, with null,
takes away (of an event; an answer keeps its nulls). `observables` and `metadata.uid` are looked at
here.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abnormal_script import Answer, Script, ids, message, results, threat
from connector_abnormal.convert.identity import NAMESPACE
from connector_core.ocsf.observables import observables

UID = "6f1c6f0e-0000-4000-8000-000000000001"


def _merged(base: Any, more: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    result = {**base, **{key: _merged(base.get(key), value) for key, value in more.items()}}
    return {key: value for key, value in result.items() if value is not None}


def _cases(name: str) -> Iterator[Any]:
    text = Path(__file__).with_name("pairs").joinpath(f"{name}.json").read_text(encoding="utf-8")
    shared = json.loads(text)
    for case in shared["cases"]:
        answer = {**shared["answer"], **case["answer"]}
        event = case["event"] if case.get("whole") else _merged(shared["event"], case["event"])
        yield pytest.param(answer, event, case.get("source", ""), id=case["situation"])


def _without(event: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in event["metadata"].items() if key != "uid"}
    return {key: value for key, value in event.items() if key != "observables"} | {
        "metadata": metadata
    }


@pytest.mark.parametrize(("answer", "event", "source"), list(_cases("threats")))
def test_a_threat_becomes_this_finding(
    answer: dict[str, Any], event: dict[str, Any], source: str
) -> None:
    script = Script({"/threats": ids(UID), f"/threats/{UID}": answer})
    (found,) = script.connector().query_threats().events
    assert _without(found) == event
    assert found["metadata"]["uid"] == str(uuid.uuid5(NAMESPACE, f"threat|{UID}"))
    assert found.get("observables", []) == observables(found, "detection_finding")


@pytest.mark.parametrize(("answer", "event", "source"), list(_cases("search")))
def test_a_search_result_becomes_this_activity(
    answer: dict[str, Any], event: dict[str, Any], source: str
) -> None:
    answers: dict[str, Answer] = {"/search abnormal": results(), "/search quarantine": results()}
    script = Script(answers | {f"/search {source}": results(answer)})
    (found,) = script.connector().query_events().events
    assert _without(found) == event
    words = ("search", source, answer["abnormal_message_uuid"], answer["mailbox_name"])
    assert found["metadata"]["uid"] == str(uuid.uuid5(NAMESPACE, "|".join(words)))
    seen = {(each["name"], each["value"]) for each in found["observables"]}
    assert seen == {(o["name"], o["value"]) for o in observables(found, "email_activity")}


# -- many messages, one finding ------------------------------------------------------------------


def folded(*messages: dict[str, Any]) -> dict[str, Any]:
    script = Script({"/threats": ids("t1"), "/threats/t1": threat("t1", *messages)})
    (event,) = script.connector().query_threats().events
    return event


def test_the_worst_message_decides_on_severity_and_the_most_exposed_on_the_outcome() -> None:
    event = folded(
        message(3, attackType="Spam", remediationStatus="Not remediated"),
        message(2, attackType="Malware", remediationStatus="Auto-Remediated"),
        message(1, attackType="Scam", remediationStatus="Remediation attempted"),
    )
    assert (event["severity"], event["disposition"], event["action"]) == (
        "High",
        "Allowed",
        "Allowed",
    )
    assert (event["status"], event["status_detail"]) == ("New", "Not remediated")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["Auto Remediated", "Post Remediated"], "Resolved"),
        (["Auto Remediated", "Remediation attempted"], "In Progress"),
        (["Auto Remediated", "Under review"], "Under review"),
        (["Auto Remediated", None], "Unknown"),
        (["Not remediated", "Remediation attempted"], "New"),
        (["No action taken", "Auto-Remediated"], "New"),
    ],
)
def test_the_message_that_is_least_far_decides_on_the_status(
    words: list[str | None], status: str
) -> None:
    found = [message(number, remediationStatus=word) for number, word in enumerate(words, 1)]
    assert folded(*found)["status"] == status


def test_older_accounts_say_in_two_truth_values_what_became_of_a_message() -> None:
    event = folded(message(1, autoRemediated=True), message(2, postRemediated=True))
    assert (event["status"], event["disposition"]) == ("Resolved", "Quarantined")


def test_the_first_message_gives_the_title_and_all_of_them_the_words() -> None:
    event = folded(
        message(1, subject="Last", attackType="Malware", summaryInsights=["b", "a"]),
        message(2, subject="First", attackType="Scam", attackVector="Text", summaryInsights=["a"]),
        message(3, subject="No time", receivedTime=None, impersonatedParty="VIP"),
    )
    info = event["finding_info"]
    assert info["title"] == "Scam: First"
    assert info["types"] == ["Scam", "Text", "Malware"]
    assert info["desc"] == "a\nb"
    assert info["tags"] == [{"name": "impersonatedParty", "values": ["VIP"]}]
    assert info["related_events_count"] == len(event["evidences"]) == 3
    assert [each["name"] for each in event["malware"]] == ["Malware"]


def test_a_finding_is_the_same_whatever_the_order_of_its_messages() -> None:
    found = [message(number, attackType=kind) for number, kind in enumerate(("Scam", "Spam", "X"))]
    assert folded(*found) == folded(*reversed(found))


def test_an_alert_is_what_is_judged_an_attack_by_any_message() -> None:
    assert folded(message(1, source="Spam"), message(2, source="Attack"))["is_alert"] is True
    assert folded(message(1, source="Spam"), message(2, source="Borderline"))["is_alert"] is False
    assert folded(message(1, source=None))["is_alert"] is True


def test_what_a_message_repeats_of_its_threat_is_not_told_again() -> None:
    same, other = message(2, threatId="t1"), message(1, threatId="t2", tenantName="Other")
    rest = folded(same, other)["unmapped"]["messages"]
    assert "threatId" not in rest[0]
    assert (rest[1]["threatId"], rest[1]["tenantName"]) == ("t2", "Other")
