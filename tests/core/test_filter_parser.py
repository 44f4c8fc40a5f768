"""Filter text and the tree: what is read, what is refused and where."""

import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.errors import FilterError, FilterSyntaxError, InvalidValue
from connector_core.filter import (
    And,
    Comparison,
    Not,
    Operator,
    Or,
    parse,
    parse_all,
    to_text,
    where,
)

FIELDS = st.from_regex(r"[a-z_][a-zA-Z0-9_]{0,8}(\.[a-z_]{1,8}){0,3}", fullmatch=True)
VALUES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from('"\\, []'),
    max_size=30,
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    operator = draw(st.sampled_from(Operator))
    many = operator in (Operator.IN, Operator.NOT_IN)
    values = draw(st.lists(VALUES, min_size=1, max_size=6 if many else 1))
    return Comparison(draw(FIELDS), operator, tuple(values))


@given(comparisons())
@settings(max_examples=300)
def test_what_is_written_is_read_back(comparison: Comparison) -> None:
    assert parse(to_text(comparison)) == comparison


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("High", "High"),
        ("a b\\c", "a b\\c"),
        ("a,b", '"a,b"'),
        (" a", '" a"'),
        ("a\n", '"a\n"'),
        ("", '""'),
        ('say "x\\y"', '"say \\"x\\\\y\\""'),
    ],
)
def test_values_are_quoted_only_where_that_helps(value: str, written: str) -> None:
    assert to_text(where("a.b", "not in", value, "z")) == f"a.b[not in]{written},z"
    assert parse(f"a.b[not in]{written},z").values == (value, "z")


@given(st.text(max_size=60) | st.text('ab.[]",\\ inlke\0\ud800', max_size=30))
@settings(max_examples=300)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        comparison = parse(text)
    except FilterError as error:
        refusal = error
    else:
        assert parse(to_text(comparison)) == comparison
        assert comparison.text == text
        return
    assert refusal.position is not None
    assert 0 <= refusal.position <= len(text)
    assert len(refusal.filter) == len(text)
    f"{refusal} {refusal.filter} {refusal.remediation}".encode()


@given(st.text('abc ",\\', max_size=12))
@settings(max_examples=300)
def test_quotes_carry_any_text(value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'a.b[eq]"{escaped}"').values == (value,)
    assert parse(f'a.b[in]x,"{escaped}",y').values == ("x", value, "y")


@pytest.mark.parametrize(
    ("text", "operator", "values"),
    [
        ("severity[eq]High", Operator.EQ, ("High",)),
        ('status[eq]"Done"', Operator.EQ, ("Done",)),
        ("severity[in]Critical,High", Operator.IN, ("Critical", "High")),
        ("severity[neq]High", Operator.NE, ("High",)),
        ("severity[ne]High", Operator.NE, ("High",)),
        ("severity[not in]a,b", Operator.NOT_IN, ("a", "b")),
        ("severity[not_in]a,b", Operator.NOT_IN, ("a", "b")),
        ("severity[NOT IN]a,b", Operator.NOT_IN, ("a", "b")),
        ("name[Like]x", Operator.LIKE, ("x",)),
        ("name[not like]x", Operator.NOT_LIKE, ("x",)),
        ("name[not_like]x", Operator.NOT_LIKE, ("x",)),
        ("name[eq] a, b ", Operator.EQ, (" a, b ",)),
        ("name[in] a, b ", Operator.IN, (" a", " b ")),
        ('name[eq]say "hi"', Operator.EQ, ('say "hi"',)),
        ("name[eq]a[eq]b", Operator.EQ, ("a[eq]b",)),
        ("name[eq]C:\\temp\\n", Operator.EQ, ("C:\\temp\\n",)),
        ('name[eq]"a\nb\tc\x07"', Operator.EQ, ("a\nb\tc\x07",)),
        ("name[eq]a\nb", Operator.EQ, ("a\nb",)),
        ('name[eq]""', Operator.EQ, ("",)),
        ('name[in]"a,b",c,"d\\"e"', Operator.IN, ("a,b", "c", 'd"e')),
    ],
)
def test_the_forms_of_a_filter(text: str, operator: Operator, values: tuple[str, ...]) -> None:
    comparison = parse(text)
    assert comparison.operator is operator
    assert comparison.values == values


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "field name"),
        ("[eq]x", 0, "field name"),
        (" a[eq]x", 0, "field name"),
        ("severity", 8, "operator in square brackets"),
        ("severity=High", 8, "operator in square brackets"),
        ("severity [eq]x", 8, "operator in square brackets"),
        ("severity[eq", 8, "not closed"),
        ("severity[eqq]x", 9, "'eqq' is not an operator"),
        ("severity[]x", 9, "not an operator"),
        ("severity[not  in]x", 9, "not an operator"),
        ("severity[eq]", 12, "value is missing"),
        ("severity[in]a,,b", 14, "value is missing"),
        ("severity[in]a,", 14, "value is missing"),
        ('name[eq]"abc', 8, "never closed"),
        ('name[eq]"a\\nb"', 10, "backslash"),
        ('name[eq]"a\\', 10, "backslash"),
        ('name[eq]"a"b', 11, "after the closing quote"),
        ('name[eq]"a","b"', 11, "after the closing quote"),
        ('name[in]"a" ,"b"', 11, "after the closing quote"),
        ('name[in]"a", "b"', 12, "blank before the quote"),
        ('name[eq] "a"', 8, "blank before the quote"),
    ],
)
def test_broken_text_is_refused_at_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(FilterSyntaxError, match=says) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.filter == text


