"""uvicorn's HTTP/1.1, less patient: who sends no whole request is not waited for, nor who takes
nothing of an answer, or next to nothing.

uvicorn closes a connection that falls silent after an answer. One on which a request begins and
never ends, or none ever begins, or whose client stops reading, it would keep open for good, and
with it a file descriptor and what is left of the answer.
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
UNREAD_LOOKS: Final = 6
"""At how many looks in a row a client may have taken nothing of what waits for it: a minute."""
SLOWEST: Final = 32_768
"""Bytes of an answer that a client has to take in a second, after `UNREAD_LOOKS` and on the average
of all the time that something waits for it: 256 kbit/s, a poor mobile link. Without it a byte a
minute would keep a page in memory for months."""
KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may stay open between two requests: longer than reverse proxies keep
theirs by default, since a request that a proxy sends on a connection just closed is lost."""


class _Counting(h11.Connection):
    """One side of a connection, with the number of bytes that it gave to be sent."""

    sent = 0

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        data = super().send_with_data_passthrough(event)
        self.sent += sum(map(len, data or ()))
        return data


class PatientEnough(H11Protocol):
    """Closes a connection that was without a whole request at two looks in a row, and breaks one
    off whose client took nothing of an answer between `UNREAD_LOOKS`, or less than `SLOWEST`."""

    seconds = HEADER_SECONDS
    """From one look to the next."""
    slowest = SLOWEST
    """Bytes in a second."""
    _next_look: asyncio.TimerHandle | None = None
    conn: _Counting
    _taken: list[int]
    """Bytes that the client had taken at each look since something waits for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken = []
        self.conn = _Counting(h11.SERVER, MAX_UNFINISHED)

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
        if self._takes_too_little():
            self.transport.abort()  # close() would wait until all is taken
            return
        if before is not None and now is before and not self.transport.is_closing():
            self.transport.close()
        self._next_look = self.loop.call_later(self.seconds, self._look, now)

    def _takes_too_little(self) -> bool:
        if self.scheme == "https" and self.transport.is_closing():
            return False  # asyncio gives up on it by itself
        left = self.transport.get_write_buffer_size()
        if not left:
            self._taken.clear()  # it takes all that comes
            return False
        taken = self._taken
        taken.append(self.conn.sent - left)
        looks = len(taken) - 1 - UNREAD_LOOKS
        if looks < 0:
            return False
        nothing = taken[-1] <= taken[looks]
        return nothing or taken[-1] - taken[0] < looks * self.seconds * self.slowest

    def _waits_since(self) -> object:
        """What came last on a connection that waits for the rest of a request, else None.

        Between two requests it is None as well: uvicorn has a timer of its own for that.
        """
        cycle: Any = self.cycle
        if cycle is None:
            return self
        between = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        return cycle if cycle.response_complete and not between else None


def protocol(seconds: float, slowest: int = SLOWEST) -> type[PatientEnough]:
    """The protocol with another patience."""
    return type("PatientEnough", (PatientEnough,), {"seconds": seconds, "slowest": slowest})
