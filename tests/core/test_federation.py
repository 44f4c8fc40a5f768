"""Several providers as one: nothing lost, nothing twice, nobody hidden."""

import asyncio
import base64
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_core import ManualClock, federate
from connector_core.errors import (
    ConfigurationError,
    CursorError,
    FilterSyntaxError,
    InvalidValue,
    ProviderError,
    QueryError,
    QueryRejectedError,
    UnavailableError,
    UnknownField,
)
from connector_core.federation import FederatedEvent, FederatedPage, Federation
from connector_core.federation.links import message_ids
from core.listed import MESSAGE, NOW, TIME, Member, Row

TimeOrder = Literal["newest_first", "oldest_first"]
AS_LISTED: Any = ("as_listed",)
NEWEST: Any = ("newest_first",)
MOST = 200
"""Pages of one read, far more than any needs."""
BUDGET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def named(members: Sequence[Member], **options: Any) -> Federation:
    return federate({member.name: member.connector() for member in members}, **options)


def pages(
    federation: Federation, limit: int, filters: Sequence[str] = (), order: Any = None
) -> Iterator[FederatedPage]:
    """Every page, each from the cursor of the one before."""
    cursor = ""
    for _ in range(MOST):
        page = federation.query_events(filters, limit=limit, cursor=cursor, order=order)
        yield page
        cursor = page.cursor
        if not cursor:
            return
    raise AssertionError("the pages do not end")


def ids(events: Sequence[FederatedEvent]) -> list[tuple[str, str]]:
    return [(one.provider, one.event["metadata"]["uid"]) for one in events]


def alone(members: Sequence[Member], filters: Sequence[str] = ()) -> list[tuple[str, str]]:
    """What the providers hold, each asked by itself in one stream; sorted."""
    return sorted(
        (member.name, event["metadata"]["uid"])
        for member in members
        for event in member.connector().iter_events(filters)
    )


def in_order(events: Sequence[FederatedEvent], order: TimeOrder) -> bool:
    times = [one.event["time"] for one in events]
    return all(a >= b if order == "newest_first" else a <= b for a, b in pairwise(times))


@st.composite
def federations(draw: st.DrawFn) -> list[Member]:
    """Providers of every kind, with many events at the same moments."""
    members = []
    for number in range(draw(st.integers(1, 4))):
        moments = draw(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=14))
        rows = [
            Row(f"{number}-{index}", 1_000 * time, high)
            for index, (time, high) in enumerate(moments)
        ]
        both: Any = ("newest_first", "oldest_first")
        members.append(
            Member(
                f"p{number}",
                rows,
                orders=draw(st.sampled_from([both, NEWEST, AS_LISTED])),
                most=draw(st.integers(1, 6)),
                page_max=draw(st.integers(1, 8)),
            )
        )
    return members


ORDERS = st.sampled_from(["newest_first", "oldest_first"])
FILTERS = st.sampled_from([(), ("severity[eq]High",)])


# --- the merge


@BUDGET
@given(members=federations(), limit=st.integers(1, 9), filters=FILTERS, order=ORDERS)
def test_the_pages_together_are_what_the_providers_hold_in_time_order(
    members: list[Member], limit: int, filters: tuple[str, ...], order: TimeOrder
) -> None:
    found: list[FederatedEvent] = []
    for page in pages(named(members), limit, filters, order):
        assert len(page.events) <= limit
        assert page.complete
        found += page.events
    assert sorted(ids(found)) == alone(members, filters)
    assert in_order(found, order)


@BUDGET
@given(members=federations(), limit=st.integers(1, 9), order=ORDERS)
def test_pages_of_any_size_go_on_from_any_cursor_alike(
    members: list[Member], limit: int, order: TimeOrder
) -> None:
    federation = named(members)
    whole = ids(federation.query_events(limit=100, order=order).events)
    found = 0
    for page in pages(federation, limit, order=order):
        assert ids(page.events) == whole[found : found + len(page.events)]
        found += len(page.events)
        if page.cursor:
            rest = named(members).query_events(limit=100, cursor=page.cursor, order=order)
            assert ids(rest.events) == whole[found:]
    assert found == len(whole)


@BUDGET
@given(members=federations(), limit=st.integers(1, 5), order=ORDERS)
def test_mail_that_arrives_between_pages_moves_nothing(
    members: list[Member], limit: int, order: TimeOrder
) -> None:
    before = alone(members)
    found: list[tuple[str, str]] = []
    for number, page in enumerate(pages(named(members), limit, order=order)):
        found += ids(page.events)
        for member in members:
            member.clock.advance(60)
            late = Row(f"late-{number}", -30_000 - 60_000 * number)
            member.vendor.rows = [late, *member.vendor.rows]
    assert sorted(found) == before


