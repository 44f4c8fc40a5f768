"""Prometheus text on /metrics: by integration, bounded, and without anything from mail."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from connector_core.errors import ConfigurationError
from connector_core.http_api.metrics import Metrics, prometheus_label, prometheus_name
from connector_core.telemetry.instruments import TABLE
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault
from http_api.served import Desktop, bearer, serving
from opened import DAY, PROVIDER, Site

THREATS, EVENTS = "/v1/email-security/threats", "/v1/email-security/email-events"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Served(NamedTuple):
    """A host that serves two integrations with tenants of their own."""

    http: httpx.Client
    site: Site
    work: dict[str, str]
    home: dict[str, str]

    def samples(self) -> Samples:
        """Every sample of /metrics, by name and labels."""
        answer = self.http.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return parsed(answer.text)

    def threats(self, headers: dict[str, str], **params: Any) -> httpx.Response:
        """A page of the day's threats."""
        return self.http.get(THREATS, params={"filter": DAY, **params}, headers=headers)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    site = Site(5)
    desktop = Desktop(tmp_path_factory.mktemp("metrics") / "config.toml", site.clock)
    work, home = bearer(desktop.add("work", site)), bearer(desktop.add("home", site))
    with serving(desktop.host()) as url, httpx.Client(base_url=url, timeout=60) as http:
        yield Served(http, site, work, home)


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def added(before: Samples, after: Samples, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """What a metric grew by, by labels; labels that did not grow are left out."""
    grown = {
        labels: value - before.get((found, labels), 0)
        for (found, labels), value in after.items()
        if found == name
    }
    return {labels: value for labels, value in grown.items() if value}


def labels(**more: str) -> frozenset[tuple[str, str]]:
    return frozenset({"provider": PROVIDER, "operation": "query_threats", **more}.items())


def test_operations_are_counted_by_integration(served: Served) -> None:
    before = served.samples()
    page = served.threats(served.work, limit=3, meta="completeness").json()
    served.threats(served.home, limit=2)
    after = served.samples()
    told = page["meta"]["completeness"]
    work, home = labels(integration="work"), labels(integration="home")
    kept = added(before, after, "email_security_rows_kept_total")
    assert kept == {work: 3, home: 2}
    assert added(before, after, "email_security_pages_total") == {work: 1, home: 1}
    read = added(before, after, "email_security_rows_read_total")
    requests = added(before, after, "email_security_vendor_requests_total")
    assert (read[work], requests[work]) == (told["rows_read"], told["calls"])
    seconds = "email_security_operation_duration_seconds_count"
    assert added(before, after, seconds) == {work: 1, home: 1}


def test_errors_and_throttling_are_counted(served: Served) -> None:
    endpoint, effect, _ = NAMED["throttled"]
    before = served.samples()
    served.site.fails(Fault(endpoint=endpoint, effect=effect))
    assert served.threats(served.work, limit=3).status_code == 200
    served.site.fails()
    assert served.threats(served.work, filter="colour[eq]canary").status_code == 400
    after = served.samples()
    work = labels(integration="work")
    retries = added(before, after, "email_security_vendor_retries_total")
    assert retries == {work: 1}
    assert added(before, after, "email_security_vendor_throttled_seconds_total")[work] >= 10
    errors = added(before, after, "email_security_errors_total")
    assert errors == {labels(integration="work", error_type="UnknownField"): 1}


def test_requests_are_counted_by_template_of_their_path(served: Served) -> None:
    before = served.samples()
    served.http.get(f"{THREATS}/canary-of-a-path", headers=served.work)
    served.http.get(THREATS)
    served.http.get("/canary-of-no-path")
    served.http.request("CANARY", THREATS)
    after = served.samples()
    grown = added(before, after, "email_security_http_requests_total")
    names = ("method", "route", "status")
    told = {" ".join(dict(one)[name] for name in names): number for one, number in grown.items()}
    assert told.pop("GET /metrics 200") == 1
    assert told.pop(f"GET {THREATS}/{{threatId}} 404") == 1
    assert told.pop(f"GET {THREATS} 401") == 1
    assert told.pop("GET other 404") == 1
    (strange,) = told
    assert strange.startswith("other ")
    assert not [key for key in after if "canary" in str(key).lower()]


def test_what_is_being_answered_is_counted(served: Served) -> None:
    in_flight = served.samples()["email_security_http_requests_in_flight", frozenset()]
    assert in_flight == 1, "the one that asks"


def test_every_instrument_of_the_table_is_there(served: Served) -> None:
    text = served.http.get("/metrics").text
    for one in TABLE:
        assert f"# HELP {prometheus_name(one)}" in text
        assert f"# TYPE {prometheus_name(one)}" in text
        assert len(prometheus_label(one)) <= 1


def test_the_page_on_observing_has_the_same_table() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "observing.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if "` | `email_security_" in line]
    expected = []
    for one in TABLE:
        prometheus = prometheus_name(one) + ("_total" if one.kind == "counter" else "")
        label = "".join(f"`{name}`" for name in prometheus_label(one))
        cells = [f"`{one.name}`", f"`{one.unit}`", f"`{prometheus}`", label, one.description]
        expected.append(f"| {' | '.join(cells)} |")
    assert rows == expected


def test_the_page_on_observing_names_every_metric_of_requests(served: Served) -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "observing.md").read_text("utf-8")
    text = served.http.get("/metrics").text
    served_names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    missing = {name for name in served_names if name not in page and "_created" not in name}
    assert not missing


