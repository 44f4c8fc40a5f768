"""What is declared of filters is true: pushed ones narrow, local ones do not, text stays text."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from connector_core import Connector, where
from connector_core.errors import ConnectorError
from connector_core.filter import And, Filter, FilterField, Not, Operator, Or, ValueType
from connector_core.filter.values import alike, message_id_key
from connector_defender_office365.filters import EVENT_FIELDS, THREAT_FIELDS
from hostile import HOSTILE
from judges.kql import KqlJudge, unjudged
from strategies.defender_rows import WINDOW, connected, plain_rows, tenant_of, well_remembered
from strategies.filters import LISTS

Declared = tuple[str, FilterField]
DECLARED: list[Declared] = [("query_events", field) for field in EVENT_FIELDS]
DECLARED += [("query_threats", field) for field in THREAT_FIELDS]
TEXTUAL = [
    each
    for each in DECLARED
    if each[1].type in (ValueType.TEXT, ValueType.MESSAGE_ID) and each[1].mode == "pushed"
]
CONSTANT = {"metadata.log_name", "metadata.product.name", "activity_name", "finding_info.title"}
"""Attributes with one value for a whole table: a table that cannot match is not read at all."""


def named(declared: Declared) -> str:
    return f"{declared[0]}-{declared[1].name}"


@pytest.fixture(scope="module")
def connector() -> Connector:
    return connected(tenant_of({}))


def kql(connector: Connector, operation: str, *filters: str | Filter) -> str:
    return connector.explain(operation, (*WINDOW, *filters)).native_query  # type: ignore[arg-type]


def disposition(connector: Connector, operation: str, filter: str | Filter) -> str:
    plan = connector.explain(operation, [filter]).plan  # type: ignore[arg-type]
    (found,) = plan["filters"]
    return str(found["disposition"])


_VALUES = {
    ValueType.TIME: "2026-11-10T11:00:00Z",
    ValueType.INTEGER: "4",
    ValueType.BOOLEAN: "true",
    ValueType.IP: "192.0.2.1",
}


def positive(field: FilterField) -> Filter:
    value = _VALUES.get(field.type) or (field.values[1] if field.values else "voice")
    operator = Operator.GTE if field.type is ValueType.TIME else Operator.EQ
    return where(field.name, operator, value)


@pytest.mark.parametrize("declared", DECLARED, ids=named)
def test_a_pushed_field_narrows_and_a_local_one_does_not(
    declared: Declared, connector: Connector
) -> None:
    operation, field = declared
    plain, filtered = kql(connector, operation), kql(connector, operation, positive(field))
    told = disposition(connector, operation, positive(field))
    if field.mode == "local":
        assert filtered == plain
        assert told == "local"
    else:
        assert filtered != plain
        assert told in ("pushed", "narrowed")


def test_pushed_means_that_every_row_read_is_an_event_kept() -> None:
    rows = plain_rows()
    mail = {table: rows[table] for table in ("EmailEvents", "EmailPostDeliveryEvents")}
    connector = well_remembered(mail)
    told = []
    for field in EVENT_FIELDS:
        for operator in {Operator.EQ, Operator.NE} & {*field.operators}:
            value = _VALUES.get(field.type) or (field.values[1] if field.values else "Scan")
            filter = where(field.name, operator, value)
            if disposition(connector, "query_events", filter) == "pushed":
                page = connector.query_events([*WINDOW, filter])
                assert page.meta.rows_read == page.meta.rows_kept, filter
                told.append(field.name)
    assert {"time", "severity", "severity_id", "action_id", "direction_id", "email.size"} <= {*told}


# -- text stays text -------------------------------------------------------------------------------

_HOSTILE = [value for _, value in HOSTILE if value and len(value) <= 4_000]


@pytest.mark.parametrize("declared", TEXTUAL, ids=named)
def test_no_value_changes_the_shape_of_a_query(
    declared: Declared, connector: Connector, kql_judge: KqlJudge
) -> None:
    operation, field = declared
    for operator in (Operator.EQ, Operator.NE, Operator.LIKE, Operator.NOT_LIKE):
        keyed = field.type is ValueType.MESSAGE_ID and operator is Operator.EQ
        with unjudged():
            asked = {
                cased: where(field.name, operator, "zü" if cased else "zz") for cased in (0, 1)
            }
            benign = {cased: kql(connector, operation, each) for cased, each in asked.items()}
            shapes = {cased: kql_judge.judge(text).shape for cased, text in benign.items()}
            told = disposition(connector, operation, asked[0])
            start = len(field.name) + len(operator)
            for value in _HOSTILE[start % 19 :: 19]:
                text = kql(connector, operation, where(field.name, operator, value))
                found = kql_judge.judge(text)
                assert found.ok
                assert found.shape == shapes[is_cased(value)], value
                if told != "local" and field.name not in CONSTANT:
                    sent = message_id_key(value) if keyed else value
                    spelled = is_cased(value) and operator in (Operator.EQ, Operator.LIKE)
                    assert is_asked(sent, found.literals) if spelled else sent in found.literals


def is_cased(value: str) -> bool:
    """Whether KQL may or may not know a letter's other case (see `loose`)."""
    return any(not letter.isascii() and len(alike(letter)) > 1 for letter in value)


