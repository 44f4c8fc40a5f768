"""The embedded tenant over real HTTPS, on the loopback address only.

Every service stands on one origin, told apart by path; the discovery document names that origin.
A refused connection cannot be played by a server that listens: it is taken and reset instead.
"""

import contextlib
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Final, Self

from connector_core.errors import ConfigurationError

from .certificates import make_certificates
from .clouds import LOOPBACK
from .tenant import EmbeddedTenant
from .wire import Breakage, Request, Response

_MOST_BYTES: Final = 16 * 2**20
"""Of a request body; the tenant's own limit, far lower, answers as the service does."""
_HANDSHAKE_SECONDS: Final = 10


class RunningServer:
    """A server that runs in threads of this process until `close`, or the end of a `with`."""

    def __init__(self, tenant: EmbeddedTenant, host: str, port: int) -> None:
        folder = Path(tempfile.mkdtemp(prefix="embedded-tenant-"))
        try:
            context, self.ca_path = make_certificates(folder)
            self._server = _Server(tenant, host, port, context)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._folder = folder
        shown = f"[{host}]" if ":" in host else host
        self.url = f"https://{shown}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, break open connections, remove the authority's file."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve(tenant: EmbeddedTenant, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Start serving; port 0 takes a free one.

    `url` is the origin and `ca_path` the PEM file that clients must trust. Raises
    `ConfigurationError` for any host that other machines could reach, or a port that is taken.
    """
    if host not in LOOPBACK:
        raise ConfigurationError(
            f"The emulator does not listen on {host!r}: it is open to anyone who reaches it.",
            setting="host",
            remediation="Use localhost, 127.0.0.1 or ::1.",
        )
    try:
        return RunningServer(tenant, host, port)
    except OSError as error:
        raise ConfigurationError(
            f"The emulator cannot listen on {host} port {port}: {error.strerror}.",
            setting="port",
            remediation="Use port 0 to take a free one.",
        ) from None


class _Server(ThreadingHTTPServer):
    """Does the TLS handshake in the connection's own thread, so that nobody waits for another."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, tenant: EmbeddedTenant, host: str, port: int, context: ssl.SSLContext
    ) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.tenant = tenant
        self._context = context
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the resolver for the machine's name.
        TCPServer.server_bind(self)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(_HANDSHAKE_SECONDS)
        with self._context.wrap_socket(request, server_side=True) as secure:
            secure.settimeout(None)
            with self._open_lock:
                self._open.add(secure)
            try:
                _Handler(secure, client_address, self)
            finally:
                with self._open_lock:
                    self._open.discard(secure)

    def close_connections(self) -> None:
        """End every open connection, and with it the thread that waits for it."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    # Not SSLSocket's, which also takes the TLS state from the reading thread.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or distrusts the certificate, is no news; all else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms
    server: _Server

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            return
        host = self.headers.get("Host") or "127.0.0.1"
        try:
            request = Request(
                self.command, f"https://{host}{self.path}", dict(self.headers.items()), body
            )
            known = request.host in LOOPBACK
        except ValueError:
            known = False
        if not known:  # no page of another site may ask through a name of its own
            self._send(Response(421), last=True)
            return
        response = self.server.tenant.handle(request)
        if response.delay:
            self.server.tenant.clock.sleep(response.delay)
        match response.breakage:
            case Breakage.REFUSED:
                self._reset()
            case Breakage.SILENT:
                self.close_connection = True
                self.rfile.read(1)  # returns when either side closes the connection
            case _:
                self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def _body(self) -> bytes | None:
        """The request's body; None after refusing one that cannot be read."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            self._send(Response(411), last=True)
            return None
        if int(length) > _MOST_BYTES:
            self._send(Response(413), last=True)
            return None
        return self.rfile.read(int(length))

    def _send(self, response: Response, *, last: bool = False) -> None:
        """Head and body; a body that is cut ends half way, with the connection."""
        cut = response.breakage is Breakage.CUT
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if last or cut:
            self.close_connection = True
        if last:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[: len(response.body) // 2] if cut else response.body)

    def _reset(self) -> None:
        """End the connection with a TCP reset, without a word of HTTP."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: paths are in the tenant's own log."""
