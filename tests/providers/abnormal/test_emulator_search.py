"""The emulated vendor keeps the contract of `POST /search`."""

from typing import Any

import httpx
import pytest

from connector_abnormal.mock.build import Letter, found
from connector_abnormal.mock.records import Found, Planted
from connector_abnormal.mock.switches import Switches
from connector_abnormal.mock.times import MINUTE, SECOND, moment
from connector_abnormal.mock.vendor import DEFAULT_TOKEN, REGIONS, AbnormalVendor
from connector_core import ManualClock

NOW = moment("2026-11-15T12:00:00Z")
SPAN: dict[str, Any] = {"start_time": "2026-11-15T00:00:00Z", "end_time": "2026-11-15T12:00:00Z"}
JUDGEMENTS = ("attack", "borderline", "spam", "graymail", "safe")


def held(number: int, source: Any = "abnormal", **changes: Any) -> Found:
    letter = Letter(
        number=number,
        at=NOW - number * MINUTE,
        subject=f"Subject {number}",
        sender=f"sender{number}@evil.test",
        sender_name=f"Sender {number}",
        recipient=f"user{number}@contoso.example",
        recipient_name=f"User {number}",
        message_id=f"<{number}@evil.test>",
        ip=f"192.0.2.{number}",
        urls=(f"https://evil.test/{number}",),
        files=(f"file{number}.pdf",),
        **changes,
    )
    judgement = JUDGEMENTS[number % 5]
    return found(letter, source=source, judgement=judgement, appears=letter.at, tenant=1201)


MAIL = [held(number) for number in range(5)] + [held(number, "quarantine") for number in (5, 6)]


def ask(
    mail: list[Found] | None = None,
    *,
    body: Any = None,
    switches: Switches | None = None,
    source: str = "abnormal",
    page: dict[str, int] | None = None,
    tenant_ids: Any = None,
    token: str = DEFAULT_TOKEN,
    headers: dict[str, str] | None = None,
    **filters: Any,
) -> httpx.Response:
    vendor = AbnormalVendor(
        Planted(mail=MAIL if mail is None else mail),
        clock=ManualClock(NOW / SECOND),
        switches=switches,
    )
    asked = {"source": source, "filters": SPAN | filters}
    if tenant_ids is not None:
        asked["tenant_ids"] = tenant_ids
    with httpx.Client(transport=vendor.transport()) as client:
        return client.post(
            f"{REGIONS['us']}/search",
            params=page,
            json=asked if body is None else body,
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
        )


def subjects(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(row["subject"].removeprefix("Subject ")) for row in answer.json()["results"]]


def test_each_source_is_searched_by_itself() -> None:
    assert subjects(ask()) == [0, 1, 2, 3, 4]
    assert subjects(ask(source="quarantine")) == [5, 6]


def test_only_the_quarantine_tells_of_quarantine() -> None:
    kept = ask(source="quarantine").json()["results"][0]
    assert kept["quarantine_info"].keys() == {
        "identity", "message_id", "policy_type", "quarantine_reason", "release_status", "type",
        "processed_at",
    }  # fmt: skip
    assert ask().json()["results"][0]["quarantine_info"] is None


def test_attachments_are_keyed_by_file_name() -> None:
    files = ask().json()["results"][0]["attachments"]
    assert files.keys() == {"file0.pdf"}
    assert files["file0.pdf"].keys() == {"name", "md5_hash"}


def test_both_ends_of_a_search_belong_to_it() -> None:
    at: dict[str, Any] = {
        "start_time": "2026-11-15T11:58:00Z",
        "end_time": "2026-11-15T11:59:00.000Z",
    }
    assert subjects(ask(**at)) == [1, 2]


def test_the_last_page_of_a_search_has_a_null_next_page() -> None:
    pages = [ask(page={"pageSize": 2, "pageNumber": n}).json() for n in (1, 2, 3)]
    assert [page["nextPageNumber"] for page in pages] == [2, 3, None]
    assert {(page["total"], page["pageSize"]) for page in pages} == {(5, 2)}
    assert [len(page["results"]) for page in pages] == [2, 2, 1]


