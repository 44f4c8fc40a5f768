"""What the emulated vendor holds: campaigns with their messages, and mail that can be searched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
Source = Literal["abnormal", "quarantine"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a campaign. Moments are nanoseconds since 1970 UTC."""

    row: Json
    """The message as it is sent; never changed."""
    received: int
    """What the vendor knows, also where the row leaves it out."""
    remediated: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Messages that were judged the same attack."""

    threat_id: str
    messages: tuple[Message, ...]
    """Newest first, at least one."""
    recipient_count: int
    appears: int
    """The moment of detection: nobody sees it before."""
    tenant_id: int | None = None
    tenant_name: str | None = None

    @property
    def received(self) -> int:
        """When its last message came."""
        return self.messages[0].received


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One message as `/search` shows it."""

    source: Source
    row: Json
    received: int
    appears: int


class Holdings(Protocol):
    """Everything the vendor holds at a moment, in the order in which it lists."""

    def campaigns(self, now: int) -> Sequence[Campaign]:
        """The campaigns that are detected."""
        ...

    def mail(self, now: int) -> Sequence[Found]:
        """The mail that can be searched."""
        ...


class Planted:
    """Holdings that somebody else made up.

    Listed newest first; else in an order that says nothing, for the vendor promises none.
    """

    def __init__(
        self,
        campaigns: Iterable[Campaign] = (),
        mail: Iterable[Found] = (),
        *,
        newest_first: bool = True,
    ) -> None:
        self._campaigns = sorted(campaigns, key=lambda held: held.threat_id)
        self._mail = sorted(mail, key=lambda held: str(held.row.get("raw_message_id")))
        if newest_first:
            self._campaigns.sort(key=lambda held: -held.received)
            self._mail.sort(key=lambda held: -held.received)

    def campaigns(self, now: int) -> Sequence[Campaign]:
        """Those that have appeared."""
        return [campaign for campaign in self._campaigns if campaign.appears <= now]

    def mail(self, now: int) -> Sequence[Found]:
        """That which has appeared."""
        return [found for found in self._mail if found.appears <= now]
