"""Offers Acme Mail Guard to hosts; imports nothing heavy."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import Context, ProviderSpec

if TYPE_CHECKING:
    from .config import AcmeConfig
    from .provider import AcmeProvider


def _config() -> "type[AcmeConfig]":
    from .config import AcmeConfig

    return AcmeConfig


def _provider(config: Any, context: Context) -> "AcmeProvider":
    from .provider import AcmeProvider

    return AcmeProvider(config, context)


def _mapping() -> str:
    from .mapping import markdown

    return markdown()


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    """The one provider of this package."""
    from .capabilities import CAPABILITIES

    yield ProviderSpec(
        id="emailsecurity_acme",
        name="Acme Mail Guard",
        fullname="Acme Mail Guard",
        vendor="Acme",
        description="Detections and mail of Acme Mail Guard.",
        capabilities=CAPABILITIES,
        config=_config,
        factory=_provider,
        mapping=_mapping,
        api_version=1,
    )
