"""Rules of KQL that a test may set: which letters fold, and how many values `in` looks at."""

from collections.abc import Iterator

import pytest

from connector_defender_office365.kql import Among, Column, Pipeline, Query, TableRef, Where, render
from connector_defender_office365.mock.engine import Engine
from connector_defender_office365.mock.rules import DOCUMENTED, Rules
from judges.kql import unjudged
from strategies.defender_rows import WINDOW, Row, Rows, connected, tenant_of

AT = "2026-01-01T00:00:00Z"
SCHEMA = {
    "T": {"Timestamp": "datetime", "V": "string"},
    "Other": {"Timestamp": "datetime", "V": "string"},
}


@pytest.fixture(scope="module", params=["ascii", "unicode"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    built = Engine(SCHEMA, rules=Rules(folds=request.param))
    built.load("T", [{"Timestamp": AT, "V": text} for text in ("ÜB x", "üb X", "ÜB X y")])
    built.load("Other", [{"Timestamp": AT, "V": text} for text in ("üb x", "z")])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("predicate", "ascii", "unicode"),
    [
        ('V =~ "üb x"', 1, 2),
        ('V !~ "üb x"', 2, 1),
        ('V == "üb x"', 0, 0),
        ('V in~ ("üb x", "q")', 1, 2),
        ('V in~ (dynamic(["üb x"]))', 1, 2),
        ('V !in~ ("üb x")', 2, 1),
        ('V in ("üb X")', 1, 1),
        ("V in~ ((Other | project V))", 1, 2),
        ("V !in~ ((Other | project V))", 2, 1),
        ('V contains "B X"', 3, 3),
        ('V contains "üb"', 1, 3),
        ('V !contains "üb"', 2, 0),
        ('V contains_cs "üb"', 1, 1),
        ('V startswith "üB"', 1, 3),
        ('V endswith "üB x"', 1, 2),
        ('V has "x"', 3, 3),
        ('V has "üb"', 1, 3),
        ('V has_any ("üb", "q")', 1, 3),
        ('V hasprefix "ü"', 1, 3),
        ('tolower(V) contains "üb"', 3, 3),
    ],
)
def test_only_the_letters_of_the_rule_fold(
    engine: Engine, predicate: str, ascii: int, unicode: int, request: pytest.FixtureRequest
) -> None:
    rule = request.node.callspec.params["engine"]
    found = engine.query(f"T | where {predicate}", now=AT).rows
    assert len(found) == {"ascii": ascii, "unicode": unicode}[rule]


def test_the_documented_rules_are_the_default() -> None:
    assert Rules(folds="ascii", members=1_000_000) == DOCUMENTED


# -- more values than the service looks at ---------------------------------------------------------


@pytest.mark.parametrize("values", [29, 30, 31, 60])
def test_what_is_among_too_many_values_to_tell_is_kept(values: int) -> None:
    engine = Engine(SCHEMA, rules=Rules(members=30))
    texts = [f"value {n}" for n in range(values)]
    engine.load("Other", [{"Timestamp": AT, "V": text} for text in texts * 2])
    engine.load("T", [{"Timestamp": AT, "V": text.upper()} for text in [*texts, "no value"]])
    among = Among(Column("V"), Pipeline(TableRef("Other")), "V", most=30)
    with unjudged():
        guarded = render(Query(Pipeline(TableRef("T")).pipe(Where(among))))
    found = {str(row[1]) for row in engine.query(guarded, now=AT).rows}
    assert found >= {text.upper() for text in texts}
    assert ("NO VALUE" in found) is (values > 30)
    bare = engine.query("T | where V in~ ((Other | project V))", now=AT).rows
    assert len(bare) == min(values, 30)
    engine.close()


def mail(number: int, **cells: object) -> Row:
    return {
        "Timestamp": "2026-11-10T10:30:00Z",
        "NetworkMessageId": f"0a1b2c3d-0000-4000-8000-00000000000{number}",
        "RecipientEmailAddress": "ann@example.com",
        **cells,
    }


ROWS: Rows = {
    "EmailEvents": [mail(1, ThreatTypes="Phish"), mail(2)],
    "EmailUrlInfo": [mail(1, Url="https://evil.example/")],
}
for _row in ROWS["EmailUrlInfo"]:
    _row.pop("RecipientEmailAddress")


@pytest.mark.parametrize("operation", ["query_events", "query_threats"])
@pytest.mark.parametrize(
    "filter",
    ["email.urls.url_string[like]evil", "email.files.name[eq]a.exe", "email.to[like]example"],
)
def test_every_set_of_ids_that_may_grow_is_guarded(operation: str, filter: str) -> None:
    """Only a page's own ids are few by themselves."""
    connector = connected(tenant_of(ROWS))
    text = connector.explain(operation, (*WINDOW, filter)).native_query  # type: ignore[arg-type]
    tables = text.count("in~ ((") - text.count("in~ ((\n        page\n")
    assert tables == text.count(" > 1000000 or ")
    assert tables == text.count("toscalar(")
    assert tables > 0 or (operation, filter) == ("query_events", "email.to[like]example")
