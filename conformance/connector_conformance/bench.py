"""What a provider's package tells the kit: facts about its vendor, not tests.

A bench is named by an entry point, beside the provider's own. In ``pyproject.toml``::

    [project.entry-points."connector_conformance.benches"]
    emailsecurity_acme = "connector_acme.bench:BENCH"

What can be said in data stands in the folder `Bench.cases`; see `connector_conformance.cases`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Final, Protocol

import httpx

from connector_core.clock import Clock

GROUP: Final = "connector_conformance.benches"
"""The entry-point group in which a distribution names its benches, by provider id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message that the vendor is to hold, in words that every vendor knows.

    A bench writes it as the vendor's own records do: as mail among the events and, when `threat`
    is true, as something that was detected too. What the vendor has no place for is left out.
    """

    number: int
    """Unique. Where a record needs values that are not given here (a verdict, a folder, an id),
    the bench derives them from this number, so that every documented value occurs in time."""
    time: int
    """Milliseconds since 1970 UTC; several messages may share one. Whole seconds. Where the vendor
    lists mail, this is the time that its record and so the event has."""
    subject: str
    """Empty for a message without one, like `url` and `file_name`."""
    sender: str
    recipient: str
    message_id: str
    """With its angle brackets. Two messages that share one are copies of one to two recipients."""
    ip: str
    url: str
    file_name: str
    threat: bool
    also_to: tuple[str, ...] = ()
    """Further recipients; with these the vendor's record has several, if it has a list of them."""
    more_urls: tuple[str, ...] = ()
    more_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the vendor holds and how it behaves in one test."""

    clock: Clock
    mails: Sequence[Mail] = ()
    condition: str = ""
    """The name of one of the conditions in the bench's cases; empty for a vendor in good order."""
    secret: Callable[[str], str]
    """The text of each secret of the configuration, by name; the vendor takes no other."""


class Vendor(Protocol):
    """The vendor, answering: a class that inherits both `httpx.BaseTransport` and
    `httpx.AsyncBaseTransport`, since httpx asks what it is given for its class."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        ...

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The offline vendor of one provider."""

    cases: Traversable
    """The folder with `bench.toml` and further cases: ``files("connector_acme") / "cases"``."""
    settings: Callable[[Callable[[str], str]], Mapping[str, Any]]
    """The configuration to open the provider with. The argument gives the text of a secret by its
    name: every secret setting must be made by it, so that the kit can look for leaks."""
    vendor: Callable[[Scene], AbstractContextManager[Vendor]]
    """Sets the vendor up; leaving the context lets go of it. Nothing else may be shared between
    two scenes, not even when the kit runs them side by side."""
