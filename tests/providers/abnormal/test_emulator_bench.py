"""What the bench plants: every message of the kit, and every word that the vendor documents."""

from typing import Any

import httpx
import pytest

from connector_abnormal.mock import words
from connector_abnormal.mock.bench import BENCH, MOCK
from connector_abnormal.mock.build import POLICIES, REASONS, RELEASES
from connector_abnormal.mock.vendor import DEFAULT_TOKEN, REGIONS
from connector_conformance.bench import Bench, Scene
from connector_conformance.cases import load
from connector_conformance.world import mails
from connector_core import ManualClock

NOW = load(BENCH.cases).now
MAILS = mails(NOW)
TOKEN = "text of the token"
THREATS = [mail for mail in MAILS if mail.threat]


class Held:
    """Everything that the vendor of a scene shows."""

    def __init__(self, bench: Bench = BENCH, token: str = TOKEN, **scene: Any) -> None:
        told = Scene(clock=ManualClock(NOW), mails=MAILS, secret={"token": TOKEN}.__getitem__,
                     **scene)  # fmt: skip
        with bench.vendor(told) as vendor:
            self.client = httpx.Client(
                transport=vendor,  # type: ignore[arg-type]
                base_url=f"{REGIONS['us']}/",
                headers={"Authorization": f"Bearer {token}"},
            )

    def campaigns(self) -> list[dict[str, Any]]:
        window = {"filter": "receivedTime gte 2026-11-01T00:00:00Z"}
        listed = self.client.get("threats", params=window).json()["threats"]
        return [self.client.get(f"threats/{item['threatId']}").json() for item in listed]

    def messages(self) -> list[dict[str, Any]]:
        return [row for campaign in self.campaigns() for row in campaign["messages"]]

    def results(self, source: str) -> list[dict[str, Any]]:
        span = {"start_time": "2026-11-01T00:00:00Z", "end_time": "2026-11-30T00:00:00Z"}
        found: list[dict[str, Any]] = self.client.post(
            "search", json={"source": source, "filters": span}
        ).json()["results"]
        return found

    def all_results(self) -> list[dict[str, Any]]:
        return [*self.results("abnormal"), *self.results("quarantine")]


def test_every_message_can_be_searched_once() -> None:
    ids = [row["internet_message_id"] for row in Held().all_results()]
    assert sorted(ids) == sorted(mail.message_id for mail in MAILS)


def test_every_threat_stands_in_one_campaign() -> None:
    ids = [row["internetMessageId"] for row in Held().messages()]
    assert sorted(ids) == sorted(mail.message_id for mail in THREATS)


def test_some_campaigns_hold_two_messages_one_of_them_over_two_moments() -> None:
    campaigns = [
        {row["receivedTime"] for row in campaign["messages"]}
        for campaign in Held().campaigns()
        if len(campaign["messages"]) == 2
    ]
    assert {len(moments) for moments in campaigns} == {1, 2}
    assert len(campaigns) < len(THREATS) / 4


@pytest.mark.parametrize("number", [1, 6])  # one with several of everything, and one without
def test_a_record_says_what_the_mail_says(number: int) -> None:
    mail = MAILS[number]
    urls, names = [mail.url, *mail.more_urls], [mail.file_name, *mail.more_files]
    (row,) = [row for row in Held().messages() if row["internetMessageId"] == mail.message_id]
    (result,) = [
        row for row in Held().all_results() if row["internet_message_id"] == mail.message_id
    ]
    keys = ("subject", "fromAddress", "recipientAddress", "senderIpAddress")
    assert [row[key] for key in keys] == [mail.subject, mail.sender, mail.recipient, mail.ip]
    assert [row["urls"], row["attachmentNames"]] == [urls, names]
    assert {mail.recipient, *mail.also_to} <= set(_people(row["toAddresses"]))
    assert [result[key] for key in ("subject", "sender", "mailbox_name")] == [
        mail.subject, mail.sender, mail.recipient,
    ]  # fmt: skip
    assert (result["sender_ip_addresses"], result["body_links"]) == ([mail.ip], urls)
    assert list(result["attachments"]) == names
    assert row["abxMessageIdStr"] == result["abnormal_message_id"]


def _people(said: str | list[str]) -> list[str]:
    return said.split(", ") if isinstance(said, str) else said


@pytest.mark.parametrize(
    ("key", "listed"),
    [
        ("attackType", words.ATTACK_TYPES),
        ("attackVector", words.ATTACK_VECTORS),
        ("attackStrategy", words.ATTACK_STRATEGIES),
        ("impersonatedParty", words.IMPERSONATED),
        ("attackedParty", ()),
        ("remediationStatus", words.REMEDIATIONS),
        ("source", words.MESSAGE_SOURCES),
    ],
)
def test_every_word_of_a_message_is_planted(key: str, listed: tuple[str, ...]) -> None:
    assert {row[key] for row in Held().messages()} == {*listed, *words.UNLISTED[key]}


def test_every_word_of_a_result_is_planted() -> None:
    results = Held().all_results()
    unlisted = words.UNLISTED
    assert {row["judgement"] for row in results} == {*words.JUDGEMENTS, *unlisted["judgement"]}
    assert {row["decision_category"] for row in results} >= {*words.DECISIONS, "undecided"}
    assert {row["judgement_source"] for row in results} == {*words.JUDGEMENT_SOURCES, None}
    infos = [row["quarantine_info"] for row in results if row["quarantine_info"]]
    assert {info["policy_type"] for info in infos} == set(POLICIES)
    assert {info["release_status"] for info in infos} == set(RELEASES)
    assert {info["quarantine_reason"] for info in infos} == set(REASONS)


def test_each_bench_takes_one_token_alone() -> None:
    assert Held().client.get("threats").status_code == 200
    assert Held(token=DEFAULT_TOKEN).client.get("threats").status_code == 401
    assert Held(MOCK, token=DEFAULT_TOKEN).client.get("threats").status_code == 200
    assert Held(MOCK).client.get("threats").status_code == 401


def test_the_order_of_the_list_says_nothing() -> None:
    times = [row["receivedTime"] for row in Held().messages()]
    assert times not in (sorted(times), sorted(times, reverse=True))


def test_an_unknown_condition_is_no_scene() -> None:
    with pytest.raises(KeyError, match="no_such_thing"):
        Held(condition="no_such_thing")
