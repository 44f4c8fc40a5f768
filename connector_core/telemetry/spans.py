"""Spans through the OpenTelemetry API, or nothing where nobody listens.

An application that wants spans has imported OpenTelemetry before it can say so. As long as nobody
has, it is not imported here either, and a span costs a look into a dict.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from opentelemetry import trace

PREFIX: Final = "email_security."
"""Begins the names that the semantic conventions do not have."""

Kind = Literal["internal", "client", "server"]
Values = Mapping[str, str | int | float | bool]


class Span:
    """One span, or none. Never takes the message of an error: it may quote a filter."""

    __slots__ = ("_span",)

    def __init__(self, span: "trace.Span | None" = None) -> None:
        self._span = span

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return self._span is not None

    def set(self, values: Values) -> None:
        """Add attributes."""
        if self._span is not None:
            self._span.set_attributes(values)

    def rename(self, name: str) -> None:
        """Give it another name."""
        if self._span is not None:
            self._span.update_name(name)

    def fail(self, error: str) -> None:
        """Mark as failed, with a class of errors or a status."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """It is over."""
        if self._span is not None:
            self._span.end()


NONE: Final = Span()


def listened() -> bool:
    """Whether anybody can have asked for telemetry."""
    return "opentelemetry.trace" in sys.modules or "opentelemetry.metrics" in sys.modules


def start(name: str, kind: Kind, values: Values) -> Span:
    """A span below the current one, not current itself; has to be ended."""
    if not listened():
        return NONE
    from opentelemetry.trace import SpanKind

    return Span(_tracer().start_span(name, kind=SpanKind[kind.upper()], attributes=values))


@contextmanager
def span(
    name: str, values: Values, *, kind: Kind = "internal", parent: Mapping[str, str] | None = None
) -> Iterator[Span]:
    """The current span until the block ends, in the same thread or task.

    `parent`: headers of an incoming request, whose ``traceparent`` is taken up.
    """
    if not listened():
        yield NONE
        return
    from opentelemetry import propagate, trace

    context = propagate.extract(parent) if parent else None
    found = _tracer().start_span(name, context, trace.SpanKind[kind.upper()], values)
    with trace.use_span(found, end_on_exit=True, record_exception=False,
                        set_status_on_exception=False):  # fmt: skip
        yield Span(found)


@contextmanager
def pause(reason: str, seconds: float) -> Iterator[None]:
    """A span around the wait before another attempt; `reason` is the class of the failure."""
    values: Values = {"error.type": reason, f"{PREFIX}retry.delay": seconds}
    waiting = start("retry", "internal", values)
    try:
        yield
    finally:
        waiting.end()


@cache
def _tracer() -> Any:
    from opentelemetry import trace

    from connector_core import __version__

    return trace.get_tracer("connector_core", __version__)  # a proxy until an SDK is set
