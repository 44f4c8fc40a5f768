"""Seals and opens cursors: what a caller carries from one page to the next.

A cursor is AES-256-GCM over the place to go on from. What it belongs to (`Scope`) is not inside
but authenticated with it, so that a cursor opens only for the same provider, tenant, operation,
order and filters. Processes that share the key open each other's cursors.

    version (1 byte) | key id (4) | nonce (12) | ciphertext and tag      as unpadded base64url
"""

import base64
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector_core.clock import Clock
from connector_core.errors import ConfigurationError, CursorError
from connector_core.query import Operation, Order, ResumePoint

LONGEST: Final = 4096
"""Characters in a cursor at most."""
LIFETIME_SECONDS: Final = 24 * 60 * 60

_VERSION: Final = b"\x02"
_KEY_BYTES: Final = 32
_HEAD: Final = 1 + 4
_NONCE: Final = 12
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
_Payload = tuple[int, int, int, tuple[str | int | None, ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cursor belongs to; it opens for an equal scope alone."""

    provider: str
    identity: str
    """Whose data it is, see `EmailSecurityProvider.identity`."""
    operation: Operation
    order: Order
    filters: str
    """A canonical text of the filters: equal exactly when the filters mean the same."""

    def bind(self, head: bytes) -> bytes:
        """The associated data; every part is hashed by itself, so that no two scopes meet."""
        parts = (self.provider, self.identity, self.operation, self.order, self.filters)
        return head + b"".join(
            hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest() for part in parts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorState:
    """What a cursor holds."""

    resume: ResumePoint
    start: int
    """The window of the first page, which stays the same for every page: milliseconds since 1970
    UTC, `start` included, `end` not."""
    end: int
    issued: int = 0
    """When it was sealed, in milliseconds since 1970 UTC; `CursorSealer.seal` fills it in."""


def generate_key() -> bytes:
    """A new random key."""
    return os.urandom(_KEY_BYTES)


def derive_key(secret: bytes) -> bytes:
    """A key from a random secret of at least 16 bytes that a host already keeps (HKDF-SHA256).

    Not for passwords: HKDF does not slow down guessing.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if len(secret) < 16:
        raise ConfigurationError(
            "The secret for cursors is shorter than 16 bytes.",
            setting="cursor_key",
            remediation="Use a random secret, such as the one that generate_key() makes.",
        )
    hkdf = HKDF(
        algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=b"connector-core cursor v1"
    )
    return hkdf.derive(secret)


class CursorSealer:
    """Seals with one key; opens with it and with the keys that came before.

    To rotate, give every process the new key with the old one in `previous`, and drop the old one
    after `LIFETIME_SECONDS`. Nonces are random: use a key for fewer than 2**32 cursors.

    >>> from connector_core.clock import ManualClock
    >>> sealer = CursorSealer(generate_key(), ManualClock(0.0))
    >>> scope = Scope("acme", "tenant", "query_events", "newest_first", "")
    >>> text = sealer.seal(CursorState(resume=("a", 7), start=0, end=9), scope)
    >>> sealer.open(text, scope).resume
    ('a', 7)
    """

    def __init__(self, key: bytes, clock: Clock, *, previous: Sequence[bytes] = ()) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        for each in (key, *previous):
            if len(each) != _KEY_BYTES:
                raise ConfigurationError(
                    f"A cursor key must be {_KEY_BYTES} bytes.",
                    setting="cursor_key",
                    remediation="Make one with generate_key(), or with derive_key(secret).",
                )
        self._head = _VERSION + _key_id(key)
        self._ciphers = {_VERSION + _key_id(each): AESGCM(each) for each in (*previous, key)}
        self._clock = clock

    def __repr__(self) -> str:
        return f"CursorSealer(keys={len(self._ciphers)})"

    def seal(self, payload: CursorState, scope: Scope) -> str:
        """Seal; raises `CursorError` when the resume point is too long for a cursor."""
        import msgspec

        if any(type(part) not in (str, int, type(None)) for part in payload.resume):
            raise TypeError("a resume point holds only str, int and None")
        issued = int(self._clock.now() * 1000)
        plain = msgspec.json.encode((issued, payload.start, payload.end, payload.resume))
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._head].encrypt(nonce, plain, scope.bind(self._head))
        text = _encode(self._head + nonce + sealed)
        if len(text) > LONGEST:
            raise CursorError(
                f"The place to go on from does not fit into a cursor of {LONGEST} characters.",
                remediation="Report this to the authors of the provider.",
            )
        return text

    def open(self, text: str, scope: Scope) -> CursorState:
        """Open; raises `CursorError`, which tells only whether a true cursor is too old."""
        state = self._open(text, scope)
        if state is None:
            raise CursorError("The cursor is damaged or belongs to another query.")
        if self._clock.now() * 1000 - state.issued > LIFETIME_SECONDS * 1000:
            raise CursorError("The cursor is older than 24 hours.")
        return state

    def _open(self, text: str, scope: Scope) -> CursorState | None:
        import msgspec
        from cryptography.exceptions import InvalidTag

        if len(text) > LONGEST or not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
            return None
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        head, nonce, sealed = raw[:_HEAD], raw[_HEAD : _HEAD + _NONCE], raw[_HEAD + _NONCE :]
        cipher = self._ciphers.get(head)
        # base64 ignores the last bits of the last character: only one spelling is ours.
        if cipher is None or len(nonce) < _NONCE or _encode(raw) != text:
            return None
        try:
            plain = cipher.decrypt(nonce, sealed, scope.bind(head))
            issued, start, end, resume = msgspec.json.decode(plain, type=_Payload)
        except (InvalidTag, msgspec.MsgspecError):
            return None
        return CursorState(resume=resume, start=start, end=end, issued=issued)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"connector-core cursor key id" + key).digest()[:4]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
