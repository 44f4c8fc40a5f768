"""Fault scripts: what goes wrong, and at which request.

>>> script = Faults.script([Fault(endpoint="graph", effect=Status(503), when=2)])
>>> script.take("graph"), script.take("graph").status
(None, 503)
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from .wire import Breakage

Endpoint = Literal["discovery", "instance", "token", "graph"]


@dataclass(frozen=True, slots=True)
class Status:
    """Answer this instead of working.

    `body` as bytes is sent as it is, with `content_type`. A `code` makes the service's own error
    envelope: Graph's error code with `message`, or an AADSTS number for Entra.
    """

    status: int
    code: str | int = ""
    message: str = ""
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Damage(Enum):
    """What happens to a good answer before it is sent."""

    TRUNCATED = "half of the JSON, as if it were all"
    EMPTY = "no body at all"
    BAD_GZIP = "a body that says it is gzip and is not"
    BOMB = "a small gzip body that unpacks to 64 MB of spaces"
    NOT_UTF8 = "a byte that is no UTF-8, inside the JSON"
    DUPLICATE_KEY = "the rows (of Entra: the token) a second time, with nothing in them"
    WRONG_TYPE = "good JSON that is called text/plain"


@dataclass(frozen=True, slots=True)
class Slow:
    """Answer well, `seconds` later by the tenant's clock."""

    seconds: float


Effect = Status | Damage | Breakage | Slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One effect, and the requests it meets.

    Args:
        endpoint: the service's endpoint that fails.
        effect: what happens.
        when: the number of the request at this endpoint, from 1; or a question about that number;
            None is whichever comes next.
        times: how often at most; None is without end.
    """

    endpoint: Endpoint
    effect: Effect
    when: int | Callable[[int], bool] | None = None
    times: int | None = 1

    def meets(self, number: int) -> bool:
        """Whether the `number`-th request of the endpoint, from 1, is hit."""
        if self.when is None:
            return True
        return self.when(number) if callable(self.when) else self.when == number


class Faults:
    """A script: of the faults that meet a request the first one happens."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int | None]] = [(fault, fault.times) for fault in faults]
        self._count: dict[Endpoint, int] = {}

    @classmethod
    def script(cls, faults: Iterable[Fault]) -> "Faults":
        """A script of its own count."""
        return cls(faults)

    @classmethod
    def named(cls, name: str, *, times: int | None = 1) -> "Faults":
        """One of the faults of `catalogue.NAMED`; raises `ConfigurationError` for other names."""
        from .catalogue import named_fault

        endpoint, effect = named_fault(name)
        return cls([Fault(endpoint=endpoint, effect=effect, times=times)])

    def add(self, fault: Fault) -> None:
        """Put one more fault at the end of the script; counting goes on."""
        with self._lock:
            self._left.append((fault, fault.times))

    def take(self, endpoint: Endpoint) -> Effect | None:
        """Count one request, and use up the fault that meets it."""
        with self._lock:
            number = self._count[endpoint] = self._count.get(endpoint, 0) + 1
            for index, (fault, left) in enumerate(self._left):
                if fault.endpoint == endpoint and left != 0 and fault.meets(number):
                    self._left[index] = (fault, None if left is None else left - 1)
                    return fault.effect
        return None
