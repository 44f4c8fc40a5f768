"""Laws of losslessness: every value of the vendor is in the events, or somebody is told."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from connector_conformance.cases import NotData
from connector_conformance.json_paths import (
    Leaf,
    Path,
    Scalar,
    changed,
    containers,
    field_of,
    leaves,
    name_of,
    objects,
    others,
    says_nothing,
    without,
)
from connector_conformance.promise import promise
from connector_conformance.reading import Task, window_filters
from connector_conformance.replay import Recording, Verdict
from connector_conformance.subject import ListOperation, Subject, uid_of

MAILS: Final = 8
UNKNOWN: Final = "kitUnknownField"
UNKNOWN_VALUE: Final = "a value that nobody knows"
Kind = tuple[str, frozenset[str]]
Play = Callable[[Mapping[int, Any]], Verdict]
NEW_WORD: Final = "kitword"
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{2,40}")
"""Looks like a word of a vendor's vocabulary."""
FEWER: Final = "events are missing, and nothing says so"
KEEP: Final = (
    "Map them, keep them in `unmapped`, or say in [[not_data]] why they are not about mail."
)
KEEP_NEW: Final = "Keep what is not known in `unmapped`, or count it in Batch.drift."
ODD: Final = "an object"
SAMPLE: Final = 24
DAMAGES: Final[dict[str, Callable[[Any, Path], Any]]] = {
    "null": lambda body, path: changed(body, field_of(path), lambda _: None),
    "missing": without,
    ODD: lambda body, path: changed(body, path, lambda _: {"kit": [1]}),
}


