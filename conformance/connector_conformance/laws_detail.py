"""The laws of `get_threat`: the finding that was listed, by the id that it was listed with."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from connector_conformance.marks import read_only
from connector_conformance.promise import promise
from connector_conformance.subject import Event, Subject, uid_of
from connector_core import Connector
from connector_core.errors import ConnectorError, NotFoundError

FEW: Final = 10
"""Findings that are asked for again where the vendor is slow."""


class DetailLaws:
    """One finding in full."""

    @read_only
    @promise("detail", "Every listed finding is found by its id, with at least what was listed.")
    def test_every_listed_finding_is_found_by_its_id(
        self, subject: Subject, connector: Connector
    ) -> None:
        level = level_of(subject)
        for listed in some_findings(subject):
            detail = connector.get_threat(uid_of(listed))
            assert uid_of(detail.event) == uid_of(listed)
            if level == "same":
                assert detail.event == listed
            elif level == "richer":
                lost = _lost(listed, detail.event)
                assert not lost, f"the list says {lost}, the detail does not"

    @promise("detail", "Every finding of the list has an id of its own.")
    def test_every_listed_finding_has_an_id_of_its_own(self, subject: Subject) -> None:
        if "query_threats" not in subject.listings:
            pytest.skip("the provider does not offer query_threats")
        uids = [uid_of(event) for event in subject.everything("query_threats")]
        assert len(set(uids)) == len(uids)

    @read_only
    @promise("detail", "An id that nobody has is not found.")
    def test_an_id_that_nobody_has_is_not_found(
        self, subject: Subject, connector: Connector
    ) -> None:
        level_of(subject)
        for uid in ("no-such-threat", *_altered(subject)):
            with pytest.raises(NotFoundError):
                connector.get_threat(uid)

    @promise("detail", "A hostile id is refused with a typed error.")
    def test_a_hostile_id_is_refused(self, subject: Subject, connector: Connector) -> None:
        level_of(subject)
        for uid in (*HOSTILE_IDS, *_decorated(subject)):
            with pytest.raises(ConnectorError) as caught:
                connector.get_threat(uid)
            assert caught.value.message


HOSTILE_IDS: Final = (
    "",
    " ",
    "\0",
    "a\nb",
    "\ud83d",
    "a" * 1_025,
    "../../admin",
    "..",
    "a/b?c=d#e",
    "%2e%2e%2f",
    '"; drop table threats; --',
    '" or "" == "',
    "*",
    "Ünïcödé 🎁",
)
"""Ids that a path, a query or a log could stumble over."""
DECORATIONS: Final = ("{}#x", "{}?x=1", "{}/", "./{}", "{};x", " {}", '{}"')


def level_of(subject: Subject) -> str:
    """What `get_threat` returns compared with the list; skips the test where it is not offered."""
    found = subject.spec.capabilities.operations.get("get_threat")
    if found is None or not found.supported:
        pytest.skip("the provider does not offer get_threat")
    return found.detail_level


def some_findings(subject: Subject) -> Sequence[Event]:
    """Listed findings that are asked for again: all, or few where that is slow."""
    if "query_threats" not in subject.listings:
        pytest.skip("the provider does not offer query_threats")
    events = subject.everything("query_threats")
    step = -(-len(events) // FEW) if subject.cases.slow or subject.live else 1
    return events[::step]


def _altered(subject: Subject) -> list[str]:
    """A real id with its last sign changed, so that its form is the vendor's own."""
    if "query_threats" not in subject.listings:
        return []
    known = {uid_of(event) for event in subject.everything("query_threats")}
    for uid in sorted(known):
        for sign in "0123456789abcdef":
            if (other := uid[:-1] + sign) not in known:
                return [other]
    return []


def _decorated(subject: Subject) -> list[str]:
    """A real id with something about it that a careless URL, path or query would drop."""
    if "query_threats" not in subject.listings:
        return []
    uids = [uid_of(event) for event in subject.everything("query_threats")[:1]]
    forms = ("{}#x", " {}") if subject.cases.slow else DECORATIONS
    return [form.format(uid) for uid in uids for form in forms]


def _lost(listed: Any, detail: Any, path: str = "") -> str:
    """The path of something that the first holds and the second lacks; empty when there is none."""
    match listed, detail:
        case Mapping(), Mapping():
            for name, value in listed.items():
                if name not in detail:
                    return f"{path}{name}"
                if found := _lost(value, detail[name], f"{path}{name}."):
                    return found
        case list(), list() if len(detail) < len(listed):
            return path.removesuffix(".")
        case list(), list():
            return ""
        case _ if type(listed) is not type(detail):
            return path.removesuffix(".")
    return ""
