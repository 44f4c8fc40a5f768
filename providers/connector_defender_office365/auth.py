"""Signs requests to Graph with a token from Entra, fetched through the very client that sends them.

Token requests are part of the authentication flow of the request that needs them, so one proxy, one
TLS set-up, one time-out and one transport serve both.
"""

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx

from connector_core.clock import Clock
from connector_core.errors import ConfigurationError, Origin, ProviderError, ResponseInvalidError
from connector_core.vendor_text import http_date, json_object

from .config import ClientSecret, DefenderConfig, looks_like_id
from .entra_errors import OPERATION, token_error
from .errors import PROVIDER
from .msal_http import MAX_ANSWER, next_step

RENEW_SECONDS: Final = 300
"""A token with less than this left is renewed."""
PATIENCE_SECONDS: Final = 30
"""How long a still valid token serves after an attempt to renew it failed."""
_MAX_ANSWERS: Final = 3
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,65536}", re.ASCII)
_MAX_LIFETIME: Final = 172_800


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    expires: float
    """On the clock's monotonic scale."""


class EntraAuth(httpx.Auth):
    """Bearer authentication for one application in one tenant.

    Safe for many threads, tasks and event loops at once: callers that find no token wait for the
    one that fetches it. After a 401 the request is sent once more, with a new token.

    >>> client = httpx.Client(auth=EntraAuth(config, clock))  # doctest: +SKIP

    Raises, from within `client.send`: `AuthenticationError`, `RateLimitedError`,
    `UnavailableError` or `ResponseInvalidError` with the operation ``token``.
    """

    def __init__(self, config: DefenderConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._token: _Token | None = None
        self._discovery: str | None = None
        self._patient_until = float("-inf")
        self._lock = threading.Lock()
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )
        self.skew_seconds: float | None = None
        """How far this machine's clock is ahead of Microsoft's; None before the first answer."""

    def __repr__(self) -> str:
        return f"EntraAuth(tenant_id={self._config.tenant_id!r}, region={self._config.region!r})"

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign and send, fetching a token first when needed."""
        self._check_target(request)
        for last in (False, True):
            token = self._usable()
            if token is None:
                with self._lock:
                    token = self._usable()
                    if token is None:
                        with self._renewing(request) as renewal:
                            while (question := renewal.step()) is not None:
                                answer = yield question
                                _limit(answer)
                                answer.read()
                                self._observe(answer)
                                renewal.accept(answer)
                        token = self._fetched()
            _sign(request, token)
            response = yield request
            self._observe(response)
            response.history = []  # else it would carry the answer with the token
            if not self._refused(response, token) or last:
                return
            _limit(response)  # httpx reads it to the end before it sends again

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign and send, fetching a token first when needed."""
        self._check_target(request)
        for last in (False, True):
            token = self._usable()
            if token is None:
                async with self._loop_lock():
                    token = self._usable()
                    if token is None:
                        with self._renewing(request) as renewal:
                            # MSAL's first import and a key's decryption would stall the loop.
                            while (question := await asyncio.to_thread(renewal.step)) is not None:
                                answer = yield question
                                _limit(answer)
                                await answer.aread()
                                self._observe(answer)
                                renewal.accept(answer)
                        token = self._fetched()
            _sign(request, token)
            response = yield request
            self._observe(response)
            response.history = []
            if not self._refused(response, token) or last:
                return
            _limit(response)  # httpx reads it to the end before it sends again

    def _check_target(self, request: httpx.Request) -> None:
        graph = httpx.URL(self._config.endpoints.graph)
        url = request.url
        if (url.scheme, url.host, url.port) != (graph.scheme, graph.host, graph.port):
            raise ConfigurationError("a token for Graph is never sent to another host")

    def _usable(self) -> _Token | None:
        """The token, unless it is time to renew it and nobody tried a moment ago."""
        token, now = self._token, self._clock.monotonic()
        if token is None or token.expires <= now:
            return None
        return token if token.expires - now >= RENEW_SECONDS or now < self._patient_until else None

    def _fetched(self) -> _Token:
        token = self._usable()
        if token is None:
            raise ResponseInvalidError(
                "Entra issued a token that is no longer valid",
                origin=Origin(provider=PROVIDER, operation=OPERATION),
            )
        return token

    def _refused(self, response: httpx.Response, token: _Token) -> bool:
        """Whether Graph refused the token, which is then forgotten unless it was replaced."""
        if response.status_code != 401:
            return False
        if self._token is token:
            self._token = None
        return True

    @contextmanager
    def _renewing(self, request: httpx.Request) -> Iterator["_Renewal"]:
        """Take over the token when all goes well; go on with an old one when Entra is down.

        When the connection itself fails, httpx ends the flow without telling it why. The pause
        begins before the attempt for that reason: the retried call then finds the old token good.
        """
        now = self._clock.monotonic()
        self._patient_until = now + PATIENCE_SECONDS
        renewal = _Renewal(self._config, request, self._discovery, now)
        try:
            yield renewal
        except ProviderError as error:
            self._discovery = None
            if not error.retryable or self._usable() is None:
                raise
        else:
            self._token, self._discovery = renewal.token, renewal.answers[0]

    def _observe(self, response: httpx.Response) -> None:
        sent = http_date(response.headers.get("Date"))
        if sent is not None:
            self.skew_seconds = self._clock.now() - sent

    def _loop_lock(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


class _Renewal:
    """One conversation with Entra: MSAL's questions and the accepted answers."""

    def __init__(
        self, config: DefenderConfig, cause: httpx.Request, discovery: str | None, now: float
    ) -> None:
        self._config = config
        # The time-outs of the call that needs the token, and the attempts that it has left.
        given = cause.extensions
        self._extensions = {key: given[key] for key in ("timeout",) if key in given}
        if "sign_in_retry" in given:
            self._extensions["retry"] = given["sign_in_retry"]
        self._now = now
        self.answers = [] if discovery is None else [discovery]
        self.token: _Token | None = None

    def step(self) -> httpx.Request | None:
        """MSAL's next request, or None when there is a token."""
        if len(self.answers) > _MAX_ANSWERS:
            raise _invalid("MSAL asks for more than an address and a token")
        outcome = next_step(self._config, self.answers)
        if isinstance(outcome, httpx.Request):
            outcome.extensions = dict(self._extensions)
            return outcome
        self.token = self._read_token(outcome)
        return None

    def accept(self, response: httpx.Response) -> None:
        """Keep a good answer for MSAL, raise what any other stands for."""
        if len(response.content) > MAX_ANSWER:
            raise _invalid(f"the login host's answer is larger than {MAX_ANSWER} bytes")
        body = json_object(response.content)
        if response.status_code != 200 or not body or "error" in body:
            credential = self._config.credential
            pasted = isinstance(credential, ClientSecret) and looks_like_id(
                credential.client_secret
            )
            raise token_error(response, secret_looks_like_id=pasted)
        self.answers.append(json.dumps(body))

    def _read_token(self, answer: Mapping[str, Any]) -> _Token:
        value, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise _invalid("Entra's answer holds no usable access_token")
        if not isinstance(lifetime, int) or not 0 < lifetime <= _MAX_LIFETIME:
            raise _invalid("Entra's answer holds no usable expires_in")
        return _Token(value, self._now + lifetime)


class _Limited(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body cut right after `MAX_ANSWER`, so that it can be seen to be too large."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = MAX_ANSWER + 1

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield self._counted(chunk)
            if not self._left:
                return

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield self._counted(chunk)
            if not self._left:
                return

    def _counted(self, chunk: bytes) -> bytes:
        chunk = chunk[: self._left]
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close what is wrapped."""
        self._stream.close()

    async def aclose(self) -> None:
        """Close what is wrapped."""
        await self._stream.aclose()


def _limit(response: httpx.Response) -> None:
    """Bound an answer before it is read.

    No compression was asked for. An answer that is compressed all the same stays so, which makes it
    an unreadable answer instead of an unbounded one.
    """
    response.headers.pop("Content-Encoding", None)
    response.stream = _Limited(response.stream)


def _sign(request: httpx.Request, token: _Token) -> None:
    request.headers["Authorization"] = f"Bearer {token.value}"


def _invalid(problem: str) -> ResponseInvalidError:
    return ResponseInvalidError(
        problem,
        origin=Origin(provider=PROVIDER, operation=OPERATION),
        remediation="Try again; if it persists, check whether a proxy alters answers.",
    )
