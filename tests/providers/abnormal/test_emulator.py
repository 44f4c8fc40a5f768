"""The emulated vendor keeps the contract of Abnormal's REST API: hosts, lists, details, limits."""

import asyncio
from typing import Any

import httpx
import pytest

from connector_abnormal.mock.build import Letter, campaign
from connector_abnormal.mock.records import Campaign, Planted
from connector_abnormal.mock.switches import Switches
from connector_abnormal.mock.times import MINUTE, SECOND, moment
from connector_abnormal.mock.vendor import DEFAULT_TOKEN, REGIONS, AbnormalVendor
from connector_core import ManualClock

NOW = moment("2026-11-15T12:00:00Z")
EVER = "receivedTime gte 2026-11-01T00:00:00Z"


def letter(number: int, **changes: Any) -> Letter:
    told: dict[str, Any] = {
        "number": number,
        "at": NOW - number * MINUTE - 10 * MINUTE,
        "subject": f"Subject {number}",
        "sender": f"sender{number}@evil.test",
        "sender_name": f"Sender {number}",
        "recipient": f"user{number}@contoso.example",
        "message_id": f"<{number}@evil.test>",
        "urls": (f"https://evil.test/{number}",),
        "files": (f"file{number}.pdf",),
        "kind": number,
    }
    return Letter(**(told | changes))


def threat(number: int, size: int = 1, appears: int = 0, **changes: Any) -> Campaign:
    letters = [letter(number * 10_000 + k, at=NOW - number * MINUTE - 10 * MINUTE, kind=number,
                      **changes) for k in range(size)]  # fmt: skip
    return campaign(letters, name=number, appears=appears)


class Site:
    """A vendor and a client that knows its token."""

    def __init__(self, *campaigns: Campaign, token: str = DEFAULT_TOKEN, **vendor: Any) -> None:
        self.clock = ManualClock(NOW / SECOND)
        self.switches = vendor.pop("switches", Switches())
        self.vendor = AbnormalVendor(
            Planted(campaigns), clock=self.clock, switches=self.switches, **vendor
        )
        self.client = httpx.Client(
            transport=self.vendor.transport(),
            base_url=f"{REGIONS['us']}/",
            headers={"Authorization": f"Bearer {token}"},
        )

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        return self.client.get(path, params=parameters)

    def ids(self, **parameters: str | int) -> list[str]:
        answer = self.get("threats", **({"filter": EVER} | parameters))
        assert answer.status_code == 200, answer.text
        return [item["threatId"] for item in answer.json()["threats"]]


# ------------------------------------------------------------------------- hosts and the door


def test_a_wrong_token_is_401() -> None:
    assert Site(token="another").get("threats", filter=EVER).status_code == 401


def test_no_token_is_401() -> None:
    site = Site()
    assert site.client.get("threats", headers={"Authorization": ""}).status_code == 401


def test_a_token_of_the_other_region_is_401() -> None:
    site = Site(threat(1))
    assert site.client.get(f"{REGIONS['eu']}/threats").status_code == 401
    at_home = Site(threat(1), region="eu")
    assert at_home.client.get(f"{REGIONS['eu']}/threats").status_code == 200


def test_an_address_that_is_not_allowed_is_403() -> None:
    site = Site(threat(1), switches=Switches(address_allowed=False))
    assert site.get("threats", filter=EVER).status_code == 403


def test_a_custom_address_serves_the_same() -> None:
    site = Site(threat(1), base_url="https://abnormal.example:8443/api/v1")
    answer = site.client.get("https://abnormal.example:8443/api/v1/threats")
    assert len(answer.json()["threats"]) == 1


@pytest.mark.parametrize(
    "url", ["https://abnormal.example/v1/threats", "http://api.abnormalplatform.com/v1/threats"]
)
def test_another_host_or_plain_http_is_not_there(url: str) -> None:
    with pytest.raises(httpx.ConnectError):
        Site().client.get(url)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "threats/x/y/z", 405),
        ("POST", "threats", 405),
        ("GET", "search", 405),
    ],
)
def test_what_is_no_endpoint_is_refused(method: str, path: str, status: int) -> None:
    assert Site().client.request(method, path).status_code == status


