"""Laws of isolation: a provider minds its own business until it is asked."""

import json
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any, Final

import pytest

from connector_conformance.bench import Vendor
from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.reading import differing, read, tasks, undisturbed, wiring
from connector_conformance.subject import Subject
from connector_conformance.watch import Watch, watching
from connector_conformance.wire import Wire
from connector_core.provider import Call, Context
from connector_core.query import Query, Window
from connector_core.registry import GROUP

LONGEST_IMPORT_SECONDS: Final = 5.0
"""Generous: a slow machine is no fault, an import that fetches something is one."""
THREADS: Final = 4


class IsolationLaws:
    """Loading a plugin costs next to nothing; asking it leaves no trace."""

    @read_only
    @promise("isolation", "Loading the plugin imports nothing heavy and touches nothing.")
    def test_loading_the_plugin_leaves_the_process_as_it_was(self, subject: Subject) -> None:
        """Modules, sockets, files, threads, environment, logging, warnings, locale."""
        seen = loaded(subject)
        assert not seen["foreign"], f"imports {', '.join(seen['foreign'])}"
        assert not seen["acts"], f"loading it does {', '.join(seen['acts'])}"
        assert not seen["changed"], f"loading it changes {', '.join(seen['changed'])}"
        assert subject.provider in seen["ids"], f"it brings {seen['ids']}"
        assert seen["seconds"] < LONGEST_IMPORT_SECONDS

    @promise("isolation", "Opening a connector sends nothing.")
    def test_opening_a_connector_sends_nothing(self, subject: Subject) -> None:
        """Nor does explaining: no request, no socket, no thread, no process."""
        wires: list[Wire] = []
        watch = Watch()
        wired = wiring(subject, wires)

        def wrap(vendor: Vendor) -> Vendor:
            wire = wired(vendor)
            watch.start()  # the vendor stands; what follows is the connector's doing
            return wire

        try:
            with subject.open(wrap=wrap) as connector:
                for operation in subject.listings:
                    connector.explain(operation)
                watch.stop()
        finally:
            watch.stop()
        assert wires[0].exchanges == [], "a request was sent"
        assert watch.acts == [], f"opening it does {', '.join(watch.acts)}"

    @promise("isolation", "Operations are generators that ask for a call before they do anything.")
    def test_operations_are_generators_of_calls(self, subject: Subject) -> None:
        """The first thing that each yields is a `Call`, or several."""
        config = subject.spec.config().model_validate(dict(subject.settings))
        provider = subject.spec.factory(config, Context(subject.clock()))
        now = int(subject.cases.now * 1_000)
        flows: dict[str, Any] = {"check": provider.check()}
        for operation in subject.listings:
            order = subject.capabilities(operation).orders[0]
            query = Query(window=Window(now - 3_600_000, now), limit=10, order=order)
            ask = getattr(provider, operation)
            flows[operation] = ask(query)
        for name, flow in flows.items():
            assert isinstance(flow, Generator), f"{name} is not a generator"
            with watching() as acts:
                first = next(flow)
            assert acts == [], f"{name} does {', '.join(acts)}"
            calls = [first] if isinstance(first, Call) else list(first)
            assert calls, f"{name} yields no call"
            assert all(isinstance(call, Call) for call in calls), f"{name} yields {first!r}"
            flow.close()

    @promise("isolation", "Connectors in threads do not disturb each other.")
    def test_connectors_in_threads_do_not_disturb_each_other(self, subject: Subject) -> None:
        """Every operation at once, each with a connector and a vendor of its own."""
        work = [task for task in tasks(subject) for _ in range(2)]
        for task in work:
            undisturbed(subject, task)

        def run(place: int) -> str:
            clock = subject.clock()
            with subject.open(clock=clock) as connector:
                outcome = read(connector, work[place], clock)
            return repr(outcome.error) if outcome.error else _gap(subject, outcome.events, place)

        def _gap(subject: Subject, events: list[dict[str, Any]], place: int) -> str:
            return differing(events, undisturbed(subject, work[place]).outcome.events)

        with ThreadPoolExecutor(max_workers=THREADS) as pool:
            problems = [found for found in pool.map(run, range(len(work))) if found]
        assert not problems, "\n".join(problems)

    @promise("isolation", "A connector answers for its own vendor alone.")
    def test_connectors_share_no_answers(self, subject: Subject) -> None:
        """One vendor holds the kit's world, another nothing; each is asked the same."""
        for task in tasks(subject):
            if task.operation == "get_threat":
                continue
            wanted = undisturbed(subject, task).outcome.events
            clock = subject.clock()
            with (
                subject.open(clock=clock) as full,
                subject.open(clock=clock, mails=()) as empty,
            ):
                for connector, events in ((full, wanted), (empty, []), (full, wanted)):
                    outcome = read(connector, task, clock)
                    assert outcome.error is None, f"{task.operation}: {outcome.error!r}"
                    gap = differing(outcome.events, events)
                    assert not gap, f"{task.operation}: {gap}"

    @promise("isolation", "One connector serves many threads.")
    def test_a_connector_serves_many_threads(self, subject: Subject) -> None:
        """Every operation twice, at once."""
        work = [task for task in tasks(subject) for _ in range(2)]
        wanted = [undisturbed(subject, task).outcome.events for task in work]
        clock = subject.clock()
        with subject.open(clock=clock) as connector, ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(lambda task: read(connector, task, clock), work))
        for task, outcome, events in zip(work, outcomes, wanted, strict=True):
            assert outcome.error is None, f"{task.operation}: {outcome.error!r}"
            assert not differing(outcome.events, events), task.operation

    @promise("isolation", "The same question has the same answer, whatever was asked in between.")
    def test_asking_leaves_no_trace(self, subject: Subject) -> None:
        """Every operation, then every operation again, in the opposite order."""
        clock = subject.clock()
        work = tasks(subject)
        with subject.open(clock=clock) as connector:
            for task in [*work, *reversed(work)]:
                outcome = read(connector, task, clock)
                assert outcome.error is None, f"{task.operation}: {outcome.error!r}"
                wanted = undisturbed(subject, task).outcome.events
                assert outcome.events == wanted, task.operation


def loaded(subject: Subject) -> dict[str, Any]:
    """What loading the provider's plugin did to a fresh interpreter.

    Keys: ``foreign`` modules, ``acts`` (sockets, threads, files written, processes), what was
    ``changed``, the ``ids`` of the cards, and ``seconds`` that it took.
    """
    known: dict[str, Any] = vars(subject).setdefault("_loaded", {})
    if not known:
        modules = [entry.module for entry in entry_points(group=GROUP, name=subject.provider)]
        if not modules:
            pytest.skip("no entry point has the provider's name")
        probe = files("connector_conformance").joinpath("import_probe.py").read_text("utf-8")
        done = subprocess.run(  # noqa: S603  # our own text, a name of an entry point
            [sys.executable, "-B", "-W", "default", "-c", probe, modules[0]],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        known.update(json.loads(done.stdout.splitlines()[-1]))
    return known
