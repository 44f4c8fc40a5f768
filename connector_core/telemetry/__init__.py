"""What can be watched from outside: spans, metrics, and observers of finished operations.

Spans and metrics go through the OpenTelemetry API; whoever configures its SDK receives them. None
of them holds a filter, a native query, an address, an id of a mail, a cursor or a secret.
"""

from connector_core.telemetry.outcome import Observer, Outcome, Watched
from connector_core.telemetry.spans import Span, pause, span
from connector_core.telemetry.watching import Watch, watch

__all__ = ["Observer", "Outcome", "Span", "Watch", "Watched", "pause", "span", "watch"]
