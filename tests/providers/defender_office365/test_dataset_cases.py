"""The generated tenant holds the cases that are hard to read right, and its rows agree."""

import datetime
import functools
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from connector_defender_office365.mock.dataset import DATASETS, rows_of_day
from connector_defender_office365.schema import TABLES

BASIC = DATASETS["basic_v0"]
FIXED_DAY = datetime.date(2026, 11, 2)
WINDOWS = [datetime.date(2026, 10, 3), datetime.date(2026, 10, 14), datetime.date(2027, 2, 20)]

Rows = list[dict[str, object]]


@functools.cache
def window(first: datetime.date) -> dict[str, Rows]:
    days = [rows_of_day(BASIC, first + datetime.timedelta(days=n)) for n in range(30)]
    return {table: [row for day in days for row in day[table]] for table in TABLES}


@pytest.fixture(params=WINDOWS, ids=str)
def tables(request: pytest.FixtureRequest) -> dict[str, Rows]:
    return window(request.param)


def days() -> Iterator[dict[str, Rows]]:
    for number in range(7):
        yield dict(rows_of_day(BASIC, FIXED_DAY + datetime.timedelta(days=number)))


def test_each_day_has_ties_of_messages_and_of_recipients() -> None:
    for tables in days():
        messages: dict[object, set[object]] = defaultdict(set)
        for row in tables["EmailEvents"]:
            messages[row["Timestamp"]].add(row["NetworkMessageId"])
        assert max(map(len, messages.values())) >= 8
        assert sum(len(ids) == 2 for ids in messages.values()) >= 5


def test_each_day_has_messages_whose_recipients_fared_differently() -> None:
    for tables in days():
        actions: dict[object, set[object]] = defaultdict(set)
        times: dict[object, set[object]] = defaultdict(set)
        threats: dict[object, set[object]] = defaultdict(set)
        for row in tables["EmailEvents"]:
            actions[row["NetworkMessageId"]].add(row["DeliveryAction"])
            times[row["NetworkMessageId"]].add(row["Timestamp"])
            threats[row["NetworkMessageId"]].add(row["ThreatTypes"])
        assert sum(len(a) > 1 for a in actions.values()) >= 3
        assert sum(len(t) > 1 for t in times.values()) >= 3
        assert sum(len(t) > 1 for t in threats.values()) >= 1


def test_a_message_reaches_hundreds_every_third_day(tables: dict[str, Rows]) -> None:
    sizes = Counter(row["NetworkMessageId"] for row in tables["EmailEvents"])
    assert sum(size >= 300 for size in sizes.values()) == 10


def test_each_day_has_copies_that_came_through_a_distribution_list() -> None:
    for tables in days():
        assert sum(bool(row["DistributionList"]) for row in tables["EmailEvents"]) >= 6


def test_each_day_begins_and_ends_with_mail() -> None:
    for tables in days():
        stamps = [str(row["Timestamp"]) for row in tables["EmailEvents"]]
        assert stamps[0].endswith("T00:00:00Z")
        assert stamps[-1].endswith("T23:59:59Z")


def test_each_day_has_clicks_closer_than_a_microsecond() -> None:
    for tables in days():
        stamps = Counter(str(row["Timestamp"]) for row in tables["UrlClickEvents"])
        micro: dict[str, set[str]] = defaultdict(set)
        for stamp in stamps:
            micro[stamp[:26]].add(stamp)
        assert max(map(len, micro.values())) >= 2
        assert max(stamps.values()) >= 2


def test_a_click_through_shares_the_report_id_of_its_block(tables: dict[str, Rows]) -> None:
    by_id: dict[object, Rows] = defaultdict(list)
    for row in tables["UrlClickEvents"]:
        by_id[row["ReportId"]].append(row)
    pairs = [rows for rows in by_id.values() if len(rows) == 2]
    assert len(pairs) >= 10
    assert all(rows[0]["Timestamp"] < rows[1]["Timestamp"] for rows in pairs)  # type: ignore[operator]
    assert all(rows[1]["IsClickedThrough"] is True for rows in pairs)


def test_url_rows_can_be_older_than_their_message_and_repeat(tables: dict[str, Rows]) -> None:
    sent = {row["NetworkMessageId"]: str(row["Timestamp"]) for row in tables["EmailEvents"]}
    urls = tables["EmailUrlInfo"]
    assert any(str(row["Timestamp"]) < sent[row["NetworkMessageId"]] for row in urls)
    twice = Counter((row["NetworkMessageId"], row["Url"], row["UrlLocation"]) for row in urls)
    assert max(twice.values()) >= 2


def test_one_message_carries_the_same_bytes_twice(tables: dict[str, Rows]) -> None:
    files = Counter(
        (row["NetworkMessageId"], row["RecipientEmailAddress"], row["SHA256"])
        for row in tables["EmailAttachmentInfo"]
    )
    assert max(files.values()) >= 2


