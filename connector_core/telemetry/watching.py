"""Around an operation: its span, its figures, and everybody who is told of its end."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from connector_core.page import Detail, Meta, Page
from connector_core.retry import Budget
from connector_core.telemetry import instruments
from connector_core.telemetry.outcome import Observer, Outcome, Watched
from connector_core.telemetry.spans import PREFIX, Span, span

A = TypeVar("A", bound=Page[Any] | Detail)

_log = logging.getLogger(__name__)


class Watch:
    """An operation under way."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._begin = budget.clock.monotonic()
        self._meta = Meta()
        self._pages = 0

    def answered(self, answer: A) -> A:
        """The same answer, and take note of what it says about itself."""
        self._meta = answer.meta
        self._pages = int(isinstance(answer, Page))
        return answer

    def outcome(self, provider: str, operation: Watched, error: str, cancelled: bool) -> Outcome:
        """What it came to, as far as it came."""
        return Outcome(
            provider=provider,
            operation=operation,
            seconds=self.budget.clock.monotonic() - self._begin,
            calls=self.budget.calls,
            retries=self.budget.retries,
            throttled=self.budget.waited,
            pages=self._pages,
            rows_read=self._meta.rows_read,
            rows_kept=self._meta.rows_kept,
            complete=self._meta.complete,
            drift=self._meta.drift,
            error=error,
            cancelled=cancelled,
        )


@contextmanager
def watch(
    provider: str, operation: Watched, budget: Budget, observers: Sequence[Observer]
) -> Iterator[Watch]:
    """Watch what happens in the block."""
    watched, error, cancelled = Watch(budget), "", False
    names = {f"{PREFIX}provider": provider, f"{PREFIX}operation": operation}
    with span(operation, names) as own:
        try:
            yield watched
        except asyncio.CancelledError:  # nobody's fault
            cancelled = True
            raise
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            outcome = watched.outcome(provider, operation, error, cancelled)
            _describe(own, outcome)
            instruments.record(outcome)
            for observer in observers:
                _tell(observer, outcome)


def _tell(observer: Observer, outcome: Outcome) -> None:
    """An observer that fails takes nobody's answer away; its message may quote anything."""
    try:
        observer.ended(outcome)
    except Exception as error:
        _log.error("An observer failed with %s.", type(error).__name__)


def _describe(own: Span, outcome: Outcome) -> None:
    if not own:
        return
    if outcome.error:
        own.fail(outcome.error)
    elif outcome.cancelled:
        own.set({f"{PREFIX}cancelled": True})
    else:
        own.set(
            {
                f"{PREFIX}rows.read": outcome.rows_read,
                f"{PREFIX}rows.kept": outcome.rows_kept,
                f"{PREFIX}complete": outcome.complete,
            }
        )
    own.set(
        {
            f"{PREFIX}vendor.requests": outcome.calls,
            f"{PREFIX}vendor.retries": outcome.retries,
            f"{PREFIX}vendor.throttled": outcome.throttled,
        }
    )