@BUDGET
@given(members=federations(), limit=st.integers(1, 6), faults=st.data())
def test_what_a_failing_provider_holds_comes_later_and_once(
    members: list[Member], limit: int, faults: st.DataObject
) -> None:
    held = alone(members)
    fail = faults.draw(st.lists(st.sampled_from([200, 200, 400, 503]), max_size=30))
    weather = iter(fail)
    lock = threading.Lock()

    def before() -> int:
        with lock:
            return next(weather, 200)

    for member in members:
        member.vendor.before = before
    federation, cursor, found = named(members), "", list[tuple[str, str]]()
    for _ in range(MOST):
        try:
            page = federation.query_events(limit=limit, cursor=cursor)
        except ProviderError:
            continue  # nobody answered: the same cursor asks again
        found += ids(page.events)
        failed = [one for one in page.providers.values() if one.status == "failed"]
        assert page.complete == (not failed)
        cursor = page.cursor
        if not cursor:
            break
    assert sorted(found) == held


@BUDGET
@given(members=federations(), limit=st.integers(1, 6))
async def test_the_asynchronous_twin_answers_alike(members: list[Member], limit: int) -> None:
    cursor = ""
    twin = federate({member.name: member.async_connector() for member in members})
    async with twin:
        for page in pages(named(members), limit):
            other = await twin.query_events(limit=limit, cursor=cursor)
            assert ids(other.events) == ids(page.events)
            cursor = other.cursor
            assert bool(cursor) == bool(page.cursor)


def test_of_events_at_one_moment_the_first_named_provider_comes_first() -> None:
    members = [Member(name, [Row(name, 1_000)]) for name in ("b", "a", "c")]
    assert [one.provider for one in named(members).query_threats().events] == ["b", "a", "c"]


# --- who does not answer


def trio() -> list[Member]:
    return [
        Member(name, [Row(f"{name}{index}", 1_000 * index + shift) for index in range(1, 5)])
        for shift, name in enumerate("abc")
    ]


def test_a_failing_provider_is_named_and_the_others_answer() -> None:
    members = trio()
    members[1].vendor.before = lambda: 400
    page = named(members).query_events()
    assert [name for name, _ in ids(page.events)] == ["a", "c"] * 4
    assert not page.complete
    assert page.reasons == ["b: The vendor does not want to."]
    answer = page.providers["b"]
    assert (answer.status, type(answer.error)) == ("failed", QueryRejectedError)
    assert isinstance(answer.error, QueryRejectedError)
    assert answer.error.origin.provider == "emailsecurity_b"
    assert page.providers["a"].complete
    members[1].vendor.before = lambda: 200
    rest = named(members).query_events(cursor=page.cursor)
    assert ids(rest.events) == [("b", f"b{index}") for index in range(1, 5)]
    assert rest.complete
    assert rest.cursor == ""
    assert {name: one.status for name, one in rest.providers.items()} == {
        "a": "finished",
        "b": "answered",
        "c": "finished",
    }


def test_when_nobody_answers_the_first_error_is_raised() -> None:
    members = trio()
    for member, status in zip(members, (503, 400, 400), strict=True):
        member.vendor.before = lambda status=status: status  # type: ignore[misc]
    with pytest.raises(UnavailableError):
        named(members).query_events()


def test_a_provider_that_was_read_in_part_and_fails_keeps_what_it_gave() -> None:
    first = Member("a", [Row(f"a{index}", index) for index in range(1, 5)], page_max=2)
    second = Member("b", [Row(f"b{index}", index) for index in range(1, 5)])
    answers = iter([200, 400])
    first.vendor.before = lambda: next(answers, 200)
    page = named([first, second]).query_events(limit=8)
    assert [id for _, id in ids(page.events)] == ["a1", "b1", "a2", "b2", "b3", "b4"]
    assert page.providers["a"].status == "failed"
    assert page.providers["a"].meta.rows_kept == 2
    rest = named([first, second]).query_events(limit=8, cursor=page.cursor)
    assert ids(rest.events) == [("a", "a3"), ("a", "a4")]


def test_a_fault_in_a_providers_code_is_its_own_and_its_words_stay_inside() -> None:
    members = trio()
    members[0].vendor.before = lambda: 500
    page = named(members).query_events()
    assert page.providers["a"].status == "failed"
    assert "KeyError" in str(page.providers["a"].error)
    assert b"ann@example.com is" not in page.json()
    assert "ann@example.com" not in str(page.providers["a"].error)


