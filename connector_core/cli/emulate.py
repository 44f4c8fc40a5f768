"""`emulate`: serve a provider's emulator over HTTPS on this machine."""

import signal
import threading
from shlex import quote
from types import FrameType
from typing import Annotated, NoReturn

import typer

from connector_core.cli.output import emit, note
from connector_core.emulation import Emulate
from connector_core.errors import ConfigurationError
from connector_core.registry import registry
from connector_core.settings import variables


def emulate(
    provider: Annotated[
        str,
        typer.Option(
            "--provider",
            metavar="ID",
            help="Whose vendor; left out where only one has an emulator.",
        ),
    ] = "",
    host: Annotated[str, typer.Option("--host", help="A loopback address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    fault: Annotated[
        str,
        typer.Option(
            "--fault", metavar="NAME", help="What goes wrong; an unknown NAME lists the known ones."
        ),
    ] = "",
) -> None:
    """Serve a vendor's emulator on this machine until Ctrl-C.

    Prints the settings that lead there as environment variables.

    \b
    Example:
      email-security emulate --port 8443 --fault throttled > emulator.env
    """
    with _emulator(provider)(host=host, port=port, fault=fault) as running:
        settings = {**running.settings, "network": {"ca_file": running.ca_path}}
        emit("".join(f"{name}={quote(value)}\n" for name, value in variables(settings)))
        note(f"Serving on {running.url} until Ctrl-C.")
        _wait()


def _emulator(provider: str) -> Emulate:
    if provider:
        spec = registry().get(provider)
        if spec.emulate is None:
            raise ConfigurationError(f"The provider {provider} has no emulator to serve.")
        return spec.emulate
    installed = (one.spec for one in registry().providers())
    found = {spec.id: spec.emulate for spec in installed if spec and spec.emulate}
    match list(found.values()):
        case [only]:
            return only
        case []:
            raise ConfigurationError(
                "No installed provider has an emulator to serve.",
                remediation="Run: pip install 'connector-core[mock]'",
            )
    raise typer.TyperException(f"give --provider, one of: {', '.join(found)}")


def _wait() -> None:
    """Return on SIGINT or SIGTERM."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        stopped.wait()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
