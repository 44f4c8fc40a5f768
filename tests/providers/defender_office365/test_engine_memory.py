"""What makes the engine quick changes no answer: its parser, and what it remembers of queries."""

from typing import Any

import pytest

from connector_defender_office365.mock.engine import Engine, KqlError
from connector_defender_office365.mock.engine.base import grammar, lowering
from connector_defender_office365.mock.engine.memory import Memory
from connector_defender_office365.mock.engine.parsing import Syntax

NOW = "2026-03-01T00:00:00Z"
TEXTS = (
    "T | where A == 'x' and not(B > 1 or B < -2) | take 3",
    "let a = T | project A; let b = 5; a | join kind=leftouter (T | where B == b) on A | count",
    "union isfuzzy=true kind=outer (T | project A), (T | summarize B = max(B) by A) | sort by A",
    "T | where A in~ ((T | where B between (1 .. 2) | project A)) or A !has 'x' | getschema",
    'T | extend j = parse_json(A)["k"].m[0], t = Timestamp - 1d | mv-expand j to typeof(string)',
    "print x = toscalar(T | count), ['odd name'] = case(1 > 2, 'a', 'b')",
    'T | parse A with * "v=" V:long "; " Rest | project-away B',
)
MALFORMED = ("T | where", "T | where A == 'open", "T | take 1 take 2", "T | where A == (1", "T # 1")


def outline(node: Any) -> Any:
    """A syntax tree as nested lists: rules by class, tokens by text."""
    children = getattr(node, "children", None)
    if children is None:
        return node.getText()
    return [type(node).__name__, *map(outline, children)]


@pytest.mark.parametrize("text", TEXTS)
def test_the_quick_parser_gives_the_tree_of_the_package(text: str) -> None:
    syntax = Syntax()
    quick, slow = syntax.parse(text).tree, grammar.parse(text).tree
    assert outline(quick) == outline(slow)
    for rule in ("Statement", "LetStatement", "NamedFunctionCallExpression", "SetStatement"):
        found, wanted = syntax.find_all(quick, rule), lowering._find_all(slow, rule)
        assert list(map(outline, found)) == list(map(outline, wanted))


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_text_is_refused_in_the_words_of_the_package(text: str) -> None:
    with pytest.raises(Exception) as wanted:  # noqa: PT011
        grammar.parse(text)
    with pytest.raises(type(wanted.value)) as found:
        Syntax().parse(text)
    assert str(found.value) == str(wanted.value)


def engine(kind: str = "long", **row: object) -> Engine:
    built = Engine({"T": {"Timestamp": "datetime", "V": kind}})
    built.load("T", [{"Timestamp": "2026-02-01T00:00:00Z", **row}])
    return built


def test_a_query_known_from_another_tenant_is_answered_from_its_own_rows() -> None:
    tenants = [engine(V=number) for number in (1, 2)]
    assert [one.query("T | project V", now=NOW).rows for one in tenants] == [[(1,)], [(2,)]]
    tenants[0].load("T", [{"Timestamp": "2026-02-02T00:00:00Z", "V": 7}])
    assert tenants[0].query("T | summarize n = sum(V)", now=NOW).rows == [(8,)]
    for one in tenants:
        one.close()


def test_a_known_query_is_read_anew_where_tables_clock_or_license_differ() -> None:
    numbers, texts = engine(V=1), engine("string", V="1")
    kql = "T | project V"
    assert numbers.query(kql, now=NOW).columns == (("V", "long"),)
    assert texts.query(kql, now=NOW).columns == (("V", "string"),)
    assert numbers.query(kql, now="2026-01-01T00:00:00Z").rows == []
    assert numbers.query(kql, now=NOW, since="2026-02-02T00:00:00Z").rows == []
    for lacking in ({"visible": set[str]()}, {"hidden_columns": {("T", "V")}}):
        with pytest.raises(KqlError):
            numbers.query(kql, now=NOW, **lacking)  # type: ignore[arg-type]
    numbers.close()
    texts.close()


def test_a_refused_query_is_refused_again() -> None:
    one = engine(V=1)
    told = []
    for _ in range(2):
        with pytest.raises(KqlError) as refused:
            one.query("T | where V == 'x'", now=NOW)
        told.append(refused.value.message)
    assert told[0] == told[1]
    one.close()


def test_memory_forgets_what_was_asked_for_longest_ago() -> None:
    memory = Memory[int](2)
    first, second, third = (memory.key("T", number) for number in range(3))
    memory.keep(first, 1)
    memory.keep(second, 2)
    assert memory.get(first) == 1
    memory.keep(third, 3)
    assert (memory.get(first), memory.get(second), memory.get(third)) == (1, None, 3)


def test_keys_tell_apart_what_runs_together_as_text() -> None:
    assert Memory.key("a", "b") != Memory.key("ab") != Memory.key("a', 'b")
    assert Memory.key("\ud800") != Memory.key("\udfff")
