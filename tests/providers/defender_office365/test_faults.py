"""Whatever goes wrong on the way: the whole answer, or an error that says what; never less."""

import contextlib
import re
from collections.abc import Callable

import pytest

from connector_core import Network
from connector_core.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Damage, Endpoint, Fault, Status
from connector_defender_office365.mock.wire import Breakage
from opened import DAY, NOW, Site, ids

WHOLE = [f"00000000-0000-4000-8000-{number:012d}" for number in reversed(range(5))]

# fmt: off
REFUSED_AT_ONCE: dict[str, type[ProviderError]] = {
    "request-too-large":  QueryRejectedError,
    "not-provisioned":    PermissionDeniedError,
    "conditional-access": PermissionDeniedError,
    "login-wrong-cloud":  QueryRejectedError,
    "login-other-cloud":  QueryRejectedError,
}
"""Faults of a page query that no second attempt can cure."""
HARMLESS = {"wrong-type", "slow"}
"""Odd, but a good answer all the same."""
FOR_EVER: dict[str, type[ProviderError]] = REFUSED_AT_ONCE | {
    "throttled":             RateLimitedError,
    "throttled-silently":    RateLimitedError,
    "quota":                 RateLimitedError,
    "server-error":          UnavailableError,
    "unavailable":           UnavailableError,
    "unavailable-later":     UnavailableError,
    "query-too-slow":        ResultTooLargeError,
    "bad-gateway":           UnavailableError,
    "result-too-large":      ResultTooLargeError,
    "query-limits":          ResultTooLargeError,
    "token-expired":         AuthenticationError,
    "error-inside":          ResponseInvalidError,
    "unknown-shape":         ResponseInvalidError,
    "not-json":              ResponseInvalidError,
    "html":                  ResponseInvalidError,
    "redirect":              ResponseInvalidError,
    "truncated":             ResponseInvalidError,
    "empty":                 ResponseInvalidError,
    "bad-gzip":              ResponseInvalidError,
    "gzip-bomb":             ResponseInvalidError,
    "duplicate-key":         ResponseInvalidError,
    "refused":               UnavailableError,
    "silent":                UnavailableError,
    "cut":                   UnavailableError,
    "login-unavailable":     UnavailableError,
    "login-throttled":       RateLimitedError,
    "login-html":            ResponseInvalidError,
    "login-refused":         UnavailableError,
    "login-silent":          UnavailableError,
    "discovery-unavailable": UnavailableError,
    "discovery-refused":     UnavailableError,
}
"""What each fault of a page query ends in when it does not pass."""
# fmt: on
NARROWED = {"query-too-slow", "result-too-large", "query-limits"}
"""Answered by asking for less, again and again: more requests than attempts of one call."""


@pytest.fixture(scope="module")
def kept() -> Site:
    return Site()


@pytest.fixture
def site(kept: Site) -> Site:
    kept.fails()
    return kept


def fault(endpoint: Endpoint, name: str, **when: object) -> Fault:
    return Fault(endpoint=endpoint, effect=NAMED[name][1], **when)  # type: ignore[arg-type]


# --- one fault, then all is well ------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_page_survives_one_fault_or_says_why_not(site: Site, name: str) -> None:
    connector = site.connector()
    site.fails(fault("graph", name, when=2))
    if expected := REFUSED_AT_ONCE.get(name):
        with pytest.raises(expected):
            connector.query_events(DAY, limit=10)
        assert site.asked() == 2
    else:
        page = connector.query_events(DAY, limit=10)
        assert ids(page.events) == WHOLE
        assert (page.meta.complete, page.cursor) == (True, "")
    site.fails()
    assert ids(connector.query_events(DAY, limit=10).events) == WHOLE


SIGN_IN = {
    "discovery": ("discovery-unavailable", "discovery-refused", "html", "truncated", "silent"),
    "token": ("login-unavailable", "login-throttled", "login-refused", "login-silent", "login-html",
              "cut", "truncated", "empty", "bad-gzip", "gzip-bomb", "duplicate-key", "slow"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "name"), [(where, name) for where, names in SIGN_IN.items() for name in names]
)
def test_signing_in_survives_one_fault(site: Site, endpoint: Endpoint, name: str) -> None:
    connector = site.connector()
    site.fails(fault(endpoint, name))
    page = connector.query_events(DAY, limit=10)
    assert ids(page.events) == WHOLE
    assert page.meta.complete