def is_asked(value: str, literals: Sequence[str]) -> bool:
    """Whether a literal is a pattern of the whole value, or of all such values if that is long."""
    return any(
        re.search(pattern, value) if pattern == r"[^\x00-\x7F]" else re.fullmatch(pattern, value)
        for pattern in literals
        if "[" in pattern
    )


@pytest.mark.parametrize("operator", LISTS)
def test_every_value_of_a_list_is_one_literal(
    operator: Operator, connector: Connector, kql_judge: KqlJudge
) -> None:
    values = _HOSTILE[:100]
    text = kql(connector, "query_events", where("email.subject", operator, *values))
    literals = kql_judge.judge(text).literals
    for value in set(values):
        if is_cased(value) and operator is Operator.IN:
            assert is_asked(value, [text for text in literals if text not in values])
        else:
            assert literals.count(value) == values.count(value)


# -- what cannot be asked --------------------------------------------------------------------------


BAD: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "a misspelt field": (["email.form[eq]a@example.com"], {}, "email.from"),
    "an operator of another type": (["severity[gt]High"], {}, "severity_id"),
    "no date": (["time[gte]yesterday"], {}, "2026-11-01T00:00:00Z"),
    "a range the wrong way round": (
        ["time[gte]2026-11-10T12:00:00Z", "time[lt]2026-11-10T10:00:00Z"],
        {},
        "Swap",
    ),
    "a list of ten thousand": (["email.subject[in]" + ",".join(["a"] * 10_000)], {}, "1,000"),
    "five thousand quotes": (['email.subject[eq]"' + '"' * 5_000 + '"'], {}, ""),
    "NUL": (["email.subject[eq]a\0b"], {}, "NUL"),
    "half a surrogate pair": (["email.subject[eq]a\ud83d"], {}, "surrogate"),
    "no limit": ([], {"limit": 0}, "from 1 to"),
    "too big a limit": ([], {"limit": 10_000_000}, "from 1 to"),
    "an unknown order": ([], {"order": "sideways"}, "newest_first"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("operation", ["query_events", "query_threats"])
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(name: str, operation: str) -> None:
    filters, options, told = BAD[name]
    tenant = tenant_of({})
    with pytest.raises(ConnectorError) as caught:
        getattr(connected(tenant), operation)(filters, **options)
    error = caught.value
    assert told in f"{error} {getattr(error, 'remediation', '')}"
    assert "\0" not in str(error)
    assert not re.search("[\ud800-\udfff]", str(error))
    assert tenant.log == []


def _deep(depth: int) -> Filter:
    tree: Filter = where("email.subject", "eq", "voice")
    for level in range(depth):
        leaf = where("email.subject", "eq", f"voice {level}")
        tree = And((Not(Or((tree, leaf))), leaf)) if level % 2 else Or((tree, leaf))
    return tree


BIG: dict[str, Filter] = {
    "a thousand values": where("email.to", "in", *(f"u{n}@example.com" for n in range(1_000))),
    "two hundred conditions": Or(
        tuple(where("email.subject", "like", f"voice {n}") for n in range(198))
    ),
    "many addresses in several fields": Or(
        tuple(
            where("src_endpoint.ip", "in", *(f"192.0.2.{n}" for n in range(99))) for _ in range(20)
        )
    ),
    "all of many decisions": And(
        tuple(
            ~where("severity", "eq", "Low") | where("action", "eq", f"word {n}") for n in range(99)
        )
    ),
    "sixty levels": _deep(30),
    "none of many": ~Or(
        tuple(where("email.to", "in", *(f"u{n}@example.com" for n in range(90))) for _ in range(99))
    ),
}


@pytest.mark.parametrize("name", BIG)
@pytest.mark.parametrize("operation", ["query_events", "query_threats"])
def test_a_big_filter_is_asked_as_far_as_a_query_can_hold_it(name: str, operation: str) -> None:
    text = kql(connected(tenant_of({})), operation, BIG[name])
    assert text.startswith(("let page", "union"))
