"""The embedded KQL engine: right answers, loud refusals, and no way out of its tables."""

import os
import threading
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pytest

from connector_defender_office365.mock.engine import Engine, KqlError
from connector_defender_office365.schema import TABLES

NOW = "2026-03-01T00:00:00Z"
SCHEMA: Mapping[str, Mapping[str, str]] = {
    "EmailEvents": {
        "Timestamp": "datetime", "NetworkMessageId": "string", "ReportId": "string",
        "RecipientEmailAddress": "string", "Subject": "string", "SenderFromDomain": "string",
        "ThreatTypes": "string", "UrlCount": "int", "EmailClusterId": "long",
        "AuthenticationDetails": "string", "IsFirst": "bool",
    },
    "EmailPostDeliveryEvents": {
        "Timestamp": "datetime", "NetworkMessageId": "string", "ReportId": "string",
        "Action": "string",
    },
    "EmailAttachmentInfo": {
        "Timestamp": "datetime", "NetworkMessageId": "string", "RecipientEmailAddress": "string",
        "FileName": "string", "FileSize": "long",
    },
    "EmailUrlInfo": {"Timestamp": "datetime", "NetworkMessageId": "string", "Url": "string"},
    "One": {"X": "string", "N": "long"},
}  # fmt: skip
MESSAGES: list[dict[str, object]] = [
    {
        "Timestamp": "2026-02-01T00:00:00Z", "NetworkMessageId": "m1", "ReportId": "r1",
        "RecipientEmailAddress": "bob@corp.example", "Subject": "Invoice 2026",
        "SenderFromDomain": "contoso.example", "ThreatTypes": "Phish, Malware", "UrlCount": 2,
        "EmailClusterId": 9007199254740993, "IsFirst": True,
        "AuthenticationDetails": '{"SPF":"pass","CompAuth":{"score":5},"arr":[1,2,3]}',
    },
    {
        "Timestamp": "2026-02-01T00:00:00.1234567Z", "NetworkMessageId": "m2", "ReportId": "r2",
        "RecipientEmailAddress": "bob@corp.example", "Subject": "RE: invoice overdue",
        "SenderFromDomain": "evil.test", "UrlCount": 0, "EmailClusterId": -1, "IsFirst": False,
        "AuthenticationDetails": "not json",
    },
    {
        "Timestamp": "2026-02-01T00:00:00.1234568Z", "NetworkMessageId": "m3", "ReportId": "r3",
        "RecipientEmailAddress": "dave@corp.example", "SenderFromDomain": "contoso.example",
        "ThreatTypes": "Spam",
    },
    {
        "Timestamp": "2026-02-03T23:59:59.9999999Z", "NetworkMessageId": "m4", "ReportId": "r4",
        "RecipientEmailAddress": "dave@corp.example", "Subject": 'quote " back\\slash',
        "SenderFromDomain": "evil.test", "ThreatTypes": "Phish", "UrlCount": 3,
        "EmailClusterId": 7, "IsFirst": False, "AuthenticationDetails": '{"SPF":null}',
    },
]  # fmt: skip
FILES: list[dict[str, object]] = [
    {
        "Timestamp": "2026-02-01T00:00:00Z", "NetworkMessageId": "m1",
        "RecipientEmailAddress": "bob@corp.example", "FileName": name, "FileSize": size,
    }
    for name, size in (("invoice.pdf", 100), ("macro.docm", 200))
]  # fmt: skip
LINKS = [
    {"Timestamp": "2026-02-01T00:00:00Z", "NetworkMessageId": m, "Url": f"https://{m}.example/"}
    for m in ("m1", "m2")
]
MOVES = [
    {
        "Timestamp": "2026-02-02T00:00:00Z", "NetworkMessageId": "m2", "ReportId": "p1",
        "Action": "Moved to quarantine",
    }
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    built = Engine(SCHEMA, memory_limit="512MB")
    built.load("EmailEvents", MESSAGES)
    built.load("EmailAttachmentInfo", FILES)
    built.load("EmailUrlInfo", LINKS)
    built.load("EmailPostDeliveryEvents", MOVES)
    built.load("One", [{"X": "x", "N": 1}])
    yield built
    built.close()


def rows(engine: Engine, kql: str, **options: object) -> list[tuple[object, ...]]:
    return engine.query(kql, now=NOW, **options).rows  # type: ignore[arg-type]


def value(engine: Engine, expression: str) -> object:
    ((answer,),) = rows(engine, f"One | project v = {expression}")
    return answer


def refusal(engine: Engine, kql: str, **options: object) -> KqlError:
    with pytest.raises(KqlError) as caught:
        rows(engine, kql, **options)
    return caught.value


# Literals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"a\"b\\c\n\t\r"', 'a"b\\c\n\t\r'),
        (r"'it\'s'", "it's"),
        (r'"caf\u00e9 \x41 \101 \ud83d\ude00"', "café A A \U0001f600"),
        (r"@'a\nb''c'", r"a\nb'c"),
        (r'@"a""b"', 'a"b'),
        ('```a\n"b" \\n```', 'a\n"b" \\n'),
        ("~~~x~~~", "x"),
        ("h'secret'", "secret"),
        ("\"a\" 'b'", "ab"),
        ('"\'; DROP TABLE One; --"', "'; DROP TABLE One; --"),
        ('"100% $1 {x} ? // | ;"', "100% $1 {x} ? // | ;"),
    ],
)
def test_every_string_form_is_read_exactly(engine: Engine, literal: str, text: str) -> None:
    assert value(engine, literal) == text


