"""The HTTP clients that every request goes through: one place for TLS, proxy, time-outs, hosts."""

import asyncio
import math
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import certifi
import httpx
from httpx_retries import RetryTransport

from connector_core.clock import Clock
from connector_core.errors import ConfigurationError
from connector_core.sign_in_retry import NO_RETRY
from connector_core.telemetry.traced import Traced

CONNECT_SECONDS: Final = 15.0
MAX_SECONDS: Final = 3_600.0
"""Longest time-out and deadline that can be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How this host reaches the vendor. Proxy and TLS variables of the environment are ignored.

    Raises `ConfigurationError` for what cannot be right.
    """

    proxy: str | None = field(default=None, repr=False)
    """For example ``http://proxy.example:3128``; a user and password may stand before the host."""
    ca_file: str | None = None
    """A PEM file of further certificate authorities, for a proxy that opens TLS."""
    timeout: float = 190.0
    """Seconds that one request may take; Graph itself stops a query at 180 s."""
    deadline: float = 200.0
    """Seconds that one page may take, retries and pauses included."""

    def __post_init__(self) -> None:
        for name in ("timeout", "deadline"):
            seconds = getattr(self, name)
            number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
            if not number or not 0 < seconds <= MAX_SECONDS or math.isnan(seconds):
                raise ConfigurationError(
                    f"network.{name} must be a number of seconds above 0,"
                    f" at most {MAX_SECONDS:.0f}.",
                    setting=f"network.{name}",
                )
        if self.proxy is not None and not _is_proxy(self.proxy):
            raise ConfigurationError(  # without the value, which may hold a password
                "network.proxy is not the address of an HTTP proxy.",
                setting="network.proxy",
                remediation="Write it like http://proxy.example:3128.",
            )


def _is_proxy(address: object) -> bool:
    try:
        url = httpx.URL(address) if isinstance(address, str) else httpx.URL()
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host) and url.path in ("", "/")


def make_client(
    network: Network, clock: Clock, hosts: frozenset[str], transport: httpx.BaseTransport | None
) -> httpx.Client:
    """A client for one provider; `transport` replaces the way to the network."""
    inner = transport or httpx.HTTPTransport(**_tls_and_proxy(network))
    sending = RetryTransport(Traced(inner), NO_RETRY)
    return httpx.Client(transport=_Guard(sending, clock, hosts), **_options(network))


def make_async_client(
    network: Network,
    clock: Clock,
    hosts: frozenset[str],
    transport: httpx.AsyncBaseTransport | None,
) -> httpx.AsyncClient:
    """The same for asyncio."""
    inner = transport or _PerLoop(_tls_and_proxy(network))
    sending = RetryTransport(Traced(inner), NO_RETRY)
    return httpx.AsyncClient(transport=_AsyncGuard(sending, clock, hosts), **_options(network))


def _options(network: Network) -> dict[str, Any]:
    timeout = httpx.Timeout(network.timeout, connect=min(CONNECT_SECONDS, network.timeout))
    return {"timeout": timeout, "follow_redirects": False, "trust_env": False}


def _tls_and_proxy(network: Network) -> dict[str, Any]:
    proxy = None
    if network.proxy:
        own = _tls(network) if network.proxy.lower().startswith("https:") else None
        proxy = httpx.Proxy(network.proxy, ssl_context=own)
    return {"verify": _tls(network), "proxy": proxy, "trust_env": False}


def _tls(network: Network) -> ssl.SSLContext:
    # A bare context: unlike create_default_context it obeys no SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if network.ca_file:
        try:
            context.load_verify_locations(network.ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or "it holds no certificate in PEM form"
        else:
            return context
        raise ConfigurationError(
            f"The certificate file {network.ca_file!r} cannot be used: {reason}.",
            setting="network.ca_file",
            remediation="Give the path of a PEM file with certificate authorities.",
        )
    return context


class _PerLoop(httpx.AsyncBaseTransport):
    """Connections of their own for every event loop: a socket cannot move from one to another."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._transports: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncHTTPTransport] = (
            WeakKeyDictionary()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        loop = asyncio.get_running_loop()
        transport = self._transports.get(loop)
        if transport is None:
            transport = self._transports[loop] = httpx.AsyncHTTPTransport(**self._options)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        transport = self._transports.pop(asyncio.get_running_loop(), None)
        if transport is not None:
            await transport.aclose()


class _Rules:
    """What holds for every request: https to a known host, and a whole answer in time."""

    def __init__(self, clock: Clock, hosts: frozenset[str]) -> None:
        self._clock = clock
        self._hosts = hosts

    def start(self, request: httpx.Request) -> float:
        """Refuse a request to anybody else; returns when its answer has to be complete."""
        url = request.url
        host = url.host if url.port is None else f"{url.host}:{url.port}"
        if url.scheme != "https" or host not in self._hosts or url.userinfo:
            raise ConfigurationError(
                f"A request to {url.scheme}://{host} was stopped: this provider speaks only to"
                f" {', '.join(sorted(self._hosts))} over HTTPS.",
            )
        return self._clock.monotonic() + (_limits(request).get("read") or MAX_SECONDS)

    def bind(self, response: httpx.Response, request: httpx.Request, until: float) -> None:
        """Bound the body, however slowly it drips; a read that waits in silence as well."""
        limits = _limits(request)
        if "read" in limits:
            limits["read"] = max(until - self._clock.monotonic(), 0.001)

        def check() -> None:
            if self._clock.monotonic() > until:
                raise httpx.ReadTimeout("the answer takes too long", request=request)

        response.stream = _Timed(response.stream, check)


class _Guard(httpx.BaseTransport):
    """Applies the rules to a transport."""

    def __init__(self, inner: httpx.BaseTransport, clock: Clock, hosts: frozenset[str]) -> None:
        self._inner = inner
        self._rules = _Rules(clock, hosts)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        until = self._rules.start(request)
        response = self._inner.handle_request(request)
        self._rules.bind(response, request, until)
        return response

    def close(self) -> None:
        self._inner.close()


class _AsyncGuard(httpx.AsyncBaseTransport):
    """The same for asyncio."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, clock: Clock, hosts: frozenset[str]
    ) -> None:
        self._inner = inner
        self._rules = _Rules(clock, hosts)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        until = self._rules.start(request)
        response = await self._inner.handle_async_request(request)
        self._rules.bind(response, request, until)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Timed(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is checked after every piece."""

    def __init__(self, stream: Any, check: Callable[[], None]) -> None:
        self._stream = stream
        self._check = check

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._check()
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._check()
            yield chunk

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _limits(request: httpx.Request) -> dict[str, float | None]:
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    return limits
