"""The host's log: what every line holds, and what none ever does."""

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina.instrumentation

from connector_core.errors import ConfigurationError
from connector_core.http_api.logs import FIELDS, configure
from connector_core.http_api.metrics import Metrics
from connector_core.http_api.requests import RequestFrame
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault, Status
from http_api.pages import browser
from http_api.served import Desktop, bearer, serving
from opened import DAY, Site, message
from tape import everything_of, measured, recorded

THREATS, EVENTS = "/v1/email-security/threats", "/v1/email-security/email-events"
ALWAYS = {"time", "level", "logger", "message", "request_id", "integration"}


class Log(io.StringIO):
    """What was written to stderr."""

    def lines(self) -> list[dict[str, Any]]:
        """JSON lines, decoded."""
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def told(self, message: str = "request") -> list[dict[str, Any]]:
        """The lines with this message."""
        return [line for line in self.lines() if line["message"] == message]


@contextmanager
def logging_to(log: Log, format: str, level: str) -> Iterator[None]:
    """As `configure` leaves it, until the block ends."""
    root = logging.getLogger()
    names = ("", "connector_core", "uvicorn", "uvicorn.error", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one, one.level, one.handlers[:], one.propagate) for one in loggers]
    stderr, sys.stderr = sys.stderr, log
    try:
        configure(format, level)
        root.handlers[0].setLevel(logging.NOTSET)
        yield
    finally:
        sys.stderr = stderr
        stamina.instrumentation.set_on_retry_hooks(None)
        for one, old, handlers, propagate in before:
            one.setLevel(old)
            one.handlers[:] = handlers
            one.propagate = propagate


@pytest.fixture
def log() -> Iterator[Log]:
    found = Log()
    with logging_to(found, "json", "debug"):
        yield found


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(5)


