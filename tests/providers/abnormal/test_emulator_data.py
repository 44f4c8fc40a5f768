"""The generated mail of the emulated vendor: the same everywhere, all words, nobody real."""

import datetime
import hashlib
import ipaddress
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest

from connector_abnormal.mock import words
from connector_abnormal.mock.build import CUT, FOLDERS, POLICIES, REASONS, RELEASES
from connector_abnormal.mock.dataset import DATASETS, Dataset, Generated
from connector_abnormal.mock.dataset.day import HUGE, mail_of_day
from connector_abnormal.mock.records import Campaign, Found
from connector_abnormal.mock.times import DAY, HOUR, MINUTE, SECOND, moment

BASIC = DATASETS["basic_v0"]
NOON = moment("2026-11-15T12:00:00Z")
SEED = BASIC.seed


@cache
def seen(ago: int = 0) -> tuple[list[Campaign], list[Found]]:
    """What the vendor holds so many days before `NOON`."""
    held, now = Generated(BASIC), NOON - ago * DAY
    return list(held.campaigns(now)), list(held.mail(now))


def rows() -> list[dict[str, Any]]:
    return [message.row for campaign in seen()[0] for message in campaign.messages]


def results() -> list[dict[str, Any]]:
    return [found.row for found in seen()[1]]


