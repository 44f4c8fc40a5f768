"""Entra's refusals to issue a token as typed errors: one table by AADSTS code.

Source: Microsoft "Entra authentication and authorization error codes"
(learn.microsoft.com/entra/identity-platform/reference-error-codes).
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import httpx

from connector_core.errors import (
    AuthenticationError,
    Origin,
    ProviderError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_core.vendor_text import json_object, retry_after, safe_id, shown

from .errors import PROVIDER

OPERATION: Final = "token"
_CODE: Final = re.compile(r"AADSTS(\d{4,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one of Entra's codes means for a person."""

    happened: str
    remedy: str
    error: type[ProviderError] = AuthenticationError


_CLOUD: Final = Meaning(
    "the tenant belongs to another Microsoft cloud",
    "Set region to the tenant's cloud: gcc_high or dod for US government tenants, else global.",
)
_CLOCK_OR_CERTIFICATE: Final = (
    "Check this machine's clock first, then that this very certificate is uploaded to the"
    " application and has not expired."
)
_BUSY: Final = Meaning("Entra is busy", "Try again later.", UnavailableError)
_UNKNOWN_TENANT: Final = Meaning(
    "Entra knows no such tenant",
    "Check tenant_id (Entra admin center, Overview) and that region is the tenant's cloud.",
)

MEANINGS: Final = {
    "90002": _UNKNOWN_TENANT,
    "900023": _UNKNOWN_TENANT,
    "700016": Meaning(
        "the tenant has no application with this client id",
        "Check client_id (Application (client) ID of the app registration) in this very tenant.",
    ),
    "7000229": Meaning(
        "the application is registered but not installed in the tenant",
        "Let an administrator of the tenant open the consent page, which installs it.",
    ),
    "7000112": Meaning(
        "the application is disabled in the tenant",
        "Enable it under Enterprise applications, Properties, 'Enabled for users to sign-in'.",
    ),
    "7000215": Meaning(
        "the client secret is wrong",
        "Copy the secret's Value; it is shown only once, so create a new secret if it is lost.",
    ),
    "7000222": Meaning(
        "the client secret has expired",
        "Create a new secret under Certificates & secrets and configure its Value.",
    ),
    "7000218": Meaning(
        "no client secret or assertion reached Entra",
        "Check that a proxy does not alter requests; else report it with the request id.",
    ),
    "700024": Meaning("the assertion is not within its time of validity", _CLOCK_OR_CERTIFICATE),
    "700027": Meaning("the signature of the assertion is not accepted", _CLOCK_OR_CERTIFICATE),
    "700211": Meaning(
        "the application does not trust the issuer of the assertion",
        "Check the issuer of the application's federated credential.",
    ),
    "700213": Meaning(
        "the application has no federated credential for the assertion's subject",
        "Check the subject of the application's federated credential.",
    ),
    "700212": Meaning(
        "the application has no federated credential for the assertion's audience",
        "Check the audience of the application's federated credential.",
    ),
    "70011": Meaning(
        "Entra does not know the requested scope",
        "Check that region is the tenant's cloud; the scope is the region's Graph.",
    ),
    "53003": Meaning(
        "a conditional access policy refused the application",
        "Exclude the application from the policy, or call from an address that it allows.",
    ),
    "90038": _CLOUD,
    "900382": _CLOUD,
    "900432": _CLOUD,
    "90055": Meaning(
        "Entra allows no more token requests now", "Try again later.", RateLimitedError
    ),
    "90033": _BUSY,
    "50196": Meaning("Entra saw too many equal requests", "Try again later.", RateLimitedError),
}
_ID_PASTED: Final = (
    "The configured secret has the form of an id, so it is probably the Secret ID."
    " Copy the column Value instead; it is shown only once, so create a new secret if it is lost."
)


def token_error(response: httpx.Response, *, secret_looks_like_id: bool = False) -> ProviderError:
    """The error that an answer of Entra without a token stands for; the body has been read."""
    body = json_object(response.content)
    code = _code(body)
    origin = Origin(
        provider=PROVIDER,
        operation=OPERATION,
        status=response.status_code,
        code=f"AADSTS{code}" if code else safe_id(body.get("error")),
        request_id=safe_id(body.get("trace_id"))
        or safe_id(response.headers.get("x-ms-request-id")),
    )
    meaning = MEANINGS.get(code) or _by_status(response.status_code, body)
    remedy = _ID_PASTED if code == "7000215" and secret_looks_like_id else meaning.remedy
    named = origin.code or f"HTTP {response.status_code}"
    return meaning.error(
        f"no access token: {meaning.happened} ({named})",
        origin=origin,
        retry_after=retry_after(response.headers),
        remediation=remedy,
    )


def _code(body: dict[str, Any]) -> str:
    codes = body.get("error_codes")
    if isinstance(codes, list) and codes and type(codes[0]) is int:
        return str(codes[0])[:8]
    match = _CODE.search(str(body.get("error_description", ""))[:512])
    return match[1] if match else ""


def _by_status(status: int, body: dict[str, Any]) -> Meaning:
    if status == 429:
        return Meaning(
            "Entra allows no more token requests now", "Try again later.", RateLimitedError
        )
    if status >= 500 or status == 408 or body.get("error") == "temporarily_unavailable":
        return Meaning("Entra is not available", "Try again later.", UnavailableError)
    if isinstance(body.get("error"), str):
        # The first sentence alone: what follows are ids and the time, which stand elsewhere.
        said = shown(body.get("error_description")).split(" Trace ID:")[0]
        return Meaning(
            f"Entra refused the credential{f': {said}' if said else ''}",
            "Look up the code at https://login.microsoftonline.com/error.",
        )
    return Meaning(
        "what answered instead of Entra is not Entra",
        "Check proxy and firewall: they must let requests through to the login host unchanged.",
        ResponseInvalidError,
    )