class LosslessLaws:
    """Nothing that the vendor says about mail gets lost on the way."""

    @promise("losslessness", "Every value of the vendor changes the events, or somebody is told.")
    def test_every_value_of_the_vendor_reaches_the_events(self, subject: Subject) -> None:
        """Another value in one record of the recorded answers must show."""
        lost = []
        for recording in recordings(subject):
            kinds = _kinds(recording, subject.cases.not_data)
            shown = _shown_together(recording, [some[0] for some in kinds.values()])
            rest = {kind: some for kind, some in kinds.items() if some[0] not in shown}
            with recording.player() as player:
                player.settle()
                rest = {
                    kind: some
                    for kind, some in rest.items()
                    if not player.asks(recording.exchanges[some[0].answer])
                    or not _shows(recording, player.play, some)
                }
            lost += [
                f"{recording.task.operation}: {kind[0]} (such as {some[0].value!r})"
                for kind, some in rest.items()
                if not _shows(recording, recording.play, some)
            ]
            lost += [
                f"{recording.task.operation}: {name}: what stands in the place of {word!r}"
                for name, word in _words_lost(recording, kinds, shown)
            ]
        assert not lost, "\n".join(("nothing shows a change of:", *sorted(set(lost)), KEEP))

    @promise("losslessness", "A field that nobody knows is kept in the event, or counted.")
    def test_a_field_that_nobody_knows_is_kept_or_counted(self, subject: Subject) -> None:
        """One more field in one record of every form."""
        lost = []
        for recording in recordings(subject):
            for index, path, name in _records(subject, recording):
                body = changed(
                    recording.bodies[index], path, lambda owner: owner | {UNKNOWN: UNKNOWN_VALUE}
                )
                outcome = recording.play({index: body}).outcome
                kept = UNKNOWN_VALUE in json.dumps(outcome.events)
                told = any(UNKNOWN in text for text in outcome.told)
                if not kept and not told and outcome.error is None:
                    lost.append(f"{recording.task.operation}: {name or 'the answer'}")
        assert not lost, "\n".join(("a new field is lost in:", *lost, KEEP_NEW))

    @promise("losslessness", "A value that is missing or odd never takes an event away in silence.")
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_a_damaged_value_is_harmless_or_told(self, subject: Subject, damage: str) -> None:
        """Every value in one record: null, left out, an object in its place."""
        problems = []
        for recording in recordings(subject):
            some = [*_containers(recording), *(each[0] for each in _kinds(recording).values())]
            if damage == ODD:  # nearly each is an error of its own, so that halving saves nothing
                some = some[:: len(some) // SAMPLE + 1]
            with recording.player() as player:
                player.settle()
                often = [leaf for leaf in some if player.asks(recording.exchanges[leaf.answer])]
                found = _damaged(recording, player.play, often, DAMAGES[damage])
            once = [leaf for leaf in some if leaf not in often]
            found += _damaged(recording, recording.play, once, DAMAGES[damage])
            # What is not about mail, such as where a list goes on, may end it: no crash is all.
            problems += [
                f"{recording.task.operation}: {leaf.name}: {said}"
                for leaf, said in found
                if said != FEWER
                or not says_nothing(leaf.name, leaf.kind[1], subject.cases.not_data)
            ]
        assert not problems, "\n".join(problems)


def recordings(subject: Subject) -> list[Recording]:
    """Each operation, read from a small world; remembered for the subject."""
    known: list[Recording] = vars(subject).setdefault("_recordings", [])
    if not known:
        mails = subject.mails[:MAILS]
        known += [Recording(subject, _whole(subject, name), mails) for name in subject.listings]
        details = subject.spec.capabilities.operations.get("get_threat")
        if details is not None and details.supported:
            for recording in known[:1]:
                uids = [uid_of(event) for event in recording.outcome.events[:1]]
                known += [
                    Recording(subject, Task(operation="get_threat", uid=uid), mails)
                    for uid in uids
                    if recording.task.operation == "query_threats"
                ]
    return known


def _whole(subject: Subject, operation: ListOperation) -> Task:
    return Task(operation=operation, filters=window_filters(subject, operation), page=100)


def _kinds(recording: Recording, rules: Sequence[NotData] = ()) -> dict[Kind, list[Leaf]]:
    """The values of all answers by kind, without those that say nothing by the rules."""
    found: dict[tuple[str, frozenset[str]], list[Leaf]] = defaultdict(list)
    for index, body in recording.bodies.items():
        for leaf in leaves(body, index):
            if not says_nothing(leaf.name, leaf.kind[1], rules):
                found[leaf.kind].append(leaf)
    return dict(found)


def _containers(recording: Recording) -> list[Leaf]:
    """One field of every kind that holds an object or a list."""
    found: dict[tuple[str, frozenset[str]], Leaf] = {}
    for index, body in recording.bodies.items():
        for each in containers(body, index):
            found.setdefault(each.kind, each)
    return list(found.values())


def _records(subject: Subject, recording: Recording) -> list[tuple[int, Path, str]]:
    """One record of every form: an object that holds at least one value about mail itself."""
    found: dict[tuple[str, frozenset[str]], tuple[int, Path, str]] = {}
    for index, body in recording.bodies.items():
        for path, record in objects(body):
            name = name_of(path)
            if any(
                not says_nothing(f"{name}.{key}".lstrip("."), record, subject.cases.not_data)
                for key, value in record.items()
                if isinstance(value, str | int | float | bool)
            ):
                found.setdefault((name, frozenset(record)), (index, path, name))
    return list(found.values())


def _shown_together(recording: Recording, some: Sequence[Leaf]) -> set[Leaf]:
    """Those values whose new text stands in the events when many are changed at once."""
    before = set(_scalars(recording.outcome.events))
    fresh: dict[Scalar, Leaf] = {}
    for leaf in some:
        new = others(leaf.value)[0]
        plain = isinstance(leaf.value, str) and not recording.requested(leaf.value)
        if plain and new not in before:
            fresh.setdefault(new, leaf)
    return _proven(recording, fresh)


def _proven(recording: Recording, fresh: dict[Scalar, Leaf]) -> set[Leaf]:
    if not fresh:
        return set()
    news = {leaf: new for new, leaf in fresh.items()}
    bodies = _altered(
        recording, fresh.values(), lambda body, leaf: changed(body, leaf.path, _always(news[leaf]))
    )
    outcome = recording.play(bodies).outcome
    if outcome.error is not None:
        if len(fresh) == 1:
            return set()
        parts = list(fresh.items())
        middle = len(parts) // 2
        return _proven(recording, dict(parts[:middle])) | _proven(recording, dict(parts[middle:]))
    after = set(_scalars(outcome.events))
    return {leaf for new, leaf in fresh.items() if new in after}


def _scalars(value: Any) -> "Iterable[Scalar]":
    if isinstance(value, dict):
        for part in value.values():
            yield from _scalars(part)
    elif isinstance(value, list):
        for part in value:
            yield from _scalars(part)
    elif isinstance(value, str | int | float):
        yield value


def _words_lost(
    recording: Recording, kinds: Mapping[Kind, Sequence[Leaf]], shown: Collection[Leaf]
) -> Iterable[tuple[str, str]]:
    """Words in whose place another one is not kept: neither in the events nor in a message."""
    with recording.player() as player:
        player.settle()
        for some in (some for some in kinds.values() if some[0] not in shown):
            leaf = some[0]
            word = str(leaf.value)
            asked = player.asks(recording.exchanges[leaf.answer])
            if not asked or not _WORD.fullmatch(word) or recording.requested(word):
                continue
            bodies = _altered(recording, some, _new_word)
            outcome = player.play(bodies).outcome
            said = [text for text in _scalars(outcome.events) if isinstance(text, str)]
            if outcome.error is None and not any(
                NEW_WORD in text.lower() for text in said + outcome.told
            ):
                yield leaf.name, word


def _altered(
    recording: Recording, some: Iterable[Leaf], alter: Callable[[Any, Leaf], Any]
) -> dict[int, Any]:
    """The answers in which these values stand, altered for each of them."""
    bodies: dict[int, Any] = {}
    for leaf in some:
        before = bodies.get(leaf.answer, recording.bodies[leaf.answer])
        bodies[leaf.answer] = alter(before, leaf)
    return bodies


def _new_word(body: Any, leaf: Leaf) -> Any:
    return changed(body, leaf.path, _always(NEW_WORD))


def _other(place: int) -> Callable[[Any, Leaf], Any]:
    """Puts another value in its place: the first or the second of `others`."""
    return lambda body, leaf: changed(body, leaf.path, _always(others(leaf.value)[: place + 1][-1]))


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _shows(recording: Recording, play: Play, some: Sequence[Leaf]) -> bool:
    """Whether another value shows: in the first record, in the last, in all of them at once.

    Vendors say things twice: of two records that say the same, one may change unseen.
    """
    for group in (some[:1], some[-1:], some):
        for place in range(2):
            verdict = play(_altered(recording, group, _other(place)))
            if verdict.seen and not verdict.crash:
                return True
    return False


def _damaged(
    recording: Recording,
    play: Play,
    some: Sequence[Leaf],
    damage: Callable[[Any, Path], Any],
) -> list[tuple[Leaf, str]]:
    """What goes wrong; many values at once, and in halves where that is not harmless.

    What holds others is damaged after them.
    """
    if not some:
        return []
    verdict = play(_altered(recording, some[::-1], lambda body, leaf: damage(body, leaf.path)))
    if len(some) == 1:
        said = verdict.crash or (FEWER if verdict.fewer else "")
        return [(some[0], said)] if said else []
    outcome = verdict.outcome
    if outcome.error is None and len(outcome.events) >= len(recording.outcome.events):
        return []
    middle = len(some) // 2
    first, second = some[:middle], some[middle:]
    return _damaged(recording, play, first, damage) + _damaged(recording, play, second, damage)
