"""A bench's vendor behind a real server: HTTPS on the loopback address."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import trustme

from connector_conformance.bench import Vendor

LOOPBACK: Final = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: Vendor
    host: str

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        headers = {**self.headers, "Host": self.host}
        request = httpx.Request(
            self.command,
            f"https://{self.host}{self.path}",
            headers=headers,
            content=self.rfile.read(length),
        )
        response = self.vendor.handle_request(request)
        body = response.read()
        self.send_response(response.status_code)
        self.send_header("Content-Type", response.headers.get("content-type", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  # names that the base class calls


@contextmanager
def serving(vendor: Vendor, host: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve a vendor that answers for `host`; gives the origin, and the authority to trust."""
    authority, ca_file = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    handler = type("Handler", (_Handler,), {"vendor": vendor, "host": host})
    server = ThreadingHTTPServer((LOOPBACK, 0), handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://{LOOPBACK}:{server.server_address[1]}", ca_file
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