@pytest.mark.parametrize("literal", [r'"a\qb"', '"a\nb"', '"open', r'"\ud83d"'])
def test_a_malformed_string_is_refused(engine: Engine, literal: str) -> None:
    assert refusal(engine, f"One | project v = {literal}").kind in ("syntax", "semantic")


@pytest.mark.parametrize(
    ("literal", "kind"),
    [
        ("garbage", "semantic"), ("2026-13-45", "semantic"), ("2026-02-30", "semantic"),
        ("2026-01-01T00:00:00.12345678Z", "semantic"), ("1500-01-01", "unsupported"),
    ],
)  # fmt: skip
def test_a_datetime_literal_it_cannot_hold_is_refused(
    engine: Engine, literal: str, kind: str
) -> None:
    assert refusal(engine, f"EmailEvents | where Timestamp > datetime({literal})").kind == kind


# Datetimes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("tostring(datetime(2026-01-01T00:00:00.1234567Z))", "2026-01-01T00:00:00.1234567Z"),
        ('todatetime("2026-01-01T02:00:00.1234567+02:00")', "2026-01-01T00:00:00.1234567Z"),
        ('todatetime("nope")', None),
        ("bin(datetime(2026-01-01T05:59:59.9999999Z), 1h)", "2026-01-01T05:00:00.0000000Z"),
        ("bin(datetime(1960-01-01T05:59:59.9999999Z), 1d)", "1960-01-01T00:00:00.0000000Z"),
        ("startofday(datetime(2026-01-01T23:59:59.9999999Z))", "2026-01-01T00:00:00.0000000Z"),
        ("endofmonth(datetime(2024-02-03))", "2024-02-29T23:59:59.9999999Z"),
        ("datetime(2026-01-01T00:00:00.1234567Z) + 1h", "2026-01-01T01:00:00.1234567Z"),
        ("datetime(2026-01-01T00:00:00.1234567Z) - 1d", "2025-12-31T00:00:00.1234567Z"),
        (
            'datetime_add("month", 1, datetime(2026-01-31T00:00:00.1234567Z))',
            "2026-02-28T00:00:00.1234567Z",
        ),
        ("now()", "2026-03-01T00:00:00.0000000Z"),
        ("ago(1d)", "2026-02-28T00:00:00.0000000Z"),
        ("tostring(datetime(2026-01-02) - datetime(2026-01-01T12:00:00))", "12:00:00"),
    ],
)
def test_datetimes_keep_the_tick(engine: Engine, expression: str, answer: object) -> None:
    assert value(engine, expression) == answer


