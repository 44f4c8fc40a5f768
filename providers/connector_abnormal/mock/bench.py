"""The emulated vendor as the conformance kit's bench: it holds the mail that the kit tells of."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import Any, Final

from connector_conformance.bench import Bench, Mail, Scene, Vendor

from .build import Letter, campaign, found
from .dataset.people import TENANTS
from .records import Campaign, Found, Planted
from .switches import Switches
from .vendor import DEFAULT_TOKEN, AbnormalVendor
from .words import MESSAGE_SOURCES

CONCURRENCY: Final = 2
"""The emulated vendor takes no more requests at once, so that a provider that sends more is met."""
_MS: Final = 1_000_000
_JUDGEMENTS: Final = ("attack", "spam", "borderline")
"""Of threats, in the order of `MESSAGE_SOURCES`."""
_CLEAN_JUDGEMENTS: Final = ("safe", "graymail", "suspicious")

_CONDITIONS: Final[Mapping[str, Switches]] = {
    "": Switches(),
    "search_not_enabled": Switches(search_forbidden=frozenset({"abnormal", "quarantine"})),
    "quarantine_forbidden": Switches(search_forbidden=frozenset({"quarantine"})),
    "detail_missing": Switches(),  # of which threat depends on the mail
    "messages_capped": Switches(message_cap=1),
    "page_number_ignored": Switches(detail_pages="ignored"),
    "page_number_ignored_silently": Switches(detail_pages="ignored_silently"),
    "trailing_empty_page": Switches(trailing_empty_page=True),
    "search_ends_early": Switches(search_cap=3),
    "list_carries_messages": Switches(list_carries_messages=True),
    "search_reaches_an_hour": Switches(search_max_days=1 / 24),
    "address_not_allowed": Switches(address_allowed=False),
}


def _settings(secret: Callable[[str], str]) -> Mapping[str, Any]:
    return {"token": secret("token")}


def _no_settings(secret: Callable[[str], str]) -> Mapping[str, Any]:
    return {}


def _token_of_scene(scene: Scene) -> str:
    return scene.secret("token")


def _token_of_mock(scene: Scene) -> str:
    return DEFAULT_TOKEN


@contextmanager
def _vendor(scene: Scene, *, token: Callable[[Scene], str], newest_first: bool) -> Iterator[Vendor]:
    campaigns = list(_campaigns(scene))
    switches = replace(_CONDITIONS[scene.condition], max_concurrency_per_resource=CONCURRENCY)
    if scene.condition == "detail_missing":
        switches = replace(switches, missing_details=frozenset({campaigns[0].threat_id}))
    holdings = Planted(campaigns, map(_found, scene.mails), newest_first=newest_first)
    vendor = AbnormalVendor(holdings, token=token(scene), clock=scene.clock, switches=switches)
    yield vendor.transport()


def _campaigns(scene: Scene) -> Iterator[Campaign]:
    """Mostly one for each threat, some of two; all in one where pages of messages are the point."""
    threats = [mail for mail in scene.mails if mail.threat]
    together = scene.condition.startswith("page_number_ignored")
    groups: dict[int, list[Mail]] = {}
    for mail in threats:
        name = 0 if together else _campaign_of(mail.number)
        groups.setdefault(name, []).append(mail)
    for name, mails in groups.items():
        seen_at_once = max(mail.time for mail in mails) * _MS
        threat = campaign(
            [_threat_letter(mail) for mail in mails],
            name=name,
            appears=seen_at_once,
            tenant=_tenant(mails[0]) if name % 3 else (None, None),
            recipients=len(mails) if together else None,
        )
        yield replace(threat, appears=seen_at_once)


def _campaign_of(number: int) -> int:
    """Names the campaign of a threat: the second of some neighbours joins the first."""
    return number - 1 if number % 15 == 1 else number


def _threat_letter(mail: Mail) -> Letter:
    # Two of three mails are threats: numbered densely, they meet every word of short lists.
    dense = mail.number - mail.number // 3
    letter = _letter(mail)
    many = 12 if dense % 4 == 3 else 0
    others = (f"colleague{k}.{mail.number}@contoso.example" for k in range(many))
    return replace(letter, number=dense, kind=dense, to=(*letter.to, *others))


def _letter(mail: Mail) -> Letter:
    return Letter(
        number=mail.number,
        at=mail.time * _MS,
        subject=mail.subject,
        sender=mail.sender,
        recipient=mail.recipient,
        message_id=mail.message_id,
        ip=mail.ip,
        to=(mail.recipient, *mail.also_to),
        urls=tuple(url for url in (mail.url, *mail.more_urls) if url),
        files=tuple(name for name in (mail.file_name, *mail.more_files) if name),
    )


def _found(mail: Mail) -> Found:
    judgement = _CLEAN_JUDGEMENTS[mail.number // 3 % len(_CLEAN_JUDGEMENTS)]
    if mail.threat:
        kind = _threat_letter(mail).kind
        judgement = _JUDGEMENTS[kind % len(MESSAGE_SOURCES)]
    return found(
        _letter(mail),
        source="quarantine" if mail.number % 4 == 1 else "abnormal",
        judgement=judgement,
        appears=mail.time * _MS,
        tenant=_tenant(mail)[0],
    )


def _tenant(mail: Mail) -> tuple[int, str]:
    return TENANTS[mail.number % len(TENANTS)]


def _bench(
    settings: Callable[[Callable[[str], str]], Mapping[str, Any]],
    token: Callable[[Scene], str],
    *,
    newest_first: bool,
) -> Bench:
    vendor: Callable[[Scene], AbstractContextManager[Vendor]] = partial(
        _vendor, token=token, newest_first=newest_first
    )
    return Bench(cases=files("connector_abnormal") / "cases", settings=settings, vendor=vendor)


BENCH: Final = _bench(_settings, _token_of_scene, newest_first=False)
"""As a real account is configured; the vendor lists in an order that means nothing."""
MOCK: Final = _bench(_no_settings, _token_of_mock, newest_first=True)
