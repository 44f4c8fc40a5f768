"""Turns an answer of Graph that is not a result into a typed error (table: `refusals`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

import httpx

from connector_core.errors import Origin
from connector_core.vendor_text import (
    MAX_MESSAGE,
    http_date,
    json_object,
    retry_after,
    safe_id,
    shown,
)

from .refusals import RULES, Rule

PROVIDER: Final = "emailsecurity_defender_for_office"
QUOTA_CYCLE_SECONDS: Final = 900
"""The tenant's processing allowance is filled up again at every quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer that is not a result says about itself."""

    status: int
    code: str
    message: str
    request_id: str


def read_refusal(response: httpx.Response) -> Refusal:
    """Find code, message and request id, wherever Graph or a gateway put them."""
    error = json_object(response.content).get("error")
    error = error if isinstance(error, dict) else {}
    inner = error.get("innerError") or error.get("innererror")
    inner = inner if isinstance(inner, dict) else {}
    request_id = safe_id(inner.get("request-id")) or safe_id(response.headers.get("request-id"))
    message = error.get("message")
    return Refusal(
        status=response.status_code,
        code=safe_id(error.get("code")),
        message=message[:8_192] if isinstance(message, str) else "",
        request_id=request_id,
    )


def raise_for_response(response: httpx.Response, operation: str) -> NoReturn:
    """Raise the error that a refused, already read answer stands for.

    `details` may hold ``missing`` (a table or column), ``roles`` (those in the token), ``topic``
    (``licence``, ``quota``) and ``narrower`` (``may work``: the same call with a shorter range).
    """
    refusal = read_refusal(response)
    rule, details = _meaning(refusal)
    wait = retry_after(response.headers)
    if rule.topic == "quota":
        wait = _quota_wait(refusal.message, wait, http_date(response.headers.get("Date")))
    if refusal.status in (502, 504):
        details["narrower"] = "may work"
    raise rule.error(
        _describe(rule.happened.format_map(details), refusal, details),
        origin=Origin(
            provider=PROVIDER,
            operation=operation,
            status=refusal.status,
            code=refusal.code,
            request_id=refusal.request_id,
        ),
        retry_after=wait,
        remediation=rule.remedy.format_map(details),
        details=details,
    )


def _meaning(refusal: Refusal) -> tuple[Rule, dict[str, str]]:
    said = f"{refusal.code} {refusal.message}"
    for rule in RULES:
        match = re.search(rule.text, said, re.IGNORECASE | re.DOTALL)
        if match and re.match(rule.status, str(refusal.status)):
            found = {name: " ".join(value.split()) for name, value in match.groupdict("").items()}
            details = {name: value[:MAX_MESSAGE] or "none" for name, value in found.items()}
            return rule, details | ({"topic": rule.topic} if rule.topic else {})
    raise AssertionError("the last rule matches everything")


def _describe(happened: str, refusal: Refusal, details: Mapping[str, str]) -> str:
    told = shown(refusal.message)
    answer = f"HTTP {refusal.status}{f' {refusal.code}' if refusal.code else ''}"
    return f"{happened} ({answer}{f': {told}' if told and not details else ''})"


_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_AMOUNT: Final = re.compile(
    r"\b(\d{1,6})\s*(days?|hours?|h|minutes?|mins?|m|seconds?|secs?|s)\b", re.I
)
_CLOCK: Final = re.compile(r"\b(\d{1,3}):(\d{2}):(\d{2})\b")


def _quota_wait(message: str, header: float | None, sent: float | None) -> float | None:
    """The longest wait that the answer asks for; without any, up to the next quarter hour."""
    _, _, tail = message.partition(" again in ")
    told = sum(int(amount) * _UNITS[unit[0].lower()] for amount, unit in _AMOUNT.findall(tail))
    if match := _CLOCK.search(tail):
        hours, minutes, seconds = map(int, match.groups())
        told = hours * 3_600 + minutes * 60 + seconds
    asked = [wait for wait in (header, float(told)) if wait]
    if asked:
        return max(asked)
    return None if sent is None else QUOTA_CYCLE_SECONDS - sent % QUOTA_CYCLE_SECONDS
