"""The generated tenant is the same everywhere, fits the schema and names nobody real."""

import datetime
import functools
import hashlib
import ipaddress
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from connector_defender_office365.mock.dataset import DATASETS, rows_of_day
from connector_defender_office365.schema import TABLES

BASIC = DATASETS["basic_v0"]
FIXED_DAY = datetime.date(2026, 11, 2)
FIXED_DIGEST = "4257c12395027e06951a4c4e532c02a0a4d7b03bb8f8bfc110dbf269f34089dd"
WINDOWS = [datetime.date(2026, 10, 3), datetime.date(2026, 10, 14), datetime.date(2027, 2, 20)]

Rows = list[dict[str, object]]


@functools.cache
def window(first: datetime.date) -> dict[str, Rows]:
    days = [rows_of_day(BASIC, first + datetime.timedelta(days=n)) for n in range(30)]
    return {table: [row for day in days for row in day[table]] for table in TABLES}


@pytest.fixture(params=WINDOWS, ids=str)
def tables(request: pytest.FixtureRequest) -> dict[str, Rows]:
    return window(request.param)


def digest(day: datetime.date) -> str:
    text = json.dumps(rows_of_day(BASIC, day), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_fixed_day_has_the_rows_it_always_had() -> None:
    assert digest(FIXED_DAY) == FIXED_DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_sees_the_same_rows(hash_seed: str) -> None:
    program = (
        "import datetime, hashlib, json\n"
        "from connector_defender_office365.mock.dataset import DATASETS, rows_of_day\n"
        f"day = datetime.date.fromisoformat({FIXED_DAY.isoformat()!r})\n"
        "text = json.dumps(rows_of_day(DATASETS['basic_v0'], day), sort_keys=True)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == FIXED_DIGEST


def test_a_day_does_not_depend_on_the_days_asked_before() -> None:
    before = digest(FIXED_DAY)
    rows_of_day.cache_clear()
    rows_of_day(BASIC, FIXED_DAY + datetime.timedelta(days=1))
    assert digest(FIXED_DAY) == before


SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TICKS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
KINDS = {"string": str, "int": int, "long": int, "bool": bool, "datetime": str}


def test_each_row_has_exactly_the_columns_of_its_table_with_values_of_their_types(
    tables: dict[str, Rows],
) -> None:
    for table, rows in tables.items():
        columns = TABLES[table]
        for row in rows:
            assert row.keys() == columns.keys()
            for name, kind in columns.items():
                value = row[name]
                if value is None:
                    assert kind in {"int", "long", "bool"} or name == "TimeGenerated", name
                    continue
                assert type(value) is KINDS[kind], (table, name, value)
                if kind == "int":
                    assert abs(value) < 2**31  # type: ignore[arg-type]
                if kind == "datetime":
                    shape = SECONDS if table.startswith("Email") else TICKS
                    assert shape.fullmatch(str(value)), (table, value)


def test_all_rows_of_a_day_lie_inside_that_day() -> None:
    for number in range(10):
        day = FIXED_DAY + datetime.timedelta(days=number)
        for rows in rows_of_day(BASIC, day).values():
            assert rows
            assert all(str(row["Timestamp"]).startswith(f"{day.isoformat()}T") for row in rows)


def test_any_thirty_days_hold_five_thousand_messages(tables: dict[str, Rows]) -> None:
    messages = {row["NetworkMessageId"] for row in tables["EmailEvents"]}
    assert len(messages) >= 5_000
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(m)) for m in messages)


def test_working_days_carry_more_mail_than_weekends() -> None:
    def messages(day: datetime.date) -> int:
        return len({r["NetworkMessageId"] for r in rows_of_day(BASIC, day)["EmailEvents"]})

    assert messages(datetime.date(2026, 11, 4)) > messages(datetime.date(2026, 11, 7)) >= 140


