"""Letters beyond ASCII: nothing is lost, whichever of them the service takes for the same.

Kusto's case-insensitive operators are documented for ASCII alone. Each question here is asked of a
tenant that folds just that, and of one that folds all letters.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from connector_core.filter import And, Filter, FilterField, ValueType, fold, where
from connector_core.filter.values import alike, message_id_key
from connector_defender_office365.filters import EVENT_FIELDS, THREAT_FIELDS
from connector_defender_office365.kql import (
    Bool,
    Column,
    Named,
    Pipeline,
    Project,
    Query,
    TableRef,
    Where,
    render,
)
from connector_defender_office365.loose import MAX_OR, MAX_PATTERN, contains_any, equals_any
from connector_defender_office365.mock.engine import Engine
from connector_defender_office365.mock.rules import Rules
from judges.kql import unjudged
from strategies.defender_rows import WINDOW, Row, Rows, connected, tenant_of
from strategies.differential import Listing, expected, read

RULES = [Rules(folds="ascii"), Rules(folds="unicode")]
EACH_RULE = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.folds)


def test_no_letter_outside_ascii_is_like_one_inside() -> None:
    """On this `loose` relies: for a text in ASCII, folding ASCII is enough."""
    alikes: defaultdict[str, set[str]] = defaultdict(set)
    for letter in map(chr, range(sys.maxunicode + 1)):
        if letter.lower() != letter or letter.upper() != letter:
            alikes[fold(letter)].add(letter)
    for same in alikes.values():
        if len(same) > 1:
            assert len({letter.isascii() for letter in same}) == 1, same
            assert all(set(alike(letter)) == same for letter in same), same


# -- the predicates --------------------------------------------------------------------------------

TEXTS = (
    "über", "ÜBER", "Über 100% [a-z]^$.*", "ÜBER 100% [A-Z]^$.*", "счёт", "СЧЁТ", "ς", "σ", "Σ",
    "Straße", "STRASSE", "STRAẞE", "\u01c4", "\u01c5", "\u01c6", "\U00010400", "\U00010428",
    "\u212a", "k", "K", "ſ", "s", "ı", "i", "İ", "請求書 a", "請求書 A", "é", "e\u0301", "É\n\\\"x",
    "é\n\\\"X", "voice", "VOICE", "",
)  # fmt: skip


def held(rules: Rules, predicates: Mapping[str, Any]) -> dict[str, set[str]]:
    """For each predicate on the column V, the texts of which it holds."""
    engine = Engine({"T": {"Timestamp": "datetime", "V": "string"}}, rules=rules)
    at = "2026-01-01T00:00:00Z"
    engine.load("T", [{"Timestamp": at, "V": text} for text in TEXTS])
    names = {f"P{index}": text for index, text in enumerate(predicates)}
    shown = Project(("V", *(Named(name, predicates[text]) for name, text in names.items())))
    with unjudged():
        query = render(Query(Pipeline(TableRef("T")).pipe(shown)))
    rows = engine.query(query, now=at).rows
    engine.close()
    found = {text: {str(row[0]) for row in rows if row[i]} for i, text in enumerate(predicates, 1)}
    assert len(rows) == len(TEXTS)
    return found


@EACH_RULE
def test_what_the_core_calls_equal_is_found(rules: Rules) -> None:
    for text, found in held(rules, {t: equals_any(Column("V"), [t]) for t in TEXTS}).items():
        assert found >= {other for other in TEXTS if fold(other) == fold(text)}, text


@EACH_RULE
def test_what_the_core_says_contains_a_text_is_found(rules: Rules) -> None:
    parts = {text[:4] for text in TEXTS} | {text[-2:] for text in TEXTS}
    for text, found in held(rules, {t: contains_any(Column("V"), [t]) for t in parts}).items():
        assert found >= {other for other in TEXTS if fold(text) in fold(other)}, text
        if len(text) > 2:
            assert len(found) < len(TEXTS), text


@EACH_RULE
def test_lists_find_what_each_of_their_values_finds(rules: Rules) -> None:
    lists = [
        ["voice", "über"],
        ["ÜBER", "СЧЁТ", "請求書 a"],
        [*TEXTS],
        ["ü" * MAX_PATTERN, "k", "é"],
    ]
    predicates = {str(n): equals_any(Column("V"), each) for n, each in enumerate(lists)}
    predicates |= {f"part {n}": contains_any(Column("V"), each) for n, each in enumerate(lists)}
    for number, found in held(rules, predicates).items():
        folded = {fold(text) for text in lists[int(number[-1])]}
        assert found >= {other for other in TEXTS if fold(other) in folded}, number


def test_queries_for_plain_texts_stay_plain() -> None:
    with unjudged():
        wheres = [
            render(Query(Pipeline(TableRef("T")).pipe(Where(predicate))))
            for predicate in (
                equals_any(Column("V"), ["k", "100% 請求書"]),
                contains_any(Column("V"), ["k", "שלום"]),
                equals_any(Column("V"), []),
                contains_any(Column("V"), ["ü"] * (MAX_OR + 1)),
                contains_any(Column("V"), ["k", "K.ü"]),
            )
        ]
    assert [text.partition("where ")[2] for text in wheres] == [
        'V in~ ("k", "100% 請求書")',
        'V contains "k" or V contains "שלום"',
        "false",
        "true",
        'V contains "k" or V matches regex "[Kk]\\\\.[Üü]"',
    ]
    assert contains_any(Column("V"), ["k"] * (MAX_OR + 1)) != Bool(False)


# -- every field of every table --------------------------------------------------------------------

UPPER, LOWER = "ÜBER Ж", "über ж"
AT = "2026-11-10T10:30:00Z"
ONE = "0a1b2c3d-0000-4000-8000-000000000001"
_MAIL: Row = {
    "Timestamp": AT, "NetworkMessageId": ONE, "RecipientEmailAddress": UPPER,
    **dict.fromkeys(("Subject", "InternetMessageId", "DeliveryAction", "DeliveryLocation"), UPPER),
    **dict.fromkeys(("SenderFromAddress", "SenderMailFromAddress", "EmailDirection"), UPPER),
    "To": f'["{UPPER}"]', "Cc": f'["{UPPER}"]', "EmailAction": UPPER,
}  # fmt: skip
_PARTS: Rows = {
    "EmailAttachmentInfo": [
        {"Timestamp": AT, "NetworkMessageId": ONE, "RecipientEmailAddress": UPPER,
         "FileName": UPPER, "SHA256": UPPER}
    ],
    "EmailUrlInfo": [{"Timestamp": AT, "NetworkMessageId": ONE, "Url": UPPER, "UrlDomain": UPPER}],
}  # fmt: skip
_LATER = dict.fromkeys(("ActionType", "Action", "ActionResult", "SenderFromAddress"), UPPER)
CASES: dict[str, tuple[Listing, Rows, int]] = {
    # what: the operation, rows of one event, how many fields at least hold its text
    "a delivery": ("query_events", {"EmailEvents": [_MAIL], **_PARTS}, 15),
    "a later action": (
        "query_events",
        {"EmailPostDeliveryEvents": [
            {"Timestamp": AT, "NetworkMessageId": ONE, "RecipientEmailAddress": UPPER,
             "InternetMessageId": UPPER, **_LATER}
        ]},
        8,
    ),
    "a message": ("query_threats", {"EmailEvents": [_MAIL | {"ThreatTypes": UPPER}], **_PARTS}, 9),
    "a click": (
        "query_threats",
        {"UrlClickEvents": [
            {"Timestamp": AT, "ReportId": "c1", "NetworkMessageId": UPPER, "Url": UPPER,
             "ActionType": UPPER, "ThreatTypes": UPPER}
        ]},
        5,
    ),
    "an alert": (
        "query_threats",
        {"AlertInfo": [
            {"Timestamp": AT, "AlertId": "a1", "Title": UPPER, "Category": UPPER,
             "ServiceSource": "Microsoft Defender for Office 365"}
        ]},
        2,
    ),
}  # fmt: skip
_FIELDS: dict[Listing, tuple[FilterField, ...]] = {
    "query_events": EVENT_FIELDS,
    "query_threats": THREAT_FIELDS,
}
_TEXTUAL = (ValueType.TEXT, ValueType.ENUM, ValueType.MESSAGE_ID)


@EACH_RULE
@pytest.mark.parametrize("what", CASES)
def test_a_text_is_found_by_its_other_letter_case_in_every_field(what: str, rules: Rules) -> None:
    operation, rows, least = CASES[what]
    connector = connected(tenant_of(rows, rules=rules))
    events = read(connector, operation)
    assert len(events) == 1
    for operator, value in (("eq", LOWER), ("like", LOWER[:3]), ("not like", UPPER.title()[::-1])):
        asked: list[Filter] = [
            where(field.name, operator, value)
            for field in _FIELDS[operation]
            if field.type in _TEXTUAL and (field.open or not field.values)
            if field.mode == "pushed" and operator in field.operators
        ]
        holding = [each for each in asked if expected(connector, operation, each, events)]
        assert len(holding) >= least - 2 * (operator == "like"), (operator, holding)
        found = read(connector, operation, And(tuple(holding)))
        if found != events:
            lost = [each for each in holding if not read(connector, operation, each)]
            pytest.fail(f"{operator} loses the event: {lost}")


@EACH_RULE
def test_a_message_id_is_found_by_any_case_of_it(rules: Rules) -> None:
    assert message_id_key("<ÄB@mail.example") == "äb@mail.example"
    mails = [
        _MAIL | {"InternetMessageId": text} for text in ("<ÄB@mail.example", "äb@mail.example>")
    ]
    connector = connected(tenant_of({"EmailEvents": mails}, rules=rules))
    found = connector.query_events((*WINDOW, "email.message_uid[eq]<äB@Mail.example>")).events
    assert len(found) == 2
