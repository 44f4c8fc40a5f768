"""Whether a listed threat lies in the range that was asked for.

A threat's time is its last message's. The vendor lists a threat by any of its messages, as far as
is known, and a threat may grow while the list is read, so that the two can differ.
"""

from collections import Counter
from typing import Final

from connector_abnormal import notices
from connector_abnormal.campaigns import Campaign
from connector_abnormal.normalize import MESSAGE_FORM, Event, make_message
from connector_core.filter.planner import time_bounds
from connector_core.provider import Notice
from connector_core.query import Query

SECOND_MS: Final = 1_000
"""The vendor is asked by whole seconds: what it lists within them is no contradiction."""


def placed(finding: Event, campaign: Campaign, query: Query) -> Notice | None:
    """What to say of a listed finding that the core will leave out for its time.

    A finding whose last message came after the question gets the time of the last one before it
    when the range has no other end: what happens while an answer is read takes nothing out of it.
    """
    window = query.window
    if finding["time"] >= window.end and _ends_with_the_question(query):
        _set_back(finding, campaign, window.end)
    seconds = finding["time"] // SECOND_MS
    if seconds < window.start // SECOND_MS:
        return notices.threat_outside(campaign.uid)
    if seconds > -(-window.end // SECOND_MS):
        if _ends_with_the_question(query):
            return notices.threat_outside(campaign.uid)
        return notices.threat_goes_on()
    return None


def _ends_with_the_question(query: Query) -> bool:
    end = time_bounds(query.predicate)[1]
    return end is None or query.window.end < end


def _set_back(finding: Event, campaign: Campaign, end: int) -> None:
    """Give the finding the time of its last message before `end`, if there is one."""
    drift: Counter[str] = Counter()  # counted when the finding was made
    messages = [make_message(MESSAGE_FORM.row(raw, drift)[0]) for raw in campaign.messages]
    before = [message for message in messages if message.get("time", end) < end]
    if before:
        last = max(before, key=lambda message: int(message["time"]))
        finding["time"], finding["time_dt"] = last["time"], last["time_dt"]
        finding["metadata"]["original_time"] = last["unmapped"]["receivedTime"]