def test_keys_of_rows_are_unique(tables: dict[str, Rows]) -> None:
    def keys(table: str, *columns: str) -> Counter[tuple[str, ...]]:
        return Counter(tuple(str(r[c]).lower() for c in columns) for r in tables[table])

    for counted in (
        keys("EmailEvents", "NetworkMessageId", "RecipientEmailAddress"),
        keys("EmailEvents", "ReportId"),
        keys("EmailAttachmentInfo", "ReportId"),
        keys("EmailPostDeliveryEvents", "Timestamp", "ReportId", "ActionType", "Action"),
        keys("UrlClickEvents", "ReportId", "ActionType", "IsClickedThrough"),
        keys("AlertInfo", "AlertId"),
    ):
        assert max(counted.values()) == 1


def test_report_ids_have_the_shapes_of_live_rows(tables: dict[str, Rows]) -> None:
    guid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    shapes = {
        "EmailEvents": rf"({guid})-\d+-\d+",
        "EmailPostDeliveryEvents": rf"({guid})-\d+",
        "EmailUrlInfo": rf"({guid})-\d+",
        "EmailAttachmentInfo": rf"({guid})-\d+-[0-9a-f]{{64}}-\d+",
    }
    for table, shape in shapes.items():
        for row in tables[table]:
            match = re.fullmatch(shape, str(row["ReportId"]))
            assert match
            assert match[1] == row["NetworkMessageId"]
    assert all(re.fullmatch(guid, str(row["ReportId"])) for row in tables["UrlClickEvents"])


RESERVED = re.compile(r"(^|\.)(example|test|localhost|example\.(com|net|org))$")
DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
LOOKS_REAL = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:com|net|org|io|de|fr|eu|uk|ru|cn|ms|info|biz|cloud)\b",
    re.IGNORECASE,
)


# Made of digits, or names of files: nothing in them is the name of a host.
NO_HOSTS = {"Timestamp", "NetworkMessageId", "ReportId", "SHA1", "SHA256", "FileName", "SourceId",
            "FileExtension", "FileType", "AlertId", "RecipientObjectId", "SenderObjectId",
            "TimeGenerated"}  # fmt: skip


def texts(tables: dict[str, Rows]) -> set[tuple[str, str]]:
    return {
        (column, value)
        for rows in tables.values()
        for row in rows
        for column, value in row.items()
        if isinstance(value, str) and value and column not in NO_HOSTS
    }


def hosts(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?:@|//)([^\s@/?#\"'\\<>,;:|&=)\]]+)", text):
        yield found[1].rstrip(".")


def test_only_reserved_domains_occur(tables: dict[str, Rows]) -> None:
    for column, text in texts(tables):
        if text[0] in "[{":  # JSON may write a letter as a backslash and its number
            text = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)
        for name in LOOKS_REAL.findall(text):
            assert RESERVED.search(name.lower()), (column, text[:200])
        if column.endswith(("Address", "Upn", "Domain")) or column in {"Url", "RemoteUrl", "To"}:
            for host in hosts(text):
                assert harmless(host), (column, host, text[:200])


def harmless(host: str) -> bool:
    if host in {"3221225985", "0xC0.0x00.0x02.0x01"}:  # two spellings of 192.0.2.1
        return True
    name = host.strip("[")
    # A name without a dot belongs to nobody.
    return bool(RESERVED.search(name.lower())) or "." not in name or documented(name)


def documented(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_unspecified or any(address in network for network in DOCUMENTATION)


def test_only_documentation_addresses_occur(tables: dict[str, Rows]) -> None:
    for column, text in texts(tables):
        for found in re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", text):
            assert documented(found), (column, text[:200])
        for found in re.findall(r"(?<![\w:])[0-9a-fA-F]{1,4}(?:::?[0-9a-fA-F]{1,4}){2,7}", text):
            if "::" in found or found.count(":") == 7:
                assert documented(found), (column, found)
        if column in {"SenderIPv4", "SenderIPv6", "IPAddress", "RemoteIP", "LocalIP"}:
            assert documented(text), (column, text)
