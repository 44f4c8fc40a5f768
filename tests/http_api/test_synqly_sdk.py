"""Synqly's own client, pointed at this host."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError
from synqly.engine import AsyncSynqlyEngine, SynqlyEngine
from synqly.engine.common import (
    BadGatewayError,
    BadRequestError,
    ForbiddenError,
    GatewayTimeoutError,
    InternalServerError,
    NotFoundError,
    NotImplementedError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
)
from synqly.engine.common import Problem as TheirProblem
from synqly.engine.core.api_error import ApiError
from synqly.engine.emailsecurity import (
    EmailSecurityEmailEvent,
    EmailSecurityThreat,
)
from synqly.engine.engine import MetaResponse

from connector_core import errors
from connector_core.http_api.meta import FUNCTIONS
from connector_core.ocsf.models import DetectionFinding, EmailActivity
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault
from http_api.site import Served, plugins, served
from opened import DAY, Site, ids

pytestmark = pytest.mark.xdist_group("http_api_synqly_sdk")

FILTERS = list(DAY)
UIDS = {f"00000000-0000-4000-8000-{number:012d}" for number in range(5)}


@pytest.fixture(scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with plugins("listing_only"), served(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture
def host(_host: Served) -> Served:
    _host.site.fails()
    return _host


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as http:
        yield http


def engine(host: Served, http: httpx.Client, token: str = "", retries: int = 0) -> SynqlyEngine:
    return SynqlyEngine(
        base_url=host.url, token=token or host.token, httpx_client=http, max_retries=retries
    )


def fails(host: Served, name: str, times: int | None = None) -> None:
    endpoint, effect, _ = NAMED[name]
    host.site.fails(Fault(endpoint=endpoint, effect=effect, times=times))


def uids(threats: list[Any]) -> list[str]:
    return [threat.finding_info.uid for threat in threats]


# -- answers


def test_threats_are_paged_to_the_end(host: Served, http: httpx.Client) -> None:
    asks, met, cursor = engine(host, http).emailsecurity, [], ""
    for expected in (2, 2, 1):
        page = asks.query_threats(filter=FILTERS, limit=2, cursor=cursor)
        assert len(page.result) == expected
        met += uids(page.result)
        cursor = page.cursor
    assert (cursor, set(met), len(met)) == ("", UIDS, 5)


def test_events_are_paged_to_the_end(host: Served, http: httpx.Client) -> None:
    asks, met, cursor = engine(host, http).emailsecurity, [], ""
    for expected in (4, 1):
        page = asks.query_email_events(filter=FILTERS, limit=4, cursor=cursor)
        assert len(page.result) == expected
        met += [event.message_trace_uid for event in page.result]
        cursor = page.cursor
    assert (cursor, set(met), len(met)) == ("", UIDS, 5)


def test_what_the_client_reads_is_what_was_sent(host: Served, http: httpx.Client) -> None:
    page = engine(host, http).emailsecurity.query_threats(filter=FILTERS, limit=4)
    read = page.result[0]
    assert (read.class_uid, read.severity, read.metadata.version) == (2004, "High", "1.8.0")
    assert read.evidences[0].email.subject == "Invoice 4"


@pytest.mark.parametrize(
    ("path", "ours", "theirs"),
    [
        ("/v1/email-security/threats", DetectionFinding, EmailSecurityThreat),
        ("/v1/email-security/email-events", EmailActivity, EmailSecurityEmailEvent),
    ],
    ids=["threats", "events"],
)
@pytest.mark.parametrize("vendor", ["defender_for_office", "abnormal"])
def test_the_clients_models_hold_strictly_too(
    host: Served, vendor: str, path: str, ours: Any, theirs: Any
) -> None:
    """The client itself takes anything."""
    token = host.add(vendor, f"emailsecurity_{vendor}_mock")
    objects = host.get(path, token, limit=40).json()["result"]
    assert len(objects) == 40
    for one in objects:
        assert ours.model_validate(one).event() == one
        TypeAdapter(theirs).validate_python(one)


@pytest.mark.parametrize("limit", [101, 192, 230])
def test_a_page_that_is_sent_piece_by_piece_is_whole(
    host: Served, http: httpx.Client, limit: int
) -> None:
    large = Site(230)
    token = host.desktop.add("large", large)
    page = engine(host, http, token).emailsecurity.query_email_events(
        filter=FILTERS, limit=limit, meta="stats/count()"
    )
    with large.connector() as connector:
        expected = connector.query_events(DAY, limit=limit)
    sent = host.get("/v1/email-security/email-events", token, filter=FILTERS, limit=limit).json()
    assert sent["result"] == expected.events
    assert [event.message_trace_uid for event in page.result] == ids(expected.events)
    assert bool(page.cursor) is (limit < 230)
    assert page.meta.stats.count == {"*": limit}


def test_several_filters_must_all_hold(host: Served, http: httpx.Client) -> None:
    asks = engine(host, http).emailsecurity
    one = asks.query_email_events(filter=[*FILTERS, 'email.subject[eq]"Invoice 3"'])
    assert [event.email.subject for event in one.result] == ["Invoice 3"]
    none = asks.query_email_events(
        filter=[*FILTERS, "email.subject[eq]Invoice 3", "severity[eq]Low"]
    )
    assert none.result == []


def test_a_finding_is_read_in_full(host: Served, http: httpx.Client) -> None:
    asks = engine(host, http).emailsecurity
    listed = asks.query_threats(filter=FILTERS, limit=1).result[0]
    detail = asks.get_threat_details(listed.finding_info.uid, meta="stats/count()")
    assert detail.result.finding_info.uid == listed.finding_info.uid
    assert detail.meta.stats.count == {"*": 1}


def test_meta_functions_come_as_the_clients_own_objects(host: Served, http: httpx.Client) -> None:
    functions = ["api/response(primary)", "api/response(all)", "stats/count", "completeness"]
    page = engine(host, http).emailsecurity.query_threats(filter=FILTERS, limit=4, meta=functions)
    primary = page.meta.api.response.primary
    assert primary.endpoint.endswith("/security/runHuntingQuery")
    assert {"schema", "results"} <= set(json.loads(primary.response))
    replies = page.meta.api.response.list_
    assert primary.response in replies[primary.endpoint]
    assert page.meta.stats.count == {"*": 4}
    assert page.meta.completeness["complete"] is True


def test_the_clients_model_of_meta_holds_strictly_too(host: Served) -> None:
    told = host.get("/v1/email-security/threats", filter=FILTERS, meta=list(FUNCTIONS)).json()
    read = TypeAdapter(MetaResponse).validate_python(told["meta"], strict=True)
    assert read.model_dump(by_alias=True, exclude_none=True) == told["meta"]
    damaged = {"api": {"response": {"primary": {"endpoint": "GET /", "response": {}}}}}
    with pytest.raises(ValidationError):
        TypeAdapter(MetaResponse).validate_python(damaged)


async def test_the_asynchronous_client_reads_the_same(host: Served, http: httpx.Client) -> None:
    there = engine(host, http).emailsecurity
    async with httpx.AsyncClient(timeout=60) as client:
        here = AsyncSynqlyEngine(
            base_url=host.url, token=host.token, httpx_client=client, max_retries=0
        ).emailsecurity
        page = await here.query_threats(filter=FILTERS, limit=2)
        rest = await here.query_threats(filter=FILTERS, cursor=page.cursor)
        assert set(uids(page.result + rest.result)) == UIDS
        uid = page.result[0].finding_info.uid
        assert (await here.get_threat_details(uid)).result == there.get_threat_details(uid).result
        events = await here.query_email_events(filter=FILTERS, limit=4)
        assert events.result == there.query_email_events(filter=FILTERS, limit=4).result


async def test_the_asynchronous_client_raises_the_same(host: Served) -> None:
    async with httpx.AsyncClient(timeout=60) as client:

        def asks(token: str) -> Any:
            return AsyncSynqlyEngine(
                base_url=host.url, token=token, httpx_client=client, max_retries=0
            ).emailsecurity

        with pytest.raises(UnauthorizedError):
            await asks("not-a-token").query_threats()
        with pytest.raises(BadRequestError) as bad:
            await asks(host.token).query_threats(filter="sender[eq]x")
        assert bad.value.body.context.parameter.value == "sender[eq]x"
        with pytest.raises(NotFoundError):
            await asks(host.token).get_threat_details("nobody-knows")
        fails(host, "throttled")
        with pytest.raises(TooManyRequestsError) as busy:
            await asks(host.token).query_threats(filter=FILTERS, limit=4)
        assert int(busy.value.headers["retry-after"]) >= 10


# -- refusals

# fmt: off
BAD_REQUESTS = {
    "filter": ({"filter": "sender[eq]x"},              "filter", "sender[eq]x"),
    "value":  ({"filter": [*DAY, "severity[eq]Worst"]}, "filter", "severity[eq]Worst"),
    "range":  ({"filter": "time[gte]2030-01-01T00:00:00Z"}, "filter", None),
    "limit":  ({"limit": 0},                           "limit",  "0"),
    "most":   ({"limit": 5001},                        "limit",  "5001"),
    "cursor": ({"cursor": "forged"},                   "cursor", None),
    "meta":   ({"meta": "mapping/chains"},             "meta",   "mapping/chains"),
}
# fmt: on


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_what_cannot_be_asked_is_a_bad_request(host: Served, http: httpx.Client, name: str) -> None:
    asked, parameter, value = BAD_REQUESTS[name]
    with pytest.raises(BadRequestError) as refused:
        engine(host, http).emailsecurity.query_threats(**asked)  # type: ignore[arg-type]
    problem = refused.value.body
    told = problem.context.parameter
    assert (told.id, told.location.value, getattr(told, "value", None)) == (
        parameter,
        "query",
        value,
    )
    assert problem.status == 400
    assert problem.occurred_at.isoformat().startswith("2026-11-0")
    assert problem.instance == f"urn:request:{refused.value.headers['x-request-id']}"
    assert problem.message
    assert host.site.asked() == 0


def test_an_unknown_meta_function_is_told_the_known_ones(host: Served, http: httpx.Client) -> None:
    with pytest.raises(BadRequestError, match="query/native"):
        engine(host, http).emailsecurity.query_threats(meta="mapping/chains")


def test_a_token_that_opens_nothing_is_unauthorized(host: Served, http: httpx.Client) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        engine(host, http, token="not-a-token").emailsecurity.query_threats()
    assert refused.value.body.context.parameter.id == "Authorization"
    assert "not-a-token" not in str(refused.value.body)


def test_a_finding_that_is_not_there_is_not_found(host: Served, http: httpx.Client) -> None:
    with pytest.raises(NotFoundError) as refused:
        engine(host, http).emailsecurity.get_threat_details("nobody/knows")
    assert refused.value.body.type == "urn:connector:error:not_found"


def test_an_operation_that_a_provider_lacks_is_not_implemented(
    host: Served, http: httpx.Client
) -> None:
    asks = engine(host, http, host.add("listing", "emailsecurity_listing_only")).emailsecurity
    assert asks.query_email_events(limit=5000).result == []
    for ask in (asks.query_threats, lambda: asks.get_threat_details("x")):
        with pytest.raises(NotImplementedError) as refused:
            ask()
        assert refused.value.body.type == "urn:connector:error:not_offered"


def test_a_cursor_of_another_integration_is_refused(host: Served, http: httpx.Client) -> None:
    other = host.desktop.add("other", host.site)
    page = engine(host, http).emailsecurity.query_threats(filter=FILTERS, limit=2)
    with pytest.raises(BadRequestError) as refused:
        engine(host, http, other).emailsecurity.query_threats(filter=FILTERS, cursor=page.cursor)
    assert refused.value.body.type == "urn:connector:error:cursor"


# fmt: off
KINDS: dict[type[errors.ConnectorError], type[ApiError]] = {
    errors.FilterError:           BadRequestError,
    errors.FilterSyntaxError:     BadRequestError,
    errors.UnknownField:          BadRequestError,
    errors.UnsupportedOperator:   BadRequestError,
    errors.InvalidValue:          BadRequestError,
    errors.QueryError:            BadRequestError,
    errors.CursorError:           BadRequestError,
    errors.ResultTooLargeError:   BadRequestError,
    errors.AuthenticationError:   ForbiddenError,
    errors.PermissionDeniedError: ForbiddenError,
    errors.RateLimitedError:      TooManyRequestsError,
    errors.ConfigurationError:    InternalServerError,
    errors.PluginError:           InternalServerError,
    errors.ProviderNotFound:      InternalServerError,
    errors.BrokenProvider:        InternalServerError,
    errors.MappingError:          InternalServerError,
    errors.QueryRejectedError:    BadGatewayError,
    errors.ResponseInvalidError:  BadGatewayError,
    errors.ProviderError:         BadGatewayError,
    errors.UnavailableError:      ServiceUnavailableError,
}
# fmt: on


def test_every_class_of_error_has_its_exception() -> None:
    known = {one for one in vars(errors).values() if isinstance(one, type)}
    tree = {one for one in known if issubclass(one, errors.ConnectorError)}
    # The first is never raised itself; what is not found is another thing for a list.
    assert tree - {errors.ConnectorError, errors.NotFoundError} == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_of_a_provider_is_the_clients_typed_error(
    host: Served, http: httpx.Client, kind: type[errors.ConnectorError]
) -> None:
    token = host.add(kind.__name__.lower(), "emailsecurity_listing_only", raises=kind.__name__)
    with pytest.raises(ApiError) as refused:
        engine(host, http, token).emailsecurity.query_email_events()
    assert type(refused.value) is KINDS[kind]
    problem = refused.value.body
    assert TypeAdapter(TheirProblem).validate_python(problem.dict()) == problem
    waits = refused.value.status_code in (429, 503)
    assert ("retry-after" in refused.value.headers) is waits


# -- the vendor's faults

# fmt: off
FAULTS: dict[str, tuple[type[ApiError], str]] = {
    "result-too-large":   (BadRequestError,         "result_too_large"),
    "not-provisioned":    (ForbiddenError,          "vendor_permission"),
    "conditional-access": (ForbiddenError,          "vendor_permission"),
    "token-expired":      (ForbiddenError,          "vendor_authentication"),
    "throttled":          (TooManyRequestsError,    "vendor_rate_limit"),
    "quota":              (TooManyRequestsError,    "vendor_rate_limit"),
    "server-error":       (BadGatewayError,         "vendor_unavailable"),
    "bad-gateway":        (BadGatewayError,         "vendor_unavailable"),
    "request-too-large":  (BadGatewayError,         "vendor_rejected_query"),
    "not-json":           (BadGatewayError,         "vendor_reply"),
    "truncated":          (BadGatewayError,         "vendor_reply"),
    "unavailable":        (ServiceUnavailableError, "vendor_unavailable"),
    "unavailable-later":  (ServiceUnavailableError, "vendor_unavailable"),
    "refused":            (ServiceUnavailableError, "vendor_unavailable"),
    "silent":             (GatewayTimeoutError,     "vendor_timeout"),
    "login-silent":       (GatewayTimeoutError,     "vendor_timeout"),
}
# fmt: on
WITHOUT_ID = {"bad-gateway", "request-too-large", "refused", "silent", "login-silent"}
"""A proxy answered in the vendor's place, or nobody did."""
WAITS = {"throttled": 10, "quota": 123, "unavailable": 1, "unavailable-later": 5, "refused": 1}


