"""The tree renders to the text we want, and Microsoft's analyzer reads it as the tree we meant."""

import sys
import timeit
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_defender_office365.kql import (
    AUDIT_EVENT,
    FALSE,
    MAX_CHAIN,
    MAX_OPTIONS,
    TRUE,
    Among,
    And,
    Binary,
    Bool,
    Call,
    Column,
    Expr,
    Extend,
    GetSchema,
    Instant,
    Join,
    Let,
    LetRef,
    Long,
    Member,
    Named,
    Not,
    Or,
    Pipeline,
    Project,
    Query,
    Sort,
    SortKey,
    Summarize,
    TableRef,
    TabularOperator,
    Take,
    Text,
    Union,
    Where,
    all_of,
    any_of,
    call,
    negate,
    render,
)
from connector_defender_office365.schema import TABLES
from judges.kql import KqlJudge, second_opinion, second_opinion_available, unjudged

SUBJECT, SENDER, TIME = Column("Subject"), Column("SenderFromAddress"), Column("Timestamp")
URLS, SIZE = Column("UrlCount"), Column("EmailSize")
MAILS, LINKS = Pipeline(TableRef("EmailEvents")), Pipeline(TableRef("EmailUrlInfo"))
FILES = Pipeline(TableRef("EmailAttachmentInfo"))
HI = Binary("==", SUBJECT, Text("hi"))
BIG = Binary(">", SIZE, Long(1024))
MANY = Binary(">=", URLS, Long(3))
IDS = Pipeline(LetRef("page")).pipe(Project(("NetworkMessageId",)))

EXPRESSIONS: dict[str, tuple[Expr, str]] = {
    "text": (HI, 'Subject == "hi"'),
    "quotes": (Binary("==", SUBJECT, Text('a"b\\c')), r'Subject == "a\"b\\c"'),
    "line ends": (Binary("contains", SUBJECT, Text("a\r\n\tb")), r'Subject contains "a\r\n\tb"'),
    "controls": (
        Binary("contains_cs", SUBJECT, Text("\x01\x7f\x85\u2028\u202e\ufeff")),
        r'Subject contains_cs "\u0001\u007f\u0085\u2028\u202e\ufeff"',
    ),
    "astral": (Binary("contains", SUBJECT, Text("🎁é")), 'Subject contains "🎁é"'),
    "pattern": (Binary("matches regex", SUBJECT, Text("^a")), 'Subject matches regex "^a"'),
    "long": (Binary("<=", SIZE, Long(2**63 - 1)), "EmailSize <= 9223372036854775807"),
    "negative": (Binary(">", URLS, Long(-(2**63))), "UrlCount > long(-9223372036854775808)"),
    "bool": (Binary("==", Bool(True), Bool(False)), "true == false"),
    "instant": (
        Binary(">=", TIME, Instant("2026-11-01T00:00:00Z")),
        "Timestamp >= datetime(2026-11-01T00:00:00.0000000Z)",
    ),
    "ticks": (
        Binary("<", TIME, Instant("2026-11-01T23:59:59.1234567Z")),
        "Timestamp < datetime(2026-11-01T23:59:59.1234567Z)",
    ),
    "in": (Member(URLS, (Long(1), Long(-2))), "UrlCount in (1, long(-2))"),
    "not in": (Member(SUBJECT, (Text("a"),), negated=True), 'Subject !in ("a")'),
    "in, no case": (
        Member(SUBJECT, (Text("a"), Text("b")), ignore_case=True),
        'Subject in~ ("a", "b")',
    ),
    "not in, no case": (
        Member(SUBJECT, (Text("a"),), negated=True, ignore_case=True),
        'Subject !in~ ("a")',
    ),
    "in nothing": (Member(SUBJECT, ()), "false"),
    "not in nothing": (Member(SUBJECT, (), negated=True), "true"),
    "in a table": (
        Member(Column("NetworkMessageId"), LINKS.pipe(Project(("NetworkMessageId",)))),
        "NetworkMessageId in ((\n    EmailUrlInfo\n    | project NetworkMessageId\n))",
    ),
    "among": (
        And((HI, Among(Column("NetworkMessageId"), LINKS, "NetworkMessageId"))),
        """\
Subject == "hi" and (toscalar(
    EmailUrlInfo
    | summarize by NetworkMessageId
    | summarize Distinct = count()
) > 1000000 or NetworkMessageId in~ ((
    EmailUrlInfo
    | project NetworkMessageId
)))""",
    ),
    "and": (And((HI, BIG, MANY)), 'Subject == "hi" and EmailSize > 1024 and UrlCount >= 3'),
    "or": (Or((HI, BIG)), 'Subject == "hi" or EmailSize > 1024'),
    "or in and": (
        And((Or((HI, BIG)), MANY)),
        '(Subject == "hi" or EmailSize > 1024) and UrlCount >= 3',
    ),
    "and in or": (
        Or((And((HI, BIG)), MANY)),
        'Subject == "hi" and EmailSize > 1024 or UrlCount >= 3',
    ),
    "and in and": (
        And((HI, And((BIG, MANY)))),
        'Subject == "hi" and EmailSize > 1024 and UrlCount >= 3',
    ),
    "one": (And((Or((HI,)),)), 'Subject == "hi"'),
    "one or within and": (
        And((And((Or((HI, BIG)),)), MANY)),
        '(Subject == "hi" or EmailSize > 1024) and UrlCount >= 3',
    ),
    "nothing to hold": (TRUE, "true"),
    "nothing holds": (FALSE, "false"),
    "not": (Not(Or((HI, BIG))), 'not(Subject == "hi" or EmailSize > 1024)'),
    "not not": (Not(Not(HI)), 'not(not(Subject == "hi"))'),
    "comparison of comparisons": (
        Binary("==", HI, And((BIG, MANY))),
        '(Subject == "hi") == (EmailSize > 1024 and UrlCount >= 3)',
    ),
    "member of a comparison": (
        Member(Or((HI, BIG)), (HI, Bool(True))),
        '(Subject == "hi" or EmailSize > 1024) in ((Subject == "hi"), true)',
    ),
    "call": (
        call("isempty", call("strcat", SUBJECT, Text(":"), SENDER)),
        'isempty(strcat(Subject, ":", SenderFromAddress))',
    ),
    "keyset": (
        Binary("<", call("strcmp", SUBJECT, Text("m")), Long(0)),
        'strcmp(Subject, "m") < 0',
    ),
    "case": (
        Binary("==", call("case", And((HI, BIG)), Long(1), Long(0)), Long(1)),
        'case(Subject == "hi" and EmailSize > 1024, 1, 0) == 1',
    ),
}