def test_rows_come_back_with_seven_decimals(engine: Engine) -> None:
    found = rows(engine, 'EmailEvents | where ReportId == "r2" | project Timestamp')
    assert found == [("2026-02-01T00:00:00.1234567Z",)]


def test_ticks_next_to_each_other_are_told_apart(engine: Engine) -> None:
    found = rows(
        engine,
        "EmailEvents | where Timestamp > datetime(2026-02-01T00:00:00.1234567Z)"
        " | project ReportId | sort by ReportId asc",
    )
    assert found == [("r3",), ("r4",)]


@pytest.mark.parametrize(
    "expression",
    [
        'todatetime("12/02/2026")',
        "bin(datetime(2026-01-01), 7d)",
        "datetime(2026-01-01T00:00:00.1234567Z) - datetime(2026-01-01)",
        "tolong(datetime(2026-01-01))",
        'datetime_diff("week", now(), now())',
        'format_datetime(now(), "fffffff")',
    ],
)
def test_datetime_arithmetic_it_would_get_wrong_is_refused(engine: Engine, expression: str) -> None:
    assert refusal(engine, f"One | project v = {expression}").kind == "unsupported"


# Values and types ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("tostring(true)", "true"),
        ('strcat("a", 1, false, int(null))', "a1false"),
        ('strcmp("a", "b")', -1),
        ('strcmp("b", "a")', 1),
        ('strcmp("B", "a")', -1),
        ('strcmp("a", "a")', 0),
        ("7 / 2", 3),
        ("int(null) == 5", False),
        ("int(null) != 5", True),
        ("isnull(int(null) == int(null))", True),
        ('coalesce("", "x")', "x"),
        ('split("a,b,c", ",")', ["a", "b", "c"]),
        ('split("a,b,c", ",", 1)', ["b"]),
        ('tostring(parse_json("not json"))', "not json"),
        ('toint(parse_json("{\\"a\\":{\\"b\\":5}}").a.b)', 5),
        (
            'hash_sha256("café")',
            "850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e",
        ),
        ('strlen("café")', 4),
        ('"Straße" contains "STRAßE"', True),
        ('"a.b" matches regex @"^a\\.b$"', True),
        ("case(1 > 2, 'a', 3 > 2, 'b', 'c')", "b"),
        ("dynamic(null)", None),
    ],
)
def test_scalar_expressions_answer_as_documented(
    engine: Engine, expression: str, answer: object
) -> None:
    assert value(engine, expression) == answer


@pytest.mark.parametrize(
    ("predicate", "ids"),
    [
        ('Subject == ""', ["r3"]),
        ('ThreatTypes != "Phish"', ["r1", "r2", "r3"]),
        ("UrlCount != 3", ["r1", "r2", "r3"]),
        ("not(UrlCount > 0)", ["r2"]),
        ("UrlCount !in (3, 2)", ["r2", "r3"]),
        ("IsFirst == false", ["r2", "r4"]),
        ("IsFirst != true", ["r2", "r3", "r4"]),
        ("isnull(Subject)", []),
        ("isnull(UrlCount)", ["r3"]),
        ('ReportId in~ ("R1", "R2")', ["r1", "r2"]),
        ('ReportId !in~ ("R1", "R2")', ["r3", "r4"]),
        ('Subject contains "%"', []),
        ('Subject contains "back\\\\slash"', ["r4"]),
        ('Subject !contains "INVOICE"', ["r3", "r4"]),
        ('SenderFromDomain endswith ".TEST"', ["r2", "r4"]),
        ('SenderFromDomain !~ "EVIL.test"', ["r1", "r3"]),
        ('ThreatTypes has "malware"', ["r1"]),
        ("EmailClusterId == 9007199254740993", ["r1"]),
        ('tostring(parse_json(AuthenticationDetails)["SPF"]) =~ "PASS"', ["r1"]),
        ("NetworkMessageId in ((EmailUrlInfo | project NetworkMessageId))", ["r1", "r2"]),
        ("NetworkMessageId !in ((EmailUrlInfo | project NetworkMessageId))", ["r3", "r4"]),
    ],
)
def test_predicates_select_the_documented_rows(
    engine: Engine, predicate: str, ids: list[str]
) -> None:
    found = rows(engine, f"EmailEvents | where {predicate} | project ReportId")
    assert sorted(found) == [(name,) for name in ids]