class Watched(httpx.AsyncBaseTransport):
    """Remembers the id that the vendor gave to the last request."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.last = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        self.last = response.headers.get("request-id", "")
        return response


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_vendor_is_the_clients_typed_error(
    host: Served, http: httpx.Client, name: str
) -> None:
    error, word = FAULTS[name]
    integration = name.replace("-", "_")  # of its own: its connector knows no token, no schema
    token = host.desktop.add(integration, host.site)
    watched = host.desktop.transports[integration] = Watched(host.site.tenant.transport())
    fails(host, name)
    with pytest.raises(error) as refused:
        engine(host, http, token).emailsecurity.query_threats(filter=FILTERS, limit=4)
    problem = refused.value.body
    assert problem.type == f"urn:connector:error:{word}"
    assert problem.remediation
    details = problem.context.provider_details
    assert details["provider"] == "emailsecurity_defender_for_office"
    assert details["operation"]
    if name not in WITHOUT_ID:
        assert details["request_id"] == watched.last
    assert (int(refused.value.headers.get("retry-after", 0)) >= 1) is (name in WAITS)
    if name in WAITS:
        assert int(refused.value.headers["retry-after"]) >= WAITS[name]


def test_the_client_waits_as_long_as_the_header_says_and_asks_again(
    host: Served, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("synqly.engine.core.http_client.time.sleep", waited.append)
    engine(host, http).emailsecurity.query_threats(filter=FILTERS, limit=4)  # columns are known
    fails(host, "throttled", times=6)  # all attempts of one query
    page = engine(host, http, retries=2).emailsecurity.query_threats(filter=FILTERS, limit=4)
    assert len(page.result) == 4
    assert waited == [10.0]
