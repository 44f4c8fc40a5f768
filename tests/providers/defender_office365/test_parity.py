"""The connector and its asyncio twin give the same answers, and asyncio breaks nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from connector_core import AsyncConnector, Connector, ConnectorError
from connector_core.errors import QueryRejectedError, UnavailableError
from connector_defender_office365.mock.catalogue import NAMED
from connector_defender_office365.mock.faults import Fault
from opened import DAY, Site, ids

Operation = Callable[[Any], Any]
FIRST = "00000000-0000-4000-8000-000000000001"

# fmt: off
OPERATIONS: dict[str, Operation] = {
    "events":         lambda c: c.query_events(DAY, limit=10),
    "a page":         lambda c: c.query_events(DAY, limit=2),
    "oldest first":   lambda c: c.query_events(DAY, limit=2, order="oldest_first"),
    "a filter":       lambda c: c.query_events([*DAY, "email.subject[like]invoice 3"]),
    "nothing":        lambda c: c.query_events([*DAY, "email.subject[eq]none"]),
    "threats":        lambda c: c.query_threats(DAY, limit=3),
    "a threat":       lambda c: c.get_threat(FIRST),
    "no such threat": lambda c: c.get_threat("nowhere"),
    "no id":          lambda c: c.get_threat(""),
    "a bad field":    lambda c: c.query_events(["sender[eq]x"]),
    "a bad filter":   lambda c: c.query_threats("severity"),
    "a bad limit":    lambda c: c.query_threats(limit=0),
    "a bad order":    lambda c: c.query_threats(order="random"),
    "a bad cursor":   lambda c: c.query_events(DAY, cursor="x"),
    "a bad range":    lambda c: c.query_events([*DAY, "time[gte]2026-11-02T00:00:00Z"]),
    "explain":        lambda c: c.explain("query_threats", DAY),
    "check":          lambda c: c.check(),
}
# fmt: on


def said(answer: object) -> object:
    """An answer without what is random in it, or an error's whole content."""
    if isinstance(answer, ConnectorError):
        fields = {name: value for name, value in vars(answer).items() if name != "origin"}
        return type(answer), str(answer), answer.remediation, fields
    if not hasattr(answer, "json"):
        return answer
    content = orjson.loads(answer.json())
    if "cursor" in content:
        content["cursor"] = bool(content["cursor"])
    return orjson.dumps(content)


def blocking(connector: Connector, operation: Operation) -> object:
    try:
        return said(operation(connector))
    except ConnectorError as error:
        return said(error)


async def awaited(connector: AsyncConnector, operation: Operation) -> object:
    try:
        answer = operation(connector)
        return said(await answer if isinstance(answer, Awaitable) else answer)
    except ConnectorError as error:
        return said(error)


@pytest.fixture(scope="module")
def kept() -> Site:
    return Site()


@pytest.fixture
def site(kept: Site) -> Site:
    kept.fails()
    return kept


@pytest.mark.parametrize("name", OPERATIONS)
async def test_both_connectors_answer_alike(site: Site, name: str) -> None:
    first = blocking(site.connector(), OPERATIONS[name])
    assert await awaited(site.async_connector(), OPERATIONS[name]) == first
    assert first


@pytest.mark.parametrize(
    "name", ["not-provisioned", "conditional-access", "token-expired", "result-too-large",
             "request-too-large", "login-wrong-cloud", "unknown-shape", "refused", "silent"],
)  # fmt: skip
async def test_both_connectors_fail_alike(site: Site, name: str) -> None:
    endpoint, effect, _ = NAMED[name]
    outcomes = []
    for ask in (blocking, awaited):
        site.fails(Fault(endpoint=endpoint, effect=effect, times=None))
        operation = OPERATIONS["events"]
        if ask is blocking:
            outcome = blocking(site.connector(), operation)
        else:
            outcome = await awaited(site.async_connector(), operation)
        outcomes.append((outcome, len(site.tenant.log)))
    (first, calls), (second, calls_again) = outcomes
    assert str(first)[:40] == str(second)[:40]
    assert first[0] is second[0]  # type: ignore[index]
    assert calls == calls_again


async def test_both_streams_hold_the_same(site: Site) -> None:
    blocked = list(site.connector().iter_events(DAY, page_size=3))
    stream = site.async_connector().iter_events((each for each in DAY), page_size=3)
    assert [event async for event in stream] == blocked
    assert len(ids(blocked)) == len(set(ids(blocked))) == 5
    assert stream.complete
    assert stream.cursor == ""


async def test_a_cancelled_query_leaves_the_connector_usable(site: Site) -> None:
    async with site.async_connector() as connector:
        for turns in (1, 3, 10, 30):
            task = asyncio.create_task(connector.query_threats(DAY, limit=3))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        page = await connector.query_threats(DAY, limit=10)
        assert len(page.events) == 5
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others


def test_one_connector_serves_two_event_loops(site: Site) -> None:
    connector = site.async_connector()
    pages = [asyncio.run(connector.query_events(DAY, limit=10)) for _ in range(2)]
    assert pages[0].events == pages[1].events
    assert site.asked("token") == 1


async def test_twenty_queries_at_once_share_one_token_and_the_tenants_columns(site: Site) -> None:
    site.fails()
    connector = site.async_connector()
    pages = await asyncio.gather(*(connector.query_events(DAY) for _ in range(20)))
    assert all(len(page.events) == 5 for page in pages)
    assert (site.asked("token"), site.asked("openid-configuration")) == (1, 1)
    assert site.asked() == 1 + 20


async def test_twenty_queries_at_once_are_all_told_that_the_columns_cannot_be_read(
    site: Site,
) -> None:
    site.fails(Fault(endpoint="graph", effect=NAMED["request-too-large"][1], times=None))
    connector = site.async_connector()
    queries = (connector.query_events(DAY) for _ in range(20))
    outcomes = await asyncio.gather(*queries, return_exceptions=True)
    assert {type(one) for one in outcomes} == {QueryRejectedError}
    assert (site.asked("token"), site.asked("openid-configuration")) == (1, 1)
    assert site.asked() == 1


async def test_a_failing_part_reaches_the_caller_as_itself_and_ends_the_others(site: Site) -> None:
    """A list of threats asks several tables side by side: no exception group comes out of it."""
    connector = site.async_connector()
    await connector.query_threats(DAY, limit=10)
    site.fails(
        Fault(endpoint="graph", effect=NAMED["refused"][1], when=lambda n: n > 1, times=None)
    )
    with pytest.raises(UnavailableError):
        await connector.query_threats(DAY, limit=10)
    site.fails()
    assert len((await connector.query_threats(DAY, limit=10)).events) == 5
