"""Which provider a command asks, and how it is opened."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from typing import Annotated, Any

import typer

from connector_core.cli.output import note
from connector_core.connector import Connector
from connector_core.errors import ConfigurationError
from connector_core.filter.suggest import nearest
from connector_core.private_files import cursor_key
from connector_core.provider import ProviderSpec
from connector_core.registry import registry
from connector_core.settings import (
    PREFIX,
    Integration,
    Settings,
    config_path,
    from_environment,
    variables,
)
from connector_core.transport import Network

ProviderOption = Annotated[
    str,
    typer.Option("--provider", metavar="ID", help="An installed provider; settings come from "
                 "EMAIL_SECURITY_... variables."),
]  # fmt: skip
IntegrationOption = Annotated[
    str,
    typer.Option("--integration", metavar="NAME", help="An integration of the configuration file."),
]

ProvidersOption = Annotated[
    list[str] | None,
    typer.Option("--provider", metavar="ID", help="An installed provider; settings come from "
                 "EMAIL_SECURITY_... variables. Several are asked as one."),
]  # fmt: skip
IntegrationsOption = Annotated[
    list[str] | None,
    typer.Option("--integration", metavar="NAME", help="An integration of the configuration "
                 "file. Several are asked as one."),
]  # fmt: skip


def choose(provider: str, integration: str) -> Integration:
    """The integration that the options name, or the only one of the configuration file."""
    _refuse_both(provider, integration)
    if provider:
        return _without_file(registry().get(provider))
    settings = Settings.load(config_path())
    return settings.integration(integration or _only(settings))


def provider_id(provider: str, integration: str) -> str:
    """The id of the provider that `choose` would choose; fetches no secret."""
    _refuse_both(provider, integration)
    if provider:
        return provider
    settings = Settings.load(config_path())
    return settings.provider(integration or _only(settings))


def choose_all(providers: Sequence[str], integrations: Sequence[str]) -> list[Integration]:
    """Every integration that the options name; the only one of the file when they name none."""
    if len(providers) + len(integrations) < 2:
        return [choose("".join(providers), "".join(integrations))]
    _refuse_both(providers, integrations)
    for name in (names := [*providers, *integrations]):
        if names.count(name) > 1:
            raise typer.TyperException(f"{name} is named more than once")
    if providers:
        return [_without_file(registry().get(name), shared=True) for name in providers]
    settings = Settings.load(config_path())
    return [settings.integration(name) for name in integrations]


def connect(integration: Integration, *, paging: bool = False) -> Connector:
    """Open the connector; with `paging` its cursors are good in later runs too."""
    for warning in integration.warnings:
        note(f"warning: {warning}")
    key = None
    if paging:
        key, warning = cursor_key(config_path())
        if warning:
            note(f"warning: {warning}")
    network: Mapping[str, Any] = integration.network
    return Connector.open(
        integration.provider,
        integration.config,
        cursor_key=key,
        network=Network(**network),
    )


def _only(settings: Settings) -> str:
    names = settings.names()
    if len(names) != 1:
        raise typer.TyperException(_hint(names))
    return names[0]


def _refuse_both(providers: Sized, integrations: Sized) -> None:
    if providers and integrations:
        raise typer.TyperException("give either --provider or --integration, not both")


def _without_file(spec: ProviderSpec, *, shared: bool = False) -> Integration:
    """The integration that the environment describes; `shared` with other providers or not."""
    found = from_environment(spec.id)
    known = spec.config().model_fields
    strange = {key: value for key, value in found.config.items() if key not in known}
    if strange and spec.needs_configuration and not shared:
        raise _unknown_variable(strange, known, spec.id)
    # Variables that are meant for another provider must not stop this one.
    config = {key: value for key, value in found.config.items() if key in known}
    return replace(found, config=config)


def _unknown_variable(
    strange: Mapping[str, Any], known: Iterable[str], provider: str
) -> ConfigurationError:
    variable, _ = next(variables(strange))
    names = {setting: f"{PREFIX}{setting.upper()}" for setting in known}
    near = [names[setting] for setting in nearest(next(iter(strange)), known)]
    return ConfigurationError(
        f"The environment variable {variable} is not a setting of the provider {provider}.",
        setting=next(iter(strange)),
        remediation=f"Did you mean {' or '.join(near)}?"
        if near
        else f"Unset it. Known: {', '.join(names.values())}.",
    )


def _hint(names: list[str]) -> str:
    if names:
        return f"give --integration NAME, one of: {', '.join(names)}"
    free = registry().without_account()
    trial = f"; without an account: --provider {free[0]}" if free else ""
    return f"nothing is configured: run 'email-security setup'{trial}"
