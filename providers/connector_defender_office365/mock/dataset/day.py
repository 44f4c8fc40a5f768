"""The rows of one day."""

import datetime
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .alerts import alert_rows
from .clicks import click_rows
from .clock import is_weekend
from .compose import compose
from .mail import Mail, Row, attachment_rows, event_rows, move_rows, url_rows
from .remediation import remediate
from .special import blast, edges, huge, late_mails
from .today import Dataset, Today

_DAY = datetime.timedelta(days=1)


@lru_cache(maxsize=70)
def rows_of_day(dataset: Dataset, day: datetime.date) -> Mapping[str, list[Row]]:
    """Table name -> rows of one UTC day, oldest first, with every column of the table.

    Values are what the columns' KQL types say: text (`""` for none), ISO 8601 text for datetime,
    int or None, bool or None. TimeGenerated of UrlClickEvents is None in most rows; every other
    datetime is set. The rows are a function of the data set's seed and the day alone.

    The answer is shared by all callers: do not change it.

    >>> from connector_defender_office365.mock.dataset import DATASETS
    >>> rows = rows_of_day(DATASETS["basic_v0"], datetime.date(2026, 11, 1))
    >>> rows["EmailEvents"][0]["Timestamp"]
    '2026-11-01T00:00:00Z'
    """
    today = Today(dataset, day)
    mails = _mails(today)
    remediate(today, mails)
    clicks = click_rows(today, mails)
    infos, evidence = alert_rows(today, mails)
    tomorrow = late_mails(dataset, day)  # moved on the next day, so not in `mails`
    yesterday = late_mails(dataset, day - _DAY)
    everything = mails + tomorrow
    moves = [row for mail in mails for row in move_rows(mail, day, day)]
    moves += [row for mail in yesterday for row in move_rows(mail, day - _DAY, day)]
    return {
        "EmailEvents": _sorted(row for mail in everything for row in event_rows(mail, day)),
        "EmailAttachmentInfo": _sorted(
            row for mail in everything for row in attachment_rows(mail, day)
        ),
        "EmailUrlInfo": _sorted(row for mail in everything for row in url_rows(mail, day)),
        "EmailPostDeliveryEvents": _sorted(moves),
        "UrlClickEvents": _sorted(clicks),
        "AlertInfo": _sorted(infos),
        "AlertEvidence": _sorted(evidence),
    }


def _mails(today: Today) -> list[Mail]:
    weekend = is_weekend(today.day)
    count = 140 if weekend else 185
    mails = [compose(today, number) for number in range(count + today.draw.below(20))]
    for before, mail in zip(mails[9::10], mails[10::10], strict=False):
        mail.second = before.second  # two messages in one second
    return mails + huge(today) + blast(today) + edges(today)


def _sorted(rows: Iterable[Row]) -> list[Row]:
    """By time; rows of one time keep the order in which they were made."""
    return sorted(rows, key=lambda row: str(row["Timestamp"]).removesuffix("Z"))
