"""The law of lists: of what the vendor says several times, each time counts."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from connector_conformance.cases import NotData
from connector_conformance.json_paths import (
    Leaf,
    Path,
    changed,
    lists,
    relatives,
    says_nothing,
)
from connector_conformance.laws_lossless import recordings
from connector_conformance.planted import texts
from connector_conformance.promise import promise
from connector_conformance.replay import Recording
from connector_conformance.subject import Subject

ADVICE: Final = (
    "Take every element of these lists into the event, or say in [[not_data]] of bench.toml why"
    " a list is not about mail."
)


class ListLaws:
    """The first element is not all of a list."""

    @promise("losslessness", "Every element of a list reaches the events, or somebody is told.")
    def test_every_element_of_a_list_reaches_the_events(self, subject: Subject) -> None:
        """One more element, the last one with other values, must show."""
        rules, lost = subject.cases.not_data, []
        for recording in recordings(subject):
            kinds = _kinds(recording, rules)
            shown = _shown_together(recording, [some[-1] for some in kinds], rules)
            with recording.player() as player:
                player.settle()
                for some in kinds:
                    if some[-1] in shown:
                        continue
                    asked = player.asks(recording.exchanges[some[0].answer])
                    play = player.play if asked else recording.play
                    verdicts = (play(bodies) for bodies in _longer(recording, some, rules))
                    if not any(verdict.seen and not verdict.crash for verdict in verdicts):
                        lost.append(f"{recording.task.operation}: {some[0].name}")
        assert not lost, (
            "nothing shows that a list holds one more element:\n" + "\n".join(lost) + f"\n{ADVICE}"
        )


def _shown_together(
    recording: Recording, some: Sequence[Leaf], rules: Sequence[NotData]
) -> set[Leaf]:
    """Those lists of texts whose new element stands in the events when all are made longer."""
    fresh: dict[str, Leaf] = {}
    bodies: dict[int, Any] = {}
    before = set(texts(recording.outcome.events))
    for each in some:
        body = bodies.get(each.answer, recording.bodies[each.answer])
        held = _held(body, each.path)
        more = next(relatives(held[-1], each.path, rules))
        if isinstance(more, str) and more not in before and more not in fresh:
            fresh[more] = each
            bodies[each.answer] = changed(body, each.path, _always([*held, more]))
    after = set(texts(recording.play(bodies).outcome.events)) if fresh else set()
    return {each for more, each in fresh.items() if more in after}


def _kinds(recording: Recording, rules: Sequence[NotData]) -> list[list[Leaf]]:
    """The lists of all answers by name, without those that say nothing by the rules."""
    found: dict[str, list[Leaf]] = defaultdict(list)
    for index, body in recording.bodies.items():
        for each in lists(body, index):
            says_more = any(relatives(_held(body, each.path)[-1], each.path, rules))
            if says_more and not says_nothing(each.name, each.kind[1], rules):
                found[each.name].append(each)
    return list(found.values())


def _longer(
    recording: Recording, some: Sequence[Leaf], rules: Sequence[NotData]
) -> Iterator[Mapping[int, Any]]:
    """An answer in which one list of a name has one more element: the first one or the last one."""
    for each in {some[0].path: some[0], some[-1].path: some[-1]}.values():
        body = recording.bodies[each.answer]
        held = _held(body, each.path)
        for more in relatives(held[-1], each.path, rules):
            yield {each.answer: changed(body, each.path, _always([*held, more]))}


def _held(body: Any, path: Path) -> list[Any]:
    for step in path:
        body = json.loads(body) if step is None else body[step]
    found: list[Any] = body
    return found


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value
