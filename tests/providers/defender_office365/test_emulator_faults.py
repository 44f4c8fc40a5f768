"""Every fault of the embedded tenant happens, to the request it is written for."""

import gzip
import json
from datetime import UTC, datetime

import httpx
import pytest

from connector_core.clock import ManualClock
from connector_core.errors import ConfigurationError
from connector_defender_office365.mock.applications import (
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_TENANT_ID,
)
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Damage, Fault, Faults, Slow, Status
from connector_defender_office365.mock.tenant import EmbeddedTenant
from connector_defender_office365.mock.wire import Breakage

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
LOGIN = f"https://login.microsoftonline.com/{DEFAULT_TENANT_ID}"
RUN = "https://graph.microsoft.com/v1.0/security/runHuntingQuery"


class Caller:
    def __init__(self, faults: Faults) -> None:
        self.clock = ManualClock(NOW)
        self.tenant = EmbeddedTenant(clock=self.clock, rows={}, faults=faults)
        self.client = httpx.Client(transport=self.tenant.transport(), timeout=30)
        self.token = ""

    def discover(self) -> httpx.Response:
        return self.client.get(f"{LOGIN}/v2.0/.well-known/openid-configuration")

    def sign_in(self) -> httpx.Response:
        form = {
            "client_id": DEFAULT_CLIENT_ID,
            "client_secret": DEFAULT_SECRET,
            "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
        }
        return self.client.post(f"{LOGIN}/oauth2/v2.0/token", data=form)

    def hunt(self) -> httpx.Response:
        if not self.token:
            self.token = self.sign_in().json()["access_token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.post(RUN, json={"Query": "print a=1"}, headers=headers)

    def call(self, endpoint: str) -> httpx.Response:
        calls = {"discovery": self.discover, "token": self.sign_in, "graph": self.hunt}
        return calls[endpoint]()


def rows(answer: httpx.Response) -> object:
    return json.loads(answer.content)["results"]


GOOD = [{"a@odata.type": "#Int64", "a": 1}]


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_named_fault_happens_once_and_then_all_is_well(name: str) -> None:
    endpoint, effect, words = NAMED[name]
    assert words
    caller = Caller(Faults.named(name))
    good = Caller(Faults()).call(endpoint)
    if effect is Breakage.REFUSED:
        with pytest.raises(httpx.ConnectError):
            caller.call(endpoint)
    elif effect is Breakage.SILENT:
        with pytest.raises(httpx.ReadTimeout):
            caller.call(endpoint)
        assert caller.clock.slept == [30]
    elif effect is Breakage.CUT:
        with pytest.raises(httpx.RemoteProtocolError):
            caller.call(endpoint)
    elif effect is Damage.BAD_GZIP:
        with pytest.raises(httpx.DecodingError):
            caller.call(endpoint)
    elif isinstance(effect, Slow):
        assert caller.call(endpoint).content == good.content
        assert caller.clock.slept == [effect.seconds]
    elif isinstance(effect, Status):
        answer = caller.call(endpoint)
        assert answer.status_code == effect.status
        assert answer.content != good.content
        for header, value in effect.headers.items():
            assert answer.headers[header] == value
    else:
        answer = caller.call(endpoint)
        assert answer.status_code == 200
        assert (answer.content, answer.headers["content-type"]) != (
            good.content,
            good.headers["content-type"],
        )
    assert caller.call(endpoint).status_code == 200


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Faults.named("gremlins")
    assert "gzip-bomb" in caught.value.remediation


def test_a_fault_meets_the_request_of_its_number() -> None:
    caller = Caller(Faults.script([Fault(endpoint="graph", effect=Status(503), when=2)]))
    assert [caller.hunt().status_code for _ in range(4)] == [200, 503, 200, 200]


def test_a_fault_meets_the_requests_its_condition_selects() -> None:
    every_third = Fault(endpoint="graph", effect=Status(503), when=lambda n: n % 3 == 0, times=None)
    caller = Caller(Faults.script([every_third]))
    answers = [caller.hunt().status_code for _ in range(6)]
    assert answers == [200, 200, 503, 200, 200, 503]


def test_faults_without_a_number_come_one_after_the_other() -> None:
    script = [Fault(endpoint="graph", effect=Status(code), times=2) for code in (503, 500)]
    caller = Caller(Faults.script(script))
    assert [caller.hunt().status_code for _ in range(5)] == [503, 503, 500, 500, 200]


def test_a_fault_of_one_endpoint_leaves_the_others_alone() -> None:
    caller = Caller(Faults.script([Fault(endpoint="token", effect=Status(503, 90033))]))
    assert caller.discover().status_code == 200
    assert caller.sign_in().status_code == 503
    assert caller.hunt().status_code == 200


def test_a_fault_can_be_added_to_a_running_tenant() -> None:
    caller = Caller(Faults())
    assert caller.hunt().status_code == 200
    caller.tenant.faults.add(Fault(endpoint="graph", effect=Status(500)))
    assert caller.hunt().status_code == 500


def test_a_service_fault_has_the_envelope_of_graph_with_an_empty_message() -> None:
    answer = Caller(Faults.named("server-error")).hunt()
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("UnknownError", "")
    assert error["innerError"]["request-id"] == answer.headers["request-id"]


def test_the_quota_text_ends_with_the_seconds_to_wait() -> None:
    answer = Caller(Faults.named("quota")).hunt()
    assert answer.status_code == 429
    assert answer.json()["error"]["message"].split()[-2:] == ["123", "seconds."]
    assert "retry-after" not in answer.headers


def test_entra_says_its_own_codes() -> None:
    answer = Caller(Faults.named("login-throttled")).sign_in()
    assert answer.json()["error_codes"] == [90055]
    assert answer.headers["retry-after"] == "10"


def test_truncated_json_comes_whole_as_far_as_http_goes() -> None:
    answer = Caller(Faults.named("truncated")).hunt()
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_the_rows_come_twice_and_a_careless_reader_sees_none() -> None:
    answer = Caller(Faults.named("duplicate-key")).hunt()
    assert answer.content.count(b'"results":') == 2
    assert rows(answer) == []


def test_the_bomb_is_small_on_the_wire() -> None:
    caller = Caller(Faults.named("gzip-bomb"))
    caller.token = caller.sign_in().json()["access_token"]
    headers = {"Authorization": f"Bearer {caller.token}"}
    with caller.client.stream("POST", RUN, json={"Query": "print 1"}, headers=headers) as answer:
        packed = b"".join(answer.iter_raw())
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) == 64 * 2**20