def test_results_carry_kql_types(engine: Engine) -> None:
    answer = engine.query(
        "EmailEvents | summarize Sum = sum(UrlCount), Max = max(UrlCount), All = count(),"
        " Mean = avg(UrlCount), Last = max(Timestamp), L = make_list(Subject) by IsFirst"
        " | extend Age = now() - now(), Wide = Max + Max, Order = strcmp('a', 'b')",
        now=NOW,
    )
    assert answer.columns == (
        ("IsFirst", "bool"), ("Sum", "long"), ("Max", "int"), ("All", "long"), ("Mean", "real"),
        ("Last", "datetime"), ("L", "dynamic"), ("Age", "timespan"), ("Wide", "long"),
        ("Order", "long"),
    )  # fmt: skip


def test_getschema_and_take_0_tell_the_columns(engine: Engine) -> None:
    described = rows(engine, "EmailEvents | getschema | project ColumnName, ColumnType")
    assert described == list(SCHEMA["EmailEvents"].items())
    empty = engine.query("EmailEvents | take 0", now=NOW)
    assert empty.rows == []
    assert empty.columns == tuple(SCHEMA["EmailEvents"].items())


# Joins, unions, aggregates ------------------------------------------------------------------


def test_a_string_missing_after_an_outer_join_is_empty(engine: Engine) -> None:
    found = rows(
        engine,
        "EmailEvents | join kind=leftouter (EmailAttachmentInfo) on NetworkMessageId"
        ' | where FileName == "" | project ReportId, FileName, FileSize | sort by ReportId asc',
    )
    assert found == [("r2", "", None), ("r3", "", None), ("r4", "", None)]


def test_a_string_missing_after_a_union_is_empty(engine: Engine) -> None:
    found = rows(
        engine,
        "union kind=outer (EmailEvents | project ReportId, UrlCount), (EmailUrlInfo | project Url)"
        ' | where ReportId == "" | project ReportId, UrlCount, Url | sort by Url asc',
    )
    assert found == [("", None, "https://m1.example/"), ("", None, "https://m2.example/")]


def test_join_kinds_keep_the_documented_rows(engine: Engine) -> None:
    right = "(EmailAttachmentInfo | project NetworkMessageId) on NetworkMessageId"
    expected = {"inner": 2, "innerunique": 2, "leftouter": 5, "leftanti": 3, "leftsemi": 1}
    found = {
        kind: rows(engine, f"EmailEvents | join kind={kind} {right} | count")[0][0]
        for kind in expected
    }
    assert found == expected


def test_lists_honour_their_size_and_spell_values_as_kql_does(engine: Engine) -> None:
    found = rows(
        engine,
        'EmailEvents | where SenderFromDomain == "evil.test" | sort by ReportId asc'
        " | summarize Two = make_list(ReportId, 1), When = make_list(Timestamp),"
        ' Bags = make_list(bag_pack("id", ReportId, "at", Timestamp, "first", IsFirst)),'
        " Set = make_set(SenderFromDomain), None = make_list(UrlCount)",
    )
    times = ["2026-02-01T00:00:00.1234567Z", "2026-02-03T23:59:59.9999999Z"]
    bags = [{"id": f"r{n}", "at": at, "first": False} for n, at in zip((2, 4), times, strict=True)]
    assert found == [(["r2"], times, bags, ["evil.test"], [0, 3])]


