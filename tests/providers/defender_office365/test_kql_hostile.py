"""Whatever text goes into a query comes back from Microsoft's lexer as that text, nothing else."""

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_defender_office365.kql import (
    And,
    Binary,
    Column,
    Expr,
    KqlText,
    Member,
    Not,
    Operator,
    Or,
    Pipeline,
    Query,
    TableRef,
    Text,
    Where,
    call,
    render,
)
from hostile import HOSTILE, UNSENDABLE
from judges.kql import KqlJudge, Verdict, unjudged

SUBJECT = Column("Subject")
MAILS = Pipeline(TableRef("EmailEvents"))
BENIGN, BEFORE, AFTER = "benign", "first literal", "last literal"
LAST = Text(AFTER)
OPERATORS = tuple(op for op in get_args(Operator) if op not in ("<", "<=", ">", ">="))
POSITIONS = len(OPERATORS) + 7
SENDABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def _mails_where(*conditions: Expr) -> KqlText:
    return render(Query(MAILS.pipe(Where(And(conditions)))))


def _everywhere(value: str) -> KqlText:
    """One query with the value in every operator and every position that takes text."""
    text = Text(value)
    conditions: tuple[Expr, ...] = (
        Binary("==", SUBJECT, Text(BEFORE)),
        *(Binary(operator, SUBJECT, text) for operator in OPERATORS),
        Binary("==", text, SUBJECT),
        Member(SUBJECT, (text,)),
        Member(SUBJECT, (text, text), negated=True),
        Member(SUBJECT, (Text(BEFORE), text, LAST), ignore_case=True),
        Member(SUBJECT, (text, LAST), negated=True, ignore_case=True),
        Not(Or((Binary("==", call("strcmp", SUBJECT, text), Column("UrlCount")),))),
        Binary("==", SUBJECT, LAST),
    )
    with unjudged():  # judged below, once
        return _mails_where(*conditions)


def _judged(judge: KqlJudge, text: str) -> Verdict:
    verdict = judge.judge(text)
    assert verdict.diagnostics == ()
    return verdict


@pytest.fixture(scope="module")
def benign(kql_judge: KqlJudge) -> Verdict:
    return _judged(kql_judge, _everywhere(BENIGN))


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in HOSTILE])
def test_a_hostile_value_stays_one_literal_in_every_position(
    value: str, kql_judge: KqlJudge, benign: Verdict
) -> None:
    assert benign.literals.count(BENIGN) == POSITIONS
    verdict = _judged(kql_judge, _everywhere(value))
    expected = tuple(value if literal == BENIGN else literal for literal in benign.literals)
    assert verdict.literals == expected
    assert verdict.shape == benign.shape


def test_the_list_of_hostile_values_is_long_and_without_doubles() -> None:
    assert len({value for _, value in HOSTILE}) == len({name for name, _ in HOSTILE}) >= 100


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in UNSENDABLE])
def test_what_cannot_be_sent_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValueError, match="NUL or a lone surrogate") as refusal:
        Text(value)
    assert value not in str(refusal.value)


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in HOSTILE])
def test_the_text_of_a_query_shows_no_invisible_control(value: str) -> None:
    with unjudged():
        lines = render(Query(MAILS.pipe(Where(Binary("==", SUBJECT, Text(value)))))).split("\n")
    assert len(lines) == 2
    assert not INVISIBLE.search(lines[1])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(SENDABLE), min_size=1, max_size=20))
def test_any_text_stays_one_literal_in_a_list(kql_judge: KqlJudge, values: list[str]) -> None:
    with unjudged():
        text = _mails_where(Member(SUBJECT, tuple(map(Text, values))))
        template = _mails_where(Member(SUBJECT, (Text(BENIGN),) * len(values)))
    verdict = _judged(kql_judge, text)
    assert verdict.literals == tuple(values)
    assert verdict.shape == _judged(kql_judge, template).shape


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("\"\\'\n\ru0041x@h`~ |;)/")), st.sampled_from(OPERATORS))
def test_any_mix_of_quoting_characters_stays_one_literal(
    kql_judge: KqlJudge, value: str, operator: Operator
) -> None:
    with unjudged():
        text = _mails_where(Binary(operator, SUBJECT, Text(value)), Binary("==", SUBJECT, LAST))
    assert _judged(kql_judge, text).literals == (value, AFTER)
