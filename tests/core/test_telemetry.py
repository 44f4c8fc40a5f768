"""Spans, metrics and observers: what an operation tells of itself, and what it never tells."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from abnormal_script import PROVIDER as ABNORMAL
from abnormal_script import TOKEN, Script, ids, message, result, results, threat
from connector_core import AsyncConnector, Connector, ManualClock
from connector_core.errors import (
    ConnectorError,
    NotFoundError,
    RateLimitedError,
    UnknownField,
)
from connector_core.telemetry import Outcome
from connector_core.telemetry.instruments import TABLE, record, source
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault
from opened import DAY, PROVIDER, Site
from tape import everything_of, measured, recorded, since, tree

Ask = Callable[..., Any]
LOGIN, GRAPH = "login.microsoftonline.com", "graph.microsoft.com"


class Notebook:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@pytest.fixture(scope="module")
def kept() -> Site:
    return Site()


@pytest.fixture
def site(kept: Site) -> Site:
    kept.fails()
    return kept


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks one question of a new connector to a tenant or an account, blocking or not."""

    def blocking(place: Site | Script, operation: str, *arguments: Any, **more: Any) -> Any:
        with place.connector() as connector:
            return getattr(connector, operation)(*arguments, **more)

    def waiting(place: Site | Script, operation: str, *arguments: Any, **more: Any) -> Any:
        async def main() -> Any:
            async with place.async_connector() as connector:
                return await getattr(connector, operation)(*arguments, **more)

        return asyncio.run(main())

    return blocking if request.param == "sync" else waiting


def fault(name: str, when: int = 1) -> Fault:
    endpoint, effect, _ = NAMED[name]
    return Fault(endpoint=endpoint, effect=effect, when=when)


# -- spans -----------------------------------------------------------------------------------------


def test_an_operation_holds_its_requests_sign_in_and_pauses_included(ask: Ask, site: Site) -> None:
    site.fails(fault("login-unavailable"), fault("throttled"))
    with recorded() as spans:
        ask(site, "query_events", DAY, limit=3)
    assert tree(spans) == [
        "query_events",
        f"  GET {LOGIN} 200",
        f"  POST {LOGIN} 503 503",
        "  retry 503",
        f"  POST {LOGIN} 200",
        f"  POST {GRAPH} 429 429",
        "  retry RateLimitedError",
        f"  POST {GRAPH} 200",
        f"  POST {GRAPH} 200",
    ]


def test_the_attributes_of_spans_have_the_names_of_the_conventions(ask: Ask, site: Site) -> None:
    site.fails(fault("throttled"))
    with recorded() as spans:
        page = ask(site, "query_events", DAY, limit=3)
    told = {span.name: dict(span.attributes or {}) for span in spans}
    again = [
        dict(span.attributes or {})
        for span in spans
        if "http.request.resend_count" in (span.attributes or {})
    ]
    assert told["query_events"] == {
        "email_security.provider": PROVIDER,
        "email_security.operation": "query_events",
        "email_security.rows.read": page.meta.rows_read,
        "email_security.rows.kept": 3,
        "email_security.complete": True,
        "email_security.vendor.requests": page.meta.calls,
        "email_security.vendor.retries": 1,
        "email_security.vendor.throttled": pytest.approx(page.meta.throttled_ms / 1_000, abs=1e-3),
    }
    (sent_again,) = again
    assert sent_again.pop("email_security.vendor.request_id")
    assert sent_again == {
        "http.request.method": "POST",
        "server.address": GRAPH,
        "server.port": 443,
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
    }
    assert told["retry"]["error.type"] == "RateLimitedError"
    assert told["retry"]["email_security.retry.delay"] == pytest.approx(site.clock.slept[0])


def test_requests_side_by_side_have_the_operation_as_parent(ask: Ask) -> None:
    uids = ["one", "two"]
    account = Script({f"/threats/{uid}": threat(uid, message()) for uid in uids}
                     | {"/threats": ids(*uids)})  # fmt: skip
    with recorded() as spans:
        page = ask(account, "query_threats", limit=2)
    assert len(page.events) == 2
    lines = tree(spans)
    assert lines[0] == "query_threats"
    assert len(lines) == 1 + len(account.requests)
    assert {line[:7] for line in lines[1:]} == {"  GET a"}


def test_an_operation_stands_below_the_callers_own_span(ask: Ask, site: Site) -> None:
    from opentelemetry import trace

    tracer = trace.get_tracer("application")
    with recorded() as spans, tracer.start_as_current_span("job"):
        ask(site, "query_events", DAY, limit=3)
        ask(site, "check")
    lines = [line for line in tree(spans) if not line.startswith("    ")]
    assert lines == ["job", "  query_events", "  check"]