def test_refusals_come_in_three_shapes_in_turn() -> None:
    site = Site()
    keys = [next(iter(site.get("threats", filter="x").json())) for _ in range(4)]
    assert keys == ["detail", "message", "error", "detail"]


# ------------------------------------------------------------------------------ the list


@pytest.mark.parametrize(
    "text",
    [
        "",
        "receivedTime",
        "receivedTime gte",
        "receivedTime gt 2026-11-01T00:00:00Z",
        "receivedTime gte 2026-11-01",
        "receivedTime gte 2026-11-01T00:00:00.5Z",
        "receivedTime gte 2026-11-01T00:00:00+00:00",
        "receivedTime gte 2026-13-01T00:00:00Z",
        "receivedTime  gte 2026-11-01T00:00:00Z",
        "receivedTime gte 2026-11-01T00:00:00Z gte 2026-11-01T00:00:00Z",
        "receivedTime gte 2026-11-01T00:00:00Z or more",
        "sentTime gte 2026-11-01T00:00:00Z",
    ],
)
def test_a_filter_that_cannot_be_read_is_404(text: str) -> None:
    assert Site(threat(1)).get("threats", filter=text).status_code == 404


def test_both_ends_of_a_filter_belong_to_it() -> None:
    site = Site(*(threat(number) for number in range(4)))  # at 11:50, 11:49, 11:48 and 11:47
    window = "receivedTime gte 2026-11-15T11:48:00Z lte 2026-11-15T11:49:00Z"
    assert site.ids(filter=window) == [threat(1).threat_id, threat(2).threat_id]
    assert len(site.ids(filter="receivedTime lte 2026-11-15T11:48:00Z")) == 2


def test_a_fraction_after_the_last_second_is_outside() -> None:
    late = campaign([letter(1, at=moment("2026-11-15T11:00:00.000000001Z"))], name=1, appears=0)
    site = Site(late)
    assert not site.ids(filter="receivedTime lte 2026-11-15T11:00:00Z")
    assert site.ids(filter="receivedTime gte 2026-11-15T11:00:00Z")


def test_any_message_in_the_window_lists_its_campaign() -> None:
    spread = campaign([letter(0), letter(30)], name="spread", appears=0)
    assert Site(spread).ids(filter="receivedTime lte 2026-11-15T11:30:00Z")


def test_campaigns_can_be_listed_by_their_latest_remediation() -> None:
    done = campaign([letter(0)], name="done", appears=0)  # "Auto-Remediated"
    open_ = campaign([letter(3)], name="open", appears=0)  # "Not remediated"
    site = Site(done, open_)
    assert site.ids(filter="latestTimeRemediated gte 2026-11-01T00:00:00Z") == [done.threat_id]


def test_pages_of_the_list_end_without_a_next_page() -> None:
    site = Site(*(threat(number) for number in range(5)))
    pages = [
        site.get("threats", filter=EVER, pageSize=2, pageNumber=n).json() for n in (1, 2, 3, 4)
    ]
    assert [len(page["threats"]) for page in pages] == [2, 2, 1, 0]
    assert [page.get("nextPageNumber", "absent") for page in pages] == [2, 3, "absent", "absent"]
    assert [page["pageNumber"] for page in pages] == [1, 2, 3, 4]


def test_a_page_of_the_list_holds_100_by_default() -> None:
    site = Site(*(threat(number) for number in range(101)))
    page = site.get("threats", filter=EVER).json()
    assert (len(page["threats"]), page["nextPageNumber"]) == (100, 2)


def test_without_a_filter_there_are_no_pages() -> None:
    site = Site(*(threat(number) for number in range(103)))
    answer = site.get("threats", pageSize=2, pageNumber=2).json()
    assert answer.keys() == {"threats"}
    assert answer["threats"][0] == {"threatId": threat(0).threat_id}
    assert len(answer["threats"]) == 100


def test_a_last_page_may_name_an_empty_one() -> None:
    site = Site(threat(1), switches=Switches(trailing_empty_page=True))
    first = site.get("threats", filter=EVER).json()
    second = site.get("threats", filter=EVER, pageNumber=first["nextPageNumber"]).json()
    assert second == {"threats": [], "pageNumber": 2}