def test_a_provider_that_lacks_the_filter_is_told_apart_and_never_left_out() -> None:
    members = trio()
    members[2] = replace(members[2], fields=(TIME,))
    federation = named(members)
    found: list[FederatedEvent] = []
    for page in pages(federation, 1, ["severity[eq]Low"]):
        answer = page.providers["c"]
        assert answer.status == "refused"
        assert isinstance(answer.error, UnknownField)
        assert not page.complete
        found += page.events
    assert ids(found) == [(n, f"{n}{i}") for i in range(1, 5) for n in "ab"]
    assert members[2].vendor.requests == 0


def test_a_filter_that_nobody_serves_is_an_error() -> None:
    members = trio()
    with pytest.raises(UnknownField):
        named(members).query_events(["email.message_uid[eq]x"])
    with pytest.raises(InvalidValue):
        named(members).query_events(["severity[eq]Mild"])
    with pytest.raises(FilterSyntaxError):
        named(members).query_events("severity")
    with pytest.raises(QueryError):
        named(members).query_events(["time[gte]2999-01-01"])
    assert all(member.vendor.requests == 0 for member in members)


def join_others(*members: Any) -> None:
    while not all(member.vendor.requests for member in members):
        os.sched_yield()  # a thread of theirs has not begun yet
    for thread in threading.enumerate():
        if thread.name in ("federation: a", "federation: c"):
            thread.join()


def test_a_late_provider_is_named_and_what_it_brings_is_thrown_away() -> None:
    members, clock, release = trio(), ManualClock(NOW), threading.Event()

    def slow() -> int:
        join_others(members[0], members[2])  # they have answered by now
        clock.advance(60)
        release.wait()
        return 200

    members[1].vendor.before = slow
    federation = named(members, deadline=30, clock=clock)
    try:
        page = federation.query_events()
    finally:
        release.set()
    assert [name for name, _ in ids(page.events)] == ["a", "c"] * 4
    answer = page.providers["b"]
    assert answer.status == "late"
    assert isinstance(answer.error, UnavailableError)
    assert page.reasons == [f"b: {answer.error}"]
    assert "30 s" in str(answer.error)
    members[1].vendor.before = lambda: 200
    rest = federation.query_events(cursor=page.cursor)
    assert [id for _, id in ids(rest.events)] == ["b1", "b2", "b3", "b4"]


async def test_a_late_provider_is_cancelled_by_the_asynchronous_twin() -> None:
    members, clock, cancelled = trio(), ManualClock(NOW), asyncio.Event()
    slow = members[1].vendor

    async def handle(request: object) -> Any:
        others = [
            task
            for task in asyncio.all_tasks()
            if task.get_name() in ("federation: a", "federation: c")
        ]
        await asyncio.wait(others)
        clock.advance(60)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    slow.handle_async_request = handle  # type: ignore[method-assign]
    named = {member.name: member.async_connector() for member in members}
    page = await federate(named, deadline=30, clock=clock).query_events()
    assert [name for name, _ in ids(page.events)] == ["a", "c"] * 4
    assert page.providers["b"].status == "late"
    await cancelled.wait()


def test_a_provider_that_cannot_be_read_whole_in_time_is_late() -> None:
    clock = ManualClock(NOW)
    listed = Member("a", [Row(f"a{index}", index) for index in range(1, 9)], AS_LISTED, page_max=2)
    other = Member("b", [Row("b1", 1)])

    def slow() -> int:
        clock.advance(20)
        return 200

    listed.vendor.before = slow
    page = named([listed, other], deadline=30, clock=clock).query_events()
    assert ids(page.events) == [("b", "b1")]
    assert page.providers["a"].status == "late"
    assert page.cursor
    with pytest.raises(UnavailableError):
        named([listed, other], deadline=30, clock=clock).query_events(cursor=page.cursor)


def test_what_is_too_much_to_sort_is_announced_on_every_page() -> None:
    listed = Member("a", [Row(f"a{index}", 9 - index) for index in range(1, 9)], AS_LISTED)
    found: list[tuple[str, str]] = []
    for page in pages(named([listed, Member("b")], whole_limit=5), 2):
        assert not page.complete
        assert "5 events" in page.reasons[0]
        (problem,) = orjson.loads(page.json())["messages"]["problems"]
        assert problem["context"]["provider"] == "a"
        found += ids(page.events)
    assert [id for _, id in found] == ["a5", "a4", "a3", "a2", "a1"]


