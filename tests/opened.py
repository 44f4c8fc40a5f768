"""Connectors over a small embedded tenant, for tests of what goes wrong on the way."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connector_core import AsyncConnector, Connector, ManualClock, Network
from connector_defender_office365.mock.config import default_settings
from connector_defender_office365.mock.faults import Endpoint, Fault, Faults
from connector_defender_office365.mock.tenant import EmbeddedTenant
from connector_defender_office365.mock.wire import Request, Response

PROVIDER = "emailsecurity_defender_for_office"
NOW = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
DAY = ("time[gte]2026-10-31T00:00:00Z", "time[lt]2026-11-01T00:00:00Z")
"""Filters with a window of their own, so that the moving clock does not change the query."""


def message(number: int, **cells: Any) -> dict[str, Any]:
    """One delivered phishing mail; they come a second apart."""
    return {
        "Timestamp": f"2026-10-31T12:{number // 60:02d}:{number % 60:02d}.0000000Z",
        "NetworkMessageId": f"00000000-0000-4000-8000-{number:012d}",
        "InternetMessageId": f"<{number}@evil.example>",
        "RecipientEmailAddress": "anna@contoso.example",
        "SenderFromAddress": "billing@evil.example",
        "Subject": f"Invoice {number}",
        "ThreatTypes": "Phish",
        "EmailDirection": "Inbound",
        "DeliveryAction": "Delivered",
        **cells,
    }


class Remembering(EmbeddedTenant):
    """Runs each query once: its rows never change, and compiling KQL takes a third of a second."""

    def __init__(self, **tenant: Any) -> None:
        super().__init__(**tenant)
        self._known: dict[bytes, Response] = {}

    def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        if endpoint != "graph":
            return super()._answer(endpoint, request)
        answer = self._known.get(request.body) or super()._answer(endpoint, request)
        if answer.status == 200:
            self._known[request.body] = answer
        return answer


class Site:
    """A tenant with `count` messages, its clock, and connectors to it."""

    def __init__(self, count: int = 5, **tenant: Any) -> None:
        self.clock = ManualClock(NOW)
        rows = {"EmailEvents": [message(number) for number in range(count)]}
        self.tenant = Remembering(clock=self.clock, **({"rows": rows} | tenant))

    def fails(self, *faults: Fault) -> None:
        """Replace the faults; requests are counted anew."""
        self.tenant.faults = Faults(faults)
        self.tenant.log.clear()
        self.clock.slept.clear()

    def connector(
        self, network: Network | None = None, cursor_key: Any = None, **settings: Any
    ) -> Connector:
        """A new connector, which knows no token and no schema yet."""
        return Connector.open(
            PROVIDER,
            default_settings() | settings,
            transport=self.tenant.transport(),
            clock=self.clock,
            cursor_key=cursor_key,
            network=network,
        )

    def async_connector(self, network: Network | None = None) -> AsyncConnector:
        """The same for asyncio."""
        return AsyncConnector.open(
            PROVIDER,
            default_settings(),
            transport=self.tenant.transport(),
            clock=self.clock,
            network=network,
        )

    def asked(self, endpoint: str = "runHuntingQuery") -> int:
        """How many requests whose path ends so have come since the last `fails`."""
        return sum(entry.path.endswith(endpoint) for entry in self.tenant.log)


def ids(events: Iterable[dict[str, Any]]) -> list[str]:
    """What tells events apart."""
    return [event["message_trace_uid"] for event in events]
