"""Faults by name, for `email-security emulate --fault NAME`."""

from types import MappingProxyType
from typing import Final

from connector_core.errors import ConfigurationError

from .faults import Damage, Effect, Endpoint, Slow, Status
from .wire import Breakage

QUOTA: Final = (
    "You have exceeded processing resources allocated to this tenant. "
    "You can run queries again in 123 seconds."
)
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>"
_INNER: Final = b'{"error":{"code":"UnknownError","message":"","innerError":{}}}'
_NGINX: Final = {"Server": "nginx"}


def _nginx(status: int, reason: str) -> Status:
    title = f"{status} {reason}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>"
        "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Status(status, body=page.encode(), content_type="text/html", headers=_NGINX)


# fmt: off
NAMED: Final[MappingProxyType[str, tuple[Endpoint, Effect, str]]] = MappingProxyType({
    "throttled": ("graph",
        Status(429, "TooManyRequests", "Please retry after", headers={"Retry-After": "10"}),
        "429 with Retry-After: 10"),
    "throttled-silently": ("graph", Status(429, "TooManyRequests", "Too many requests."),
        "429 without Retry-After"),
    "quota": ("graph", Status(429, "TooManyRequests", QUOTA),
        "429: the tenant's CPU allowance is used up for 123 seconds"),
    "server-error": ("graph", Status(500, "UnknownError"), "500 with an empty message"),
    "unavailable": ("graph", Status(503, "UnknownError"), "503 with an empty message"),
    "unavailable-later": ("graph", Status(503, "UnknownError", headers={"Retry-After": "5"}),
        "503 with Retry-After: 5"),
    "query-too-slow": ("graph", Status(504, "UnknownError"), "504 with an empty message"),
    "bad-gateway": ("graph", _nginx(502, "Bad Gateway"), "502, the proxy's HTML page"),
    "request-too-large": ("graph", _nginx(413, "Request Entity Too Large"),
        "413, the proxy's HTML page"),
    "result-too-large": ("graph", Status(400, "BadRequest",
        "Query execution has exceeded the allowed result size. Optimize your query by limiting the "
        "number of results and try again."), "400: the result is too large"),
    "query-limits": ("graph", Status(400, "BadRequest",
        "Query execution has exceeded the allowed limits. Optimize your query and try again."),
        "400: the query takes too much memory or processor time"),
    "token-expired": ("graph", Status(401, "InvalidAuthenticationToken",
        "Access token has expired or is not yet valid."), "401: a good token counts as expired"),
    "not-provisioned": ("graph", Status(403, "Forbidden",
        "Unauthorized request - Account is not provisioned."), "403: the tenant has no Defender"),
    "conditional-access": ("graph", Status(403, "insufficient_claims", "Continuous access "
        "evaluation resulted in challenge with result: InteractionRequired."),
        "403: a policy asks for more claims"),
    "error-inside": ("graph", Status(200, body=_INNER), "200 with an error envelope inside"),
    "unknown-shape": ("graph", Status(200, body=b'{"value":[]}'), "200 with JSON of another shape"),
    "not-json": ("graph", Status(200, body=b'{"schema": [oops'), "200 with malformed JSON"),
    "html": ("graph", Status(200, body=_PAGE, content_type="text/html"),
        "200 with an HTML page, as a captive portal sends"),
    "redirect": ("graph", Status(302, headers={"Location": "https://portal.example/"}),
        "302 to another host"),
    "truncated": ("graph", Damage.TRUNCATED, Damage.TRUNCATED.value),
    "empty": ("graph", Damage.EMPTY, Damage.EMPTY.value),
    "bad-gzip": ("graph", Damage.BAD_GZIP, Damage.BAD_GZIP.value),
    "gzip-bomb": ("graph", Damage.BOMB, Damage.BOMB.value),
    "not-utf8": ("graph", Damage.NOT_UTF8, Damage.NOT_UTF8.value),
    "duplicate-key": ("graph", Damage.DUPLICATE_KEY, Damage.DUPLICATE_KEY.value),
    "wrong-type": ("graph", Damage.WRONG_TYPE, Damage.WRONG_TYPE.value),
    "refused": ("graph", Breakage.REFUSED, "nobody takes the connection"),
    "silent": ("graph", Breakage.SILENT, "the connection is taken, nothing comes back"),
    "cut": ("graph", Breakage.CUT, "the connection closes in the middle of the body"),
    "slow": ("graph", Slow(20), "a good answer, 20 seconds late"),
    "login-unavailable": ("token", Status(503, 90033), "Entra: 503, AADSTS90033"),
    "login-throttled": ("token", Status(429, 90055, headers={"Retry-After": "10"}),
        "Entra: 429, AADSTS90055, with Retry-After: 10"),
    "login-wrong-cloud": ("token", Status(400, 90038), "Entra: AADSTS90038"),
    "login-other-cloud": ("token", Status(400, 900382), "Entra: AADSTS900382"),
    "login-html": ("token", Status(200, body=_PAGE, content_type="text/html"),
        "Entra: 200 with an HTML page"),
    "login-refused": ("token", Breakage.REFUSED, "nobody takes the connection to Entra"),
    "login-silent": ("token", Breakage.SILENT, "Entra takes the connection and says nothing"),
    "discovery-unavailable": ("discovery", Status(503, 90033), "Entra's discovery: 503"),
    "discovery-refused": ("discovery", Breakage.REFUSED, "nobody takes the discovery request"),
})
# fmt: on
"""Name -> endpoint, effect, and what it is in words."""


def named_fault(name: str) -> tuple[Endpoint, Effect]:
    """Endpoint and effect of a name; raises `ConfigurationError` when there is no such name."""
    if name not in NAMED:
        raise ConfigurationError(
            f"There is no fault named {name!r}.",
            setting="fault",
            remediation=f"Use one of: {', '.join(sorted(NAMED))}.",
        )
    endpoint, effect, _ = NAMED[name]
    return endpoint, effect
