"""Offers the embedded tenant: the same provider, answered by an emulator of Entra and Graph."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from connector_core.hookspecs import hookimpl
from connector_core.provider import Context, ProviderSpec

if TYPE_CHECKING:
    from connector_defender_office365.mock.config import MockConfig
    from connector_defender_office365.mock.server import RunningServer
    from connector_defender_office365.mock.transport import EmbeddedTransport
    from connector_defender_office365.provider import DefenderProvider


def _config() -> "type[MockConfig]":
    from connector_defender_office365.mock.config import MockConfig

    return MockConfig


def _provider(config: Any, context: Context) -> "DefenderProvider":
    from connector_defender_office365.config import parse_config
    from connector_defender_office365.mock.config import default_settings
    from connector_defender_office365.provider import DefenderProvider

    return DefenderProvider(parse_config(default_settings()), context)


def _transport(config: Any, context: Context) -> "EmbeddedTransport":
    from connector_defender_office365.mock.tenant import EmbeddedTenant

    return EmbeddedTenant(config.dataset, clock=context.clock).transport()


@dataclass
class Emulation:
    """An emulator on this machine, and the configuration that reaches it."""

    server: "RunningServer"
    settings: dict[str, Any]

    @property
    def url(self) -> str:
        """The origin that serves sign-in and Graph."""
        return self.server.url

    @property
    def ca_path(self) -> str:
        """A PEM file with the authority behind the server's certificate."""
        return str(self.server.ca_path)

    def close(self) -> None:
        """Stop serving."""
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def emulate(host: str = "127.0.0.1", port: int = 0, fault: str = "") -> Emulation:
    """Serve the embedded tenant over HTTPS on loopback; `fault` names one of the catalogue."""
    from connector_defender_office365.mock.config import default_settings
    from connector_defender_office365.mock.faults import Faults
    from connector_defender_office365.mock.server import serve
    from connector_defender_office365.mock.tenant import EmbeddedTenant

    faults = Faults.named(fault) if fault else None
    server = serve(EmbeddedTenant(faults=faults), host=host, port=port)
    return Emulation(server, default_settings() | {"emulator_url": server.url})


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    """The provider that needs no tenant."""
    from connector_defender_office365.plugin import spec

    return [
        replace(
            spec(),
            id="emailsecurity_defender_for_office_mock",
            name="Defender for Office 365 (embedded tenant)",
            fullname="Microsoft Defender for Office 365, embedded tenant",
            description="The same provider over an emulated tenant with invented mail.",
            config=_config,
            factory=_provider,
            transport=_transport,
            needs_configuration=False,
            extra="connector-core[defender-office365,mock]",
            setup=None,
            emulate=emulate,
        )
    ]
