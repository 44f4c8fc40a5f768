"""What httpx raises, as our own errors.

An httpx exception holds the whole request, token and all. The errors made here hold nothing of it,
and have to be raised after the handler of the exception has ended, so that it is not their context.
"""

import ssl
from typing import Final

import httpx

from connector_core.errors import Origin, UnavailableError

_CAUSES: Final[tuple[tuple[type[httpx.HTTPError], str, str, str], ...]] = (
    (
        httpx.ProxyError,
        "proxy",
        "The proxy refused the way to",
        "Check network.proxy, its password, and whether it allows this host.",
    ),
    (
        httpx.ConnectTimeout,
        "connect",
        "Timed out connecting to",
        "Check the network, and whether a proxy must be set in network.proxy.",
    ),
    (
        httpx.ConnectError,
        "connect",
        "Cannot connect to",
        "Check the network, DNS, and whether a proxy must be set in network.proxy.",
    ),
    (
        httpx.TimeoutException,
        "timeout",
        "No complete answer in time from",
        "Try again, or ask for a shorter time range.",
    ),
    (
        httpx.HTTPError,
        "network",
        "The exchange was broken off with",
        "Try again; if it persists, look at the network between here and there.",
    ),
)
_OWN_AUTHORITY: Final = (
    "If a proxy opens TLS on the way, name its authority's PEM file in network.ca_file."
)
_OLD: Final = "Check this machine's clock first; then whether a proxy shows an old certificate."
_OTHER: Final = "Something else answers under this name: check DNS and proxy."
_REMEDIES: Final = {9: _OLD, 10: _OLD, 62: _OTHER, 64: _OTHER}
"""By OpenSSL's X509_V_ERR numbers: not yet valid, expired, another name, another address."""


def unavailable(error: httpx.HTTPError, host: str) -> UnavailableError:
    """The typed error of a failed exchange; `host` is named unless the request names another."""
    host = _host(error) or host
    origin = Origin(code=type(error).__name__)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        reason, remedy = _certificate_fault(error)
        return UnavailableError(
            f"The TLS certificate of {host} was not accepted{reason}.",
            origin=origin,
            remediation=remedy,
            details={"cause": "tls"},
            retryable=False,
        )
    _, cause, what, remedy = next(row for row in _CAUSES if isinstance(error, row[0]))
    return UnavailableError(
        f"{what} {host}.", origin=origin, remediation=remedy, details={"cause": cause}
    )


def _host(error: httpx.HTTPError) -> str:
    try:
        return error.request.url.host
    except RuntimeError:  # raised outside of any request
        return ""


def _certificate_fault(error: BaseException | None) -> tuple[str, str]:
    """What OpenSSL says is wrong, and what would work."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return "", _OWN_AUTHORITY
    return f": {error.verify_message}", _REMEDIES.get(error.verify_code, _OWN_AUTHORITY)
