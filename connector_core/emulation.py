"""A vendor's emulator that is served on this machine, for people who test their own programs."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self


class Emulation(Protocol):
    """A vendor's emulator that is served on this machine until its context is left."""

    @property
    def url(self) -> str:
        """The origin that it serves."""
        ...

    @property
    def ca_path(self) -> str:
        """A PEM file with the authority behind its certificate."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The configuration of the real provider that leads there."""
        ...

    def close(self) -> None:
        """Stop serving."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Emulate(Protocol):
    """Starts a vendor's emulator."""

    def __call__(self, *, host: str, port: int, fault: str) -> Emulation:
        """Serve it over HTTPS on loopback; port 0 takes a free one.

        `fault` names what goes wrong; empty, nothing does. Raises `ConfigurationError`, which lists
        the known names, for an unknown one.
        """
        ...
