"""The facade: questions are checked before anything is sent, pages and streams go on rightly."""

import threading

import pytest

from connector_core import AsyncConnector, Connector
from connector_core.errors import (
    ConfigurationError,
    ConnectorError,
    CursorError,
    ProviderNotFound,
    QueryError,
)
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault
from opened import DAY, PROVIDER, Site, ids


@pytest.fixture(scope="module")
def kept() -> Site:
    return Site()


@pytest.fixture
def site(kept: Site) -> Site:
    kept.fails()
    return kept


@pytest.mark.parametrize("limit", [0, -1, 5_001, True, 2.5, "10"])
def test_a_limit_that_cannot_be_served_is_refused_before_anything_is_sent(
    site: Site, limit: object
) -> None:
    with pytest.raises(QueryError, match="limit") as caught:
        site.connector().query_events(DAY, limit=limit)  # type: ignore[arg-type]
    assert caught.value.parameter == "limit"
    assert site.tenant.log == []


@pytest.mark.parametrize("threat_id", ["", "x" * 1_025, "a\nb", "\ud800"])
def test_an_id_that_cannot_be_one_is_refused_before_anything_is_sent(
    site: Site, threat_id: str
) -> None:
    with pytest.raises(QueryError):
        site.connector().get_threat(threat_id)
    assert site.tenant.log == []


def test_opening_sends_nothing_and_an_unknown_provider_is_told(site: Site) -> None:
    site.connector().close()
    assert site.tenant.log == []
    with pytest.raises(ProviderNotFound):
        Connector.open("nobody")
    with pytest.raises(ConfigurationError):
        AsyncConnector.open(PROVIDER, {"tenant_id": "common"})


def test_explaining_sends_nothing(site: Site) -> None:
    explanation = site.connector().explain("query_threats", DAY, limit=3)
    assert "AlertInfo" in explanation.native_query
    assert explanation.plan["effective_range"]["start"] == "2026-10-31T00:00:00Z"
    assert site.tenant.log == []


def test_pages_together_are_the_whole_each_event_once(site: Site) -> None:
    connector = site.connector()
    whole = connector.query_events(DAY, limit=10)
    found, cursor = [], ""
    while True:
        page = connector.query_events(DAY, limit=2, cursor=cursor)
        found += page.events
        cursor = page.cursor
        if not cursor:
            break
    assert found == whole.events


def test_a_cursor_belongs_to_its_question(site: Site) -> None:
    connector = site.connector()
    cursor = connector.query_events(DAY, limit=2).cursor
    with pytest.raises(CursorError):
        connector.query_threats(DAY, limit=2, cursor=cursor)
    with pytest.raises(CursorError):
        connector.query_events(DAY[:1], limit=2, cursor=cursor)
    with pytest.raises(CursorError):
        site.connector().query_events(DAY, limit=2, cursor=cursor)


def test_filters_given_as_an_iterator_hold_for_every_page(site: Site) -> None:
    stream = site.connector().iter_events(iter(DAY), page_size=2)
    assert len(ids(stream)) == 5


def test_a_stream_that_breaks_off_can_be_resumed_where_it_was(site: Site) -> None:
    connector = site.connector()
    whole = ids(connector.query_events(DAY, limit=10).events)
    site.fails(Fault(endpoint="graph", effect=NAMED["request-too-large"][1], when=2))
    stream = connector.iter_events(DAY, page_size=2)
    found: list[str] = []
    with pytest.raises(ConnectorError):
        found.extend(event["message_trace_uid"] for event in stream)
    rest = connector.iter_events(DAY, page_size=2, cursor=stream.cursor)
    assert whole[:2] + ids(rest) == whole


def test_many_threads_share_a_connector_and_its_token(site: Site) -> None:
    connector = site.connector()
    found: list[list[str]] = []

    def ask() -> None:
        found.append(ids(connector.query_events(DAY, limit=10).events))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len({tuple(each) for each in found}) == 1
    assert site.asked("token") == 1


def test_a_connector_shows_its_provider_and_nothing_else(site: Site) -> None:
    assert repr(site.connector()) == f"<Connector {PROVIDER}>"
    assert repr(site.async_connector()) == f"<AsyncConnector {PROVIDER}>"


def test_a_key_can_be_replaced_while_its_cursors_are_about(site: Site) -> None:
    old, new = bytes(32), bytes([1]) * 32
    cursor = site.connector(cursor_key=old).query_events(DAY, limit=2).cursor
    both = site.connector(cursor_key=[new, old])
    second = both.query_events(DAY, limit=2, cursor=cursor)
    assert second.events
    later = site.connector(cursor_key=new)
    assert later.query_events(DAY, limit=2, cursor=second.cursor).meta.rows_kept == 1
    with pytest.raises(CursorError):
        later.query_events(DAY, limit=2, cursor=cursor)
