"""The HTTP clients that every request goes through: one place for TLS, proxy, time-outs, hosts."""

import ssl
from dataclasses import dataclass
from typing import Any, Final

import certifi
import httpx
from httpx_retries import Retry, RetryTransport

from connector_core.clock import Clock
from connector_core.errors import ConfigurationError, UnavailableError
from connector_core.retry import ATTEMPTS, delay, retry_after

SIGN_IN_STATUSES: Final = (408, 429, 500, 502, 503, 504)
SIGN_IN_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How this host reaches the vendor. Proxy and TLS variables of the environment are ignored."""

    proxy: str | None = None
    """For example ``http://proxy.example:3128``."""
    ca_file: str | None = None
    """A PEM file of further certificate authorities, for a proxy that opens TLS."""
    timeout: float = 190.0
    """Seconds without a byte before a read is given up; Graph itself stops a query at 180 s."""
    deadline: float = 200.0
    """Seconds that one page may take, retries and pauses included."""


def make_client(
    network: Network, clock: Clock, hosts: frozenset[str], transport: httpx.BaseTransport | None
) -> httpx.Client:
    """A client for one provider; `transport` replaces the way to the network."""
    inner = transport or httpx.HTTPTransport(verify=_tls(network), proxy=network.proxy)
    return httpx.Client(
        transport=_Guard(RetryTransport(inner, _SignInRetry(clock)), hosts), **_options(network)
    )


def make_async_client(
    network: Network,
    clock: Clock,
    hosts: frozenset[str],
    transport: httpx.AsyncBaseTransport | None,
) -> httpx.AsyncClient:
    """The same for asyncio."""
    inner = transport or httpx.AsyncHTTPTransport(verify=_tls(network), proxy=network.proxy)
    return httpx.AsyncClient(
        transport=_Guard(RetryTransport(inner, _SignInRetry(clock)), hosts), **_options(network)
    )


NO_RETRY: Final[dict[str, Any]] = {"retry": Retry(total=0)}
"""Request extensions for a call that the flow itself tries again, body and all."""


def _options(network: Network) -> dict[str, Any]:
    timeout = httpx.Timeout(network.timeout, connect=15.0, pool=30.0)
    return {"timeout": timeout, "follow_redirects": False, "trust_env": False}


def _tls(network: Network) -> ssl.SSLContext:
    # A bare context: unlike create_default_context it obeys no SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if network.ca_file:
        try:
            context.load_verify_locations(network.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"The certificate file {network.ca_file!r} cannot be used: {error}",
                setting="network.ca_file",
                remediation="Give the path of a PEM file with certificate authorities.",
            ) from None
    return context


class _Guard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Refuses every request that is not https to a host the provider named."""

    def __init__(self, inner: RetryTransport, hosts: frozenset[str]) -> None:
        self._inner = inner
        self._hosts = hosts

    def _check(self, request: httpx.Request) -> None:
        url = request.url
        host = url.host if url.port is None else f"{url.host}:{url.port}"
        if url.scheme != "https" or host not in self._hosts or url.userinfo:
            raise ConfigurationError(
                f"A request to {url.scheme}://{host} was stopped: this provider speaks only to"
                f" {', '.join(sorted(self._hosts))} by https.",
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._check(request)
        return self._inner.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._check(request)
        return await self._inner.handle_async_request(request)

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()


class _SignInRetry(Retry):
    """Retries of token traffic, where no flow can see the answer: the same rules, on our clock."""

    def __init__(self, clock: Clock | None = None, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "total": ATTEMPTS - 1,
            "allowed_methods": ["GET", "POST"],
            "status_forcelist": SIGN_IN_STATUSES,
            "total_timeout": SIGN_IN_PATIENCE_SECONDS,
        }
        super().__init__(**(defaults | options))
        self.clock = clock

    def increment(self) -> Retry:
        """The same with one more attempt counted."""
        copy = super().increment()
        if isinstance(copy, _SignInRetry):
            copy.clock = self.clock
        return copy

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait on our clock; raises `UnavailableError` when the vendor asks for too long a wait."""
        if self.clock is not None:
            self.clock.sleep(self._pause(response))

    async def asleep(self, response: httpx.Response | Exception) -> None:
        """The same for asyncio."""
        if self.clock is not None:
            await self.clock.asleep(self._pause(response))

    def _pause(self, response: httpx.Response | Exception) -> float:
        asked = retry_after(response.headers) if isinstance(response, httpx.Response) else None
        pause = delay(self.attempts_made, asked)
        self.elapsed_sleep += pause
        if self.elapsed_sleep > SIGN_IN_PATIENCE_SECONDS:
            raise UnavailableError(
                "The sign-in service asks for a longer wait than one call can take.",
                retry_after=asked,
                remediation="Try again later.",
                details={"permanent": "wait"},
            )
        return pause
