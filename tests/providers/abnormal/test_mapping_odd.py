"""Any field may be null, missing or of another type: no page is lost, and no value either."""

import json
from typing import Any

import pytest

from abnormal_script import Script, ids, message, result, results, threat
from connector_abnormal.schema import MESSAGE, SEARCH_RESULT
from connector_core.page import Page

ODD: list[Any] = [
    None,
    "",
    [],
    {},
    7,
    -(2**63),
    2**70,
    1.5,
    True,
    "odd",
    ["odd", 7],
    {"odd": [None]},
]
MESSAGE_FIELDS = sorted(MESSAGE)
RESULT_FIELDS = sorted(
    name for name in SEARCH_RESULT if not name.startswith(("quarantine_", "searched_"))
)
EMPTY: tuple[Any, ...] = (None, "", [], {})


def threats(**fields: Any) -> "Page[Any]":
    other = message(2, receivedTime="2026-11-20T11:00:00Z")
    script = Script({"/threats": ids("t1"), "/threats/t1": threat("t1", message(**fields), other)})
    return script.connector().query_threats()


def mail(**fields: Any) -> "Page[Any]":
    found = results(result(**fields), result(2))
    script = Script({"/search abnormal": found, "/search quarantine": results()})
    return script.connector().query_events()


def holds(events: list[dict[str, Any]], value: Any) -> bool:
    """Whether a value stands somewhere in the events, whole numbers of any size as text too."""
    text = json.dumps(events)
    parts = value if isinstance(value, list) else [value]
    return all(json.dumps(part).strip('"') in text for part in parts)


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("field", MESSAGE_FIELDS)
def test_an_odd_value_of_a_message_loses_nothing(field: str, value: Any) -> None:
    page = threats(**{field: value})
    (event,) = page.events
    assert page.result[0].finding_info.uid == "t1"
    assert json.loads(page.json())["result"]
    assert len(event["evidences"]) == 2
    if value not in EMPTY and value != {"odd": [None]}:
        assert holds(page.events, value) or page.meta.drift


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("field", RESULT_FIELDS)
def test_an_odd_value_of_a_search_result_loses_nothing(field: str, value: Any) -> None:
    page = mail(**{field: value})
    assert json.loads(page.json())
    assert len(page.result) == (1 if field == "received_time" else 2)
    if len(page.events) == 1:
        assert [notice.code for notice in page.messages] == ["row_unmapped"]
    elif value not in EMPTY and value != {"odd": [None]}:
        assert holds(page.events, value) or page.meta.drift


def test_a_field_that_nobody_knows_is_kept_and_counted() -> None:
    page = threats(newField={"deep": [1, None]})
    assert page.events[0]["unmapped"]["messages"][1]["newField"] == {"deep": [1]}
    assert page.meta.drift == {"Message.newField": 1}
    page = mail(newField="x", quarantine_info={"type": "y", "more": "z"})
    assert page.events[0]["unmapped"]["newField"] == "x"
    assert page.events[0]["unmapped"]["quarantine_type"] == "y"
    assert page.events[0]["unmapped"]["quarantine_info"] == {"more": "z"}
    assert page.meta.drift == {"SearchResult.newField": 1, "SearchResult.quarantine_info": 1}


def test_a_value_of_another_type_is_kept_and_counted() -> None:
    page = threats(urls="https://evil.example", isRead="perhaps")
    rest = page.events[0]["unmapped"]["messages"][1]
    assert (rest["urls"], rest["isRead"]) == ("https://evil.example", "perhaps")
    assert page.meta.drift == {"Message.urls: str": 1, "Message.isRead: str": 1}


def test_a_word_that_nobody_knows_is_kept_and_counted() -> None:
    page = threats(attackType="Vishing", remediationStatus="Under review")
    (event,) = page.events
    assert "Vishing" in event["finding_info"]["types"]
    assert page.meta.drift == {"Message.attackType=Vishing": 1}
    assert mail(judgement="unsure").meta.drift == {"SearchResult.judgement=unsure": 1}


def test_a_name_of_ours_in_an_answer_is_none_of_the_vendor_s() -> None:
    page = mail(searched_source="quarantine", quarantine_type="z")
    assert page.events[0]["metadata"]["log_source"] == "abnormal"
    assert holds(page.events, "z")
    assert holds(page.events, "quarantine")


def test_an_id_of_64_bits_keeps_every_digit() -> None:
    page = threats(abxMessageIdStr=None, abxMessageId=-9007199254740993)
    assert page.events[0]["evidences"][1]["uid"] == "-9007199254740993"


@pytest.mark.parametrize("value", ["true", "True", "FALSE"])
def test_a_truth_value_that_came_as_text_is_one(value: str) -> None:
    email = threats(isRead=value).events[0]["evidences"][1]["email"]
    assert email["is_read"] is (value.lower() == "true")