@pytest.fixture(scope="module")
def place(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and token of a host."""
    desktop = Desktop(tmp_path_factory.mktemp("logs") / "config.toml", site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url:
        yield url, token


@pytest.fixture
def http(place: tuple[str, str], log: Log) -> Iterator[httpx.Client]:
    url, token = place
    with httpx.Client(base_url=url, headers=bearer(token), timeout=60) as client:
        yield client


# -- what a line holds -----------------------------------------------------------------------------


def test_every_line_says_when_who_and_for_whom(http: httpx.Client, log: Log, site: Site) -> None:
    endpoint, effect, _ = NAMED["throttled"]
    site.fails(Fault(endpoint=endpoint, effect=effect))
    answer = http.get(THREATS, params={"filter": DAY, "limit": 3})
    lines = log.lines()
    assert len(lines) >= 2
    for line in lines:
        assert line.keys() >= ALWAYS
        assert line.keys() <= ALWAYS | set(FIELDS)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["request_id"] == answer.headers["x-request-id"]
    retry, request = [line for line in lines if line["logger"].startswith("connector_core")]
    assert retry["logger"] == "connector_core.retry"
    assert retry["integration"] == "work"
    assert "RateLimitedError" in retry["message"]
    assert "429" in retry["message"]
    assert request["method"] == "GET"
    assert request["route"] == THREATS
    assert request["status"] == 200
    assert request["bytes"] == len(answer.content)
    assert request["duration_ms"] > 0
    assert request["integration"] == "work"


def test_an_error_is_told_by_class_with_the_vendors_request_id(
    http: httpx.Client, log: Log, site: Site
) -> None:
    endpoint, effect, _ = NAMED["not-provisioned"]
    site.fails(Fault(endpoint=endpoint, effect=effect, times=None))
    answer = http.get(THREATS, params={"filter": DAY, "limit": 3})
    site.fails()
    assert answer.status_code == 403
    (line,) = log.told()
    assert line["error"] == "PermissionDeniedError"
    named = answer.json()["context"]["provider_details"]["request_id"]
    assert line["vendor_request_id"] == named
    assert str(line["vendor_status"]) == answer.json()["context"]["provider_details"]["status"]


def test_a_request_that_is_refused_unseen_is_told_by_class_too(
    http: httpx.Client, log: Log
) -> None:
    answer = http.get(f"/{'x' * 17_000}")
    assert answer.status_code == 414
    (line,) = log.told()
    assert (line["error"], line["status"]) == ("UrlTooLong", 414)
    assert line["request_id"] == answer.headers["x-request-id"]


def test_probes_are_told_at_debug_only(http: httpx.Client, log: Log) -> None:
    assert http.get("/healthz").status_code == 200
    assert http.get("/nowhere").status_code == 404
    probe, other = log.told()
    assert (probe["level"], probe["route"]) == ("debug", "/healthz")
    assert (other["level"], other["route"]) == ("info", "")


@pytest.mark.parametrize("given", ["abcdefgh", "0af7651916cd43dd8448eb211c80319c", "a.b-c_d.1"])
def test_a_sane_request_id_is_kept(http: httpx.Client, log: Log, given: str) -> None:
    answer = http.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]
    assert log.told()[0]["request_id"] == given


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "a b c d e f g", "canary@evil.example", "x\ty" * 4]
)
def test_any_other_request_id_is_replaced(http: httpx.Client, log: Log, given: str) -> None:
    answer = http.get("/healthz", headers={"X-Request-Id": given})
    (own,) = answer.headers.get_list("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", own)
    assert given not in log.getvalue()


def test_text_lines_stay_lines_whatever_they_hold() -> None:
    log = Log()
    with logging_to(log, "text", "info"):
        logging.getLogger("connector_core.test").warning("one\nforged %s", "\x1b[31m\u2028two")
        logging.getLogger("connector_core.test").debug("not asked for")
    (line,) = log.getvalue().splitlines()
    assert re.match(r"\d{4}-\S+Z warning connector_core\.test one\\x0aforged \\x1b\[31m", line)


@pytest.mark.parametrize(("format", "level"), [("xml", "info"), ("json", "loud"), ("", "")])
def test_other_words_are_refused_before_anything_is_changed(format: str, level: str) -> None:
    before = logging.getLogger().handlers[:]
    with pytest.raises(ConfigurationError, match=r"log (format|level)"):
        configure(format, level)
    assert logging.getLogger().handlers == before


# -- what goes wrong -------------------------------------------------------------------------------


def bug(canary: str) -> None:
    subject = canary
    try:
        int(subject)
    except ValueError as error:
        raise RuntimeError(f"cannot read {subject!r}") from error


def test_an_unexpected_error_is_shown_by_class_and_frames_alone(log: Log) -> None:
    try:
        bug("canary of a subject")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = log.lines()
    assert "canary" not in log.getvalue()
    assert re.search(r"^RuntimeError at .*test_logs\.py:\d+ in bug$", line["traceback"], re.M)
    assert re.search(r"^ValueError at .*test_logs\.py:\d+ in bug$", line["traceback"], re.M)


async def test_what_asyncio_says_of_a_lost_task_holds_no_message(log: Log) -> None:
    async def lost() -> None:
        bug("canary of a subject")

    task = asyncio.create_task(lost())
    await asyncio.wait([task])
    loop = asyncio.get_running_loop()
    context = {"message": "Task exception was never retrieved", "future": task}
    loop.default_exception_handler(context | {"exception": task.exception()})
    (line,) = log.lines()
    assert line["message"] == "Task exception was never retrieved"
    assert "RuntimeError" in line["traceback"]
    assert "canary" not in log.getvalue()


class Broken(httpx.AsyncBaseTransport):
    """A way to the vendor with a bug that quotes what it carries."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        bug("canary of a subject")
        raise AssertionError


def test_a_bug_is_answered_with_500_and_logged_once_without_its_message(
    tmp_path: Path, log: Log
) -> None:
    site = Site(0)
    desktop = Desktop(tmp_path / "config.toml", site.clock)
    headers = bearer(desktop.add("work", site))
    desktop.transports["work"] = Broken()
    with recorded() as spans, serving(desktop.host()) as url:
        answer = httpx.get(url + THREATS, params={"filter": DAY}, headers=headers, timeout=60)
    assert answer.status_code == 500
    assert answer.json()["type"].endswith(":unexpected")
    errors = [line for line in log.lines() if line["level"] == "error"]
    assert [line["message"] for line in errors] == ["unexpected RuntimeError"]
    assert "in bug" in errors[0]["traceback"]
    assert errors[0]["request_id"] == answer.headers["x-request-id"]
    told = log.getvalue() + answer.text + everything_of(spans)
    assert "canary" not in told


async def test_an_answer_that_breaks_off_is_told(log: Log) -> None:
    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("canary")

    async def nothing(*_: Any) -> dict[str, Any]:
        return {}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    await RequestFrame(breaking, Metrics())(scope, nothing, nothing)
    (line,) = log.told()
    assert (line["status"], line["bytes"], line["broken_off"]) == (200, 4, "host")
    assert line["error"] == "ValueError"
    assert "canary" not in log.getvalue()


# -- nothing of mail, no secret --------------------------------------------------------------------

CANARY = "canary5157"


def test_nothing_of_mail_and_no_secret_is_in_logs_spans_or_metrics(
    tmp_path: Path, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        message(
            number,
            Subject=f"{CANARY} subject {number}",
            SenderFromAddress=f"{CANARY}.sender@evil.example",
            RecipientEmailAddress=f"{CANARY}.anna@contoso.example",
            InternetMessageId=f"<{CANARY}.{number}@evil.example>",
        )
        for number in range(3)
    ]
    site = Site(rows={"EmailEvents": rows})
    desktop = Desktop(tmp_path / "config.toml", site.clock)
    token = desktop.add("work", site)
    secrets = [token, CANARY, *desktop.environ.values()]
    for name in ("connector_core", "uvicorn", "stamina", "msal", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    endpoint, throttled, _ = NAMED["throttled"]
    quoting = Status(400, "BadRequest", f"cannot parse '{CANARY}' near {CANARY}")
    logging.getLogger().addHandler(caplog.handler)
    with (
        recorded() as spans,
        serving(desktop.host()) as url,
        httpx.Client(base_url=url, headers=bearer(token), timeout=60) as http,
        browser(url, token) as web,
    ):
        site.fails(
            Fault(endpoint=endpoint, effect=throttled),
            Fault(endpoint="graph", effect=Status(500, "UnknownError", f"at {CANARY}"), when=2),
        )
        asked = [*DAY, f"email.from[eq]{CANARY}.sender@evil.example"]
        page = http.get(THREATS, params={"filter": asked, "limit": 2, "meta": "query/native"})
        assert CANARY in page.text, "the caller gets what was asked for"
        cursor = page.json()["cursor"]
        uid = page.json()["result"][0]["finding_info"]["uid"]
        secrets += [cursor, uid]
        answers = [
            http.get(THREATS, params={"filter": asked, "limit": 2, "cursor": cursor}),
            http.get(f"{THREATS}/{uid}"),
            http.get(THREATS, params={"filter": f"{CANARY}[eq]{CANARY}"}),
            http.get(THREATS, params={"filter": asked, "cursor": CANARY * 9}),
            http.get(f"{THREATS}/{CANARY}%0A"),
            http.get(f"/{CANARY}?{CANARY}"),
            http.get(THREATS, headers=bearer(CANARY)),
            http.get(THREATS, params={CANARY: CANARY, "limit": CANARY}),
        ]
        found = web.get("/results", params={"filters": "\n".join(asked), "limit": "2"})
        answers = [found, web.get("/finding", params={"uid": uid}), *answers]
        assert CANARY in found.text
        site.fails(Fault(endpoint="graph", effect=quoting, times=None))
        answers.append(http.get(THREATS, params={"filter": asked, "limit": 2}))
        metrics = http.get("/metrics").text
        site.fails()
    statuses = [answer.status_code for answer in answers]
    assert statuses[:4] == [200] * 4
    assert all(400 <= status < 503 for status in statuses[4:]), statuses
    ours = [record for record in caplog.records if not record.name.startswith(("http", "hpack"))]
    shown = {
        "log": log.getvalue(),
        "records": "\n".join(f"{record.getMessage()} {vars(record)}" for record in ours),
        "spans": everything_of(spans),
        "metrics": metrics + str(measured()),
    }
    assert len(log.lines()) > len(answers)
    assert len(spans) > len(answers)
    leaks = [
        (where, secret) for where, text in shown.items() for secret in secrets if secret in text
    ]
    assert leaks == []


# -- spans -----------------------------------------------------------------------------------------


def test_a_requests_span_goes_on_with_the_callers_trace_and_holds_the_operation(
    http: httpx.Client, site: Site
) -> None:
    trace, above = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace}-{above}-01", "X-Request-Id": "job-12345"}
    with recorded() as spans:
        http.get(THREATS, params={"filter": DAY, "limit": 3}, headers=headers)
        http.get("/healthz", headers=headers)  # by then the first one's span has ended
    named = {span.name: span for span in spans}
    outer, operation = named[f"GET {THREATS}"], named["query_threats"]
    assert {f"{span.context.trace_id:032x}" for span in spans} == {trace}
    assert f"{outer.parent.span_id:016x}" == above if outer.parent else False
    assert operation.parent == outer.context
    assert all(span.parent == operation.context for span in spans if span.kind.name == "CLIENT")
    told = dict(outer.attributes or {})
    assert told["email_security.integration"] == "work"
    assert told["email_security.request_id"] == "job-12345"
    assert told["http.response.status_code"] == 200