def test_events_that_nothing_tells_apart_are_all_given_out() -> None:
    listed = Member("a", [Row("twin", 1)] * 3, AS_LISTED)
    sizes = [len(page.events) for page in pages(named([listed, Member("b")]), 1)]
    assert sizes == [1, 1, 1]


def test_events_that_vanish_from_a_vendors_own_list_take_no_other_with_them() -> None:
    rows = [Row(f"a{index}", index) for index in range(1, 7)]
    listed = Member("a", rows, AS_LISTED)
    federation = named([listed])
    first = federation.query_events(limit=3)
    listed.vendor.rows = rows[2:]
    rest = federation.query_events(limit=9, cursor=first.cursor)
    assert [id for _, id in ids(rest.events)] == ["a4", "a5", "a6"]


# --- the same message


def test_events_of_different_providers_about_one_message_are_linked() -> None:
    members = [
        Member("a", [Row("a1", 1, messages=("<M@mail.example>", "other@mail.example"))]),
        Member("b", [Row("b1", 2, messages=(" m@mail.example ",)), Row("b2", 4, messages=("x",))]),
        Member("c", [Row("c1", 3, messages=("<other@mail.example>",))]),
    ]
    page = named(members).query_threats()
    assert [(one.provider, one.same_message) for one in page.events] == [
        ("a", (1, 2)),
        ("b", (0,)),
        ("c", (0,)),
        ("b", ()),
    ]
    told = orjson.loads(page.json())["result"]
    assert [one["same_message"] for one in told] == [[1, 2], [0], [0], []]
    assert told[0]["event"] == page.events[0].event


def test_events_of_one_provider_are_not_linked_and_an_empty_id_is_none() -> None:
    rows = [Row("a1", 1), Row("a2", 2), Row("a3", 3, messages=("<>",))]
    members = [Member("a", rows), Member("b", [Row("b1", 4, messages=(" ",))])]
    page = named(members).query_events()
    assert {one.same_message for one in page.events} == {()}
    assert message_ids({"evidences": [{"email": None}, {}]}) == frozenset()


# --- cursors


def parts(cursor: str) -> dict[str, Any]:
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    places = orjson.loads(text)[1]
    assert isinstance(places, dict)
    return places


def forged(places: dict[str, Any], version: int = 1) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([version, places])).decode().rstrip("=")


def test_a_forged_cursor_is_refused_before_anything_is_sent() -> None:
    members = trio()
    federation = named(members)
    good = federation.query_events(limit=2).cursor
    sent = [member.vendor.requests for member in members]
    own = members[0].connector().query_events(limit=2).cursor
    sent[0] += 1
    places = parts(good)
    bad = [
        "x",
        "é",
        good[:-8],
        good * 40,
        own,
        forged(places, version=2),
        forged(places | {"a": places["b"]}),
        forged(places | {"a": own}),
        forged(places | {"a": places["a"][:-6] + "AAAAAA"}),
        forged(places | {"a": ["done"]}),
        forged(places | {"d": places["a"]}),
        forged({name: places[name] for name in "ab"}),
    ]
    for cursor in bad:
        with pytest.raises(CursorError):
            federation.query_events(limit=2, cursor=cursor)
    assert [member.vendor.requests for member in members] == sent
    with pytest.raises(CursorError):
        members[0].connector().query_events(limit=2, cursor=places["a"])


def test_a_place_that_was_cut_out_of_a_cursor_hides_nobody() -> None:
    members = trio()
    good = named(members).query_events(limit=3).cursor
    again = named(members).query_events(cursor=forged(parts(good) | {"b": None}))
    assert [id for name, id in ids(again.events) if name == "b"] == ["b1", "b2", "b3", "b4"]


@pytest.mark.parametrize("other", ["operation", "filters", "order", "members", "names", "tenant"])
def test_a_cursor_belongs_to_its_question_and_its_providers(other: str) -> None:
    members = trio()
    cursor = named(members).query_events(limit=2).cursor
    changed = [replace(one, identity="another") for one in members]
    ask: Any = {
        "operation": lambda: named(members).query_threats(cursor=cursor),
        "filters": lambda: named(members).query_events("severity[eq]Low", cursor=cursor),
        "order": lambda: named(members).query_events(cursor=cursor, order="oldest_first"),
        "members": lambda: named(members[:2]).query_events(cursor=cursor),
        "names": lambda: federate([one.connector() for one in members]).query_events(cursor=cursor),
        "tenant": lambda: named(changed).query_events(cursor=cursor),
    }[other]
    with pytest.raises(CursorError):
        ask()