def test_an_unknown_operator_brings_its_place_and_the_one_that_was_meant() -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse("severity[equals]High")
    assert caught.value.position == len("severity[")
    assert caught.value.suggestions == ("eq",)


@pytest.mark.parametrize(
    ("symbol", "meant"), [(">=", "gte"), ("!=", "ne"), ("contains", "like"), ("lik", "like")]
)
def test_a_foreign_operator_is_answered_with_ours(symbol: str, meant: str) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse(f"a[{symbol}]1")
    assert caught.value.suggestions[0] == meant


@pytest.mark.parametrize("char", ["\0", "\ud800"])
def test_what_no_query_can_carry_is_refused_with_the_reason(char: str) -> None:
    with pytest.raises(InvalidValue, match=r"NUL|surrogate") as caught:
        parse(f"name[eq]ab{char}")
    assert caught.value.position == 10
    caught.value.filter.encode()


@pytest.mark.parametrize(
    "text",
    [
        'name[eq]"' + '"' * 5_000,
        'name[in]"' + '"' * 5_000,
        "name[in]" + ",".join("v" * 10_000),
        "name[in]" + ",".join(['"v"'] * 8_000),
        "name[eq]" + "x" * 10_240,
        'name[eq]"' + "x" * 10_240 + '"',
        'name[eq]"' + "\\" * 32_000,
        'name[eq]"' + '\\"' * 16_000,
        "x" * 32_000,
        "name[" + "x" * 32_000,
        "name[in]" + " " * 32_000,
        "name[eq]" + "x" * 100_000,
        "[" * 32_000,
    ],
    ids=range(13),
)
def test_oversized_and_twisted_text_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(FilterError):
        parse(text)
    assert time.process_time() - began < 0.5


def test_the_limits_themselves_are_served() -> None:
    assert len(parse("a[in]" + ",".join(["v"] * 1_000)).values) == 1_000
    assert len(parse("a[eq]" + "v" * 4_096).values[0]) == 4_096
    with pytest.raises(InvalidValue, match=r"1,000 values"):
        parse("a[in]" + ",".join(["v"] * 1_001))
    with pytest.raises(InvalidValue, match=r"4,096 characters"):
        parse("a[eq]" + "v" * 4_097)
    with pytest.raises(FilterSyntaxError, match=r"32,768 characters"):
        parse("a[in]" + ",".join(["v" * 4_000] * 9))


def test_filters_are_anded_and_one_text_is_a_list_of_one() -> None:
    a, b, c = where("a", "eq", "1"), where("b", "eq", "2"), where("c", "eq", "3")
    assert parse_all(["a[eq]1", "b[eq]2"]) == And((a, b))
    assert parse_all("a[eq]1") == parse_all(["a[eq]1"]) == parse_all(a) == And((a,))
    assert parse_all([]) == And(())
    assert parse_all(["a[eq]1", b | c]) == And((a, Or((b, c))))
    assert parse_all(["a[eq]1", b & c]) == And((a, b, c))


def test_too_many_or_wrong_filters_are_refused() -> None:
    assert len(parse_all(["a[eq]1"] * 200).items) == 200
    with pytest.raises(FilterError, match="200 conditions"):
        parse_all(["a[eq]1"] * 201)
    with pytest.raises(FilterError, match="200 conditions"):
        parse_all("a[eq]1" for _ in range(10**9))
    with pytest.raises(FilterError, match="not of int"):
        parse_all([5])  # type: ignore[list-item]


def test_python_callers_combine_with_operators() -> None:
    a, b, c = where("a", "eq", "1"), where("b", "in", "2", "3"), where("c", "not_like", "x")
    assert a & b & c == And((a, b, c))
    assert a | b | c == Or((a, b, c))
    assert ~(a & b) | c == Or((Not(And((a, b))), c))
    with pytest.raises(TypeError, match=r"&, \| and ~"):
        assert a or b
    with pytest.raises(TypeError, match="not with str"):
        a & "b[eq]1"  # type: ignore[operator]


def test_python_values_are_written_as_text() -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    assert where("a", "in", 1, -2).values == ("1", "-2")
    assert where("a", "eq", True).values == ("true",)
    assert where("a", "eq", moment).values == ("2026-11-01T00:00:00+00:00",)
    with pytest.raises(FilterSyntaxError, match="not NoneType"):
        where("a", "eq", None)  # type: ignore[arg-type]
    with pytest.raises(FilterSyntaxError, match="not an operator"):
        where("a", "regex", "x")


def test_filters_load_without_the_heavy_packages() -> None:
    code = (
        "import sys, connector_core.filter;"
        "print(sorted({'pydantic', 'httpx', 'msal', 'duckdb', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
