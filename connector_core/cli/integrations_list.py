"""`integrations list` and `integrations check`: a look at all integrations."""

from typing import Annotated, Any

import typer

from connector_core.cli import exits, single
from connector_core.cli.output import emit, emit_json, progress
from connector_core.cli.single import FormOption, check_text, failed_check, report_dict
from connector_core.cli.tables import table
from connector_core.cli.target import connect
from connector_core.clock import SystemClock
from connector_core.convert import timestamp_text
from connector_core.errors import ConfigurationError, ConnectorError
from connector_core.provider import CheckReport
from connector_core.settings import Settings, config_path
from connector_core.tokens import TokenHash


def list_integrations(output: FormOption = "table") -> None:
    """List the integrations, and until when their tokens hold.

    \b
    Example:
      email-security integrations list --output json
    """
    settings = Settings.load(config_path())
    found = [_row(settings, name) for name in _some(settings)]
    if output == "json":
        emit_json(found)
        return
    rows = [
        (
            one["name"],
            one["provider"],
            "yes" if one["served"] else "no",
            str(len(one["tokens"])),
            ", ".join(token["until"] for token in one["tokens"] if token["until"]),
        )
        for one in found
    ]
    emit(table(("name", "provider", "served", "tokens", "ending"), rows))


def check_integrations(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An integration's name.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every integration.")] = False,
    output: FormOption = "table",
) -> None:
    """Try whether integrations reach their vendors.

    \b
    Example:
      email-security integrations check --all
    """
    if every == bool(name):
        raise typer.TyperException("give NAME or --all")
    if name:
        single.check(integration=name, output=output)
        return
    settings = Settings.load(config_path())
    reports = {one: _checked(settings, one) for one in _some(settings)}
    if output == "json":
        emit_json({one: report_dict(report) for one, report in reports.items()})
    else:
        emit("\n".join(f"{one}\n{check_text(report)}" for one, report in reports.items()))
    if not all(report.ok for report in reports.values()):
        raise typer.Exit(exits.CHECK_FAILED)


def tokens_of(settings: Settings, name: str) -> list[TokenHash]:
    """What opens an integration now."""
    settings.check_known(name)
    now = SystemClock().now()
    return [one for one in settings.token_hashes(name) if one.holds(now)]


def _some(settings: Settings) -> list[str]:
    """The names of all integrations; raises `ConfigurationError` when there is none."""
    names = settings.names()
    if not names:
        raise ConfigurationError(
            f"There is no integration in {settings.path}.",
            remediation="Run: email-security setup, or: email-security integrations add",
        )
    return names


def _row(settings: Settings, name: str) -> dict[str, Any]:
    tokens = tokens_of(settings, name)
    return {
        "name": name,
        "provider": str(settings.document["integrations"][name].get("provider", "")),
        "served": bool(tokens),
        "tokens": [
            {"until": timestamp_text(int(one.until.timestamp() * 1_000)) if one.until else None}
            for one in tokens
        ],
    }


def _checked(settings: Settings, name: str) -> CheckReport:
    try:
        with connect(settings.integration(name)) as connector, progress(f"checking {name}"):
            return connector.check()
    except ConnectorError as error:
        return failed_check(error)