PAGE = Let(
    "page",
    MAILS.pipe(Where(HI), Sort((SortKey("Timestamp", descending=True),)), Take(5)),
    materialize=True,
)
NAMED_FILES = Summarize(
    (Named("Files", call("make_list", call("bag_pack", Text("a  b"), Column("FileName")))),),
    ("NetworkMessageId",),
)
MAILS_AND_LINKS = Union((MAILS.pipe(Project(("Timestamp", Named("Kind", Text("mail"))))), LINKS))

QUERIES: dict[str, tuple[Query, str]] = {
    "a table": (Query(MAILS), "EmailEvents"),
    "steps": (
        Query(
            MAILS.pipe(Where(HI), Where(BIG)).pipe(
                Extend((Named("Low", call("tolower", SUBJECT)), Named("Hit", And((HI, BIG))))),
                Project(("Timestamp", Named("Title", SUBJECT), "Low")),
                Sort((SortKey("Timestamp", descending=True), SortKey("Title"))),
                Take(0),
            )
        ),
        """\
EmailEvents
| where Subject == "hi"
| where EmailSize > 1024
| extend Low = tolower(Subject), Hit = Subject == "hi" and EmailSize > 1024
| project Timestamp, Title = Subject, Low
| sort by Timestamp desc, Title asc
| take 0""",
    ),
    "summarize": (
        Query(FILES.pipe(NAMED_FILES)),
        """\
EmailAttachmentInfo
| summarize Files = make_list(bag_pack("a  b", FileName)) by NetworkMessageId""",
    ),
    "summarize without key": (
        Query(
            MAILS.pipe(Summarize((Named("All", call("count")), Named("Hi", call("countif", HI)))))
        ),
        """\
EmailEvents
| summarize All = count(), Hi = countif(Subject == "hi")""",
    ),
    "summarize without aggregate": (
        Query(MAILS.pipe(Summarize((), ("Subject", "Timestamp")))),
        "EmailEvents\n| summarize by Subject, Timestamp",
    ),
    "schema": (Query(LINKS.pipe(GetSchema())), "EmailUrlInfo\n| getschema"),
    "lets and joins": (
        Query(
            Pipeline(LetRef("page")).pipe(
                Join(Pipeline(LetRef("files")), ("NetworkMessageId",)),
                Join(LINKS, ("NetworkMessageId", "Timestamp")),
            ),
            (
                PAGE,
                Let(
                    "files", FILES.pipe(Where(Member(Column("NetworkMessageId"), IDS)), NAMED_FILES)
                ),
            ),
        ),
        """\
let page = materialize(
    EmailEvents
    | where Subject == "hi"
    | sort by Timestamp desc
    | take 5
);
let files =
    EmailAttachmentInfo
    | where NetworkMessageId in ((
        page
        | project NetworkMessageId
    ))
    | summarize Files = make_list(bag_pack("a  b", FileName)) by NetworkMessageId;
page
| join kind=leftouter (
    files
) on NetworkMessageId
| join kind=leftouter (
    EmailUrlInfo
) on NetworkMessageId, Timestamp""",
    ),
    "union": (
        Query(Pipeline(MAILS_AND_LINKS).pipe(Take(3))),
        """\
union kind=outer (
    EmailEvents
    | project Timestamp, Kind = "mail"
), (
    EmailUrlInfo
)
| take 3""",
    ),
    "fuzzy union": (
        Query(Pipeline(Union((LINKS, FILES), fuzzy=True))),
        """\
union kind=outer isfuzzy=true (
    EmailUrlInfo
), (
    EmailAttachmentInfo
)""",
    ),
    "union of one": (
        Query(Pipeline(Union((LINKS.pipe(Take(1)),), fuzzy=True)).pipe(Take(3))),
        "EmailUrlInfo\n| take 1\n| take 3",
    ),
    "union in join": (
        Query(MAILS.pipe(Join(Pipeline(Union((LINKS, FILES))), ("NetworkMessageId",)))),
        """\
EmailEvents
| join kind=leftouter (
    union kind=outer (
        EmailUrlInfo
    ), (
        EmailAttachmentInfo
    )
) on NetworkMessageId""",
    ),
}


