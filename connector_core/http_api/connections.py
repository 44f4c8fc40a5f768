"""uvicorn's HTTP/1.1, less patient: who sends no whole request is not waited for.

uvicorn closes a connection that falls silent after an answer. One on which a request begins and
never ends, or none ever begins, it would keep open for good, and with it a file descriptor.
"""

import asyncio
import socket
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 10.0
"""How long a request's line and headers may take to arrive; it may become twice as long."""
MAX_UNFINISHED: Final = 98_304
"""Bytes of a request's line and headers that are read before they are whole. More than any
`max_url` with `limits.MAX_HEADERS`: those say what is wrong, the parser only that something is."""
KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may stay open between two requests: longer than reverse proxies keep
theirs by default, since a request that a proxy sends on a connection just closed is lost."""


class PatientEnough(H11Protocol):
    """Closes a connection that was without a whole request at two looks in a row."""

    seconds = HEADER_SECONDS
    """From one look to the next."""
    _next_look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        # asyncio does it too, but not for the socket that several workers share; head and body of
        # an answer are written one after the other, and the body would wait for 40 ms.
        connection = transport.get_extra_info("socket")
        if connection.family != getattr(socket, "AF_UNIX", None):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._next_look = self.loop.call_later(self.seconds, self._look, self._waits_since())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def _look(self, before: object) -> None:
        now = self._waits_since()
        if before is not None and now is before:
            self.transport.close()
        else:
            self._next_look = self.loop.call_later(self.seconds, self._look, now)

    def _waits_since(self) -> object:
        """What came last on a connection that waits for the rest of a request, else None.

        Between two requests it is None as well: uvicorn has a timer of its own for that.
        """
        cycle: Any = self.cycle
        if cycle is None:
            return self
        between = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        return cycle if cycle.response_complete and not between else None


def protocol(seconds: float) -> type[PatientEnough]:
    """The protocol with another patience."""
    return type("PatientEnough", (PatientEnough,), {"seconds": seconds})
