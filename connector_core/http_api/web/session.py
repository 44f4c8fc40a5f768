"""Who is logged in: a sealed cookie that any worker of the host can open.

The cookie holds the name of the integration, the hash of the token that opened it, and when. It is
over after `LIFETIME_SECONDS`, or as soon as that token opens the integration no more. Nothing is
kept on the host, so logging out takes the cookie from the browser; revoking the token ends every
session that was opened with it.
"""

import base64
import binascii
import os
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request
from starlette.responses import Response

from connector_core.http_api.access import host_of
from connector_core.http_api.errors import HostError, Unauthorized
from connector_core.http_api.host import Host
from connector_core.tokens import TokenHash

LIFETIME_SECONDS: Final = 12 * 60 * 60

_PURPOSE: Final = "connector-core web session"
_NONCE: Final = 12
_LONGEST: Final = 1_024
_Session = tuple[str, str, float]
"""Integration, hash of the token, seconds since 1970 UTC."""


class NotLoggedIn(Unauthorized):
    """The request comes without a session."""


class ForeignFormError(HostError):
    """A form that another site sent."""

    status = 403
    code = "foreign_form"


def visitor(request: Request) -> str:
    """The integration of the session of a request; raises `Unauthorized`."""
    text = request.cookies.get(_name(request))
    if not text:
        raise NotLoggedIn("Log in to see this page.")
    host = host_of(request)
    opened = _open(host, text)
    if opened is None or not host.still_admits(*opened):
        raise Unauthorized(
            "The session is over.",
            remediation="Log in again. A session ends after 12 hours, and when its token is "
            "replaced or revoked.",
        )
    request.state.integration = opened[0]
    return opened[0]


def log_in(request: Request, response: Response, name: str, token: str) -> None:
    """Begin a session: put its cookie on the response."""
    host = host_of(request)
    session: _Session = (name, TokenHash.of(token).sha256, host.clock.now())
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(host.keys_for(_PURPOSE)[0]).encrypt(nonce, msgspec.json.encode(session), None)
    response.set_cookie(
        _name(request),
        base64.urlsafe_b64encode(nonce + sealed).decode(),
        secure=_by_https(request),
        httponly=True,
        samesite="strict",
    )


def log_out(request: Request, response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(
        _name(request), secure=_by_https(request), httponly=True, samesite="strict"
    )


def refuse_foreign_forms(request: Request) -> None:
    """Raises `ForeignFormError` unless the form of a POST stood on a page of this host.

    Browsers say so in ``Sec-Fetch-Site``; those that do not, or that came by plain HTTP, in
    ``Origin``.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        same = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        same = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not same:
        raise ForeignFormError(
            "The form was not sent from a page of this host.",
            location="header",
            parameter="Origin",
            remediation="Open this host's own page and try again.",
        )


def _open(host: Host, text: str) -> tuple[str, TokenHash] | None:
    """The integration and the token of a sealed session; None when it is not ours or too old."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    for key in host.keys_for(_PURPOSE):
        try:
            plain = AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], None)
        except (InvalidTag, ValueError):
            continue
        name, sha256, begun = msgspec.json.decode(plain, type=_Session)
        if abs(host.clock.now() - begun) < LIFETIME_SECONDS:
            return name, TokenHash(sha256)
    return None


def _name(request: Request) -> str:
    """By https a name that browsers take from this very host alone."""
    return "__Host-email-security" if _by_https(request) else "email-security"


def _by_https(request: Request) -> bool:
    return request.url.scheme == "https"