@pytest.mark.parametrize(
    ("expr", "text"), [pytest.param(*case, id=name) for name, case in EXPRESSIONS.items()]
)
def test_an_expression_renders_as_written_here(expr: Expr, text: str) -> None:
    assert render(Query(MAILS.pipe(Where(expr)))) == f"EmailEvents\n| where {text}"


@pytest.mark.parametrize(
    ("query", "text"), [pytest.param(*case, id=name) for name, case in QUERIES.items()]
)
def test_a_query_renders_as_written_here(query: Query, text: str) -> None:
    assert render(query) == text
    assert render(query) == text, "rendering twice gives the same text"


@pytest.mark.skipif(not second_opinion_available(), reason="no second KQL judge on this machine")
def test_a_second_judge_accepts_all_of_it() -> None:
    wheres = (f"EmailEvents\n| where {text}" for _, text in EXPRESSIONS.values())
    assert second_opinion([*wheres, *(text for _, text in QUERIES.values())]) == []
    assert second_opinion(["EmailEvents | where Nothing == 1"]) != []


def test_every_column_of_the_schema_may_stand_everywhere(kql_judge: KqlJudge) -> None:
    for table, columns in TABLES.items():
        names = tuple(columns)
        everywhere: tuple[TabularOperator, ...] = (
            Where(And(tuple(call("isnotempty", call("tostring", Column(name))) for name in names))),
            Extend(tuple(Named(name, Column(name)) for name in names)),
            Join(Pipeline(TableRef(table)), names),
            Sort(tuple(SortKey(name) for name in names)),
            Summarize(tuple(Named(name, call("min", Column(name))) for name in names)),
            Project(names),
        )
        verdict = kql_judge.judge(render(Query(Pipeline(TableRef(table)).pipe(*everywhere))))
        assert verdict.diagnostics == ()
        assert list(verdict.columns) == list(names)


# --- precedence -----------------------------------------------------------------------------------


def spelled_out(expr: Expr) -> str:
    """The same expression with parentheses round everything: slow to read, hard to get wrong."""
    match expr:
        case Column(name):
            return f"({name})"
        case Text(value):
            return f'("{value}")'
        case Long(number):
            return f"(long({number}))" if number < 0 else f"({number})"
        case Bool(value):
            return f"({value})".lower()
        case Binary(operator, left, right):
            return f"({spelled_out(left)} {operator} {spelled_out(right)})"
        case And(items) | Or(items) if not items:
            return str(isinstance(expr, And)).lower()
        case And(items):
            return f"({' and '.join(map(spelled_out, items))})"
        case Or(items):
            return f"({' or '.join(map(spelled_out, items))})"
        case Not(item):
            return f"(not({spelled_out(item)}))"
        case Call(function, arguments):
            return f"({function}({', '.join(map(spelled_out, arguments))}))"
        case Member(item, tuple(options), negated, ignore_case) if options:
            word = ("!" if negated else "") + "in" + ("~" if ignore_case else "")
            return f"({spelled_out(item)} {word} ({', '.join(map(spelled_out, options))}))"
        case _:
            raise AssertionError(f"the strategy below does not make {expr}")