def test_text_that_is_not_utf8_cannot_be_decoded() -> None:
    answer = Caller(Faults.named("not-utf8")).hunt()
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")


def test_good_json_of_the_wrong_type_is_still_good_json() -> None:
    answer = Caller(Faults.named("wrong-type")).hunt()
    assert answer.headers["content-type"] == "text/plain"
    assert rows(answer) == GOOD


def test_a_slow_answer_beyond_the_patience_of_the_client_is_a_time_out() -> None:
    caller = Caller(Faults.named("slow"))
    caller.client.timeout = httpx.Timeout(5)
    with pytest.raises(httpx.ReadTimeout):
        caller.hunt()
    assert caller.clock.slept == [5]


def test_a_cut_body_comes_half() -> None:
    caller = Caller(Faults.named("cut"))
    caller.token = caller.sign_in().json()["access_token"]
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Encoding": "identity"}
    with caller.client.stream("POST", RUN, json={"Query": "print 1"}, headers=headers) as answer:
        pieces = answer.iter_raw()
        first = next(pieces)
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)
    assert 0 < len(first) < int(answer.headers["content-length"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("refused", httpx.ConnectError),
        ("silent", httpx.ReadTimeout),
        ("cut", httpx.RemoteProtocolError),
    ],
)
async def test_connections_break_for_async_clients_too(name: str, error: type[Exception]) -> None:
    caller = Caller(Faults.named(name))
    token = caller.sign_in().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=caller.tenant.transport()) as client:
        with pytest.raises(error):
            await client.post(RUN, json={"Query": "print 1"}, headers=headers)
        answer = await client.post(RUN, json={"Query": "print 1"}, headers=headers)
    assert answer.status_code == 200


def test_a_broken_connection_is_in_the_log_without_a_status() -> None:
    caller = Caller(Faults.named("refused"))
    with pytest.raises(httpx.ConnectError):
        caller.hunt()
    assert caller.tenant.log[-1].status == 0