@pytest.mark.parametrize("name", ["result-too-large", "query-limits", "query-too-slow"])
def test_a_page_that_is_too_much_is_fetched_in_parts_without_a_gap(site: Site, name: str) -> None:
    connector = site.connector()
    connector.query_events(DAY, limit=10)
    site.fails(fault("graph", name, when=lambda number: number % 2 == 1, times=3))
    assert ids(connector.query_events(DAY, limit=10).events) == WHOLE


# --- a fault that does not pass -------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(NAMED.keys() - HARMLESS - {"not-utf8"}))
def test_a_lasting_fault_of_graph_ends_in_its_error(site: Site, name: str) -> None:
    connector = site.connector()
    site.fails(fault("graph", name, times=None))
    begin = site.clock.monotonic()
    with pytest.raises(FOR_EVER[name]) as caught:
        connector.query_events(DAY, limit=10)
    assert 1 <= site.asked() <= 6
    assert round(site.clock.monotonic() - begin, 3) <= 200
    assert caught.value.origin.provider == "emailsecurity_defender_for_office"
    assert caught.value.origin.operation
    assert caught.value.remediation


LASTING: list[tuple[Endpoint, str]] = [
    (endpoint, name)
    for name in sorted(NAMED.keys() - HARMLESS)
    for endpoint in ("discovery", "token")
    if (endpoint, name) != ("discovery", "duplicate-key")  # which is no part of that document
]


@pytest.mark.parametrize(("endpoint", "name"), LASTING)
def test_a_lasting_fault_of_signing_in_ends_in_an_error(
    site: Site, endpoint: Endpoint, name: str
) -> None:
    connector = site.connector()
    site.fails(fault(endpoint, name, times=None))
    begin = site.clock.monotonic()
    with pytest.raises(ProviderError) as caught:
        connector.query_events(DAY, limit=10)
    assert 1 <= site.asked("openid-configuration" if endpoint == "discovery" else "token") <= 6
    assert site.asked() == 0
    assert round(site.clock.monotonic() - begin, 3) <= 200
    assert caught.value.origin.operation == "token" or caught.value.details.get("cause")
    assert caught.value.remediation


@pytest.mark.parametrize("name", sorted(NARROWED))
def test_asking_for_less_ends(site: Site, name: str) -> None:
    connector = site.connector()
    connector.query_events(DAY, limit=10)
    site.fails(fault("graph", name, times=None))
    with pytest.raises(ResultTooLargeError):
        connector.query_events(DAY, limit=10)
    assert 2 <= site.asked() <= 30


def test_a_query_that_is_always_slow_stays_within_its_deadline(site: Site) -> None:
    connector = site.connector(Network(deadline=50, timeout=30))
    site.fails(fault("graph", "slow", times=None), fault("graph", "silent"))
    begin = site.clock.monotonic()
    with contextlib.suppress(UnavailableError):
        assert ids(connector.query_events(DAY, limit=10).events) == WHOLE
    assert round(site.clock.monotonic() - begin, 3) <= 50


# --- waiting --------------------------------------------------------------------------------------


def test_a_wish_to_wait_is_kept_and_never_shortened(site: Site) -> None:
    connector = site.connector()
    site.fails(fault("graph", "throttled"))
    page = connector.query_events(DAY, limit=10)
    (pause,) = site.clock.slept
    assert 10 <= pause <= 12
    assert page.meta.throttled_ms == round(pause * 1_000)
    assert page.meta.retries == 1


@pytest.mark.parametrize("seconds", ["201", "86400", "999999999"])
@pytest.mark.parametrize("endpoint", ["graph", "token", "discovery"])
def test_a_wish_beyond_the_deadline_is_told_instead_of_slept(
    site: Site, seconds: str, endpoint: Endpoint
) -> None:
    connector = site.connector()
    effect = Status(429, headers={"Retry-After": seconds})
    site.fails(Fault(endpoint=endpoint, effect=effect))
    with pytest.raises(RateLimitedError) as caught:
        connector.query_events(DAY, limit=10)
    assert site.clock.slept == []
    assert caught.value.retry_after == float(seconds)
    assert caught.value.details["resume_at"] in caught.value.remediation
    assert connector.query_events(DAY, limit=10).events