def test_aggregates_of_no_rows_are_neutral(engine: Engine) -> None:
    found = rows(
        engine,
        'EmailEvents | where ReportId == "zz" | summarize count(), countif(UrlCount > 1),'
        " dcount(ReportId), max(Subject), max(UrlCount), make_list(ReportId)",
    )
    assert found == [(0, 0, 0, "", None, [])]


def test_arg_max_takes_the_row_of_the_extreme(engine: Engine) -> None:
    found = rows(
        engine,
        "EmailEvents | summarize arg_max(Timestamp, ReportId), n = count() by SenderFromDomain"
        " | project SenderFromDomain, ReportId, n | sort by SenderFromDomain asc",
    )
    assert found == [("contoso.example", "r3", 2), ("evil.test", "r4", 2)]


# The shapes that the product sends ------------------------------------------------------------


def test_a_page_with_attachments_and_links(engine: Engine) -> None:
    found = rows(
        engine,
        """let page = materialize(EmailEvents
            | where Timestamp >= datetime(2026-02-01) and Timestamp < datetime(2026-02-04)
            | where Timestamp < datetime(2026-02-03) or (Timestamp == datetime(2026-02-03)
                and strcmp(NetworkMessageId, "m9") < 0)
            | sort by Timestamp desc, NetworkMessageId desc | take 2
            | project Timestamp, NetworkMessageId, RecipientEmailAddress);
        let files = EmailAttachmentInfo
            | where NetworkMessageId in ((page | project NetworkMessageId))
            | summarize Files = make_list(bag_pack("FileName", FileName))
                by NetworkMessageId, RecipientEmailAddress;
        let links = EmailUrlInfo
            | where NetworkMessageId in ((page | project NetworkMessageId))
            | summarize Links = make_list(bag_pack("Url", Url)) by NetworkMessageId;
        page | join kind=leftouter files on NetworkMessageId, RecipientEmailAddress
            | join kind=leftouter links on NetworkMessageId
            | sort by Timestamp desc, NetworkMessageId desc
            | project NetworkMessageId, Files, Links""",
    )
    assert found == [("m3", None, None), ("m2", None, [{"Url": "https://m2.example/"}])]


def test_one_ordered_stream_over_two_tables(engine: Engine) -> None:
    found = rows(
        engine,
        """union kind=outer
            (EmailEvents | project Timestamp, Kind = "delivery", Id = ReportId, Subject),
            (EmailPostDeliveryEvents | project Timestamp, Kind = "post", Id = ReportId, Action)
        | where Timestamp < datetime(2026-02-03) | sort by Timestamp desc, Kind desc, Id desc
        | take 2 | project Kind, Id, Subject, Action""",
    )
    assert found == [("post", "p1", "", "Moved to quarantine"), ("delivery", "r3", "", "")]


def test_one_ordered_stream_of_threats(engine: Engine) -> None:
    found = rows(
        engine,
        """let messages = EmailEvents | where isnotempty(ThreatTypes)
            | extend Severity = case(ThreatTypes has "Malware", 3, ThreatTypes has "Phish", 2, 1)
            | summarize Timestamp = min(Timestamp), Rank = max(Severity) by NetworkMessageId
            | project Timestamp, Kind = "message", Id = NetworkMessageId, Rank;
        let moves = EmailPostDeliveryEvents
            | project Timestamp, Kind = "move", Id = ReportId, Rank = 1;
        union kind=outer messages, moves | where Rank >= 1
            | where Timestamp < datetime(2026-02-03) or (Timestamp == datetime(2026-02-03)
                and strcmp(strcat(Kind, ":", Id), "message:m3") < 0)
            | sort by Timestamp desc, Kind desc, Id desc | take 10 | project Kind, Id, Rank""",
    )
    assert found == [("move", "p1", 1), ("message", "m3", 1), ("message", "m1", 3)]


