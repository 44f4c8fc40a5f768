"""The Abnormal provider: which requests answer which operation, and how answers become batches."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from connector_abnormal import details, events, findings, notices, wire
from connector_abnormal.auth import TokenAuth
from connector_abnormal.campaigns import read_campaigns
from connector_abnormal.check import check
from connector_abnormal.config import AbnormalConfig
from connector_abnormal.filters import SOURCES, Translation, translate
from connector_abnormal.ids import plausible
from connector_abnormal.normalize import Event
from connector_abnormal.places import FIRST, MOST_LISTS, THREATS, Place, stretch
from connector_abnormal.schema import Source
from connector_abnormal.threats import Maker, read_listed, read_named
from connector_abnormal.wire import Refused
from connector_core.errors import NotFoundError, Origin, ResponseInvalidError
from connector_core.provider import (
    Batch,
    Call,
    CheckReport,
    Context,
    Flow,
    Notice,
    Plan,
    Record,
    ask_all,
)
from connector_core.query import Operation, Query

THREATS_PER_PAGE: Final = 100
RESULTS_PER_PAGE: Final = (100, 1_000)
"""Search results per request: at least, so that a small page is not read piecemeal; at most."""


class AbnormalProvider:
    """Abnormal Security, asked through its REST API."""

    def __init__(self, config: AbnormalConfig, context: Context) -> None:
        self._config = config
        self._clock = context.clock
        self._root = config.root
        self.auth = TokenAuth(config.token)

    @property
    def identity(self) -> str:
        """The host, and what tells accounts apart."""
        return f"{self._config.host}/{self._config.account}"

    @property
    def hosts(self) -> frozenset[str]:
        """The one host of the region."""
        return frozenset((self._config.host,))

    # -- operations ------------------------------------------------------------------------------

    def query_threats(self, query: Query) -> Flow[Batch]:
        """Campaigns with a message in the window, each with all its messages."""
        translation = translate("query_threats", query.predicate, push_text=self._config.push_text)
        if ids := _asked_for(translation, query):
            batch = yield from read_named(self._root, query, ids)
            if batch is not None:
                return batch
        place = self._threats_place(query)
        call = partial(self._threats_call, query, translation.parameters, place.size)
        part = yield from stretch(place, call, lambda item: str(item or ""))
        batch = yield from read_listed(self._root, query, part, self._clock)
        return replace(
            batch,
            notices=[*self._rules("query_threats", query), *batch.notices],
            native_query=wire.as_text(call(place.page).request),
        )

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        """The campaign with this id, and what the companion reads tell of its messages."""
        if not plausible(threat_id):
            raise NotFoundError(
                "Abnormal has no threat with such an id: ids are made of letters, digits and -.",
                origin=Origin(operation="get_threat"),
                remediation="Use finding_info.uid of a finding from query_threats.",
            )
        found = yield from read_campaigns(self._root, [threat_id], must_be_there=True)
        campaign = found[threat_id]
        made = Maker()
        event = made.finding(campaign) if campaign else None
        if event is None:
            raise ResponseInvalidError(
                "None of the messages of this threat has a time of receipt, so no finding can be"
                " made.",
                origin=Origin(operation="get_threat"),
                remediation="Look at the threat in the portal; report it if it is sound there.",
                retryable=False,
            )
        parts: Sequence[Any] = yield from ask_all(
            [
                Call(
                    wire.companion_request(self._root, threat_id, part),
                    partial(wire.read_companion, part=part),
                )
                for part in details.PARTS
            ]
        )
        for part, answer in zip(details.PARTS, parts, strict=True):
            if isinstance(answer, Refused):
                made.noted.append(notices.companion_missing(part, answer.status))
            else:
                made.noted += details.add(event, part, answer, made.drift)
        return Batch(
            records=[Record(findings.observed(event), ())],
            notices=notices.once(made.noted),
            native_query=wire.as_text(wire.threat_request(self._root, threat_id, 1)),
            rows_read=1,
            drift=made.drift,
        )

    def query_events(self, query: Query) -> Flow[Batch]:
        """Mail of both sources, one after the other."""
        translation = translate("query_events", query.predicate, push_text=self._config.push_text)
        place = self._search_place(query, translation.sources[0])
        source: Source = "quarantine" if place.source == "quarantine" else "abnormal"
        call = partial(self._search_call, query, translation.parameters, source, place.size)
        part = yield from stretch(place, call, events.key_of)
        notes = [*self._rules("query_events", query), *part.notices]
        if part.skipped:
            notes.append(notices.source_skipped())
        drift: Counter[str] = Counter()
        records = []
        for raw, behind in zip(part.items, part.places, strict=True):
            event = _activity(raw, source, notes, drift)
            if event is not None:
                records.append(Record(event, behind.resume))
        resume = part.places[-1].resume if part.places else None
        if part.last:
            left = SOURCES[SOURCES.index(source) + 1 :]
            after = [each for each in left if each in translation.sources]
            resume = Place(source=after[0], size=place.size).resume if after else None
        return Batch(
            records=records,
            resume=resume,
            notices=notices.once(notes),
            native_query=wire.as_text(call(place.page).request),
            rows_read=len(part.items),
            drift=drift,
        )

    def explain(self, operation: Operation, query: Query) -> Plan:
        """The first request of the operation, and what becomes of each filter."""
        translation = translate(operation, query.predicate, push_text=self._config.push_text)
        if operation == "query_threats":
            place = self._threats_place(query)
            request = self._threats_call(
                query, translation.parameters, place.size, place.page
            ).request
            pages = wire.MAX_MESSAGES // wire.MESSAGES_PER_PAGE
            calls = MOST_LISTS + min(query.limit, place.size) * pages
            notes = [notices.fan_out()]
            if ids := _asked_for(translation, query):
                request = wire.threat_request(self._root, ids[0], 1)
                calls += len(ids) * pages
        else:
            place = self._search_place(query, translation.sources[0])
            source = translation.sources[0]
            request = self._search_call(
                query, translation.parameters, source, place.size, place.page
            ).request
            calls, notes = MOST_LISTS, []
        return Plan(
            native_query=wire.as_text(request),
            filters=translation.filters,
            calls=calls,
            notices=[*self._rules(operation, query), *notes],
        )

    def check(self) -> Flow[CheckReport]:
        """Token, allow list, threats, search, quarantine: each with its remedy."""
        return check(self._config, self._clock)

    def _rules(self, operation: Operation, query: Query) -> Iterator[Notice]:
        """What to say of parameters by which the vendor chooses in an unpublished way."""
        if self._config.push_text:
            told, sure = (
                translate(operation, query.predicate, push_text=push).parameters
                for push in (True, False)
            )
            if narrowing := sorted(told.keys() - sure.keys()):
                yield notices.unpublished_rule(narrowing)

    # -- requests --------------------------------------------------------------------------------

    def _threats_place(self, query: Query) -> Place:
        if query.resume is not None:
            return Place.of(query.resume)
        return Place(source=THREATS, size=self._config.page_size or THREATS_PER_PAGE)

    def _search_place(self, query: Query, source: Source) -> Place:
        if query.resume is not None:
            return Place.of(query.resume)
        least, most = RESULTS_PER_PAGE
        size = self._config.page_size or min(max(query.limit, least), most)
        return Place(source=source, size=size)

    def _threats_call(self, query: Query, words: Mapping[str, str], size: int, page: int) -> Call:
        window = query.window
        request = wire.threats_request(self._root, window.start, window.end, page, size, **words)
        return Call(request, wire.read_threats)

    def _search_call(
        self, query: Query, filters: Mapping[str, str], source: Source, size: int, page: int
    ) -> Call:
        window = query.window
        request = wire.search_request(
            self._root, source, window.start, window.end, page, size, **filters
        )
        first = source == "quarantine" and page == FIRST  # later, a refusal is one
        read = wire.read_quarantine if first else wire.read_search
        return Call(request, read)


def _asked_for(translation: Translation, query: Query) -> Sequence[str]:
    """The ids to read threats by; none when something was read already or a page is too short."""
    return translation.ids if query.resume is None and len(translation.ids) <= query.limit else ()


def _activity(raw: Any, source: Source, noted: list[Notice], drift: Counter[str]) -> Event | None:
    if not isinstance(raw, dict):
        noted.append(notices.unreadable("search"))
        return None
    try:
        return events.email_activity(raw, source, drift)
    except Exception as error:
        noted.append(notices.unmapped("SearchResult", events.key_of(raw).partition("|")[0], error))
        return None
