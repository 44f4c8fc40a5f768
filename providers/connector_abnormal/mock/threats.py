"""`GET /threats` and what stands below it."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from .matching import received_between, remediated_between, text_matches
from .records import Campaign, Json, Message
from .switches import Switches
from .times import whole_second
from .wire import Answer, RefusalError, Request, answered
from .words import (
    ATTACK_STRATEGIES,
    ATTACK_TYPES,
    ATTACK_VECTORS,
    IMPERSONATED,
    THREAT_SOURCES,
    TOPICS,
)

UNFILTERED: Final = 100
"""A list that is asked without `filter` answers so many ids, the newest."""
IGNORED_PAGE: Final = 10
"""Messages of a campaign where page numbers are ignored."""
PAGE: Final = 100

Test = Callable[[Json], bool]
Between = Callable[[Campaign, int | None, int | None], bool]
_KEYS: Final[dict[str, Between]] = {
    "receivedTime": received_between,
    "latestTimeRemediated": remediated_between,
}
_BOUND = re.compile(r" (gte|lte) (\S+)")
_ENUMS: Final = {  # parameter, which is the key of a message too -> its words
    "attackType": ATTACK_TYPES,
    "attackVector": ATTACK_VECTORS,
    "attackStrategy": ATTACK_STRATEGIES,
    "impersonatedParty": IMPERSONATED,
}
_TEXTS: Final = {
    "sender": ("fromName", "fromAddress"),
    "recipient": ("recipientAddress", "toAddresses", "ccEmails"),
    "subject": ("subject",),
}
_SOURCES: Final = {"attacks": "Attack", "borderline": "Borderline", "spam": "Spam"}


def list_threats(request: Request, held: Sequence[Campaign], switches: Switches) -> Answer:
    """Ids of campaigns, newest first; the vendor promises no order."""
    tests = _tests(request)
    chosen = [campaign for campaign in held if _passes(campaign, tests)]
    said = one(request, "filter")
    if said is None:
        return answered({"threats": _items(chosen[:UNFILTERED], switches)})
    key, first, last = parse_filter(said)
    chosen = [campaign for campaign in chosen if _KEYS[key](campaign, first, last)]
    size, number = page_of(request)
    page = chosen[(number - 1) * size : number * size]
    body: Json = {"threats": _items(page, switches), "pageNumber": number}
    full = switches.trailing_empty_page and len(page) > 0
    if number * size < len(chosen) or full:
        body["nextPageNumber"] = number + 1
    return answered(body)


def parse_filter(text: str) -> tuple[str, int | None, int | None]:
    """Key and bounds of ``receivedTime gte 2026-11-01T00:00:00Z lte ...``; 404 for other texts."""
    key, _, _ = text.partition(" ")
    bounds: dict[str, int] = {}
    rest = text[len(key) :]
    try:
        while rest and (found := _BOUND.match(rest)) and found[1] not in bounds:
            bounds[found[1]] = whole_second(found[2])
            rest = rest[found.end() :]
    except ValueError:
        raise RefusalError(404, "A time in the filter is not valid.") from None
    if rest or not bounds:
        raise RefusalError(404, "The filter could not be understood.")
    if key not in _KEYS:
        raise RefusalError(404, "The filter key is not supported.")
    return key, bounds.get("gte"), bounds.get("lte")


def show_threat(request: Request, campaign: Campaign, switches: Switches) -> Answer:
    """One campaign and a page of its messages."""
    size, number = page_of(request)
    held = campaign.messages[: switches.message_cap]
    first = (number - 1) * size
    if switches.detail_pages != "followed":
        size, first = IGNORED_PAGE, 0
    body: Json = {
        "threatId": campaign.threat_id,
        "recipientCount": campaign.recipient_count,
        "messages": [message.row for message in held[first : first + size]],
        "tenantId": campaign.tenant_id,
        "tenantName": campaign.tenant_name,
        "pageNumber": number,
    }
    if number * size < len(held) and switches.detail_pages != "ignored_silently":
        body["nextPageNumber"] = number + 1
    return answered(body)


def show_attachments(campaign: Campaign) -> Answer:
    """The attachments of all messages. Every third id is a number where text is promised."""
    rows = [
        {**_ids(message, place), "attachmentName": name}
        for place, message in enumerate(campaign.messages)
        for name in message.row.get("attachmentNames") or ()
    ]
    return answered({"attachments": rows, **_tenant(campaign)})


def show_links(campaign: Campaign) -> Answer:
    """The links of all messages."""
    rows = [
        {
            **_ids(message, place),
            "domainLink": re.sub(r"^[a-z]+://([^/?#]*).*$", r"\1", url, flags=re.DOTALL),
            "linkType": "Plaintext" if place % 2 else "Html",
            "source": "Body",
            "displayText": f"Link {number}",
            "linkUrl": url,
        }
        for place, message in enumerate(campaign.messages)
        for number, url in enumerate(message.row.get("urls") or (), 1)
    ]
    return answered({"links": rows, **_tenant(campaign)})


def one(request: Request, name: str) -> str | None:
    """The value of a parameter, or None; twice the same parameter is a 400."""
    values = request.parameters.get(name, [])
    if len(values) > 1:
        raise RefusalError(400, f"{name} is given more than once.")
    return values[0] if values else None


def page_of(request: Request, most: int | None = None) -> tuple[int, int]:
    """`pageSize` and `pageNumber`; 400 for what is no number from 1 on."""
    numbers = []
    for name, default in (("pageSize", PAGE), ("pageNumber", 1)):
        text = one(request, name)
        if text is not None and not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
            raise RefusalError(400, f"{name} must be a number from 1.")
        numbers.append(default if text is None else int(text))
    if most is not None and numbers[0] > most:
        raise RefusalError(400, f"pageSize must be at most {most}.")
    return numbers[0], numbers[1]


def _tests(request: Request) -> list[Test]:
    """What the parameters ask; a campaign passes each with one of its messages."""
    tests: list[Test] = []
    for name, words in _ENUMS.items():
        if (wanted := _word(request, name, words)) is not None:
            tests.append(_is(name, wanted))
    for name, keys in _TEXTS.items():
        if text := one(request, name):
            tests.append(_holds(keys, text))
    if topic := _word(request, "topic", TOPICS):
        tests.append(_holds(("subject", "summaryInsights"), topic))
    source = _word(request, "source", THREAT_SOURCES) or "all"
    if source != "all":
        tests.append(_is("source", _SOURCES[source]))
    return tests


def _is(key: str, wanted: str) -> Test:
    return lambda row: row.get(key) == wanted


def _holds(keys: Iterable[str], text: str) -> Test:
    return lambda row: text_matches(text, *map(row.get, keys))


def _passes(campaign: Campaign, tests: Iterable[Test]) -> bool:
    return all(any(test(message.row) for message in campaign.messages) for test in tests)


def _word(request: Request, name: str, words: Iterable[str]) -> str | None:
    wanted = one(request, name)
    if wanted is not None and wanted not in words:
        raise RefusalError(400, f"{name} has no such value.")
    return wanted


def _items(campaigns: Iterable[Campaign], switches: Switches) -> list[Json]:
    if switches.list_carries_messages:
        return [{**c.messages[0].row, "threatId": c.threat_id} for c in campaigns]
    return [{"threatId": campaign.threat_id} for campaign in campaigns]


def _ids(message: Message, place: int) -> dict[str, Any]:
    row = message.row
    text = row.get("abxMessageIdStr")
    number = place % 3 == 2 and isinstance(text, str)
    return {
        "abxMessageId": row.get("abxMessageId"),
        "abxMessageIdStr": int(str(text)) if number else text,
    }


def _tenant(campaign: Campaign) -> Json:
    return {"tenantId": campaign.tenant_id, "tenantName": campaign.tenant_name}
