"""The bytes of one answer: bounded, with at most one coding undone, and never half of them."""

import zlib
from typing import Final

import httpx

from connector_core.errors import ResponseInvalidError

MAX_BODY_BYTES: Final = 128 * 1024 * 1024
"""Largest reply, decoded; Graph promises at most 50 MB."""

_ALTERED: Final = "Try again; if it persists, check whether a proxy on the way alters answers."
_UNDONE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Reply:
    """Collects an answer as it comes over the wire, and hands it out whole.

    httpx would undo any chain of codings, each without a limit: a few hundred bytes can become
    gigabytes. Here one gzip coding is undone, piece by piece, and nothing else.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._head = response
        self._parts: list[bytes] = []
        self._size = 0
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity", "gzip"}:
            raise ResponseInvalidError(
                "The answer comes in a content coding that was not asked for.",
                remediation=_ALTERED,
            )
        self._gunzip = zlib.decompressobj(31) if coding == "gzip" else None
        self.ready = response.is_stream_consumed
        """Whether nothing is left to read: an in-process transport gave the whole, decoded."""
        if self.ready:
            self._gunzip = None
            self.add(response.content)

    def add(self, chunk: bytes) -> None:
        """Take the next piece; raises `ResponseInvalidError` when it is damaged or too much."""
        plain = self._plain(chunk)
        self._parts.append(plain)
        self._size += len(plain)
        if self._size > MAX_BODY_BYTES:
            raise ResponseInvalidError(
                f"The answer is larger than {MAX_BODY_BYTES} bytes.",
                remediation="Ask for a smaller page.",
                retryable=False,
            )

    def _plain(self, chunk: bytes) -> bytes:
        if self._gunzip is None:
            return chunk
        try:
            plain = self._gunzip.decompress(chunk, MAX_BODY_BYTES - self._size + 1)
        except zlib.error:
            damaged = True
        else:
            damaged = bool(self._gunzip.unused_data)
        if damaged:
            raise ResponseInvalidError(
                "The gzip coding of the answer is damaged.", remediation=_ALTERED
            )
        return plain

    def whole(self) -> httpx.Response:
        """The answer, read and decoded; raises `ResponseInvalidError` when its end is missing."""
        if self._gunzip is not None and not self._gunzip.eof:
            raise ResponseInvalidError(
                "The answer ends in the middle of its gzip coding.", remediation=_ALTERED
            )
        headers = [pair for pair in self._head.headers.multi_items() if pair[0] not in _UNDONE]
        return httpx.Response(
            self._head.status_code,
            headers=headers,
            content=b"".join(self._parts),
            request=self._head.request,
        )