words = st.text("ab .", max_size=4).map(Text)
numbers = st.integers(-9, 9).map(Long)
texts = st.one_of(
    words,
    st.sampled_from([SUBJECT, SENDER, call("tolower", SUBJECT)]),
    st.just(call("tostring", call("strcat", SUBJECT, SENDER))),
)
conditions = st.recursive(
    st.one_of(
        st.sampled_from([TRUE, FALSE, Bool(True), Bool(False), call("isempty", SUBJECT)]),
        st.builds(Binary, st.sampled_from(["==", "contains", "contains_cs"]), texts, texts),
        st.builds(Binary, st.sampled_from(["<", "<=", ">", "=="]), st.just(SIZE), numbers),
        st.builds(
            Member,
            texts,
            st.lists(texts, min_size=1, max_size=3).map(tuple),
            negated=st.booleans(),
            ignore_case=st.booleans(),
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: And(tuple(items))),
        st.lists(inner, max_size=4).map(lambda items: Or(tuple(items))),
        st.builds(Not, inner),
        st.builds(Binary, st.just("=="), inner, inner),
        st.builds(Member, inner, st.tuples(inner, inner), negated=st.booleans()),
        st.builds(lambda a, b, c: call("case", a, b, c), inner, inner, inner),
        st.builds(lambda a, b: Binary("==", call("tostring", a), b), inner, words),
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(conditions)
def test_microsoft_reads_the_tree_that_was_rendered(kql_judge: KqlJudge, condition: Expr) -> None:
    with unjudged():
        text = render(Query(MAILS.pipe(Where(condition))))
    verdict = kql_judge.judge(text, tree=True)
    assert verdict.diagnostics == ()
    meant = kql_judge.judge(f"EmailEvents\n| where {spelled_out(condition)}", tree=True)
    assert verdict.tree == meant.tree


def test_the_tree_of_the_judge_tells_readings_apart(kql_judge: KqlJudge) -> None:
    one = kql_judge.judge('EmailEvents | where (true or false) and Subject == ""', tree=True)
    two = kql_judge.judge('EmailEvents | where true or false and Subject == ""', tree=True)
    assert one.tree != two.tree


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chain", [And, Or])
def test_a_chain_of_400_conditions_is_fine_and_one_more_is_refused(
    chain: type[And] | type[Or],
) -> None:
    items = tuple(Binary("==", SUBJECT, Text(str(n))) for n in range(MAX_CHAIN))
    render(Query(MAILS.pipe(Where(Not(chain(items))))))
    with pytest.raises(ValueError, match="401 conditions in one chain; at most 400"):
        chain((*items, HI))


def test_a_list_of_1000_values_is_fine_and_one_more_is_refused() -> None:
    options = tuple(Text(str(n)) for n in range(MAX_OPTIONS))
    render(Query(MAILS.pipe(Where(Member(SUBJECT, options)))))
    with pytest.raises(ValueError, match="1001 values in one list; at most 1000"):
        Member(SUBJECT, (*options, Text("x")))


def _nested(levels: int, wrap: Callable[[Expr], Expr]) -> Expr:
    expr: Expr = HI
    for _ in range(levels):
        expr = wrap(expr)
    return expr


@pytest.mark.parametrize(
    ("fine", "wrap"),
    [
        pytest.param(108, Not, id="not"),
        pytest.param(72, lambda inner: And((Or((inner, BIG)), MANY)), id="and or"),
        pytest.param(108, lambda inner: Member(inner, (Bool(True),)), id="member"),
        pytest.param(200, lambda inner: Binary("==", inner, Bool(True)), id="comparison"),
        pytest.param(1, lambda inner: Or((*[BIG] * 200, And((*[BIG] * 200, inner)))), id="chains"),
    ],
)
def test_what_renders_is_not_too_deep_for_the_analyzer(
    fine: int, wrap: Callable[[Expr], Expr]
) -> None:
    render(Query(MAILS.pipe(Where(_nested(fine, wrap)))))
    with pytest.raises(ValueError, match="nests too deeply"):
        render(Query(MAILS.pipe(Where(_nested(500, wrap)))))


# --- what cannot be built -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a-b", "1a", "_a", "a\n", "['a']", "T|take 1", "é", "title", "kind", "where",
     "contains", "let", "true", "null", "a" * 129],
)  # fmt: skip
@pytest.mark.parametrize("make", [
    Column, TableRef, LetRef, SortKey,
    lambda name: Named(name, HI),
    lambda name: Let(name, MAILS),
    lambda name: Among(SUBJECT, MAILS, name),
    lambda name: Project((name,)),
    lambda name: Summarize((), (name,)),
    lambda name: Join(MAILS, (name,)),
])  # fmt: skip
def test_a_name_that_cannot_stand_bare_is_refused(name: str, make: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="cannot stand bare in KQL"):
        make(name)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-01", "2026-11-01T00:00:00", "2026-11-01T00:00:00+00:00", "2026-11-01 00:00:00Z",
     "2026-11-01T00:00:00.12345678Z", "2026-11-01T00:00:00.Z", "2026-13-01T00:00:00Z",
     "2026-02-30T00:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T00:00:60Z", "0000-01-01T00:00:00Z",
     "2026-11-01T00:00:00Z\n", "٢026-11-01T00:00:00Z", "2026-11-01T00:00:00Z) or (true"],
)  # fmt: skip
def test_a_time_that_does_not_exist_or_is_not_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - two wordings, both name the moment
        Instant(text)


