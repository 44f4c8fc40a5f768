"""`POST /search`."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from .matching import regex_matches, text_matches
from .records import Found, Json
from .switches import Switches
from .threats import page_of
from .times import DAY, moment
from .wire import Answer, RefusalError, Request, answered
from .words import JUDGEMENT_SOURCES, JUDGEMENTS

LARGEST_PAGE: Final = 1_000
TENANTS: Final = (1201, 1202)
"""The mail tenants that the token may see."""

_TEXTS: Final = {  # filter -> the keys of a result that may hold it
    "subject": ("subject",),
    "sender_email": ("sender",),
    "sender_name": ("sender_display_name",),
    "recipient_email": ("mailbox_name",),
    "recipient_name": ("mailbox_display_name",),
    "internet_message_id": ("internet_message_id",),
    "body_link": ("body_links",),
    "sender_ip": ("sender_ip_addresses",),
}
_ATTACHED: Final = {"attachment_name": "name", "attachment_md5_hash": "md5_hash"}
_ENUMS: Final = {"judgement": JUDGEMENTS, "judgement_source": JUDGEMENT_SOURCES}
_MODELS: Final = {
    "judgement_source_model_ids": "judgement_source_model_id",
    "judgement_source_model_versions": "judgement_source_model_version",
}
_FLAGS: Final = {"use_sender_regex": ("sender_email",), "use_recipient_regex": ("recipient_email",)}
_KNOWN: Final = {"start_time", "end_time", *_TEXTS, *_ATTACHED, *_ENUMS, *_MODELS, *_FLAGS}


def search(
    request: Request, held: Sequence[Found], switches: Switches, trace: str, now: str
) -> Answer:
    """Messages of one source within a span, newest first; the vendor promises no order."""
    size, number = page_of(request, LARGEST_PAGE)
    body = _object(_json(request.body), "The body")
    source, filters = body.get("source"), _object(body.get("filters"), "filters")
    if source not in ("abnormal", "quarantine"):
        raise RefusalError(400, "source must be abnormal or quarantine.")
    first, last = _span(filters, switches)
    tests = [*_tests(filters, str(source)), *_tenant_test(body)]
    if source in switches.search_forbidden:
        raise RefusalError(403, "Search is not enabled for this customer.")
    chosen = [
        found.row
        for found in held
        if found.source == source
        and first <= found.received <= last
        and all(test(found.row) for test in tests)
    ]
    shown = chosen[: switches.search_cap]
    page = shown[(number - 1) * size : number * size]
    more = number * size < len(shown) or (switches.trailing_empty_page and bool(page))
    return answered(
        {
            "results": page,
            "total": len(chosen),
            "pageNumber": number,
            "pageSize": size,
            "nextPageNumber": number + 1 if more else None,
            "metadata": {"trace_id": trace, "response_time": now},
        }
    )


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RefusalError(400, "The body is not JSON.") from None


def _object(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise RefusalError(400, f"{name} must be an object.")
    return value


def _span(filters: Json, switches: Switches) -> tuple[int, int]:
    try:
        first, last = moment(str(filters.get("start_time"))), moment(str(filters.get("end_time")))
    except ValueError:
        raise RefusalError(400, "start_time and end_time are needed, as ISO 8601 times.") from None
    if first > last:
        raise RefusalError(400, "start_time is after end_time.")
    days = switches.search_max_days
    if days is not None and last - first > days * DAY:
        raise RefusalError(400, f"A search reaches over {days:g} days at most.")
    return first, last


def _tests(filters: Json, source: str) -> list[Callable[[Json], bool]]:
    if unknown := filters.keys() - _KNOWN:
        raise RefusalError(400, f"There is no filter {sorted(unknown)[0]}.")
    if source == "quarantine" and "judgement_source" in filters:
        raise RefusalError(400, "judgement_source needs the source abnormal.")
    for name in _FLAGS:
        if not isinstance(filters.get(name, False), bool):
            raise RefusalError(400, f"{name} must be a boolean.")
    given = {name: value for name, value in filters.items() if value is not None}
    return [test for name, value in given.items() if (test := _test(name, value, given))]


def _test(name: str, value: Any, filters: Json) -> Callable[[Json], bool] | None:
    if name in _MODELS:
        if not isinstance(value, list):
            raise RefusalError(400, f"{name} must be a list.")
        words, key = [str(item) for item in value], _MODELS[name]
        return (lambda row: row.get(key) in words) if words else None
    if name in ("start_time", "end_time") or name in _FLAGS:
        return None
    if not isinstance(value, str):
        raise RefusalError(400, f"{name} must be a text.")
    if name in _ENUMS:
        if value not in _ENUMS[name]:
            raise RefusalError(400, f"{name} has no such value.")
        return lambda row: row.get(name) == value
    if name in _ATTACHED:
        inner = _ATTACHED[name]
        return lambda row: text_matches(
            value, *(file.get(inner) for file in (row.get("attachments") or {}).values())
        )
    regex = any(filters.get(flag) and name in names for flag, names in _FLAGS.items())
    matches = regex_matches if regex else text_matches
    return lambda row: matches(value, *map(row.get, _TEXTS[name]))


def _tenant_test(body: Json) -> list[Callable[[Json], bool]]:
    wanted = body.get("tenant_ids")
    if wanted is None:
        return []
    if not isinstance(wanted, list) or not all(type(item) is int for item in wanted):
        raise RefusalError(400, "tenant_ids must be a list of numbers.")
    if not set(wanted) <= set(TENANTS):
        raise RefusalError(401, "The token may not see one of the tenants.")
    return [lambda row: row.get("tenant_id") in wanted] if wanted else []