def test_an_exhausted_allowance_says_when_it_is_filled_again() -> None:
    site = Site()
    connector = site.connector(Network(deadline=100))
    site.fails(fault("graph", "quota"))
    with pytest.raises(RateLimitedError) as caught:
        connector.query_events(DAY, limit=10)
    assert caught.value.details["topic"] == "quota"
    assert caught.value.details["resume_at"] == "2026-11-02T00:02:03Z"
    assert site.clock.slept == []
    assert site.clock.now() == NOW


# --- rights ---------------------------------------------------------------------------------------


def test_a_token_refused_in_the_middle_of_a_page_is_replaced_once(site: Site) -> None:
    connector = site.connector()
    connector.query_events(DAY, limit=10)
    site.fails(fault("graph", "token-expired"))
    assert ids(connector.query_events(DAY, limit=10).events) == WHOLE
    assert (site.asked("token"), site.asked()) == (1, 2)


def test_a_token_refused_twice_is_an_error(site: Site) -> None:
    connector = site.connector()
    connector.query_events(DAY, limit=10)
    site.fails(fault("graph", "token-expired", times=2))
    with pytest.raises(AuthenticationError):
        connector.query_events(DAY, limit=10)
    assert (site.asked("token"), site.asked()) == (1, 2)


def test_a_missing_role_names_the_roles_that_are_there() -> None:
    said = (
        "Missing application roles. API required roles: ThreatHunting.Read.All,"
        " application roles: Mail.Read, User.Read.All."
    )
    site = Site()
    site.fails(Fault(endpoint="graph", effect=Status(403, "Forbidden", said)))
    with pytest.raises(PermissionDeniedError, match=re.escape("ThreatHunting.Read.All")) as caught:
        site.connector().query_threats(DAY)
    assert "Mail.Read, User.Read.All" in caught.value.remediation
    assert site.asked() == 1


def test_an_unlicensed_tenant_is_told_apart_from_an_empty_one() -> None:
    site = Site(tables=())
    with pytest.raises(PermissionDeniedError) as caught:
        site.connector().query_threats(DAY)
    assert "licence" in caught.value.details["topic"]


def test_a_missing_table_makes_the_answer_incomplete_and_says_so() -> None:
    page = Site(tables=("EmailEvents",)).connector().query_threats(DAY)
    assert ids_of_findings(page.events) == WHOLE
    assert not page.meta.complete
    assert any("AlertInfo" in reason for reason in page.meta.reasons)


def ids_of_findings(events: list[dict[str, object]]) -> list[str]:
    return [event["finding_info"]["uid"] for event in events]  # type: ignore[index]


# --- every step of a run --------------------------------------------------------------------------

KINDS: tuple[object, ...] = (
    Breakage.REFUSED,
    Breakage.CUT,
    Status(503, "UnknownError"),
    Damage.TRUNCATED,
    Breakage.SILENT,
    Damage.EMPTY,
)


def steps(site: Site, operation: str, limit: int) -> list[Endpoint]:
    """The endpoints that a run of all pages asks, in order."""
    site.fails()
    run(site, operation, limit)
    kinds: dict[str, Endpoint] = {"guration": "discovery", "/token": "token"}
    paths = [entry.path for entry in site.tenant.log]
    return [next((e for end, e in kinds.items() if p.endswith(end)), "graph") for p in paths]


def run(site: Site, operation: str, limit: int) -> list[str]:
    connector = site.connector()
    ask: Callable[..., object] = getattr(connector, operation)
    read = ids if operation == "query_events" else ids_of_findings
    found: list[str] = []
    cursor = ""
    while True:
        page = ask(DAY, limit=limit, cursor=cursor)
        found += read(page.events)  # type: ignore[attr-defined]
        cursor = page.cursor  # type: ignore[attr-defined]
        if not cursor:
            return found


@pytest.mark.parametrize(("operation", "limit"), [("query_events", 2), ("query_threats", 3)])
def test_a_run_of_pages_survives_a_failure_at_each_of_its_steps(
    site: Site, operation: str, limit: int
) -> None:
    way = steps(site, operation, limit)
    assert len(way) >= 6
    for step, endpoint in enumerate(way):
        number = way[: step + 1].count(endpoint)
        effect = KINDS[step % len(KINDS)]
        site.fails(Fault(endpoint=endpoint, effect=effect, when=number))  # type: ignore[arg-type]
        assert run(site, operation, limit) == WHOLE, (step, endpoint, effect)
        assert len(site.tenant.log) > len(way)