def digest(seed: int, day: str) -> str:
    held = mail_of_day(seed, datetime.date.fromisoformat(day))
    told = [
        [[message.row for message in campaign.messages] for campaign in held.campaigns],
        [found.row for found in held.mail],
    ]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def test_a_day_is_the_same_in_another_process() -> None:
    code = (
        "import datetime, hashlib, orjson\n"
        "from connector_abnormal.mock.dataset.day import mail_of_day\n"
        f"held = mail_of_day({SEED}, datetime.date(2026, 11, 3))\n"
        "told = [[[m.row for m in c.messages] for c in held.campaigns],"
        " [f.row for f in held.mail]]\n"
        "print(hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == digest(SEED, "2026-11-03")


def test_a_day_is_what_it_was_when_the_data_set_was_published() -> None:
    assert digest(SEED, "2026-11-03")[:16] == "f646f2b0d07ce6ea"


def test_another_seed_is_another_tenant() -> None:
    mine, other = seen()[0], Generated(Dataset("basic_v0", 7)).campaigns(NOON)
    assert not {c.threat_id for c in mine} & {c.threat_id for c in other}


def test_later_days_show_the_same_mail() -> None:
    before = {c.threat_id: c for c in seen(ago=3)[0]}
    after = {c.threat_id: c for c in seen()[0]}
    both = before.keys() & after.keys()
    assert len(both) > 120
    assert all(before[threat_id] == after[threat_id] for threat_id in both)


@pytest.mark.parametrize("ago", [0, 1, 11, 20, 100, 366])
def test_the_last_30_days_are_always_full(ago: int) -> None:
    campaigns, mail = seen(ago)
    sizes = [len(campaign.messages) for campaign in campaigns]
    assert 145 <= len(campaigns) <= 165
    assert 1_100 <= sum(size for size in sizes if size < HUGE) <= 1_400
    assert sum(size == HUGE for size in sizes) in (1, 2)
    assert len(mail) >= 2_500
    per_day = {(NOON - ago * DAY - found.received) // DAY for found in mail}
    assert per_day == set(range(31))


def test_nothing_comes_from_the_future() -> None:
    campaigns, mail = seen()
    assert all(m.received <= NOON for campaign in campaigns for m in campaign.messages)
    assert all(found.received <= NOON for found in mail)


def test_detection_is_late_by_minutes_to_hours() -> None:
    late = [campaign.appears - campaign.received for campaign in seen()[0]]
    assert min(late) >= 2 * MINUTE
    assert any(lateness < 15 * MINUTE for lateness in late)
    assert 4 * HOUR < max(late) < 6 * HOUR


def test_a_threat_is_found_as_mail_before_it_is_detected() -> None:
    late = next(held for held in seen()[0] if held.appears - held.received > HOUR)
    held, now = Generated(BASIC), late.received + HOUR
    assert late.threat_id not in {campaign.threat_id for campaign in held.campaigns(now)}
    mail = {found.row["internet_message_id"] for found in held.mail(now)}
    assert {message.row["internetMessageId"] for message in late.messages} <= mail


def test_no_threat_is_remediated_before_it_is_detected() -> None:
    for campaign in seen()[0]:
        assert all((m.remediated or 0) <= campaign.appears for m in campaign.messages)


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
def test_every_word_of_a_message_occurs_and_words_of_no_list(
    key: str, listed: tuple[str, ...]
) -> None:
    met = {row.get(key) for row in rows()} - {None}
    assert met == {*listed, *words.UNLISTED[key]}


@pytest.mark.parametrize(
    ("key", "listed", "unlisted"),
    [
        ("judgement", words.JUDGEMENTS, words.UNLISTED["judgement"]),
        ("judgement_source", words.JUDGEMENT_SOURCES, ()),
        ("decision_category", words.DECISIONS, words.UNLISTED["decision_category"]),
        ("current_folder_name", FOLDERS, ()),
    ],
)
def test_every_word_of_a_result_occurs(
    key: str, listed: tuple[str, ...], unlisted: tuple[str, ...]
) -> None:
    assert {row[key] for row in results()} - {None} == {*listed, *unlisted}


def test_every_word_of_quarantine_occurs() -> None:
    infos = [row["quarantine_info"] for row in results() if row["quarantine_info"]]
    assert len(infos) > 100
    for key, listed in (
        ("policy_type", POLICIES), ("release_status", RELEASES), ("quarantine_reason", REASONS),
    ):  # fmt: skip
        assert {info[key] for info in infos} == set(listed)


NEVER_NULL = {
    "threatId", "abxMessageIdStr", "abxMessageId", "abxPortalUrl", "subject", "fromAddress",
    "recipientAddress", "remediationStatus", "attackType", "attackVector", "attackStrategy",
    "impersonatedParty", "autoRemediated", "postRemediated", "senderDomain",
}  # fmt: skip


def test_every_other_field_of_a_message_is_null_somewhere() -> None:
    keys = {key for row in rows() for key in row}
    assert {key for key in keys if all(row.get(key, "") is not None for row in rows())} == (
        NEVER_NULL
    )


def test_some_fields_of_a_message_are_missing_somewhere() -> None:
    keys = {key for row in rows() for key in row}
    missing = {key for row in rows() for key in keys - row.keys()}
    assert missing >= {"abxMessageId", "senderDomain", "attachmentCount", "source", "tenantName"}


def test_booleans_come_as_text_too() -> None:
    assert {type(row["autoRemediated"]) for row in rows()} == {bool, str}


def test_recipients_come_as_a_list_and_as_text_cut_at_255() -> None:
    to = [row["toAddresses"] for row in rows()]
    assert {type(value) for value in to} == {list, str, type(None)}
    assert any(isinstance(value, str) and len(value) == 255 for value in to)
    assert max(len(value) for value in to if isinstance(value, str)) == 255


def test_times_have_from_no_digits_to_nine() -> None:
    texts = [row["receivedTime"] for row in rows() if row["receivedTime"]]
    lengths = {len(text.partition(".")[2].removesuffix("Z")) for text in texts}
    assert lengths == set(range(10))


def test_hostile_subjects_occur_on_both_sides() -> None:
    for held in (rows(), results()):
        subjects = {row["subject"] for row in held}
        assert subjects >= {"", "null", "\u202egpj.eciovni\u202c attached", "x" * 2000}


def test_customers_override_judgements() -> None:
    overrides = [row["customerOverride"] for row in rows() if row.get("customerOverride")]
    assert {item["overrideType"] for item in overrides} == {"BLOCK_LIST", "CUSTOMER_AI_MODEL"}


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():  # what was cut within an address ends before that
            yield value.rpartition(",")[0] if len(value) == CUT else value
        case dict():
            for key, inner in value.items():
                yield key
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)


DOMAIN = re.compile(r"(?:@|://)(?:[^/@\s<>]*@)?((?:[\w-]+\.)+[\w-]+)")
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test)$", re.IGNORECASE)
DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def test_every_domain_is_reserved() -> None:
    found = {host for text in texts([rows(), results()]) for host in DOMAIN.findall(text)}
    named = {host for host in found if not re.fullmatch(r"[\d.]+", host)}
    assert len(named) > 20
    assert {host for host in named if not RESERVED.search(host)} == set()


def test_every_address_of_a_machine_is_from_documentation() -> None:
    addresses = {row["senderIpAddress"] for row in rows()} - {None, ""}
    addresses |= {ip for row in results() for ip in row["sender_ip_addresses"] or ()}
    addresses -= {"not an address"}
    assert {ipaddress.ip_address(text).version for text in addresses} == {4, 6}
    for text in addresses:
        address = ipaddress.ip_address(text)
        assert any(address in network for network in DOCUMENTATION), text


def test_the_clock_brings_new_mail() -> None:
    held = Generated(BASIC)
    before, after = held.mail(NOON), held.mail(NOON + 2 * HOUR)
    new = [found for found in after if found.received > NOON + 90 * SECOND]
    assert new
    assert not any(found in before for found in new)