def test_list_items_may_hold_more_than_an_id() -> None:
    site = Site(threat(1), switches=Switches(list_carries_messages=True))
    item = site.get("threats", filter=EVER).json()["threats"][0]
    assert (item["threatId"], item["subject"]) == (threat(1).threat_id, "Subject 10000")


@pytest.mark.parametrize(
    ("name", "value", "numbers"),
    [
        ("sender", "SENDER 2", [2]),
        ("sender", "sender20000@evil.test", [2]),
        ("recipient", "user3", [3]),
        ("subject", "subject 1", [1]),
        ("attackType", "Spam", [1]),
        ("attackVector", "Text", [2]),
        ("attackStrategy", "Spoofed Email", [3]),
        ("impersonatedParty", "VIP", [0]),
        ("source", "all", [0, 1, 2, 3]),
        ("source", "attacks", [0]),
        ("source", "spam", [1]),
        ("source", "borderline", [2]),
        ("topic", "Invoice", [4]),
    ],
)
def test_a_parameter_of_the_list_selects(name: str, value: str, numbers: list[int]) -> None:
    topic = threat(4, subject="An invoice") if name == "topic" else threat(3)
    site = Site(threat(0), threat(1), threat(2), topic)
    held = {c.threat_id: n for n, c in ((n, threat(n)) for n in range(5))}
    assert [held[threat_id] for threat_id in site.ids(**{name: value})] == numbers


def test_parameters_of_the_list_must_all_hold() -> None:
    site = Site(threat(1), threat(2))
    assert site.ids(sender="sender", attackType="Spam") == [threat(1).threat_id]
    assert not site.ids(sender="sender2", attackType="Spam")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pageSize", "0"), ("pageSize", "-1"), ("pageNumber", "0"), ("pageNumber", "two"),
        ("source", "Attack"), ("attackType", "Phishing"), ("topic", "Weather"),
    ],
)  # fmt: skip
def test_a_parameter_without_sense_is_400(name: str, value: str) -> None:
    answer = Site().get("threats", **{"filter": EVER, name: value})
    assert answer.status_code == 400


def test_a_threat_appears_when_the_clock_passes_its_detection() -> None:
    site = Site(threat(1, appears=NOW + 60 * MINUTE))
    assert not site.ids()
    site.clock.advance(3_600)
    assert site.ids()


# ---------------------------------------------------------------------------- one threat


def test_a_detail_holds_its_messages_in_pages() -> None:
    held = threat(1, size=5)
    site = Site(held)
    pages = [site.get(f"threats/{held.threat_id}", pageSize=2, pageNumber=n).json()
             for n in (1, 2, 3)]  # fmt: skip
    ids = [row["abxMessageIdStr"] for page in pages for row in page["messages"]]
    assert ids == [message.row["abxMessageIdStr"] for message in held.messages]
    assert [page.get("nextPageNumber", "absent") for page in pages] == [2, 3, "absent"]
    assert {(page["threatId"], page["recipientCount"]) for page in pages} == {(held.threat_id, 5)}


def test_an_unknown_threat_is_404() -> None:
    assert Site(threat(1)).get("threats/nobody").status_code == 404


def test_a_listed_threat_may_be_404() -> None:
    gone = threat(1).threat_id
    site = Site(threat(1), switches=Switches(missing_details=frozenset({gone})))
    assert site.ids() == [gone]
    assert site.get(f"threats/{gone}").status_code == 404


@pytest.mark.parametrize(("pages", "named"), [("ignored", True), ("ignored_silently", False)])
def test_a_page_number_may_be_ignored(pages: Any, named: bool) -> None:
    held = threat(1, size=25)
    site = Site(held, switches=Switches(detail_pages=pages))
    answers = [site.get(f"threats/{held.threat_id}", pageNumber=n).json() for n in (1, 2)]
    assert answers[0]["messages"] == answers[1]["messages"]
    assert len(answers[0]["messages"]) == 10
    assert ("nextPageNumber" in answers[0]) is named
    assert answers[0]["recipientCount"] == 25


def test_no_more_than_2000_messages_can_be_read() -> None:
    held = threat(1, size=2_005)
    site = Site(held)
    count, page = 0, 1
    while page:
        answer = site.get(f"threats/{held.threat_id}", pageSize=900, pageNumber=page).json()
        count += len(answer["messages"])
        page = answer.get("nextPageNumber", 0)
    assert (count, answer["recipientCount"]) == (2_000, 2_005)


