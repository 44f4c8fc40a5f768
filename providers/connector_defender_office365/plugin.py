"""Offers the Defender provider to hosts; imports nothing heavy."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import Context, ProviderSpec

if TYPE_CHECKING:
    from connector_defender_office365.config import DefenderConfig
    from connector_defender_office365.provider import DefenderProvider


def _config() -> "type[DefenderConfig]":
    from connector_defender_office365.config import DefenderConfig

    return DefenderConfig


def _provider(config: Any, context: Context) -> "DefenderProvider":
    from connector_defender_office365.provider import DefenderProvider

    return DefenderProvider(config, context)


def _mapping() -> str:
    from connector_defender_office365.mapping import markdown

    return markdown()


def spec() -> ProviderSpec:
    """The provider for real tenants."""
    from connector_defender_office365.capabilities import CAPABILITIES
    from connector_defender_office365.guide import GUIDE

    return ProviderSpec(
        id="emailsecurity_defender_for_office",
        name="Defender for Office 365",
        fullname="Microsoft Defender for Office 365",
        vendor="Microsoft",
        description="Mail, threats and clicks from Microsoft Graph advanced hunting.",
        capabilities=CAPABILITIES,
        config=_config,
        factory=_provider,
        extra="connector-core[defender-office365]",
        mapping=_mapping,
        setup=GUIDE,
        api_version=1,
    )


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    """The provider for real tenants."""
    return [spec()]
