"""The generated data set as holdings: days are written when the clock reaches them."""

import datetime
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connector_abnormal.mock.records import Campaign, Found, Planted
from connector_abnormal.mock.times import DAY, SECOND

from .day import LONGEST, mail_of_day

REMEMBERED: Final = 31 * DAY
"""Mail older than this is gone."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A generated tenant; another seed is another tenant of the same shape."""

    name: str
    seed: int


DATASETS: Final[Mapping[str, Dataset]] = {"basic_v0": Dataset("basic_v0", 20261103)}


class Generated:
    """The mail of the last days, as seen at a moment."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._lock = threading.Lock()
        self._days: tuple[datetime.date, Planted] | None = None

    def campaigns(self, now: int) -> Sequence[Campaign]:
        """Those that are detected and not forgotten."""
        oldest = now - REMEMBERED
        return [held for held in self._loaded(now).campaigns(now) if held.received >= oldest]

    def mail(self, now: int) -> Sequence[Found]:
        """That which can be searched and is not forgotten."""
        oldest = now - REMEMBERED
        return [held for held in self._loaded(now).mail(now) if held.received >= oldest]

    def _loaded(self, now: int) -> Planted:
        today = datetime.datetime.fromtimestamp(now // SECOND, datetime.UTC).date()
        with self._lock:
            if self._days is None or self._days[0] != today:
                self._days = (today, self._read(today))
            return self._days[1]

    def _read(self, today: datetime.date) -> Planted:
        back = (REMEMBERED + LONGEST) // DAY + 1
        days = [
            mail_of_day(self._dataset.seed, today - datetime.timedelta(days=ago))
            for ago in range(back)
        ]
        return Planted(
            (held for day in days for held in day.campaigns),
            (held for day in days for held in day.mail),
        )
