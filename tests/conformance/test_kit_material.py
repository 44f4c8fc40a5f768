"""What the kit makes its laws of: the planted world, other elements of lists, faults."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from connector_abnormal.mock.bench import BENCH
from connector_conformance.cases import NotData, SignIn
from connector_conformance.faults import emptied
from connector_conformance.json_paths import lists, relatives
from connector_conformance.laws_errors import BY_NAME, Trial
from connector_conformance.planted import unseen
from connector_conformance.reading import tasks
from connector_conformance.subject import Subject
from connector_conformance.wire import Exchange
from connector_conformance.world import BARE, COPIES, crowd, far_mails, mails

NOW = 1_800_000_000.0
DAY_MS = 86_400_000


def test_the_world_holds_copies_a_bare_message_and_lists() -> None:
    world = mails(NOW)
    first, second = (world[place] for place in COPIES)
    assert first.message_id == second.message_id
    assert (first.time, first.subject) == (second.time, second.subject)
    assert first.recipient != second.recipient
    assert (world[BARE].subject, world[BARE].url, world[BARE].file_name) == ("", "", "")
    assert any(mail.also_to and mail.more_urls and mail.more_files for mail in world)
    assert all(mail.time % 60_000 for mail in world), "lost seconds would not show"


def test_one_event_does_not_stand_for_two_copies() -> None:
    first, second = (mails(NOW)[place] for place in COPIES)
    event = {"email": {"message_uid": first.message_id, "to": [first.recipient]}}
    assert unseen([event], [first, second]) == [second]


def test_far_mail_reaches_to_the_first_second_of_a_range() -> None:
    begin = int(NOW) * 1_000 - 7 * DAY_MS
    assert min(mail.time for mail in far_mails(NOW, 7)) == begin + 1_000
    many = crowd(NOW, 230)
    assert len({mail.message_id for mail in many}) == len({mail.time for mail in many}) == 230


@pytest.mark.parametrize(
    ("element", "first"),
    [
        ("report-1.pdf", "report-2.pdf"),
        (7, 8),
        ({"name": "a-1", "state": "known"}, {"name": "a-2", "state": "known"}),
        ('{"name": "a-1"}', '{"name": "a-2"}'),
    ],
    ids=["text", "number", "object", "JSON in a text"],
)
def test_another_element_differs_in_what_is_about_mail(element: Any, first: Any) -> None:
    rules = [NotData(path="files.state", reason="about nothing")]
    assert next(relatives(element, ("files",), rules)) == first


def test_an_element_that_says_nothing_has_no_relatives() -> None:
    rules = [NotData(path="schema.**", reason="names the columns")]
    assert not list(relatives({"name": "a"}, ("schema",), rules))


def test_lists_are_found_in_records_and_in_texts_that_are_json() -> None:
    body = {"items": [{"to": ["a"], "cc": '["b"]', "bcc": []}]}
    assert [each.name for each in lists(body, 0)] == ["items", "items.to", "items.cc"]


def exchange(body: bytes) -> Exchange:
    """An answer of a vendor."""
    return Exchange(
        method="GET",
        url=httpx.URL("https://vendor.example"),
        sent=httpx.Headers(),
        asked=b"",
        status=200,
        headers=(),
        body=body,
        signs_in=False,
    )


def test_an_emptied_list_stands_beside_an_error_and_other_answers_stay() -> None:
    alter = emptied("errors")
    told = alter(exchange(b'{"items": [1], "next": null}'), {}).json()
    assert (told["items"], told["next"]) == ([], None)
    assert told["errors"]
    assert alter(exchange(b'{"id": 1}'), {}).json() == {"id": 1}


@pytest.mark.parametrize("signs_in", [True, False])
def test_a_token_that_was_taken_back_is_renewed_where_one_signs_in(signs_in: bool) -> None:
    subject = Subject("emailsecurity_abnormal", BENCH)
    rules = (SignIn(host="login.vendor.example"),) if signs_in else ()
    vars(subject)["cases"] = replace(subject.cases, sign_in=rules)
    trial = Trial(subject, BY_NAME["401"], tasks(subject)[0], at=1, lasting=False)
    problems = trial.problems()
    assert any("is not got over" in problem for problem in problems) is signs_in, problems