def test_a_refused_question_is_a_failed_span_without_the_question(ask: Ask, site: Site) -> None:
    secret = "canary@evil.example"
    with recorded() as spans, pytest.raises(UnknownField):
        ask(site, "query_events", [f"email.colour[eq]{secret}"])
    (span,) = spans
    assert (span.attributes or {})["error.type"] == "UnknownField"
    assert not span.status.is_ok
    assert not span.status.description
    assert not span.events
    assert "canary" not in everything_of(spans)


def test_a_broken_connection_ends_its_span(ask: Ask, site: Site) -> None:
    site.fails(fault("refused"), fault("truncated", when=2))
    with recorded() as spans:
        ask(site, "query_events", DAY, limit=3)
    lines = [line.strip() for line in tree(spans) if GRAPH in line or "retry" in line]
    assert lines[0].startswith(f"POST {GRAPH} ")
    assert lines[0].endswith("Error")
    assert lines[1:4] == [
        "retry UnavailableError",
        f"POST {GRAPH} 200",
        "retry ResponseInvalidError",
    ]


def test_neither_path_nor_query_string_nor_body_is_in_a_span(ask: Ask) -> None:
    account = Script(
        {
            "/threats/canary-uid": threat("canary-uid", message(subject="canary subject")),
            "/search abnormal": results(result(subject="canary subject")),
            "/search quarantine": results(),
        }
    )
    with recorded() as spans:
        ask(account, "get_threat", "canary-uid")
        ask(account, "query_events", ["email.from[eq]canary@evil.example"])
    assert len(spans) >= 4
    assert "canary" not in everything_of(spans)
    assert TOKEN not in everything_of(spans)


