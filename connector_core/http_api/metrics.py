"""The host's metrics as Prometheus text on ``/metrics``.

Those of the operations are `connector_core.telemetry.instruments.TABLE`, by integration. With
several worker processes PROMETHEUS_MULTIPROC_DIR names a directory that they share; whichever is
asked answers for all.
"""

import contextlib
import hmac
import os
import re
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from pydantic import SecretStr
from starlette.responses import Response

from connector_core.http_api.errors import Unauthorized
from connector_core.telemetry import Observer, Outcome
from connector_core.telemetry.instruments import BUCKETS, TABLE, Instrument
from connector_core.telemetry.spans import PREFIX

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
LABELS: Final = ("integration", "provider", "operation")
"""Of every metric of an operation."""
HTTP_LABELS: Final = ("method", "route", "status")
"""Of the metrics of requests; the route is the template of the path."""
BROKEN_LABELS: Final = ("route", "by")
"""Of answers that began and did not end; by the client, or by the host."""

_LIVE: Final = re.compile(r"gauge_live[a-z]*_(\d+)\.db")

router = APIRouter()


class Metrics:
    """What one host has counted since it started."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._instruments = [_made(one, self._registry) for one in TABLE]
        self._requests = Counter(
            "email_security_http_requests", "Requests answered.", HTTP_LABELS,
            registry=self._registry,
        )  # fmt: skip
        self._durations = Histogram(
            "email_security_http_request_duration_seconds",
            "Time from the request to the end of its answer.",
            HTTP_LABELS[:2],
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._broken_off = Counter(
            "email_security_http_answers_broken_off", "Answers that began and did not end.",
            BROKEN_LABELS, registry=self._registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            "email_security_http_requests_in_flight", "Requests that are being answered.",
            registry=self._registry, multiprocess_mode="livesum",
        )  # fmt: skip

    def observer(self, integration: str) -> Observer:
        """Counts the operations of one integration."""
        return _Counting(self._instruments, integration)

    def served(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)

    def broken_off(self, route: str, by: str) -> None:
        """Count an answer that began and did not end."""
        self._broken_off.labels(route, by).inc()

    def text(self) -> bytes:
        """All of it, of all worker processes."""
        registry = self._registry
        if folder := os.environ.get(SHARED):
            _forget_dead(Path(folder))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class _Counting:
    def __init__(self, instruments: list[Any], integration: str) -> None:
        self._instruments = instruments
        self._integration = integration

    def ended(self, outcome: Outcome) -> None:
        common = (self._integration, outcome.provider, outcome.operation)
        for one, metric in zip(TABLE, self._instruments, strict=True):
            for value, amount in one.amounts(outcome).items():
                series = metric.labels(*common, *([value] if one.label else []))
                (series.inc if one.kind == "counter" else series.observe)(amount)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """The host's metrics; for whoever shows the ``metrics_token``, if one is set."""
    host = request.app.state.host
    _admit(request.headers.get("authorization", ""), host.config.metrics_token)
    return Response(host.metrics.text(), media_type=CONTENT_TYPE)


def _admit(shown: str, token: SecretStr | None) -> None:
    if token is None:
        return
    scheme, _, given = shown.partition(" ")
    wanted = token.get_secret_value().encode()
    if not hmac.compare_digest(given.strip().encode(), wanted) or scheme.lower() != "bearer":
        raise Unauthorized(
            "The metrics are read with a token of their own.",
            parameter="Authorization",
            location="header",
            remediation="Send Authorization: Bearer TOKEN, with server.metrics_token of the"
            " configuration file.",
        )


def prometheus_name(one: Instrument) -> str:
    """As Prometheus writes it; to a counter it adds ``_total``."""
    unit = "_seconds" if one.unit == "s" else ""
    return f"{PREFIX}{one.name}{unit}".replace(".", "_")


def prometheus_label(one: Instrument) -> tuple[str, ...]:
    """The instrument's own label, if it has one."""
    return (one.label.replace(".", "_"),) if one.label else ()


def _made(one: Instrument, registry: CollectorRegistry) -> Counter | Histogram:
    name, labels = prometheus_name(one), (*LABELS, *prometheus_label(one))
    if one.kind == "counter":
        return Counter(name, one.description, labels, registry=registry)
    return Histogram(name, one.description, labels, registry=registry, buckets=BUCKETS)


def _forget_dead(folder: Path) -> None:
    """A worker that died has nothing under way any more; what it has counted stays."""
    processes = Path("/proc")
    if not (processes / "self").exists():
        return  # not Linux: they are forgotten when the host is started again
    for file in folder.glob("gauge_live*.db"):
        match = _LIVE.fullmatch(file.name)
        if match and not (processes / match[1]).exists():
            with contextlib.suppress(FileNotFoundError):  # another reader was faster
                mark_process_dead(int(match[1]), str(folder))  # type: ignore[no-untyped-call]
