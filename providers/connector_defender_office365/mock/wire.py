"""The emulator's own request and response: what both transports turn theirs into.

They are small on purpose. A `Response` also says what no HTTP message can: that the connection
breaks, and how long the answer takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

import orjson

JSON_TYPE = "application/json; charset=utf-8"


class Breakage(Enum):
    """How a connection fails instead of, or in the middle of, answering."""

    REFUSED = "refused"
    """Nobody takes the connection."""
    SILENT = "silent"
    """The connection is taken and nothing ever comes back."""
    CUT = "cut"
    """Half the body comes, then the peer is gone."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; `url` is absolute."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def parts(self) -> SplitResult:
        """The URL, taken apart."""
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """The host without port, in lower case."""
        return (self.parts.hostname or "").lower()

    @property
    def origin(self) -> str:
        """Scheme, host and, when the URL names one, port."""
        return f"{self.parts.scheme}://{self.parts.netloc}"

    @cached_property
    def _by_lower_name(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def header(self, name: str) -> str:
        """The header's value, looked up without case; empty when it was not sent."""
        return self._by_lower_name.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, and what happens to it on the way."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    breakage: Breakage | None = None
    delay: float = 0.0
    """Seconds, by the tenant's clock, before the first byte comes."""

    def header(self, name: str) -> str:
        """The first header of this name, looked up without case; empty when there is none."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")


def json_response(
    status: int,
    value: object,
    headers: tuple[tuple[str, str], ...] = (),
    content_type: str = JSON_TYPE,
) -> Response:
    """A response with `value` as JSON."""
    return Response(status, (("Content-Type", content_type), *headers), orjson.dumps(value))


def nginx_response(status: int, reason: str) -> Response:
    """The HTML page that the proxy in front of Graph makes by itself."""
    title = f"{status} {reason}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(status, (("Server", "nginx"), ("Content-Type", "text/html")), page.encode())
