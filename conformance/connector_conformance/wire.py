"""What passes between a connector and its vendor: kept, counted, spoiled where a test says so."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from connector_conformance.bench import Vendor
from connector_conformance.cases import Cases

Headers = tuple[tuple[str, str], ...]
_CODINGS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its whole answer, decoded."""

    method: str
    url: httpx.URL
    sent: httpx.Headers = field(repr=False)
    asked: bytes = field(repr=False)
    status: int
    headers: Headers = field(repr=False)
    """Without those that tell how the body was coded."""
    body: bytes = field(repr=False)
    signs_in: bool

    @property
    def question(self) -> tuple[str, str, bytes]:
        """Equal for requests that ask for the same."""
        return self.method, str(self.url), self.asked

    def response(self) -> httpx.Response:
        """The answer as the vendor gave it."""
        return httpx.Response(self.status, headers=list(self.headers), content=self.body)


Spoil = Callable[[Exchange, httpx.Request], httpx.Response]
"""Makes another answer of one, or raises an `httpx.HTTPError`."""


class Wire(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stands before a vendor; `spoil` is applied to data request number `at` (from 1).

    With `lasting`, to every later one as well. With `sign_in`, requests that sign in are counted
    and spoiled instead of those that ask for data. With `blind`, headers of the vendor's answers,
    the vendor is not asked for an answer that is spoiled: it seems to be empty.
    """

    def __init__(
        self,
        vendor: Vendor,
        cases: Cases,
        spoil: Spoil | None = None,
        *,
        at: int = 1,
        lasting: bool = False,
        sign_in: bool = False,
        blind: Headers | None = None,
    ) -> None:
        self.exchanges: list[Exchange] = []
        """Everything that was asked, with the vendor's own answers."""
        self.spoiled = 0
        """How many answers were spoiled."""
        self._vendor = vendor
        self._cases = cases
        self._spoil = spoil
        self._at = at
        self._lasting = lasting
        self._sign_in = sign_in
        self._blind = blind
        self._count = 0
        self._lock = threading.Lock()

    @property
    def data(self) -> list[Exchange]:
        """The exchanges that were for data."""
        return [exchange for exchange in self.exchanges if not exchange.signs_in]

    def heal(self) -> None:
        """Spoil nothing from now on."""
        self._spoil = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        request.read()
        spoil = self._due(request)
        if spoil is not None and self._blind is not None:
            return self._passed_on(request, None, spoil)
        response = self._vendor.handle_request(request)
        try:
            response.read()
        finally:
            response.close()
        return self._passed_on(request, response, spoil)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        spoil = self._due(request)
        if spoil is not None and self._blind is not None:
            return self._passed_on(request, None, spoil)
        response = await self._vendor.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return self._passed_on(request, response, spoil)

    def _passed_on(
        self, request: httpx.Request, response: httpx.Response | None, spoil: Spoil | None
    ) -> httpx.Response:
        exchange = Exchange(
            method=request.method,
            url=request.url,
            sent=request.headers.copy(),
            asked=request.content,
            status=response.status_code if response else 0,
            headers=_plain(response) if response else self._blind or (),
            body=response.content if response else b"",
            signs_in=self._signs_in(request),
        )
        self.exchanges.append(exchange)
        return spoil(exchange, request) if spoil else exchange.response()

    def _signs_in(self, request: httpx.Request) -> bool:
        url = request.url
        return any(rule.matches(url.host, url.path) for rule in self._cases.sign_in)

    def _due(self, request: httpx.Request) -> Spoil | None:
        """Count a request; what to do to its answer."""
        if self._signs_in(request) is not self._sign_in:
            return None
        with self._lock:
            self._count += 1
            due = self._count >= self._at if self._lasting else self._count == self._at
            if self._spoil is None or not due:
                return None
            self.spoiled += 1
            return self._spoil


def _plain(response: httpx.Response) -> Headers:
    return tuple(pair for pair in response.headers.multi_items() if pair[0].lower() not in _CODINGS)
