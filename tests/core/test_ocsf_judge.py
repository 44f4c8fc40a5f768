"""The judge itself: it accepts what is valid, names what is not, and watches every page."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from judges import ocsf
from judges.ocsf_samples import EMAIL, FINDING, MISTAKES, Event, Mistake, changed

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("event", [EMAIL, FINDING], ids=["email", "finding"])
def test_a_valid_event_has_no_problem(event: Event) -> None:
    assert ocsf.judge().problems(event) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_judge_names_the_place_of_a_planted_mistake(mistake: Mistake) -> None:
    problems = ocsf.judge().problems(mistake.planted())
    attribute = [step for step in mistake.path.split(".") if not step.isdigit()][-1]
    assert any(attribute in problem for problem in problems), problems


def test_the_planted_mistakes_are_of_many_kinds() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 20


def test_what_is_no_email_activity_or_finding_is_refused() -> None:
    assert ocsf.judge().problems({}) == ["class_uid: must be one of [2004, 4009]"]
    assert ocsf.judge().problems({"class_uid": True}) != []


def test_an_object_observable_needs_no_value() -> None:
    whole = {"name": "email", "type_id": 22, "type": "Email"}
    assert ocsf.judge().problems(changed(EMAIL, "observables", [whole])) == []


@pytest.mark.skipif(not ocsf.second_opinion_available(), reason=ocsf.NO_SECOND_OPINION)
def test_the_second_opinion_agrees_on_the_valid_events() -> None:
    assert ocsf.second_opinion([EMAIL, FINDING]) is None


# What this project asks beyond OCSF, so that an independent validator is silent.
HOUSE_RULES = {
    "99 carries an empty word",
    "99 carries no word",
    "a caption is missing",
    "a time has no twin",
    "an observable is listed twice",
    "captions do not line up",
}


@pytest.mark.skipif(not ocsf.second_opinion_available(), reason=ocsf.NO_SECOND_OPINION)
def test_the_second_opinion_names_every_planted_mistake_against_ocsf() -> None:
    said = ocsf.second_opinion([mistake.planted() for mistake in MISTAKES]) or ""
    named = {int(line) for line in re.findall(r"events\.jsonl:(\d+): ", said)}
    silent = {mistake.name for line, mistake in enumerate(MISTAKES, 1) if line not in named}
    assert silent == HOUSE_RULES


def test_a_missing_second_opinion_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMAIL_SECURITY_JUDGES", str(tmp_path))
    assert not ocsf.second_opinion_available()
    with pytest.raises(RuntimeError, match="kept outside this repository"):
        ocsf.second_opinion([EMAIL])


def test_a_page_is_judged_as_it_was_when_it_was_handed_out() -> None:
    watch = ocsf.PageWatch()
    page = [changed(EMAIL, "severity", "Low")]
    watch.hook(ocsf.PAGE_AUDIT, ("query_events", page))
    page[0]["severity"] = "High"
    said = watch.verdict()
    assert said is not None
    assert "query_events: event 7666cedd-1bb2-5ac0-8c60-87200b333a6e is not valid" in said
    assert "severity_id: severity must be 'High' for 4" in said
    assert watch.verdict() is None


def test_a_bad_event_counts_against_every_test_that_receives_it() -> None:
    watch = ocsf.PageWatch()
    for _ in range(2):
        watch.hook(ocsf.PAGE_AUDIT, ("query_events", [changed(EMAIL, "severity", "Low")]))
        assert watch.verdict() is not None


def test_an_event_that_is_not_json_is_a_problem() -> None:
    watch = ocsf.PageWatch()
    watch.hook(ocsf.PAGE_AUDIT, ("query_events", [{"class_uid": {1, 2}}]))
    assert "not JSON" in (watch.verdict() or "")


def test_a_switched_off_watch_and_other_audits_collect_nothing() -> None:
    watch = ocsf.PageWatch()
    watch.hook("open", ("a file", "r", 0))
    watch.active = False
    watch.hook(ocsf.PAGE_AUDIT, ("query_events", [{}]))
    assert watch.verdict() is None


def test_the_hook_hears_a_page_of_this_process(
    unjudged_pages: Callable[[], str | None],
) -> None:
    sys.audit(ocsf.PAGE_AUDIT, "query_threats", [FINDING])
    assert unjudged_pages() is None
    sys.audit(ocsf.PAGE_AUDIT, "query_threats", [changed(FINDING, "type_uid", 200402)])
    assert "type_uid" in (unjudged_pages() or "")


def test_a_bad_page_fails_the_test_that_received_it_and_no_other(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini(f"[pytest]\npythonpath = {Path(ocsf.__file__).parent.parent}")
    pytester.makeconftest('pytest_plugins = ["judges.ocsf"]')
    pytester.makepyfile(
        """
        import sys
        from judges.ocsf_samples import EMAIL, changed

        def test_good():
            sys.audit("connector_core.page", "query_events", [EMAIL])

        def test_bad():
            sys.audit("connector_core.page", "query_events", [changed(EMAIL, "severity_id", 7)])

        def test_after():
            sys.audit("connector_core.page", "query_events", [EMAIL])
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_bad*", "*query_events: event 7666*is not valid OCSF 1.8.0:"]
    )