def test_an_instant_holds_seven_decimals() -> None:
    assert Instant("2026-11-01T00:00:00.5Z").text == "2026-11-01T00:00:00.5000000Z"
    assert Instant("2026-11-01T00:00:00Z") == Instant("2026-11-01T00:00:00.0Z")


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: Long(2**63), id="long too big"),
        pytest.param(lambda: Long(-(2**63) - 1), id="long too small"),
        pytest.param(lambda: Long(True), id="bool as long"),
        pytest.param(lambda: call("evaluate", HI), id="function"),
        pytest.param(lambda: Binary("and", HI, HI), id="operator"),  # type: ignore[arg-type]
        pytest.param(lambda: Join(MAILS, ()), id="join without key"),
        pytest.param(lambda: Union(()), id="union"),
        pytest.param(lambda: Extend(()), id="extend"),
        pytest.param(lambda: Project(()), id="project"),
        pytest.param(lambda: Sort(()), id="sort"),
        pytest.param(lambda: Summarize(()), id="summarize"),
        pytest.param(lambda: Take(-1), id="take"),
    ],
)
def test_what_has_no_rendering_cannot_be_built(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - twelve wordings
        build()


# --- helpers, audit, speed ------------------------------------------------------------------------


def test_all_of_and_any_of_flatten_and_fold_constants() -> None:
    assert all_of() == TRUE == all_of(TRUE, Bool(True)) == any_of(HI, TRUE)
    assert any_of() == FALSE == any_of(FALSE, Bool(False)) == all_of(HI, FALSE)
    assert all_of(HI) == HI == any_of(FALSE, HI)
    assert all_of(HI, all_of(BIG, MANY), TRUE) == And((HI, BIG, MANY))
    assert any_of(any_of(HI, BIG), all_of(BIG, MANY)) == Or((HI, BIG, And((BIG, MANY))))


def test_negate_takes_off_a_not_and_never_touches_an_operator() -> None:
    assert negate(HI) == Not(HI)
    assert negate(negate(HI)) == HI
    assert negate(TRUE) == FALSE == negate(Bool(True))
    assert negate(FALSE) == TRUE


def test_a_host_sees_every_query_text_through_the_audit_event() -> None:
    seen = []
    on = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if on and event == AUDIT_EVENT:
            seen.append(arguments)

    sys.addaudithook(hook)
    text = render(Query(MAILS.pipe(Take(17))))
    on = False
    assert seen == [(text,)]


def test_rendering_a_page_query_takes_microseconds() -> None:
    where = Where(all_of(HI, Member(SENDER, (Text("a@example.com"),), ignore_case=True), BIG))
    query = Query(MAILS.pipe(where, Sort((SortKey("Timestamp"),)), Take(100)))
    best = min(timeit.repeat(lambda: render(query), number=200, repeat=5)) / 200
    assert best < 50e-6