# -- who may read them -----------------------------------------------------------------------------


def test_a_token_of_their_own_keeps_others_from_reading_them(tmp_path: Path) -> None:
    site = Site(0)
    desktop = Desktop(tmp_path / "config.toml", site.clock)
    other = desktop.add("work", site)
    table = '[server]\nmetrics_token = { env = "METRICS" }\n'
    desktop.path.write_text(table + desktop.path.read_text("utf-8"), "utf-8")
    desktop.environ["METRICS"] = token = "a-token-for-the-metrics"
    with serving(desktop.host()) as url, httpx.Client(base_url=url, timeout=60) as http:
        for wrong in ("x", other, token[:-1], f"{token}x", "é"):
            headers = [(b"authorization", f"Bearer {wrong}".encode())]
            refused = http.get("/metrics", headers=headers)  # type: ignore[arg-type]
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert token not in refused.text
        for wrong in (token, f"Basic {token}"):
            assert http.get("/metrics", headers={"Authorization": wrong}).status_code == 401
        assert "email_security" in http.get("/metrics", headers=bearer(token)).text


def test_a_token_that_is_none_keeps_the_host_from_starting(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path / "config.toml", Site(0).clock)
    (tmp_path / "empty").write_text("\n")
    desktop.path.write_text('[server]\nmetrics_token = { file = "empty" }\n')
    with pytest.raises(ConfigurationError, match="metrics_token"):
        desktop.host()


# -- several processes -----------------------------------------------------------------------------

WORKER = """
import sys
from connector_core.http_api.metrics import Metrics
from connector_core.telemetry import Outcome
metrics = Metrics()
metrics.observer("work").ended(
    Outcome(provider="x", operation="query_events", seconds=1.0, rows_kept=3)
)
metrics.in_flight.inc()
if sys.argv[1:] == ["shown"]:
    sys.stdout.write(metrics.text().decode())
"""


def test_one_worker_answers_for_all_and_the_dead_have_nothing_under_way(tmp_path: Path) -> None:
    environ = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-c", WORKER, *arguments]
        return subprocess.run(
            command, env=environ, check=True, capture_output=True, text=True
        ).stdout

    run()
    samples = parsed(run("shown"))
    work = frozenset({"integration": "work", "provider": "x", "operation": "query_events"}.items())
    assert samples["email_security_rows_kept_total", work] == 6
    assert samples["email_security_operation_duration_seconds_count", work] == 2
    assert samples["email_security_http_requests_in_flight", frozenset()] == 1


def test_several_may_read_them_when_workers_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for number in range(400):
        nobody = 2**22 + number  # above every process id
        MmapedDict(str(tmp_path / f"gauge_livesum_{nobody}.db")).close()
    readers = 4
    together = threading.Barrier(readers)

    def read() -> bytes:
        together.wait(60)
        return Metrics().text()

    with ThreadPoolExecutor(readers) as pool:
        for reading in [pool.submit(read) for _ in range(readers)]:
            assert reading.result(60) == b""
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_breaks_off_is_counted_and_by_whom(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path / "config.toml", Site(0).clock)
    host = desktop.host()
    host.metrics.broken_off("/v1/x", "host")
    host.metrics.broken_off("/v1/x", "client")
    samples = parsed(host.metrics.text().decode())
    name = "email_security_http_answers_broken_off_total"
    for by in ("host", "client"):
        assert samples[name, frozenset({"route": "/v1/x", "by": by}.items())] == 1