class Endless(httpx.AsyncBaseTransport):
    """A vendor that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody waits any more")


async def test_a_cancelled_operation_is_told_as_one_and_is_no_error() -> None:
    notebook, vendor = Notebook(), Endless()
    before = measured()
    with recorded() as spans:
        async with AsyncConnector.open(
            ABNORMAL, {"token": TOKEN}, transport=vendor, clock=ManualClock(0), observers=[notebook]
        ) as connector:
            asking = asyncio.create_task(connector.get_threat("any"))
            await vendor.asked.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
    assert [span.status.is_ok for span in spans] == [True] * 2
    assert "error.type" not in everything_of(spans)
    operation = next(span for span in spans if span.name == "get_threat")
    assert dict(operation.attributes or {})["email_security.cancelled"] is True
    assert [(outcome.error, outcome.cancelled) for outcome in notebook.outcomes] == [("", True)]
    added = since(before)
    assert "email_security.errors" not in added
    assert [amount for _, amount in added["email_security.operations.cancelled"]] == [1]


# -- metrics ---------------------------------------------------------------------------------------


def test_the_metrics_of_an_operation_are_those_of_its_page(ask: Ask, site: Site) -> None:
    site.fails(fault("throttled"))
    before = measured()
    page = ask(site, "query_events", DAY, limit=3)
    common = {"email_security.provider": PROVIDER, "email_security.operation": "query_events"}
    added = since(before)
    throttled = added.pop("email_security.vendor.throttled")
    assert throttled[0][1] * 1_000 == pytest.approx(page.meta.throttled_ms, abs=1)
    assert added == {
        "email_security.operation.duration": [(common, 1)],
        "email_security.pages": [(common, 1)],
        "email_security.rows.read": [(common, page.meta.rows_read)],
        "email_security.rows.kept": [(common, 3)],
        "email_security.vendor.requests": [(common, page.meta.calls)],
        "email_security.vendor.retries": [(common, 1)],
    }


def test_errors_are_counted_by_class(ask: Ask, site: Site) -> None:
    site.fails(*(fault("throttled", when) for when in range(1, 20)))
    before = measured()
    with pytest.raises(RateLimitedError):
        ask(site, "query_events", DAY, limit=3)
    with pytest.raises(ConnectorError):
        ask(site, "get_threat", "\n")
    added = since(before)
    assert sorted((of["error.type"], of["email_security.operation"], count)
                  for of, count in added["email_security.errors"]) == [
        ("QueryError", "get_threat", 1), ("RateLimitedError", "query_events", 1),
    ]  # fmt: skip
    assert "email_security.pages" not in added


def test_drift_is_counted_by_table_and_an_incomplete_answer_is_counted(ask: Ask) -> None:
    strange = message(canaryField="x", attackType="canary@evil.example")
    account = Script(
        {
            "/threats": ids("one"),
            "/threats/one": threat("one", strange, **{"canary.one@evil.example": 1}),
        }
    )
    before = measured()
    page = ask(account, "query_threats")
    added = since(before)
    assert any("canary" in key for key in page.meta.drift), "the caller is told in full"
    sources = {of["email_security.source"] for of, _ in added["email_security.drift"]}
    assert sources == {key.partition(".")[0] for key in page.meta.drift}
    assert sum(n for _, n in added["email_security.drift"]) == sum(page.meta.drift.values())
    assert ("email_security.answers.incomplete" in added) == (not page.meta.complete)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("EmailEvents.NewColumn", "EmailEvents"),
        ("EmailDirection=Sideways", "EmailDirection"),
        ("Message.attackType=a@b.example", "Message"),
        ("Message.sentTime: dict", "Message"),
        ("a@b.example", "other"),
        ("anna", "other"),
        ("", "other"),
        ("x" * 65 + ".y", "other"),
        ("é.y", "other"),
    ],
)
def test_only_the_first_word_of_what_drifted_is_published(key: str, shown: str) -> None:
    assert source(key) == shown


def test_what_drifted_cannot_make_series_without_end() -> None:
    common: dict[str, Any] = {"provider": "x", "operation": "check", "seconds": 0.0}
    before = measured()
    for number in range(400):
        record(Outcome(**common, drift={f"Table{number}.column": 1}))
    assert len(since(before)["email_security.drift"]) <= 201


def test_every_instrument_has_a_name_a_unit_and_a_sentence() -> None:
    assert len({one.name for one in TABLE}) == len(TABLE)
    for one in TABLE:
        assert one.unit
        assert one.description.endswith(".")
        assert one.description[0].isupper()


# -- observers -------------------------------------------------------------------------------------


def test_an_observer_is_told_of_every_operation_once() -> None:
    account = Script({"/threats": ids("one"), "/threats/one": threat("one", message())})
    notebook = Notebook()
    with Connector.open(
        ABNORMAL, {"token": TOKEN}, transport=account, clock=account.clock, observers=[notebook]
    ) as connector:
        list(connector.iter_threats(page_size=1))
        connector.get_threat("one")
        connector.check()
        with pytest.raises(ConnectorError):
            connector.get_threat("another")
    told = [(one.operation, one.pages, one.rows_kept, one.error) for one in notebook.outcomes]
    assert told == [
        ("query_threats", 1, 1, ""),
        ("get_threat", 0, 1, ""),
        ("check", 0, 0, ""),
        ("get_threat", 0, 0, "NotFoundError"),
    ]
    assert all(one.provider == ABNORMAL for one in notebook.outcomes)
    assert sum(one.calls for one in notebook.outcomes) == len(account.requests)


def test_the_time_of_an_operation_is_that_of_the_clock(site: Site) -> None:
    site.fails(fault("throttled"))
    notebook = Notebook()
    from connector_defender_office365.mock.config import default_settings

    with Connector.open(
        PROVIDER, default_settings(), transport=site.tenant.transport(), clock=site.clock,
        observers=[notebook],
    ) as connector:  # fmt: skip
        connector.query_events(DAY, limit=3)
    (outcome,) = notebook.outcomes
    assert outcome.seconds == pytest.approx(sum(site.clock.slept))
    assert outcome.throttled == pytest.approx(sum(site.clock.slept))


def test_an_observer_that_fails_takes_no_answer_away(caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def ended(self, outcome: Outcome) -> None:
            raise OSError("canary of an observer")

    account = Script({"/threats": ids("one"), "/threats/one": threat("one", message())})
    notebook = Notebook()
    with Connector.open(
        ABNORMAL, {"token": TOKEN}, transport=account, clock=account.clock,
        observers=[Failing(), notebook],
    ) as connector:  # fmt: skip
        assert len(connector.query_threats().events) == 1
        with pytest.raises(NotFoundError):
            connector.get_threat("another")
    assert [one.error for one in notebook.outcomes] == ["", "NotFoundError"]
    assert "failed with OSError" in caplog.text
    assert "canary" not in caplog.text


# -- costs -----------------------------------------------------------------------------------------

UNWATCHED = """
import json, sys
from abnormal_script import Script, ids, message, threat
account = Script({"/threats": ids("one"), "/threats/one": threat("one", message())})
with account.connector() as connector:
    found = len(connector.query_threats().events)
loaded = [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]
print(json.dumps([found, loaded]))
"""


def test_where_nobody_listens_opentelemetry_is_not_even_imported() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{UNWATCHED}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(ran.stdout) == [1, []]
