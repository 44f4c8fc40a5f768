"""When a call is tried again, and after how long."""

import httpx
import pytest

from connector_core.clock import ManualClock
from connector_core.errors import (
    AuthenticationError,
    Origin,
    ProviderError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_core.retry import ATTEMPTS, BACKOFF_MAX_SECONDS, Budget, Trial, delay
from connector_core.sign_in_retry import SignInRetry


def trial(attempts: int = 1, left: float = 200.0) -> Trial:
    clock = ManualClock(1_793_491_200)
    return Trial(Budget(clock, clock.monotonic() + left), attempts=attempts)


@pytest.mark.parametrize("attempt", [1, 2, 5, 6, 100, 10_000])
def test_a_pause_is_random_below_a_ceiling_that_doubles(attempt: int) -> None:
    pauses = [delay(attempt, None) for _ in range(200)]
    ceiling = min(BACKOFF_MAX_SECONDS, 0.5 * 2 ** min(attempt, 10))
    assert all(0 <= pause <= ceiling for pause in pauses)
    assert max(pauses) > ceiling / 2
    assert len(set(pauses)) > 100


@pytest.mark.parametrize("asked", [0.0, 1.0, 10.0, 600.0])
def test_what_the_vendor_asks_for_is_never_shortened(asked: float) -> None:
    pauses = [delay(1, asked) for _ in range(200)]
    assert min(pauses) >= asked
    assert max(pauses) <= max(asked * 1.2, 1.0)


@pytest.mark.parametrize(
    ("error", "attempts", "again"),
    [
        (UnavailableError("x"), 1, True),
        (UnavailableError("x"), ATTEMPTS - 1, True),
        (UnavailableError("x"), ATTEMPTS, False),
        (ResponseInvalidError("x"), 1, True),
        (RateLimitedError("x"), 1, True),
        (AuthenticationError("x"), 1, False),
        (UnavailableError("x", retryable=False), 1, False),
        (UnavailableError("x", origin=Origin(status=504)), 1, True),
        (UnavailableError("x", origin=Origin(status=504)), 2, False),
        (RateLimitedError("x", retry_after=100.0), 1, True),
        (RateLimitedError("x", retry_after=200.0), 1, False),
        (RateLimitedError("x", retry_after=1e9), 1, False),
    ],
)
def test_only_what_may_help_in_time_is_tried_again(
    error: ProviderError, attempts: int, again: bool
) -> None:
    assert trial(attempts).again(error) is again


def test_a_caller_that_waits_no_more_ends_the_attempts() -> None:
    one = trial()
    one.halted = lambda: True
    assert not one.again(UnavailableError("x"))


def test_an_error_that_is_given_up_says_when_to_ask_again() -> None:
    error = RateLimitedError("x", retry_after=3_600.5, remediation="Ask less often.")
    assert not trial().again(error)
    assert error.details["resume_at"] == "2026-11-01T01:00:01Z"
    assert error.remediation == "Ask less often. Ask again at 2026-11-01T01:00:01Z or later."


def test_a_wish_beyond_the_calendar_does_no_harm() -> None:
    error = RateLimitedError("x", retry_after=1e12)
    assert not trial().again(error)
    assert "resume_at" not in error.details


def test_pauses_for_the_rate_limit_are_counted_and_others_are_not() -> None:
    one = trial()
    assert one.again(UnavailableError("x"))
    assert one.budget.waited == 0
    assert one.again(RateLimitedError("x", retry_after=5.0))
    assert 5 <= one.budget.waited <= 6
    assert one.budget.retries == 2


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_a_sign_in_waits_until_the_date_that_the_vendor_names(zone: str) -> None:
    headers = {
        "Date": f"Mon, 23 Nov 2026 10:00:00 {zone}",
        "Retry-After": f"Mon, 23 Nov 2026 10:00:40 {zone}",
    }
    spent = trial()
    SignInRetry(spent).sleep(httpx.Response(503, headers=headers))
    assert 150 <= spent.budget.left <= 160
