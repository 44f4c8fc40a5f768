"""`integrations`: what the HTTP host serves, and the tokens that open it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from connector_core.cli import exits, help
from connector_core.cli.dialog import Dialog
from connector_core.cli.integrations_list import check_integrations, list_integrations, tokens_of
from connector_core.cli.output import emit, note
from connector_core.cli.report import error_line
from connector_core.cli.set_options import SetEnvOption, SetFileOption, SetOption, given
from connector_core.clock import SystemClock
from connector_core.errors import ConfigurationError
from connector_core.opening import validated
from connector_core.provider import ProviderSpec
from connector_core.references import References
from connector_core.registry import registry
from connector_core.settings import (
    Settings,
    check_name,
    check_network,
    config_path,
    remove_integration,
    write_integration,
    write_tokens,
)
from connector_core.tokens import TokenHash, rotated

HOUR: Final = 3600
LONGEST_OVERLAP: Final = 24 * 30
"""Hours."""

app = typer.Typer(cls=help.Group, rich_markup_mode=None, invoke_without_command=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="An integration's name.")]


@app.callback()
def integrations(context: typer.Context) -> None:
    """Add, list and remove what the HTTP host serves.

    An integration is a named provider with its settings; its tokens open it.

    \b
    Example:
      email-security integrations add trial --provider emailsecurity_defender_for_office_mock
    """
    if context.invoked_subcommand is None:
        help.show(context)


app.command("list", cls=help.Command)(list_integrations)
app.command("check", cls=help.Command)(check_integrations)


@app.command(cls=help.Command)
def add(
    name: Name,
    provider: Annotated[
        str, typer.Option("--provider", metavar="ID", help="An installed provider.")
    ],
    settings: SetOption = None,
    env: SetEnvOption = None,
    files: SetFileOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the integration; its tokens end.")
    ] = False,
) -> None:
    """Write an integration and print its token, once.

    Sends nothing. --set takes no secret: give it as --set-env or --set-file.

    \b
    Example:
      email-security integrations add work --provider emailsecurity_abnormal \\
        --set region=eu --set-env token=ABNORMAL_TOKEN
    """
    try:
        check_name(name)
    except ValueError as error:
        raise typer.TyperException(str(error)) from None
    spec, path = registry().get(provider), config_path()
    if name in Settings.load(path).names() and not replace:
        raise ConfigurationError(
            f"There is an integration {name} in {path}.",
            remediation="Give --replace to write it anew, or make a token for it with: "
            f"email-security integrations rotate {name}",
        )
    config = given(spec, settings or [], env or [], files or [])
    network = _network(config.pop("network", {}))
    _validate(spec, config, network, path)
    token, hashes = rotated((), SystemClock().now())
    write_integration(
        path, name, provider=spec.id, config=config, network=network, token_hashes=hashes
    )
    _hand_out(token, f"Written to {path}.")


@app.command(cls=help.Command)
def rotate(
    name: Name,
    overlap: Annotated[
        float,
        typer.Option(
            "--overlap", metavar="HOURS", min=0, max=LONGEST_OVERLAP,
            help="How long the tokens that exist still hold.",
        ),
    ] = 0,
) -> None:  # fmt: skip
    """Make a new token and print it, once; the others end.

    They end now, or after --overlap. An integration that is not served yet is from then on.

    \b
    Example:
      email-security integrations rotate work --overlap 24
    """
    path = config_path()
    before = tokens_of(Settings.load(path), name)
    token = ""

    def renewed(known: Sequence[TokenHash]) -> Sequence[TokenHash]:
        nonlocal token
        token, hashes = rotated(known, SystemClock().now(), overlap * HOUR)
        return hashes

    write_tokens(path, name, renewed)
    ends = f"after {overlap:g} h" if overlap else "now"
    _hand_out(token, f"The other tokens of {name} end {ends}." if before else f"{name} is served.")


@app.command(cls=help.Command)
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    token_only: Annotated[
        bool, typer.Option("--token-only", help="End its tokens and keep its configuration.")
    ] = False,
) -> None:
    """End an integration's tokens and take it out of the file.

    \b
    Example:
      email-security integrations remove work --token-only
    """
    path = config_path()
    settings = Settings.load(path)
    settings.check_known(name)
    what = f"End the tokens of {name}?" if token_only else f"Remove {name} from {path}?"
    if not yes and not _agreed(what):
        note("Nothing was changed.")
        raise typer.Exit(exits.OK)
    if token_only:
        write_tokens(path, name, ())
        note(f"{name} is not served any more; its configuration is kept.")
        return
    remove_integration(path, name)
    note(f"Removed {name}.")
    for file in sorted(set(_files(settings.document["integrations"][name]))):
        note(f"Still there, as something else may need it: {path.parent / file}")


def _agreed(what: str) -> bool:
    try:
        return Dialog().yes(what)
    except ConfigurationError:
        raise ConfigurationError(
            "Nobody answered the question, so nothing was changed.",
            remediation="Give --yes where nobody can be asked.",
        ) from None


def _network(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The network table as it is written: references as they are, all else typed."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    return dict(settings) | check_network(plain)


def _validate(
    spec: ProviderSpec, config: dict[str, Any], network: dict[str, Any], path: Path
) -> None:
    """Raise `ConfigurationError` for what the provider would refuse, if all is at hand here."""
    opened = References(os.environ, path.parent)
    try:
        check_network(opened.resolve(network, "network"))
        resolved = opened.resolve(config, "config")
    except ConfigurationError as error:
        note(f"warning: {error_line(error)} The settings were not checked.")
        return
    for warning in opened.warnings:
        note(f"warning: {warning}")
    validated(spec, resolved)


def _hand_out(token: str, what: str) -> None:
    """The token alone on stdout, so that a script can take it."""
    note(f"{what} Keep this token, it is not shown again:")
    emit(f"{token}\n")


def _files(value: object) -> Iterator[str]:
    match value:
        case {"file": str(name), **rest} if not rest:
            yield name
        case dict():
            for inner in value.values():
                yield from _files(inner)