def test_a_keyset_reads_every_row_once_and_in_order() -> None:
    engine = Engine({"T": {"Timestamp": "datetime", "ReportId": "string"}})
    ticks = [f"2026-02-01T00:00:00.{1234500 + n:07d}Z" for n in range(40)]
    keys = sorted((ticks[n * 7 % 40], f"id-{n:05d}") for n in range(5_000))
    engine.load("T", [{"Timestamp": at, "ReportId": name} for at, name in reversed(keys)])
    after, seen = "", list[tuple[object, ...]]()
    while page := rows(engine, f"T {after} | sort by Timestamp asc, ReportId asc | take 137"):
        seen += page
        at, name = page[-1]
        after = (
            f"| where Timestamp > datetime({at})"
            f' or (Timestamp == datetime({at}) and strcmp(ReportId, "{name}") > 0)'
        )
    assert seen == keys
    engine.close()


def test_a_list_of_a_thousand_literals_is_answered(engine: Engine) -> None:
    listed = ", ".join(f'"m{n}"' for n in range(1_000))
    assert rows(engine, f"EmailEvents | where NetworkMessageId in ({listed}) | count") == [(4,)]


# What the tenant has and when ----------------------------------------------------------------


def test_rows_after_now_and_before_since_do_not_exist(engine: Engine) -> None:
    def count(**options: str) -> object:
        return engine.query("EmailEvents | count", **options).rows[0][0]  # type: ignore[arg-type]

    assert count(now="2026-02-01T00:00:00.1234566Z") == 1
    assert count(now="2026-02-01T00:00:00.1234567Z") == 2
    assert count(now=NOW, since="2026-02-01T00:00:00.1234568Z") == 2


@pytest.mark.parametrize(
    ("kql", "operator"),
    [
        ("EmailEvents | where Subject == 'x'", "'where' operator: "),
        ("EmailEvents | project Subject", "'project' operator: "),
        ("EmailUrlInfo | join kind=inner (EmailEvents | take 1) on Url", "'take' operator: "),
        ("let a = EmailEvents | take 1; a | count", "'take' operator: "),
    ],
)
def test_a_table_the_tenant_lacks_is_the_error_of_the_service(
    engine: Engine, kql: str, operator: str
) -> None:
    error = refusal(engine, kql, visible={"EmailUrlInfo"})
    assert error.kind == "semantic"
    assert error.message == (
        f"{operator}Failed to resolve table or column expression named 'EmailEvents'."
        " Fix semantic errors in your query."
    )


def test_a_column_the_tenant_lacks_is_the_error_of_the_service(engine: Engine) -> None:
    hidden = {("EmailEvents", "Subject")}
    error = refusal(engine, "EmailEvents | project Subject", hidden_columns=hidden)
    assert error.message == (
        "'project' operator: Failed to resolve scalar expression named 'Subject'."
        " Fix semantic errors in your query."
    )
    shown = engine.query("EmailEvents | take 0", now=NOW, hidden_columns=hidden)
    assert "Subject" not in dict(shown.columns)
    described = rows(engine, "EmailEvents | getschema | project ColumnName", hidden_columns=hidden)
    assert ("Subject",) not in described


def test_a_fuzzy_union_skips_absent_tables_in_any_place(engine: Engine) -> None:
    parts = ["(EmailUrlInfo | take 1 | project Url)", "(EmailEvents | take 1 | project ReportId)"]
    for order in (parts, parts[::-1]):
        kql = f"union isfuzzy=true {', '.join(order)}"
        assert len(rows(engine, kql, visible={"EmailEvents"})) == 1
        assert refusal(engine, kql, visible={"One"}).kind == "semantic"
    assert refusal(engine, f"union {', '.join(parts)}", visible={"EmailEvents"}).kind == "semantic"


def test_rows_beyond_the_cap_are_dropped_silently(engine: Engine) -> None:
    assert len(rows(engine, "EmailEvents", max_rows=3)) == 3


# Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kql",
    [
        "EmailEvents | where subject == 'x'", "emailevents | count",
        "EmailEvents | where Nope == 1", "EmailEvents | where Subject > 'a'",
        "EmailEvents | where Subject between ('a' .. 'b')",
        "EmailEvents | where tostring(UrlCount) < Subject",
        "EmailEvents | where Subject > datetime(2026-01-01)",
        "EmailEvents | where EmailClusterId == 'x'", "EmailEvents | where IsFirst == 'true'",
        "EmailEvents | where ReportId in (1)", "EmailEvents | where UrlCount has 'x'",
        "EmailEvents | where UrlCount", "EmailEvents | where Subject === 'a'",
        "EmailEvents | where Tolower(Subject) == 'a'",
        "EmailEvents | where AuthenticationDetails.SPF == 'pass'",
        "EmailEvents | summarize count() by parse_json(AuthenticationDetails)",
        "EmailEvents | summarize count() by dynamic([1])",
        "EmailEvents | distinct parse_json(AuthenticationDetails)",
        "EmailEvents | sort by parse_json(AuthenticationDetails)",
        "EmailEvents | extend v = iff(true, Subject, UrlCount)",
        "EmailEvents | extend v = case(true, 'a', 1 > 2, 1, 'b')",
        "EmailEvents | join kind=inner (One) on $left.Subject == $right.N",
        "EmailEvents | take 1; One | take 1", "EmailEvents | top 2 by Timestamp, ReportId",
        ".drop table One",
    ],
)  # fmt: skip
def test_what_the_service_rejects_is_rejected(engine: Engine, kql: str) -> None:
    error = refusal(engine, kql)
    assert error.kind in ("syntax", "semantic") or "not support" in error.message


@pytest.mark.parametrize(
    "kql",
    [
        "EmailEvents | extend subject = 'x'", "EmailEvents | extend v = prev(Subject)",
        "EmailEvents | where parse_json(AuthenticationDetails).CompAuth.score > 3",
        "EmailEvents | where parse_json(AuthenticationDetails).SPF == Subject",
        "EmailEvents | summarize max(parse_json(AuthenticationDetails).SPF)",
        "EmailEvents | extend v = parse_json(parse_json(AuthenticationDetails).SPF)",
        "union (EmailEvents | project A = UrlCount), (EmailEvents | project A = EmailClusterId)",
        "EmailEvents | summarize avg()", "EmailEvents | summarize countif(IsFirst)",
        "set notruncation; EmailEvents", "EmailEvents | evaluate bag_unpack(Subject)",
        "declare query_parameters(d:string = 'x'); EmailEvents | where Subject == d",
    ],
)  # fmt: skip
def test_what_it_would_get_wrong_is_refused(engine: Engine, kql: str) -> None:
    assert refusal(engine, kql).kind == "unsupported"


