"""The embedded tenant: Entra and Graph in one process, with one clock and one set of data."""

import gzip
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from connector_core.clock import Clock, SystemClock

from .applications import (
    DEFAULT_APPLICATIONS,
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_TENANT_DOMAIN,
    DEFAULT_TENANT_ID,
    Application,
    FederatedCredential,
    Secret,
)
from .clouds import BY_LOGIN_HOST, GRAPH_HOSTS, LOOPBACK, Cloud
from .damage import spoil
from .entra import INSTANCE, TOKEN, Entra
from .faults import Endpoint, Fault, Faults
from .graph import Graph, Limits
from .rules import DOCUMENTED, Rules
from .store import Rows, Store
from .tokens import TokenMint
from .wire import Breakage, Request, Response

if TYPE_CHECKING:
    from .transport import EmbeddedTransport

__all__ = [
    "DEFAULT_CLIENT_ID",
    "DEFAULT_SECRET",
    "DEFAULT_TENANT_DOMAIN",
    "DEFAULT_TENANT_ID",
    "Application",
    "EmbeddedTenant",
    "Fault",
    "Faults",
    "FederatedCredential",
    "Limits",
    "LogEntry",
    "Request",
    "Response",
    "Secret",
]

_WORTH_PACKING = 256
"""Bytes; smaller bodies are sent as they are."""


class LogEntry(NamedTuple):
    """One request that was answered; never its headers or bodies."""

    method: str
    host: str
    path: str
    status: int
    """0 when the connection broke before an answer."""


class EmbeddedTenant:
    """A Microsoft 365 tenant that answers `runHuntingQuery` from memory.

    Args:
        dataset: name of the generated data.
        clock: rows stamped after its present moment do not exist yet.
        rows: replaces the generated data: table -> rows.
        applications: client id -> application; by default one with `DEFAULT_CLIENT_ID`.
        tables: names of the licensed tables; None is all.
        hidden_columns: (table, column) pairs that this tenant lacks.
        faults: what goes wrong.
        cloud: the only cloud that knows the tenant; None lets it sign in to each.
        rules: how queries are read where services may differ.

    >>> from connector_core.clock import ManualClock
    >>> tenant = EmbeddedTenant(clock=ManualClock(1_793_491_200), rows={})
    >>> tenant.handle(Request("GET", "https://graph.microsoft.com/v1.0/me")).status
    404
    """

    def __init__(
        self,
        dataset: str = "basic_v0",
        *,
        clock: Clock | None = None,
        rows: Rows | None = None,
        tenant_id: str = DEFAULT_TENANT_ID,
        tenant_domain: str = DEFAULT_TENANT_DOMAIN,
        applications: Mapping[str, Application] | None = None,
        tables: Collection[str] | None = None,
        hidden_columns: Collection[tuple[str, str]] = (),
        faults: Faults | None = None,
        limits: Limits | None = None,
        cloud: Cloud | None = None,
        rules: Rules = DOCUMENTED,
    ) -> None:
        self.clock = clock or SystemClock()
        self.tenant_id = tenant_id
        self.faults = faults or Faults()
        self.log: list[LogEntry] = []
        self._store = Store(dataset, rows, tables, hidden_columns, rules)
        mint = TokenMint(self.clock, tenant_id)
        known = DEFAULT_APPLICATIONS if applications is None else applications
        self._entra = Entra(tenant_id, tenant_domain, known, mint, self.clock, cloud)
        self._graph = Graph(mint, self._store, self.clock, limits or Limits())
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answer one request, with the fault that is due for it."""
        endpoint = endpoint_of(request)
        if endpoint is None:
            response = Response(0, breakage=Breakage.REFUSED)
        elif effect := self.faults.take(endpoint):
            response = spoil(
                effect,
                endpoint,
                request,
                self.clock.now(),
                lambda: self._answer(endpoint, request),
            )
        else:
            response = self._answer(endpoint, request)
        entry = LogEntry(request.method, request.host, request.parts.path, response.status)
        with self._lock:
            self.log.append(entry)
        return _packed(request, response)

    def transport(self) -> "EmbeddedTransport":
        """An httpx transport, sync and async, that reaches this tenant and nothing else."""
        from .transport import EmbeddedTransport

        return EmbeddedTransport(self)

    def close(self) -> None:
        """Let go of the data; the next query loads it again."""
        self._store.close()

    def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        service = self._graph if endpoint == "graph" else self._entra
        return service.handle(request)


def endpoint_of(request: Request) -> Endpoint | None:
    """Which endpoint a request is for; None when no such host is emulated.

    On the official hosts the host decides, on the loopback address the path does.
    """
    path = request.parts.path
    if request.parts.scheme != "https":
        return None
    on_graph = path.startswith(("/v1.0/", "/beta/"))
    if request.host in GRAPH_HOSTS or (request.host in LOOPBACK and on_graph):
        return "graph"
    if request.host not in BY_LOGIN_HOST and request.host not in LOOPBACK:
        return None
    if path == INSTANCE:
        return "instance"
    return "token" if path.endswith(TOKEN) else "discovery"


def _packed(request: Request, response: Response) -> Response:
    """Graph's JSON, packed when the caller takes gzip."""
    wanted = "gzip" in request.header("Accept-Encoding").lower()
    plain = not response.header("Content-Encoding") and bool(response.header("request-id"))
    if not (wanted and plain and len(response.body) > _WORTH_PACKING):
        return response
    headers = (*response.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    body = gzip.compress(response.body, 1, mtime=0)
    return replace(response, headers=headers, body=body)
