"""Reads campaigns, listed or named, and makes batches of findings of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from connector_abnormal import findings, notices, wire
from connector_abnormal.campaigns import Campaign, read_campaigns
from connector_abnormal.ids import plausible
from connector_abnormal.normalize import Event
from connector_abnormal.places import Stretch
from connector_abnormal.ranges import placed
from connector_core.clock import Clock
from connector_core.provider import Batch, Flow, Notice, Record
from connector_core.query import Query

AT_ONCE: Final = 10
"""Threats that are read before somebody looks at the clock."""
PATIENCE: Final = 10.0
"""Seconds after which a batch ends, for the time of a page is limited. Until then it goes on to the
end of the list's page: a list that is read again later may have changed."""


@dataclass(slots=True)
class Maker:
    """Makes findings, and gathers what there is to say about them."""

    noted: list[Notice] = field(default_factory=list)
    drift: Counter[str] = field(default_factory=Counter)

    def finding(self, campaign: Campaign) -> Event | None:
        """The finding of a campaign; None, with a notice, when none can be made."""
        self.noted += campaign.notices()
        try:
            return findings.detection_finding(
                campaign.uid, campaign.head, campaign.messages, self.drift
            )
        except Exception as error:
            self.noted.append(notices.unmapped("Threat", campaign.uid, error))
            return None


def read_named(root: str, query: Query, ids: Sequence[str]) -> Flow[Batch | None]:
    """The threats with these ids; None when the list has to decide.

    That is when none has an id as it is written, for the vendor may tell upper from lower case, and
    when one does not show that it lies in the range.
    """
    found = yield from read_campaigns(root, ids)
    made = Maker()
    records = []
    for campaign in found.values():
        if campaign is None:
            return None
        event = made.finding(campaign)
        if event is not None:
            placed(event, campaign, query)
            if not query.window.start <= event["time"] < query.window.end:
                return None
            records.append(Record(event, ()))
    return Batch(
        records=records,
        notices=notices.once(made.noted),
        native_query=wire.as_text(wire.threat_request(root, ids[0], 1)),
        rows_read=len(ids),
        drift=made.drift,
    )


def read_listed(root: str, query: Query, part: Stretch, clock: Clock) -> Flow[Batch]:
    """The threats of a part of the list, as many as are wanted and as time allows."""
    wanted = part.items[: max(query.limit, 1)]
    found: dict[str, Campaign | None] = {}
    begun, taken = clock.monotonic(), 0
    while taken < len(wanted) and (not taken or clock.monotonic() - begun < PATIENCE):
        some = [item for item in wanted[taken : taken + AT_ONCE] if item and plausible(item)]
        fresh = [item for item in dict.fromkeys(some) if item not in found]
        found |= yield from read_campaigns(root, fresh)
        taken += AT_ONCE
    items, places = wanted[:taken], part.places[: min(taken, len(wanted))]
    made = Maker(list(part.notices))
    records = []
    seen: set[str] = set()
    for item, behind in zip(items, places, strict=True):
        if not item:
            made.noted.append(notices.unreadable("threats"))
            continue
        if item in seen:
            continue
        seen.add(item)
        campaign = found.get(item)
        if campaign is None:
            made.noted.append(notices.threat_gone(item))
            continue
        event = made.finding(campaign)
        if event is not None:
            said = placed(event, campaign, query)
            made.noted += [said] if said else []
            records.append(Record(event, behind.resume))
    more = len(part.items) > len(items) or not part.last
    return Batch(
        records=records,
        resume=places[-1].resume if more and places else None,
        notices=notices.once(made.noted),
        rows_read=len(items),
        drift=made.drift,
    )