# Safety -------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: os.PathLike[str]) -> str:
    path = os.path.join(tmp_path, "secret.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("a\nsecret\n")
    return path


@pytest.mark.parametrize(
    "kql",
    [
        "['{path}'] | take 1", "One | project v = read_text('{path}')",
        "read_csv('{path}') | take 1", "externaldata(x:string)[@'{path}'] with (format='csv')",
        "One | where X in ((['{path}']))", "let t = ['{path}']; t | take 1",
        "union One, ['{path}']", "One | join kind=inner (['{path}']) on X",
        "One | project v = toscalar(['{path}'])",
        "One | project v = getenv('HOME')", "sqlite_master | take 1", "pg_tables | take 1",
        "['information_schema.tables'] | take 1", "information_schema.tables | take 1",
        "['duckdb_settings()'] | take 1", "duckdb_settings() | take 1",
        "database('memory').One | take 1", "cluster('x').database('y').T | take 1",
        "union * | take 1", "union E* | take 1", "evaluate http_request('https://192.0.2.1/')",
        ".ingest into table One (h'{path}')", ".show tables",
    ],
)  # fmt: skip
def test_nothing_but_the_tables_can_be_read(engine: Engine, secret: str, kql: str) -> None:
    error = refusal(engine, kql.replace("{path}", secret))
    assert "secret\n" not in error.message


@pytest.mark.parametrize(
    "kql",
    [
        "range i from 1 to 3000000000 step 1 | count", "print range(1, 3000000000)",
        "print strrep('a', 2000000000)",
        "let a = strcat('x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x');"
        + "".join(
            f"let {new} = strcat({', '.join([old] * 10)});" for old, new in pairwise("abcdefgh")
        )
        + "print strlen(h)",
    ],
)  # fmt: skip
def test_rows_and_text_cannot_be_made_out_of_nothing(engine: Engine, kql: str) -> None:
    assert refusal(engine, kql).kind in ("unsupported", "limits")


def test_a_query_that_runs_on_is_stopped() -> None:
    engine = Engine({"T": {"K": "int", "V": "long"}})
    engine.load("T", [{"K": 1, "V": n} for n in range(3_000)])
    cross = " | join kind=inner (T) on K" * 3
    assert refusal(engine, f"T{cross} | summarize sum(V + V1)", timeout=0.3).kind == "timeout"
    assert rows(engine, "T | count") == [(3_000,)]
    engine.close()


def test_several_threads_may_ask_several_engines(engine: Engine) -> None:
    other = Engine({"EmailEvents": {"ReportId": "string"}})
    other.load("EmailEvents", [{"ReportId": "r1"}, {"ReportId": "r1"}])
    found: list[tuple[bool, object]] = []

    def ask(asked: Engine, name: str) -> None:
        kql = f'EmailEvents | where ReportId == "{name}" | summarize n = count() by ReportId'
        for _ in range(3):
            found.append((asked is other, rows(asked, kql)[0][1]))

    threads = [threading.Thread(target=ask, args=(engine, f"r{n}")) for n in range(1, 5)]
    threads += [threading.Thread(target=ask, args=(other, "r1")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=repr) == [(False, 1)] * 12 + [(True, 2)] * 6
    other.close()


# Loading ------------------------------------------------------------------------------------


def test_rows_load_exactly_and_append() -> None:
    engine = Engine({"T": {"D": "dynamic", "S": "string", "R": "real", "At": "datetime"}})
    first = {"D": {"a": [1, None]}, "S": 'q"\\\u0000é', "R": 1.5, "At": "2026-02-01 10:00:00+02:00"}
    engine.load("T", [first])
    engine.load("T", [{}])
    assert rows(engine, "T") == [
        ({"a": [1, None]}, 'q"\\\u0000é', 1.5, "2026-02-01T08:00:00.0000000Z"),
        (None, "", None, None),
    ]
    engine.close()


@pytest.mark.parametrize(
    "row", [{"N": "x"}, {"N": 2**70}, {"At": "yesterday"}, {"At": "2026-02-30"}, {"Z": 1}]
)
def test_a_row_that_does_not_fit_is_refused_and_nothing_is_loaded(row: dict[str, object]) -> None:
    engine = Engine({"T": {"N": "long", "At": "datetime"}})
    with pytest.raises(ValueError, match="table T"):
        engine.load("T", [{"N": 1}, row])
    assert rows(engine, "T | count") == [(0,)]
    engine.close()


def test_the_tables_of_the_product_load_and_answer_whole() -> None:
    engine = Engine(TABLES)
    samples = {"datetime": "2026-02-01T00:00:00.1234567Z", "string": "x", "bool": True}
    for table, columns in TABLES.items():
        engine.load(table, [{name: samples.get(kind, 7) for name, kind in columns.items()}])
        answer = engine.query(table, now=NOW)
        assert answer.columns == tuple(columns.items())
        assert answer.rows == [tuple(samples.get(kind, 7) for kind in columns.values())]
    engine.close()