def test_a_cursor_reveals_nothing_but_names() -> None:
    members = [Member("a", [Row("ann@example.com", 1), Row("bob@example.com", 2)])]
    places = parts(named(members).query_events(limit=1).cursor)
    assert list(places) == ["a"]
    assert b"example.com" not in base64.urlsafe_b64decode(places["a"] + "==")


# --- how it is made


def test_connectors_in_a_list_are_named_by_their_providers() -> None:
    with federate([member.connector() for member in trio()]) as federation:
        page = federation.query_threats(limit=1)
    assert page.events[0].provider == "emailsecurity_a"
    assert repr(federation) == "<Federation of emailsecurity_a, emailsecurity_b, emailsecurity_c>"


async def test_a_federation_that_cannot_be_is_refused() -> None:
    one = trio()[0]
    with pytest.raises(ConfigurationError, match="No connector"):
        federate([])
    with pytest.raises(ConfigurationError, match="same provider") as caught:
        federate([one.connector(), one.connector()])
    assert "name" in caught.value.remediation
    both: Any = {"a": one.connector(), "b": one.async_connector()}
    with pytest.raises(ConfigurationError, match="both kinds"):
        federate(both)
    with pytest.raises(ConfigurationError, match="deadline"):
        federate([one.connector()], deadline=0)


@pytest.mark.parametrize("limit", [0, -1, 5_001, True, "10"])
def test_a_limit_that_cannot_be_served_is_refused(limit: Any) -> None:
    with pytest.raises(QueryError) as caught:
        named(trio()).query_events(limit=limit)
    assert caught.value.parameter == "limit"


def test_an_order_without_time_cannot_be_merged() -> None:
    order: Any = "as_listed"
    with pytest.raises(QueryError) as caught:
        named(trio()).query_events(order=order)
    assert caught.value.parameter == "order"


def test_the_meta_of_a_provider_counts_all_its_pages() -> None:
    member = Member("a", [Row(f"a{index}", index) for index in range(1, 8)], page_max=3)
    page = named([member]).query_events(limit=7)
    meta = page.providers["a"].meta
    assert (meta.rows_kept, meta.rows_read, meta.calls) == (7, 7, member.vendor.requests)
    told = orjson.loads(page.json())
    assert list(told) == ["result", "cursor", "meta", "messages"]
    assert told["meta"]["a"]["status"] == "answered"
    assert told["meta"]["a"]["complete"] is True


def test_a_filter_that_is_found_by_message_id_works_across_providers() -> None:
    fields = (TIME, MESSAGE)
    members = [
        Member("a", [Row("a1", 1, messages=("<m@mail.example>",)), Row("a2", 2)], fields=fields),
        Member("b", [Row("b1", 3, messages=("m@mail.example",))], fields=fields),
    ]
    page = named(members).query_events(["email.message_uid[eq]M@mail.example"])
    assert [one.same_message for one in page.events] == [(1,), (0,)]


# --- what changes or breaks in between


def test_a_list_that_changed_behind_the_place_is_not_called_complete() -> None:
    """Of a provider read whole, an event that moves over the place would never be given out."""
    rows = [Row("a", 1_000), Row("b", 2_000), Row("c", 3_000)]
    member = Member("p", rows, orders=AS_LISTED)
    federation = named([member])
    first = federation.query_events(limit=2)
    assert first.complete
    assert [uid for _, uid in ids(first.events)] == ["a", "b"]
    unchanged = federation.query_events(limit=2, cursor=first.cursor)
    assert unchanged.complete
    assert [uid for _, uid in ids(unchanged.events)] == ["c"]
    member.vendor.rows = [*rows[:2], Row("c", 1_500)]
    moved = federation.query_events(limit=2, cursor=first.cursor)
    assert ids(moved.events) == []
    assert not moved.complete
    assert "list changed" in moved.reasons[0]


@pytest.mark.usefixtures("unjudged_pages")
@pytest.mark.parametrize("orders", [AS_LISTED, NEWEST])
@pytest.mark.parametrize(
    "odd", [{"metadata": "x"}, {"time": None}, {"evidences": None}, {"evidences": ["x"]}]
)
def test_an_event_that_is_none_harms_its_own_provider_alone(
    orders: Any, odd: dict[str, Any]
) -> None:
    broken = Member("broken", [Row("x", 1_000)], orders=orders, odd=odd)
    sound = Member("sound", [Row("y", 2_000)])
    page = named([broken, sound]).query_events()
    assert [one.event["metadata"]["uid"] for one in page.events if one.provider == "sound"] == ["y"]
    assert page.providers["sound"].complete
    given = [one for one in page.events if one.provider == "broken"]
    assert len(given) == 1 if page.complete else page.providers["broken"].status == "failed"
