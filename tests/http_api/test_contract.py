"""Random requests against the OpenAPI document: no fault, and every answer as it is documented."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from http_api.site import Served, served

pytestmark = pytest.mark.xdist_group("http_api_contract")

SETTINGS: Final = """
seed = 1
headers = { Authorization = "Bearer %s" }
request-timeout = 60

[checks]
# A text of the right form need not be a filter, a cursor or an id that is known.
positive_data_acceptance.enabled = false

[generation]
deterministic = true
max-examples = 10

[phases]
stateful.enabled = false
"""
QUERIES: Final = ("GET /v1/email-security/threats", "GET /v1/email-security/email-events")


@dataclass
class Run:
    """What happened."""

    statuses: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """Operation -> how often it answered with which status."""
    checks: Counter[str] = field(default_factory=Counter)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Operation, check and what is wrong -> a request that shows it."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture(scope="module")
def run(host: Served) -> Run:
    config = SchemathesisConfig.from_str(SETTINGS % host.token)
    document = schemathesis.openapi.from_url(f"{host.url}/openapi.json", config=config)
    run = Run()
    for event in from_schema(document).execute():
        match event:
            case events.ScenarioFinished():
                _note(run, event)
            case events.NonFatalError():
                raise event.value
            case events.FatalError():
                raise event.exception
    return run


def _note(run: Run, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for id, exchange in recorder.interactions.items():
        if exchange.response:
            operation = recorder.cases[id].value.operation.label
            run.statuses[operation][exchange.response.status_code] += 1
    for id, checks in recorder.checks.items():
        case = recorder.cases[id].value
        for check in checks:
            run.checks[check.name] += 1
            if check.status == Status.FAILURE and check.failure_info:
                what = check.failure_info.failure.title
                key = (case.operation.label, check.name, what)
                run.failures[key] = case.as_curl_command()


def test_every_answer_is_as_documented(run: Run) -> None:
    assert run.failures == {}


def test_nothing_ends_in_a_fault(run: Run) -> None:
    met = set().union(*run.statuses.values())
    assert max(met) < 500


@pytest.mark.parametrize(
    "check",
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "unsupported_method",
        "ignored_auth",
    ],
)
def test_the_check_was_made(run: Run, check: str) -> None:
    assert run.checks[check] > 50


def test_every_operation_was_asked_well_and_badly(run: Run) -> None:
    for operation in QUERIES:
        assert {200, 400, 401, 405} <= set(run.statuses[operation])
    assert {400, 401, 404} <= set(run.statuses["GET /v1/email-security/threats/{threatId}"])
    assert len(run.statuses) == 8
