"""Tokens by which callers of the HTTP host name their integration.

A token is 256 random bits, so a plain SHA-256 keeps it: there is nothing to guess. The
configuration file holds the hash alone; the token is shown once, when it is made.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connector_core.errors import ConfigurationError

PREFIX: Final = "est_"
"""Starts every token, so that scanners for leaked secrets can know one."""
LONGEST: Final = 200
"""Characters of a token that is looked at at all."""

_HASH = re.compile(r"sha256:([0-9a-f]{64})(?: until (\S+))?")


def new_token() -> str:
    """A new random token, such as ``est_3k...``."""
    return PREFIX + secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class TokenHash:
    """What is kept of a token."""

    sha256: str
    """Of the token's UTF-8 text, as 64 hexadecimal digits."""
    until: datetime | None = None
    """When it ends, if it was replaced and still holds for a while."""

    @classmethod
    def of(cls, token: str) -> "TokenHash":
        """The hash of a token."""
        return cls(hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())

    @classmethod
    def parse(cls, text: object, where: str) -> "TokenHash":
        """Read ``sha256:HEX`` or ``sha256:HEX until TIME``; raises `ConfigurationError`."""
        match = _HASH.fullmatch(text) if isinstance(text, str) else None
        until = None
        if match and match[2]:
            until = _utc(match[2])
        if match is None or (match[2] and until is None):
            raise ConfigurationError(
                f"{where} is not of the form sha256:HEX, or sha256:HEX until TIME.",
                setting=where,
                remediation="Make a token with: email-security integrations rotate NAME",
            )
        return cls(match[1], until)

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else ""
        return f"sha256:{self.sha256}{until}"

    def matches(self, other: "TokenHash", now: float) -> bool:
        """Whether both are of the same token and this one still holds; takes the same time always.

        `now` in seconds since 1970 UTC.
        """
        same = hmac.compare_digest(self.sha256.encode(), other.sha256.encode())
        return same & self.holds(now)

    def holds(self, now: float) -> bool:
        """Whether the token has not ended yet; `now` in seconds since 1970 UTC."""
        return self.until is None or datetime.fromtimestamp(now, UTC) < self.until

    def ending(self, at: float) -> "TokenHash":
        """The same with an end, in seconds since 1970 UTC; an earlier end that it has stays."""
        until = datetime.fromtimestamp(int(at), UTC)
        return TokenHash(self.sha256, min(until, self.until or until))


def rotated(
    known: Iterable[TokenHash], now: float, overlap: float = 0.0
) -> tuple[str, tuple[TokenHash, ...]]:
    """A new token, and the hashes to keep: its own and, for `overlap` seconds, the known ones."""
    token = new_token()
    kept = (one.ending(now + overlap) for one in known)
    return token, (TokenHash.of(token), *(one for one in kept if one.holds(now)))


def _utc(text: str) -> datetime | None:
    """A time with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
