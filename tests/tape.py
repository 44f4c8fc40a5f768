"""What OpenTelemetry's own SDK receives from this process, in memory."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

Series = Mapping[tuple[str, frozenset[tuple[str, Any]]], float]
"""By name and attributes: a counter's sum, a histogram's count."""


class Tape(SpanExporter):
    """Keeps spans while it runs; other tests of the process fill no memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: list[ReadableSpan] | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep."""
        with self._lock:
            if self._spans is not None:
                self._spans += spans
        return SpanExportResult.SUCCESS

    @contextmanager
    def running(self) -> Iterator[list[ReadableSpan]]:
        """The spans that end in the block, in the order of their ends."""
        spans: list[ReadableSpan] = []
        with self._lock:
            self._spans = spans
        try:
            yield spans
        finally:
            with self._lock:
                self._spans = None


@cache
def _sdk() -> tuple[Tape, InMemoryMetricReader]:
    """The SDK can be set once in a process."""
    tape, reader = Tape(), InMemoryMetricReader()
    tracers = trace.get_tracer_provider()
    if not isinstance(tracers, TracerProvider):  # else another test was here first
        tracers = TracerProvider()
        trace.set_tracer_provider(tracers)
    tracers.add_span_processor(SimpleSpanProcessor(tape))
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    return tape, reader


@contextmanager
def recorded() -> Iterator[list[ReadableSpan]]:
    """The spans that end in the block."""
    with _sdk()[0].running() as spans:
        yield spans


def measured() -> Series:
    """All metrics as they are now."""
    data = _sdk()[1].get_metrics_data()
    found = {}
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    amount = getattr(point, "value", None)
                    key = metric.name, frozenset((point.attributes or {}).items())
                    found[key] = getattr(point, "count", 0) if amount is None else amount
    return found


def since(before: Series) -> dict[str, list[tuple[dict[str, Any], float]]]:
    """What was added, by name: attributes and amount."""
    found: dict[str, list[tuple[dict[str, Any], float]]] = {}
    for (name, attributes), amount in measured().items():
        if added := amount - before.get((name, attributes), 0):
            found.setdefault(name, []).append((dict(attributes), added))
    return found


def tree(spans: Sequence[ReadableSpan]) -> list[str]:
    """The spans as indented lines, parents first, each with its host or its error."""
    below: dict[int, list[ReadableSpan]] = {}
    known = {span.context.span_id for span in spans}
    for span in sorted(spans, key=lambda one: (one.start_time, one.end_time)):
        parent = span.parent.span_id if span.parent and span.parent.span_id in known else 0
        below.setdefault(parent, []).append(span)

    def lines(parent: int, depth: int) -> Iterator[str]:
        for span in below.get(parent, ()):
            names = ("server.address", "http.response.status_code", "error.type")
            values = span.attributes or {}
            told = [str(values[name]) for name in names if name in values]
            yield "  " * depth + " ".join([span.name, *told])
            yield from lines(span.context.span_id, depth + 1)

    return list(lines(0, 0))


def everything_of(spans: Sequence[ReadableSpan]) -> str:
    """All texts of all spans."""
    return "\n".join(span.to_json() for span in spans)
