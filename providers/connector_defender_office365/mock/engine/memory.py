"""What this process has learned of queries, for every engine whose tables are the same."""

import hashlib
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """The last `most` answers, by what they depend on; holds a digest of that, not the text.

    >>> memory = Memory[int](1)
    >>> memory.keep(memory.key("a", 1), 2)
    >>> memory.get(memory.key("a", 1)), memory.get(memory.key("a", 2))
    (2, None)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, T] = OrderedDict()

    @staticmethod
    def key(*parts: object) -> bytes:
        """A key for values whose `repr` tells them apart."""
        return hashlib.blake2b(repr(parts).encode(), digest_size=32).digest()

    def get(self, key: bytes) -> T | None:
        """The answer kept for `key`, or None."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def keep(self, key: bytes, value: T) -> None:
        """Keep an answer, and forget the one that was asked for longest ago."""
        with self._lock:
            self._known[key] = value
            if len(self._known) > self._most:
                self._known.popitem(last=False)
