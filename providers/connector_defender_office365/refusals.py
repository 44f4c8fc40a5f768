"""What Graph's refusals mean: one table, first match wins.

Graph gives every fault of a query the same code (`BadRequest`), so the message is the only thing
that tells them apart; the patterns are wordings that callers of runHuntingQuery have published.
"""

from dataclasses import dataclass
from typing import Final

from connector_core.errors import (
    AuthenticationError,
    PermissionDeniedError,
    ProviderError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    ResultTooLargeError,
    UnavailableError,
)

ROLE: Final = "ThreatHunting.Read.All"


@dataclass(frozen=True, slots=True)
class Rule:
    """One known refusal: where it applies, and what it means for a person."""

    status: str
    """Pattern of the HTTP status."""
    text: str
    """Pattern somewhere in code and message; named groups become `details`."""
    error: type[ProviderError]
    happened: str
    remedy: str
    topic: str = ""
    """A word for programs, passed on in `details`."""


_NARROW: Final = "Ask for a shorter time range or fewer results."
_LICENCE: Final = (
    "Check that the tenant has Defender for Office 365 Plan 2 (or Defender XDR) and that the"
    " Defender portal was opened once, which provisions the service."
)

RULES: Final = (
    Rule(
        r"200|400",
        r"exceeded the allowed result size|exceeds the allowed size limit",
        ResultTooLargeError,
        "the result is larger than Graph returns",
        _NARROW,
    ),
    Rule(
        r"200|400",
        r"exceeded the allowed limits|excessive resource|timeout period|preempted",
        ResultTooLargeError,
        "the query needs more processing than Graph allows",
        _NARROW,
    ),
    Rule(
        r"200|400",
        r"Failed to resolve table or column expression named '(?P<missing>\w{1,128})'",
        QueryRejectedError,
        "the tenant has no table or column {missing}",
        "The tenant's licence may not include it; the connection check lists what is there.",
    ),
    Rule(
        r"200|400",
        r"Failed to resolve (?:scalar|column) expression named '(?P<missing>\w{1,128})'",
        QueryRejectedError,
        "the tenant has no column {missing}",
        "The tenant may not have received this column yet;"
        " the connection check lists what is there.",
    ),
    Rule(
        r"200|400",
        r"Unknown function",
        QueryRejectedError,
        "the service does not know a function of the query",
        "Update the connector: the service's query language differs from what it expects.",
    ),
    Rule(
        r"200|400",
        r"semantic error",
        QueryRejectedError,
        "the query does not fit the tenant's tables",
        "Run the connection check, which compares tables and columns.",
    ),
    Rule(
        r"200|400",
        r"syntax error|could not be parsed|incomplete fragment",
        QueryRejectedError,
        "Graph could not parse the query",
        "This is a fault of the connector: report it with the request id.",
    ),
    Rule(
        r"403",
        r"Missing application roles.*application roles: (?P<roles>[\w.,\s\-]{0,8000}?)\.?\s*$",
        PermissionDeniedError,
        "the application lacks the permission " + ROLE,
        f"An administrator has to grant the application permission {ROLE} and consent to it;"
        " the token carried these roles: {roles}. A new consent can take some minutes to show.",
    ),
    Rule(
        r"401|403",
        r"not provisioned|mode is inactive|licen[cs]e|not enabled for",
        PermissionDeniedError,
        "the tenant has no active Defender service",
        _LICENCE,
        topic="licence",
    ),
    Rule(
        r"403",
        r"insufficient_claims",
        PermissionDeniedError,
        "a conditional access policy refused the application",
        "Exclude the application from the policy, or meet the policy's conditions.",
    ),
    Rule(
        r"403",
        r"",
        PermissionDeniedError,
        "the application may not run hunting queries",
        f"An administrator has to grant the application permission {ROLE} and consent to it.",
    ),
    Rule(
        r"401",
        r"expired",
        AuthenticationError,
        "Graph says that the access token has expired",
        "Check this machine's clock.",
    ),
    Rule(
        r"401",
        r"",
        AuthenticationError,
        "Graph did not accept the access token",
        "Check that the region is the cloud in which the tenant lives:"
        " tokens of one cloud are void in another.",
    ),
    Rule(
        r"200|429",
        r"processing resources",
        RateLimitedError,
        "the tenant has used up its processing allowance",
        "Wait until the next quarter of an hour."
        " The allowance is shared with everybody who hunts in this tenant.",
        topic="quota",
    ),
    Rule(
        r"429",
        r"",
        RateLimitedError,
        "too many calls to this tenant",
        "Ask less often; Graph allows about 45 calls a minute"
        " for all applications of a tenant together.",
    ),
    Rule(
        r"413",
        r"",
        QueryRejectedError,
        "the query is too long for Graph",
        "Use fewer or shorter filter values.",
    ),
    Rule(r"504", r"", ResultTooLargeError, "the query took longer than Graph allows", _NARROW),
    Rule(
        r"502",
        r"",
        UnavailableError,
        "a gateway in front of Graph gave up",
        "Try again; when it happens every time, the result is too large:"
        " ask for a shorter time range.",
    ),
    Rule(r"408|5\d\d", r"", UnavailableError, "Graph is not available", "Try again later."),
    Rule(
        r"3\d\d",
        r"",
        ResponseInvalidError,
        "the answer points to another address, which is never followed",
        "Check the proxy: Graph itself does not redirect.",
    ),
    Rule(
        r"404|405",
        r"",
        QueryRejectedError,
        "there is no hunting service at this address",
        "Check the region; hunting through Graph is not offered in every cloud.",
    ),
    Rule(
        r"407",
        r"",
        UnavailableError,
        "the proxy asks for a password",
        "Check the proxy's user and password.",
    ),
    Rule(
        r"4\d\d",
        r"",
        QueryRejectedError,
        "Graph refused the query",
        "Report it with the request id.",
    ),
    Rule(
        r"",
        r"",
        ResponseInvalidError,
        "Graph answered in an unknown way",
        "Report it with the request id.",
    ),
)
