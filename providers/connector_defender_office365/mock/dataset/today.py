"""What one day's generation works with."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .draws import Dealer, Deck, Draw, T
from .people import Person, staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A generated tenant.

    Args:
        seed: a number; another seed is another tenant of the same shape.
        tenant_domain: mail domain of the tenant.
        tenant_id: directory id of the tenant, a GUID.
    """

    name: str
    seed: int
    tenant_domain: str
    tenant_id: str


DATASETS: Final[Mapping[str, Dataset]] = {
    "basic_v0": Dataset(
        name="basic_v0",
        seed=20261101,
        tenant_domain="contoso.example",
        tenant_id="5d1c7a52-2f0b-4f5e-9d0e-6c8f0a1b2c3d",
    ),
}


class Today:
    """The day's random stream, its cards and the tenant's people."""

    def __init__(self, dataset: Dataset, day: datetime.date) -> None:
        self.dataset = dataset
        self.day = day
        self.ordinal = day.toordinal()
        self.draw = Draw(dataset.seed, day.isoformat())
        self._dealer = Dealer(self.ordinal)
        self.staff: tuple[Person, ...] = staff(dataset.tenant_domain)

    def deal(self, deck: Deck[T]) -> T:
        return self._dealer.deal(deck)

    def colleague(self) -> Person:
        """A user, mostly one of the sixty who write a lot."""
        return self.staff[self.draw.below(60 if self.draw.chance(85) else len(self.staff))]
