"""Retries below the sign-in, where no flow sees the answer.

A provider's auth may send requests of its own to fetch a token. They are tried again here, in the
transport, before whatever reads their answers gives up; every attempt counts against the call that
needs the token, so that both together make no more than `ATTEMPTS`.
"""

from typing import Final

import httpx
from httpx_retries import Retry

from connector_core.errors import RateLimitedError, UnavailableError
from connector_core.retry import ATTEMPTS, Trial, delay
from connector_core.telemetry import pause
from connector_core.vendor_text import retry_after

STATUSES: Final = (408, 429, 500, 502, 503, 504)

NO_RETRY: Final = Retry(total=0)
"""For the call itself: the flow tries it again, body and all."""


class SignInRetry(Retry):
    """The rules of `retry`, for httpx-retries: one `Trial`, and its clock."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(
            total=ATTEMPTS,
            allowed_methods=["GET", "POST"],
            status_forcelist=STATUSES,
            # Not ReadTimeout: the call begins anew after one, with the time that is left.
            retry_on_exceptions=[httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError],
        )
        self._trial = trial

    def is_exhausted(self) -> bool:
        """Whether the call has no attempt or no time left."""
        return self._trial.attempts >= ATTEMPTS or self._trial.budget.left <= 0

    def is_retryable_exception(self, exception: Exception) -> bool:
        """Whether a broken connection may be whole next time; a bad certificate stays bad."""
        lasting = "CERTIFICATE_VERIFY_FAILED" in str(exception)
        return not lasting and super().is_retryable_exception(exception)

    def increment(self) -> Retry:
        """One more attempt of the call is spent."""
        self._trial.attempts += 1
        self._trial.budget.count_retry(0.0)
        return self

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait on the call's clock; raises `UnavailableError` when that would take too long."""
        seconds = self._pause(response)
        with pause(_reason(response), seconds):
            self._trial.budget.clock.sleep(seconds)

    async def asleep(self, response: httpx.Response | Exception) -> None:
        """The same for asyncio."""
        seconds = self._pause(response)
        with pause(_reason(response), seconds):
            await self._trial.budget.clock.asleep(seconds)

    def _pause(self, response: httpx.Response | Exception) -> float:
        asked = retry_after(response.headers) if isinstance(response, httpx.Response) else None
        pause = delay(self._trial.attempts - 1, asked)
        if pause >= self._trial.budget.left:
            throttled = isinstance(response, httpx.Response) and response.status_code == 429
            raise (RateLimitedError if throttled else UnavailableError)(
                "The sign-in service asks for a longer wait than this call can take.",
                retry_after=asked,
                remediation="Try again later.",
            )
        return pause


def _reason(response: httpx.Response | Exception) -> str:
    if isinstance(response, httpx.Response):
        return str(response.status_code)
    return type(response).__name__
