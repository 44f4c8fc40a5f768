"""Entra's refusals, as a table, and their JSON form.

Source: Microsoft's "AADSTS error codes" and "client credentials flow" pages (2026), and recorded
answers. Where neither gives the status, 401 stands for `invalid_client`, 400 for all else.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from .wire import Request, Response, json_response


@dataclass(frozen=True, slots=True)
class Refusal:
    """HTTP status, OAuth error and text of one AADSTS code."""

    status: int
    error: str
    text: str


# fmt: off
REFUSALS: Final = MappingProxyType({
    50027: Refusal(400, "invalid_request", "JWT token is invalid or malformed."),
    50049: Refusal(400, "invalid_instance", "Unknown or invalid instance."),
    70003: Refusal(400, "unsupported_grant_type",
        "The app requested an unsupported grant type '{value}'."),
    70011: Refusal(400, "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the "
        "input parameter 'scope' is not valid. The scope {value} is not valid."),
    90002: Refusal(400, "invalid_request",
        "Tenant '{value}' not found. Check to make sure you have the correct tenant ID and are "
        "signing into the correct cloud. Check with your subscription administrator, this may "
        "happen if there are no active subscriptions for the tenant."),
    90033: Refusal(503, "temporarily_unavailable",
        "A transient error has occurred. Please try again."),
    90038: Refusal(400, "invalid_request",
        "Tenant '{value}' request is being redirected to the National Cloud '{cloud}'."),
    90055: Refusal(429, "temporarily_unavailable",
        "The tenant has been throttled because there are too many requests."),
    500011: Refusal(400, "invalid_resource",
        "The resource principal named {value} was not found in the tenant named {tenant}. This can "
        "happen if the application has not been installed by the administrator of the tenant or "
        "consented to by any user in the tenant. You might have sent your authentication request "
        "to the wrong tenant."),
    700016: Refusal(400, "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'. This "
        "can happen if the application has not been installed by the administrator of the tenant "
        "or consented to by any user in the tenant. You may have sent your authentication request "
        "to the wrong tenant."),
    700021: Refusal(401, "invalid_client",
        "Client assertion application identifier doesn't match 'client_id' parameter."),
    700023: Refusal(401, "invalid_client",
        "Client assertion audience claim does not match Realm issuer."),
    700024: Refusal(401, "invalid_client",
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid "
        "from {start}, expiry time of assertion {end}."),
    700027: Refusal(401, "invalid_client",
        "Client assertion failed signature validation. [Reason - {value}, Thumbprint of key used "
        "by client: '{thumbprint}']"),
    700211: Refusal(401, "invalid_client",
        "No matching federated identity record found for presented assertion issuer '{value}'."),
    700212: Refusal(401, "invalid_client",
        "No matching federated identity record found for presented assertion audience '{value}'."),
    700213: Refusal(401, "invalid_client",
        "No matching federated identity record found for presented assertion subject '{value}'."),
    900144: Refusal(400, "invalid_request",
        "The request body must contain the following parameter: '{value}'."),
    900382: Refusal(400, "invalid_request",
        "Confidential Client is not supported in Cross Cloud request."),
    900561: Refusal(400, "invalid_request",
        "The endpoint only accepts POST requests. Received a {value} request."),
    7000112: Refusal(400, "unauthorized_client",
        "Application '{client}'({value}) is disabled."),
    7000215: Refusal(401, "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client "
        "secret value, not the client secret ID, for a secret added to app '{client}'."),
    7000218: Refusal(401, "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or "
        "'client_secret'."),
    7000222: Refusal(401, "invalid_client",
        "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to "
        "create new keys for your app: https://aka.ms/NewClientSecret, or consider using "
        "certificate credentials for added security: https://aka.ms/certCreds."),
    7000229: Refusal(401, "invalid_client",
        "The client application {client} is missing service principal in the tenant {tenant}."),
})
# fmt: on
"""AADSTS code -> refusal."""


class Refused(Exception):  # noqa: N818
    """A request that Entra refuses; `words` fill the text of the table."""

    def __init__(self, code: int, *, error: str = "", **words: str) -> None:
        super().__init__(f"AADSTS{code}")
        self.code = code
        self.error = error
        self.words = words


def entra_headers(request: Request) -> tuple[tuple[str, str], ...]:
    """Headers of every answer of Entra."""
    return (
        ("Cache-Control", "no-store, no-cache"),
        ("Pragma", "no-cache"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Content-Type-Options", "nosniff"),
        ("client-request-id", request.header("client-request-id") or str(uuid.uuid4())),
        ("x-ms-request-id", str(uuid.uuid4())),
    )


def refusal_response(
    refused: Refused,
    request: Request,
    now: float,
    *,
    extra: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Entra's JSON for a refusal; `now` is in seconds since 1970 UTC."""
    refusal = REFUSALS[refused.code]
    headers = entra_headers(request)
    named = dict(headers)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    text = refusal.text.format_map(refused.words)
    return json_response(
        refusal.status,
        {
            "error": refused.error or refusal.error,
            "error_description": (
                f"AADSTS{refused.code}: {text}\r\n"
                f"Trace ID: {named['x-ms-request-id']}\r\n"
                f"Correlation ID: {named['client-request-id']}\r\n"
                f"Timestamp: {moment}"
            ),
            "error_codes": [refused.code],
            "timestamp": moment,
            "trace_id": named["x-ms-request-id"],
            "correlation_id": named["client-request-id"],
            "error_uri": f"https://login.microsoftonline.com/error?code={refused.code}",
        },
        headers + extra,
    )
