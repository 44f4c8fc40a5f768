"""Reads an application's key and certificate, so that a wrong one is known before a request."""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

if TYPE_CHECKING:
    from .config import Certificate


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key, and the certificate or thumbprint by which Entra knows it."""

    key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate | None
    thumbprint: str | None

    def for_msal(self) -> dict[str, str]:
        """The credential in the form that MSAL takes: PEM, the key unencrypted."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        if self.certificate is None:
            return {"private_key": key.decode(), "thumbprint": self.thumbprint or ""}
        certificate = self.certificate.public_bytes(Encoding.PEM)
        return {"private_key": key.decode(), "public_certificate": certificate.decode()}


def load(credential: "Certificate") -> KeyPair:
    """Read and match key and certificate.

    Raises ValueError with a message that names the field and holds nothing of its content.
    """
    passphrase = (
        credential.passphrase.get_secret_value().encode() if credential.passphrase else None
    )
    if credential.pfx:
        return _from_pfx(credential.pfx.get_secret_value(), passphrase)
    key = _private_key(credential.private_key.get_secret_value(), passphrase)  # type: ignore[union-attr]
    if credential.thumbprint:
        return KeyPair(_rsa(key), None, credential.thumbprint)
    certificate = _certificate(credential.certificate or "")
    return _pair(_rsa(key), certificate)


def _from_pfx(text: str, passphrase: bytes | None) -> KeyPair:
    try:
        content = b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("pfx is not base64") from None
    try:
        key, certificate, _ = load_key_and_certificates(content, passphrase)
    except Exception:
        raise ValueError("pfx cannot be read: damaged, or the passphrase is wrong") from None
    if key is None or certificate is None:
        raise ValueError("pfx has to hold both a private key and its certificate")
    return _pair(_rsa(key), certificate)


def _private_key(text: str, passphrase: bytes | None) -> object:
    try:
        return load_pem_private_key(text.encode(), passphrase)
    except TypeError:
        known = "is not encrypted, yet a passphrase is given"
        problem = known if passphrase else "is encrypted and needs a passphrase"
    except Exception:
        problem = "cannot be read: no PEM private key, or the passphrase is wrong"
    raise ValueError(f"private_key {problem}")


def _certificate(text: str) -> x509.Certificate:
    if "PRIVATE KEY" in text:
        raise ValueError("certificate holds a private key; it takes the public certificate alone")
    try:
        return x509.load_pem_x509_certificate(text.strip().encode())
    except Exception:
        raise ValueError("certificate cannot be read: not a PEM certificate") from None


def _rsa(key: object) -> RSAPrivateKey:
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key is not an RSA key, the only kind that Entra takes here")
    return key


def _pair(key: RSAPrivateKey, certificate: x509.Certificate) -> KeyPair:
    if certificate.public_key() != key.public_key():
        raise ValueError("the certificate does not belong to the private key")
    return KeyPair(key, certificate, None)
