"""Access tokens of the emulator: shaped like Entra's, signed with a key that only it knows."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from connector_core.clock import Clock

LIFETIME = 3599
"""Seconds; what Entra answers for an application without a lifetime policy."""

SKEW = 300
"""Seconds by which a token may come from the future."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What Graph reads from a token."""

    audience: str
    roles: tuple[str, ...]
    application: str


class BadToken(Exception):  # noqa: N818
    """The token is not acceptable; the message is the text of Graph's 401 answer."""


class TokenMint:
    """Makes tokens and reads them again."""

    def __init__(self, clock: Clock, tenant_id: str) -> None:
        self._clock = clock
        self._tenant_id = tenant_id
        self._key = secrets.token_bytes(32)

    def issue(self, audience: str, application: str, roles: Sequence[str]) -> str:
        """A token for `audience`; without roles there is no `roles` claim at all."""
        now = int(self._clock.now())
        payload: dict[str, object] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self._tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "appid": application,
            "idtyp": "app",
            "tid": self._tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
        if roles:
            payload["roles"] = list(roles)
        signed = b".".join(_encode(orjson.dumps(part)) for part in ({"typ": "JWT"}, payload))
        return b".".join((signed, self._sign(signed))).decode("ascii")

    def read(self, token: str) -> Claims:
        """The claims of a token made here; raises `BadToken` when expired, altered or foreign."""
        parts = token.split(".")
        if len(parts) != 3:
            raise BadToken(
                f"IDX14100: JWT is not well formed, there are {len(parts) - 1 or 'no'} dots (.).\n"
                "The token needs to be in JWS or JWE Compact Serialization Format. (JWS): "
                "'EncodedHeader.EndcodedPayload.EncodedSignature'. (JWE): 'EncodedProtectedHeader."
                "EncodedEncryptedKey.EncodedInitializationVector.EncodedCiphertext."
                "EncodedAuthenticationTag'."
            )
        signed, _, signature = token.encode("utf-8").rpartition(b".")
        if not hmac.compare_digest(signature, self._sign(signed)):
            raise BadToken("Access token validation failure.")
        payload = orjson.loads(_decode(parts[1]))
        if not payload["nbf"] - SKEW <= self._clock.now() < payload["exp"]:
            raise BadToken("Access token has expired or is not yet valid.")
        return Claims(payload["aud"], tuple(payload.get("roles", ())), payload["appid"])

    def _sign(self, signed: bytes) -> bytes:
        return _encode(hmac.digest(self._key, signed, hashlib.sha256))


def _encode(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
