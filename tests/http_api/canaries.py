"""Tenants whose every word gives away whose it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from connector_abnormal.mock.build import Letter, campaign, found
from connector_abnormal.mock.records import Planted
from connector_abnormal.mock.switches import Switches
from connector_abnormal.mock.vendor import AbnormalVendor
from connector_core import AsyncConnector, ManualClock
from connector_defender_office365.mock.applications import Application, Secret
from connector_defender_office365.mock.faults import Fault, Faults, Status
from opened import NOW, PROVIDER, Remembering, message

COUNT = 3
"""Messages of each tenant; all of them are threats."""
WINDOW = ("time[gte]2026-10-31T00:00:00Z", "time[lt]2026-11-01T00:00:00Z")


class Still(ManualClock):
    """Time stands still, also for who waits: the vendor's queries stay the same, and known."""

    async def asleep(self, seconds: float) -> None:
        """Let others go on."""
        await asyncio.sleep(0)


class Witness(httpx.AsyncBaseTransport):
    """Remembers which credentials came by."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.credentials: set[str] = set()
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on."""
        if shown := request.headers.get("Authorization"):
            self.credentials.add(shown)
        return await self._inner.handle_async_request(request)


@dataclass(kw_only=True)
class Canary:
    """A vendor's tenant, and how to reach it."""

    name: str
    provider: str
    settings: dict[str, Any]
    secret: tuple[str, ...]
    """Path of the secret in the settings."""
    vendor: Any
    words: tuple[str, ...]
    """What no answer to anybody else may hold."""
    witness: Witness = field(init=False)

    def __post_init__(self) -> None:
        self.witness = Witness(self.vendor.transport())

    def connector(self, clock: ManualClock) -> AsyncConnector:
        """The same connector in process."""
        return AsyncConnector.open(
            self.provider, self.settings, transport=self.vendor.transport(), clock=clock
        )

    def by_reference(self, environ: dict[str, str]) -> Mapping[str, Any]:
        """The settings with a reference in the secret's place."""
        variable = f"SECRET_OF_{self.name.upper()}"
        *above, last = self.secret
        changed = table = dict(self.settings)
        for step in above:
            table[step] = dict(table[step])
            table = table[step]
        environ[variable] = table[last]
        table[last] = {"env": variable}
        return changed


def defender(name: str, digit: str, clock: ManualClock) -> Canary:
    """A Microsoft 365 tenant; `digit` is hexadecimal and makes up its ids."""
    eight = digit * 8
    tenant_id, client_id = (f"{eight}-0000-4000-8000-{part:012d}" for part in (1, 2))
    secret = f"{name}-canary-secret"
    rows = [
        message(
            number,
            NetworkMessageId=f"{eight}-0000-4000-8000-{number:012d}",
            InternetMessageId=f"<{number}@{name}-canary.example>",
            RecipientEmailAddress=f"anna{number}@{name}-canary.example",
            SenderFromAddress=f"billing@evil.{name}-canary.example",
            Subject=f"Invoice of {name}-canary {number}",
        )
        for number in range(COUNT)
    ]
    vendor = Remembering(
        clock=clock,
        rows={"EmailEvents": rows},
        tenant_id=tenant_id,
        tenant_domain=f"{name}-canary.example",
        applications={client_id: Application(secrets=(Secret(value=secret),))},
    )
    credential = {"type": "o_auth_client", "client_id": client_id, "client_secret": secret}
    return Canary(
        name=name,
        provider=PROVIDER,
        settings={"tenant_id": tenant_id, "credential": credential},
        secret=("credential", "client_secret"),
        vendor=vendor,
        words=(f"{name}-canary", eight),
    )


def abnormal(name: str, clock: ManualClock) -> Canary:
    """An Abnormal account."""
    at = int((NOW - 129_600) * 1_000_000_000)
    letters = [
        Letter(
            number=number,
            at=at + number * 1_000_000_000,
            subject=f"Invoice of {name}-canary {number}",
            sender=f"billing@evil.{name}-canary.example",
            recipient=f"anna{number}@{name}-canary.example",
            message_id=f"<{number}@{name}-canary.example>",
        )
        for number in range(COUNT)
    ]
    campaigns = [
        campaign([letter], name=f"{name} {letter.number}", appears=at) for letter in letters
    ]
    mail = [
        found(letter, source="abnormal", judgement="attack", appears=at, tenant=7)
        for letter in letters
    ]
    token = f"{name}-canary-token"
    vendor = AbnormalVendor(
        Planted(campaigns, mail, newest_first=True), token=token, clock=clock, switches=Switches()
    )
    return Canary(
        name=name,
        provider="emailsecurity_abnormal",
        settings={"token": token},
        secret=("token",),
        vendor=vendor,
        words=(f"{name}-canary", *(one.threat_id for one in campaigns)),
    )


def trouble() -> Faults:
    """Now and then the vendor is busy, takes no token, or signs nobody in."""
    return Faults(
        [
            Fault(endpoint="graph", effect=Status(401, "InvalidAuthenticationToken"), when=9),
            Fault(endpoint="graph", effect=Status(503), when=lambda n: n % 7 == 0, times=4),
            Fault(
                endpoint="graph",
                effect=Status(429, "TooManyRequests", headers={"Retry-After": "3"}),
                when=lambda n: n % 11 == 0,
                times=3,
            ),
            Fault(endpoint="token", effect=Status(503), when=2),
        ]
    )