def test_to_addresses_are_a_list_or_a_text_cut_at_255() -> None:
    to = [f"somebody{n}.longname@contoso.example" for n in range(12)]
    held = campaign([letter(2, to=to), letter(3, to=to)], name="to", appears=0)
    rows = Site(held).get(f"threats/{held.threat_id}").json()["messages"]
    assert rows[0]["toAddresses"] == to
    assert rows[1]["toAddresses"] == ", ".join(to)[:255]


def test_message_ids_are_signed_64_bit_numbers_and_text() -> None:
    held = threat(1, size=20)
    rows = Site(held).get(f"threats/{held.threat_id}").json()["messages"]
    assert all(str(row["abxMessageId"]) == row["abxMessageIdStr"] for row in rows)
    assert any(row["abxMessageId"] < 0 for row in rows)
    assert any(abs(row["abxMessageId"]) > 2**53 for row in rows)


def test_companions_name_the_attachments_and_links_of_every_message() -> None:
    held = threat(1, size=3)
    site = Site(held)
    files = site.get(f"threats/{held.threat_id}/attachments").json()["attachments"]
    links = site.get(f"threats/{held.threat_id}/links").json()["links"]
    ids = [message.row["abxMessageIdStr"] for message in held.messages]
    assert [str(row["abxMessageIdStr"]) for row in files] == ids
    assert [type(row["abxMessageIdStr"]) for row in files] == [str, str, int]
    assert [row["attachmentName"] for row in files] == [
        "file10000.pdf",
        "file10001.pdf",
        "file10002.pdf",
    ]
    assert links[0]["linkUrl"] == "https://evil.test/10000"
    assert links[0]["domainLink"] == "evil.test"


def test_companions_of_an_unknown_threat_are_404() -> None:
    assert Site().get("threats/nobody/attachments").status_code == 404
    assert Site().get("threats/nobody/links").status_code == 404


@pytest.mark.parametrize("path", ["threats", "threats/any", "threats/any/links"])
def test_the_mock_data_header_shows_no_mail_of_the_tenant(path: str) -> None:
    site = Site(threat(1))
    answer = site.client.get(path, params={"filter": EVER}, headers={"mock-data": "True"})
    assert answer.status_code == 200
    assert threat(1).threat_id not in answer.text
    assert "Subject 1" not in answer.text


def test_the_mock_data_header_needs_the_token_too() -> None:
    site = Site(token="another")
    assert site.client.get("threats", headers={"mock-data": "True"}).status_code == 401


# -------------------------------------------------------------------------------- limits


def test_the_next_requests_can_be_made_to_fail_with_429() -> None:
    site = Site(threat(1))
    site.vendor.fail_next_n_with_429(2)
    statuses = [site.get("threats", filter=EVER).status_code for _ in range(3)]
    assert statuses == [429, 429, 200]


async def _together(site: Site, count: int) -> list[int]:
    async with httpx.AsyncClient(
        transport=site.vendor.transport(), headers=dict(site.client.headers)
    ) as client:
        urls = [f"{REGIONS['us']}/threats?n={n}" for n in range(count)]
        answers = await asyncio.gather(*map(client.get, urls))
    return sorted(answer.status_code for answer in answers)


async def test_too_many_requests_at_once_for_one_thing_are_429() -> None:
    site = Site(threat(1), switches=Switches(max_concurrency_per_resource=2))
    assert await _together(site, 5) == [200, 200, 429, 429, 429]
    assert site.vendor.most_at_once["threats"] == 5
    assert await _together(site, 2) == [200, 200]


async def test_an_answer_takes_its_latency_on_the_clock() -> None:
    site = Site(threat(1), switches=Switches(latency=1.5))
    assert await _together(site, 1) == [200]
    site.get("threats")
    assert site.clock.slept == [1.5, 1.5]


def test_an_answer_slower_than_the_read_time_out_never_comes() -> None:
    site = Site(threat(1), switches=Switches(latency=60))
    with pytest.raises(httpx.ReadTimeout):
        site.get("threats")
    assert site.clock.slept == [5.0]  # httpx's own