def test_address_lists_come_in_every_form(tables: dict[str, Rows]) -> None:
    texts = {str(row["To"]) for row in tables["EmailEvents"]}
    assert any("\\u" in text for text in texts)
    assert any("; " in text and not text.startswith("[") for text in texts)
    assert any("hidden@" in text for text in texts)
    assert any(
        "例子" in text for text in {str(r["SenderFromAddress"]) for r in tables["EmailEvents"]}
    )


def test_cluster_ids_need_more_than_32_bits(tables: dict[str, Rows]) -> None:
    ids = [int(str(row["EmailClusterId"])) for row in tables["EmailEvents"]]
    assert max(ids) > 2**40
    assert sum(uid > 2**31 for uid in ids) > len(ids) // 2


def test_relays_come_as_ipv4_ipv6_both_and_none(tables: dict[str, Rows]) -> None:
    shapes = {(bool(r["SenderIPv4"]), bool(r["SenderIPv6"])) for r in tables["EmailEvents"]}
    assert len(shapes) == 4


def test_parts_moves_clicks_and_evidence_point_at_messages_that_exist() -> None:
    first = FIXED_DAY - datetime.timedelta(days=1)
    yesterday: set[object] = {
        r["NetworkMessageId"] for r in rows_of_day(BASIC, first)["EmailEvents"]
    }
    for tables in days():
        own = {row["NetworkMessageId"] for row in tables["EmailEvents"]}
        copies = {
            (r["NetworkMessageId"], r["RecipientEmailAddress"]) for r in tables["EmailEvents"]
        }
        assert own >= {row["NetworkMessageId"] for row in tables["EmailUrlInfo"]}
        assert copies >= {
            (r["NetworkMessageId"], r["RecipientEmailAddress"])
            for r in tables["EmailAttachmentInfo"]
        }
        nobody = {"", "00000000-0000-0000-0000-000000000000"}
        assert own | nobody >= {row["NetworkMessageId"] for row in tables["UrlClickEvents"]}
        evidence = {row["NetworkMessageId"] for row in tables["AlertEvidence"]} - {""}
        assert evidence
        assert own >= evidence
        moved = {row["NetworkMessageId"] for row in tables["EmailPostDeliveryEvents"]}
        assert own & moved
        assert yesterday & moved
        assert own | yesterday >= moved
        yesterday = own


def test_counts_agree_with_the_other_tables_or_exceed_them(tables: dict[str, Rows]) -> None:
    urls = Counter(row["NetworkMessageId"] for row in tables["EmailUrlInfo"])
    for row in tables["EmailEvents"]:
        assert int(str(row["UrlCount"])) >= urls[row["NetworkMessageId"]]


def test_copies_have_several_moves_and_moved_mail_shows_its_latest_place(
    tables: dict[str, Rows],
) -> None:
    moves = Counter(row["ReportId"] for row in tables["EmailPostDeliveryEvents"])
    assert sum(count >= 2 for count in moves.values()) >= 30
    last = {
        (r["NetworkMessageId"], r["RecipientEmailAddress"]): r["Action"]
        for r in tables["EmailPostDeliveryEvents"]
    }
    seen = 0
    for row in tables["EmailEvents"]:
        action = last.get((row["NetworkMessageId"], row["RecipientEmailAddress"]))
        if action is not None:
            assert row["LatestDeliveryAction"] == action
            seen += 1
    assert seen >= 500


def test_alerts_agree_with_their_evidence(tables: dict[str, Rows]) -> None:
    alerts = {row["AlertId"]: row for row in tables["AlertInfo"]}
    told = Counter(row["AlertId"] for row in tables["AlertEvidence"])
    assert alerts.keys() >= told.keys()
    assert any(uid not in told for uid in alerts)
    for row in tables["AlertEvidence"]:
        alert = alerts[row["AlertId"]]
        for column in ("Title", "Severity", "ServiceSource", "DetectionSource"):
            assert row[column] == alert[column]
    entities = Counter(tuple(map(repr, row.values())) for row in tables["AlertEvidence"])
    assert max(entities.values()) == 2  # the same entity told twice
    office = "Microsoft Defender for Office 365"
    services = {
        r["ServiceSource"] for r in tables["AlertEvidence"] if r["EntityType"] == "MailMessage"
    }
    assert services > {office}


def test_click_names_differ_from_mailbox_addresses_for_some_users(
    tables: dict[str, Rows],
) -> None:
    mailboxes = {str(r["RecipientEmailAddress"]).lower() for r in tables["EmailEvents"]}
    names = {str(row["AccountUpn"]).lower() for row in tables["UrlClickEvents"]}
    assert names - mailboxes
    assert names & mailboxes