def test_a_search_is_named_by_a_trace_id_also_when_refused() -> None:
    assert ask().json()["metadata"]["trace_id"]
    assert ask(source="nowhere").json()["metadata"]["trace_id"]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"subject": "SUBJECT 1"}, [1]),
        ({"sender_email": "sender2@evil.test"}, [2]),
        ({"sender_name": "sender 3"}, [3]),
        ({"recipient_email": "user4"}, [4]),
        ({"recipient_name": "user 0"}, [0]),
        ({"attachment_name": "file1.pdf"}, [1]),
        ({"attachment_md5_hash": MAIL[2].row["attachments"]["file2.pdf"]["md5_hash"]}, [2]),
        ({"internet_message_id": "<3@evil.test>"}, [3]),
        ({"body_link": "https://evil.test/4"}, [4]),
        ({"sender_ip": "192.0.2.1"}, [1]),
        ({"judgement": "attack"}, [0]),
        ({"judgement": "borderline"}, [1]),
        ({"judgement": "spam"}, [2]),
        ({"judgement": "graymail"}, [3]),
        ({"judgement": "safe"}, [4]),
        ({"judgement_source": "ABNORMAL_SYSTEM"}, [0, 1, 4]),
        ({"judgement_source": "CUSTOMER_AI_MODEL"}, [2, 3]),
        ({"judgement_source_model_ids": ["702"]}, [2]),
        ({"judgement_source_model_versions": ["13"]}, [3]),
        ({"judgement_source_model_ids": []}, [0, 1, 2, 3, 4]),
        ({"sender_email": "sender[12]@", "use_sender_regex": True}, [1, 2]),
        ({"recipient_email": "^user[34]", "use_recipient_regex": True}, [3, 4]),
        ({"sender_email": "sender[12]@", "use_recipient_regex": True}, []),
        ({"subject": "Subject 1", "judgement": "safe"}, []),
        ({"subject": None}, [0, 1, 2, 3, 4]),
    ],
)
def test_a_filter_of_the_search_selects(filters: dict[str, Any], numbers: list[int]) -> None:
    assert subjects(ask(**filters)) == numbers


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"source": "abnormal"},
        {"source": "abnormal", "filters": {}},
        {"source": "abnormal", "filters": {"start_time": "2026-11-15T00:00:00Z"}},
        {"source": "abnormal", "filters": SPAN | {"start_time": "yesterday"}},
        {"source": "abnormal", "filters": SPAN | {"start_time": "2026-11-15T13:00:00Z"}},
        {"source": "everywhere", "filters": SPAN},
        {"filters": SPAN},
    ],
)
def test_a_body_that_is_no_search_is_400(body: Any) -> None:
    assert ask(body=body).status_code == 400


@pytest.mark.parametrize(
    "filters",
    [
        {"colour": "red"},
        {"judgement": "malicious"},
        {"judgement_source": "SOMEBODY"},
        {"judgement_source_model_ids": "700"},
        {"subject": 7},
        {"use_sender_regex": "yes"},
        {"sender_email": "(", "use_sender_regex": True},
    ],
)
def test_a_filter_without_sense_is_400(filters: dict[str, Any]) -> None:
    assert ask(**filters).status_code == 400


def test_the_quarantine_knows_no_judgement_source() -> None:
    assert ask(source="quarantine", judgement_source="ABNORMAL_SYSTEM").status_code == 400


@pytest.mark.parametrize(("size", "status"), [(1_000, 200), (1_001, 400), (0, 400)])
def test_a_page_of_a_search_has_a_limit(size: int, status: int) -> None:
    assert ask(page={"pageSize": size}).status_code == status


def test_tenants_must_be_those_of_the_token() -> None:
    assert len(subjects(ask(tenant_ids=[1201]))) == 5
    assert not subjects(ask(tenant_ids=[1202]))
    assert ask(tenant_ids=[1201, 7]).status_code == 401
    assert ask(tenant_ids="1201").status_code == 400


@pytest.mark.parametrize(
    ("forbidden", "statuses"),
    [
        (frozenset({"abnormal", "quarantine"}), (403, 403)),
        (frozenset({"quarantine"}), (200, 403)),
    ],
)
def test_search_may_not_be_enabled(forbidden: Any, statuses: tuple[int, int]) -> None:
    switches = Switches(search_forbidden=forbidden)
    answers = [ask(switches=switches, source=source) for source in ("abnormal", "quarantine")]
    assert tuple(answer.status_code for answer in answers) == statuses


def test_a_long_window_may_be_400() -> None:
    long: dict[str, Any] = {"start_time": "2026-10-01T00:00:00Z"}
    assert ask(**long).status_code == 200
    assert ask(switches=Switches(search_max_days=30), **long).status_code == 400


def test_a_search_needs_the_token() -> None:
    assert ask(token="another").status_code == 401


def test_a_search_knows_no_canned_mail() -> None:
    assert subjects(ask(headers={"mock-data": "True"})) == [0, 1, 2, 3, 4]


def test_mail_can_be_searched_once_it_has_appeared() -> None:
    late = Found(source="abnormal", row=MAIL[0].row, received=NOW, appears=NOW + SECOND)
    assert not subjects(ask([late]))


def test_a_search_may_end_before_its_total() -> None:
    answer = ask(switches=Switches(search_cap=2)).json()
    assert (len(answer["results"]), answer["total"], answer["nextPageNumber"]) == (2, 5, None)
