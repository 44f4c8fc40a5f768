"""Checks a client assertion: a certificate's, or one of a federated issuer.

Source: Microsoft's "certificate credentials" and "workload identity federation" pages (2026).
"""

import base64
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .applications import Application
from .entra_errors import Refused

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW: Final = 300
"""Seconds that the clocks of client and service may differ."""

# Times and audience are checked below, by the tenant's clock and with Entra's own codes.
_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def check_assertion(
    assertion: str,
    client_id: str,
    application: Application,
    audiences: frozenset[str],
    now: float,
) -> None:
    """Return when the assertion proves the application; else raise `Refused`."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise Refused(50027) from None
    if "x5t#S256" in header or "x5t" in header:
        _check_certificate(assertion, header, application)
        if not claims.get("iss") == claims.get("sub") == client_id:
            raise Refused(700021)
        if claims.get("aud") not in audiences:
            raise Refused(700023)
    else:
        _check_federated(assertion, claims, application)
    _check_times(claims, now)


def thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    """The certificate's digest as it stands in a JWT header, without padding."""
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode()


def _check_certificate(assertion: str, header: dict[str, Any], application: Application) -> None:
    algorithm: hashes.HashAlgorithm
    if "x5t#S256" in header:
        named, algorithm = str(header["x5t#S256"]), hashes.SHA256()
    else:
        named, algorithm = str(header["x5t"]), hashes.SHA1()  # noqa: S303
    named = named.rstrip("=")
    for pem in application.certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if thumbprint(certificate, algorithm) == named:
            _verify(assertion, certificate.public_key(), named)
            return
    raise Refused(700027, value="The key was not found.", thumbprint=_hexadecimal(named))


def _check_federated(assertion: str, claims: dict[str, Any], application: Application) -> None:
    issuer, subject, audience = (str(claims.get(name, "")) for name in ("iss", "sub", "aud"))
    trusted = [f for f in application.federated if f.issuer == issuer]
    if not trusted:
        raise Refused(700211, value=issuer)
    trusted = [f for f in trusted if f.subject == subject]
    if not trusted:
        raise Refused(700213, value=subject)
    trusted = [f for f in trusted if f.audience == audience]
    if not trusted:
        raise Refused(700212, value=audience)
    _verify(assertion, trusted[0].public_key, "")


def _verify(assertion: str, key: Any, named: str) -> None:
    try:
        jwt.decode(assertion, key, algorithms=["PS256", "RS256"], options=_SIGNATURE_ONLY)
    except jwt.PyJWTError:
        reason = "The key was used, but the signature is not valid."
        raise Refused(700027, value=reason, thumbprint=_hexadecimal(named)) from None


def _check_times(claims: dict[str, Any], now: float) -> None:
    start, end = claims.get("nbf", claims.get("iat", now)), claims.get("exp")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise Refused(50027)
    if not start - SKEW <= now < end + SKEW:
        raise Refused(700024, now=_moment(now), start=_moment(start), end=_moment(end))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _hexadecimal(named: str) -> str:
    try:
        return base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).hex().upper()
    except ValueError:
        return ""
