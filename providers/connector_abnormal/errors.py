"""Turns an answer of Abnormal that is not a result into a typed error.

What a status means depends on the endpoint: 404 is "no such threat" for one, and "the filter cannot
be read" for the list of threats. Source: Client API 1.4.3, responses of each operation (2026).
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from connector_core.errors import (
    AuthenticationError,
    NotFoundError,
    Origin,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)
from connector_core.vendor_text import json_object, retry_after

from .vendor_text import told, trace_id

if TYPE_CHECKING:
    import httpx

PROVIDER: Final = "emailsecurity_abnormal"
Endpoint = Literal["threats", "threat", "attachments", "links", "search"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status of an endpoint stands for."""

    endpoint: str
    """Empty for every endpoint."""
    status: str
    """A regular expression."""
    error: type[ProviderError]
    happened: str
    remedy: str


_SIGN_IN: Final = (
    "Check the token and the region: a token of one region is unknown in the other. Make a new"
    " one in the portal under Settings, Integrations, Abnormal REST API."
)
_ALLOW: Final = (
    "Check in the portal that this machine's public address is on the token's list of allowed"
    " addresses, and that the licence has the API."
)
_SEARCH: Final = (
    "Ask Abnormal to enable Search for the account; check also the token's list of allowed"
    " addresses."
)
_NOT_OURS: Final = "Check region and base_url, and whether a proxy on the way alters answers."
_AGAIN: Final = "Try again later; if it lasts, look at the vendor's status page."
_RANGE: Final = "Check the filters and the time range; report it if they are correct."
_KNOWN: Final = "Use finding_info.uid of a finding from query_threats."
_FEWER: Final = "Run fewer queries side by side with this token."

# fmt: off
RULES: Final = (
    Rule("search",  "401", AuthenticationError,
         "Abnormal did not accept the token, or not for this tenant", _SIGN_IN),
    Rule("",        "401", AuthenticationError,
         "Abnormal did not accept the token", _SIGN_IN),
    Rule("search",  "403", PermissionDeniedError,
         "Abnormal does not allow this account to search mail", _SEARCH),
    Rule("",        "403", PermissionDeniedError,
         "Abnormal knows the token, but does not allow this", _ALLOW),
    Rule("threats", "404", QueryRejectedError,
         "Abnormal could not read the filter of the list, which it says with 404", _RANGE),
    Rule("search",  "404", QueryRejectedError,
         "There is no search at this address", _NOT_OURS),
    Rule("",        "404", NotFoundError,
         "Abnormal has no such threat", _KNOWN),
    Rule("",        "408", UnavailableError,
         "Abnormal did not get the request in time", _AGAIN),
    Rule("",        "429", RateLimitedError,
         "Abnormal got too many requests at once", _FEWER),
    Rule("",        "4..", QueryRejectedError,
         "Abnormal refused the request", _RANGE),
    Rule("",        "5..", UnavailableError,
         "Abnormal failed to answer", _AGAIN),
    Rule("",        "...", ResponseInvalidError,
         "Something that is not Abnormal's API answered", _NOT_OURS),
)
# fmt: on
"""The first rule that fits decides."""


def raise_for_response(response: "httpx.Response", endpoint: Endpoint) -> NoReturn:
    """Raise the error that a refused, already read answer stands for."""
    status, body = response.status_code, json_object(response.content)
    rule = next(
        rule
        for rule in RULES
        if rule.endpoint in ("", endpoint) and re.fullmatch(rule.status, str(status))
    )
    text = told(body)
    raise rule.error(
        f"{rule.happened} (HTTP {status}{f': {text}' if text else ''}).",
        origin=Origin(
            provider=PROVIDER,
            operation=endpoint,
            status=status,
            request_id=trace_id(body, response.headers),
        ),
        retry_after=retry_after(response.headers),
        remediation=rule.remedy,
        retryable=False if 300 <= status < 400 else None,
    )


def invalid(response: "httpx.Response", endpoint: Endpoint, problem: str) -> ResponseInvalidError:
    """The error for an answer of unknown shape; it may hold an error in Abnormal's words."""
    body = json_object(response.content)
    text = told(body)
    return ResponseInvalidError(
        f"Abnormal's answer has an unknown shape: {problem}{f' ({text})' if text else ''}.",
        origin=Origin(
            provider=PROVIDER,
            operation=endpoint,
            status=response.status_code,
            request_id=trace_id(body, response.headers),
        ),
        remediation=_NOT_OURS,
    )
