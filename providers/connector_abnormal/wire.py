"""The wire form of Abnormal's API: makes requests, reads answers, sends nothing.

Source: Abnormal Security Client API 1.4.3, "/threats", "/threats/{threatId}", its attachments and
links, and "/search", as last changed in May 2026.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import httpx
import msgspec

from connector_core.convert import timestamp_text
from connector_core.provider import Call

from .errors import Endpoint, invalid, raise_for_response
from .schema import Source
from .vendor_text import tells_of_failure

MAX_MESSAGES: Final = 2_000
"""A threat never shows more messages than this, however many it has."""
MESSAGES_PER_PAGE: Final = 100
UNFILTERED: Final = 100
"""So many ids come, without page numbers, when the vendor did not take the filter."""

_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    items: Sequence[Any] = field(repr=False)
    """As decoded; an item need not be an object."""
    next: int | None
    """The number of the page that follows; None on the last one."""
    numbered: bool
    """Whether the answer says which page it is."""
    total: int | None = None
    """How many items all pages have together, where the answer says so."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of an answer that the vendor does not give, where the rest can do without."""

    status: int


# -- requests --------------------------------------------------------------------------------------


def threats_request(
    root: str, start: int, end: int, page: int, size: int, **words: str
) -> httpx.Request:
    """The ids of threats with a message received in [start, end), milliseconds UTC.

    The filter knows whole seconds only: it reaches outward, never inward. It is always sent,
    because without it `pageSize` and `pageNumber` do nothing. `words` are further parameters.
    """
    since, until = _second(start // 1_000), _second(-(-end // 1_000))
    parameters = {
        "filter": f"receivedTime gte {since} lte {until}",
        **words,
        "pageSize": str(size),
        "pageNumber": str(page),
    }
    query = urlencode(parameters, quote_via=quote, safe=":")
    return httpx.Request("GET", f"{root}/threats?{query}", headers=_HEADERS)


def threat_request(root: str, threat: str, page: int) -> httpx.Request:
    """One page of a threat's messages; the id has to be `plausible`."""
    parameters = {"pageSize": str(MESSAGES_PER_PAGE), "pageNumber": str(page)}
    return httpx.Request("GET", f"{root}/threats/{threat}", params=parameters, headers=_HEADERS)


def companion_request(
    root: str, threat: str, part: Literal["attachments", "links"]
) -> httpx.Request:
    """The attachments or the links of a threat's messages."""
    return httpx.Request("GET", f"{root}/threats/{threat}/{part}", headers=_HEADERS)


def search_request(
    root: str, source: Source, start: int, end: int, page: int, size: int, **filters: str
) -> httpx.Request:
    """Mail received in [start, end), milliseconds UTC.

    Reaches outward to whole seconds and by one more: whether the bounds belong to the range is not
    published.
    """
    times = {
        "start_time": _second(start // 1_000 - 1),
        "end_time": _second(-(-end // 1_000) + 1),
    }
    body = {"source": source, "filters": times | filters}
    return httpx.Request(
        "POST",
        f"{root}/search",
        params={"pageNumber": str(page), "pageSize": str(size)},
        headers=_HEADERS | {"Content-Type": "application/json; charset=utf-8"},
        content=json.dumps(body).encode("ascii"),
    )


def as_text(request: httpx.Request) -> str:
    """A request for people: method, path, parameters, body; neither host nor token."""
    target = httpx.URL(request.url).raw_path.decode("ascii")
    body = request.content.decode("ascii")
    return f"{request.method} {target}{f' {body}' if body else ''}"


def _second(seconds: int) -> str:
    return timestamp_text(seconds * 1_000)


# -- answers ---------------------------------------------------------------------------------------


def read_threats(response: httpx.Response) -> Listing:
    """A page of the list of threats; its items are ids, or None for an item without one.

    A few answers carry whole messages in the list; only the id is read.
    """
    body = _object(response, "threats")
    listing = _listing(response, body, "threats", "threats")
    ids = [_text_id(item.get("threatId")) if isinstance(item, dict) else None
           for item in listing.items]  # fmt: skip
    return replace(listing, items=ids)


@dataclass(frozen=True, slots=True)
class ThreatPage:
    """One page of a threat: the threat's own fields, and some of its messages."""

    head: dict[str, Any] = field(repr=False)
    messages: Sequence[Any] = field(repr=False)
    next: int | None


def read_threat(response: httpx.Response) -> ThreatPage:
    """A page of a threat; `NotFoundError` when the vendor has none with this id."""
    body = _object(response, "threat")
    listing = _listing(response, body, "threat", "messages", or_null=True)
    head = {name: value for name, value in body.items() if name not in _PAGING}
    return ThreatPage(head, listing.items, listing.next)


def read_threat_if_there(response: httpx.Response) -> ThreatPage | Refused:
    """The same; a threat that was listed and is gone is no error."""
    return Refused(404) if response.status_code == 404 else read_threat(response)


def read_threat_further(response: httpx.Response) -> ThreatPage | Refused:
    """A page after the first; that the vendor has none with this number is no error either."""
    return Refused(400) if response.status_code == 400 else read_threat_if_there(response)


def perhaps(call: Call) -> Call:
    """The same call; that the vendor has no such page any more is an answer, too."""

    def read(response: httpx.Response) -> Any:
        gone = response.status_code in (400, 404)
        return Refused(response.status_code) if gone else call.read(response)

    return replace(call, read=read)


def read_companion(
    response: httpx.Response, part: Literal["attachments", "links"]
) -> dict[str, Any] | Refused:
    """The answer of a companion read, whose list is checked; refused for 403 and 404."""
    if response.status_code in (403, 404):
        return Refused(response.status_code)
    body = _object(response, part)
    _listing(response, body, part, part, or_null=True)
    return body


def read_search(response: httpx.Response) -> Listing:
    """A page of search results."""
    body = _object(response, "search")
    return _listing(response, body, "search", "results")


def read_quarantine(response: httpx.Response) -> Listing | Refused:
    """The same from the quarantine, which an account may lack without lacking the search."""
    return Refused(403) if response.status_code == 403 else read_search(response)


_PAGING: Final = frozenset(("messages", "pageNumber", "nextPageNumber"))


def _object(response: httpx.Response, endpoint: Endpoint) -> dict[str, Any]:
    if response.status_code != 200:
        raise_for_response(response, endpoint)
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = "it is not JSON"
    except RecursionError:
        problem = "it is nested too deeply"
    else:
        if isinstance(body, dict):
            return body
        problem = "expected an object"
    raise invalid(response, endpoint, problem)


def _listing(
    response: httpx.Response,
    body: dict[str, Any],
    endpoint: Endpoint,
    name: str,
    *,
    or_null: bool = False,
) -> Listing:
    items = body.get(name)
    if items is None and or_null and name in body:
        items = []
    if not isinstance(items, list):
        raise invalid(response, endpoint, f"expected the list {name}")
    if tells_of_failure(body):  # one that came with status 200: what is listed may be a part
        raise invalid(response, endpoint, f"it holds both the list {name} and an error")
    number, following = _page(body.get("pageNumber")), _page(body.get("nextPageNumber"))
    if following == 0 or (following and number and following <= number):
        raise invalid(response, endpoint, "the page that follows is none")
    total = body.get("total")
    return Listing(items, following, number is not None, total if type(total) is int else None)


def _page(value: Any) -> int | None:
    """A page's number; None when there is none, 0 for what is no such number."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        return int(value)
    return value if type(value) is int and value > 0 else 0


def _text_id(value: Any) -> str | None:
    if isinstance(value, str) and value:
        return value
    return str(value) if type(value) is int else None
