"""`serve`: run the HTTP host."""

import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from connector_core.cli.output import note
from connector_core.errors import ConnectorError
from connector_core.settings import config_path

if TYPE_CHECKING:
    from connector_core.http_api.run import Serving


def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="An address of this machine; 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="8080; 0 takes a free one.")
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=256, help="How many processes serve.")
    ] = 1,
    log_format: Annotated[
        Literal["json", "text"] | None,
        typer.Option("--log-format", help="text on a terminal, else json."),
    ] = None,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        typer.Option("--log-level", help="The least that is logged."),
    ] = "info",
    certificate: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="A certificate chain, PEM.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, PEM.")
    ] = None,
) -> None:
    """Serve integrations over HTTP until Ctrl-C or SIGTERM.

    They are those of the configuration file that have a token. Operations under way are finished
    first. The host's own settings are in the table [server] of the file.

    \b
    Example:
      email-security serve --port 8443 --tls-cert host.pem --tls-key host.key --workers 4
    """
    try:
        from connector_core.http_api import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("connector_"):
            raise
        raise ConnectorError(
            f"The HTTP host needs {error.name}.",
            remediation="Run: pip install 'connector-core[server]'",
        ) from None

    run.serve(
        config_path(),
        host=host,
        port=port,
        workers=workers,
        log_format=log_format or ("text" if sys.stderr.isatty() else "json"),
        log_level=log_level,
        certificate=certificate,
        key=key,
        ready=lambda serving: _say(serving, encrypted=certificate is not None),
    )


def _say(serving: "Serving", *, encrypted: bool) -> None:
    """Where the host serves, and what to type next."""
    note(f"Serving {', '.join(serving.names)} on {serving.url} until Ctrl-C.")
    ask = f"'{serving.url}/v1/email-security/threats?limit=3'"
    note(f'Try: curl -H "Authorization: Bearer $TOKEN" {ask}')
    note(f"For a new token: email-security integrations rotate {serving.names[0]}")
    if not encrypted and not _stays_here(serving.host):
        note(
            "warning: Tokens and mail leave this machine unencrypted: use --tls-cert and --tls-key,"
            " or serve behind a proxy that encrypts."
        )


def _stays_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
