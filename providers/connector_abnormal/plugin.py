"""Offers the Abnormal provider to hosts; imports nothing heavy."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import Context, ProviderSpec

if TYPE_CHECKING:
    from connector_abnormal.config import AbnormalConfig
    from connector_abnormal.provider import AbnormalProvider


def _config() -> "type[AbnormalConfig]":
    from connector_abnormal.config import AbnormalConfig

    return AbnormalConfig


def _provider(config: Any, context: Context) -> "AbnormalProvider":
    from connector_abnormal.provider import AbnormalProvider

    return AbnormalProvider(config, context)


def _mapping() -> str:
    from connector_abnormal.mapping import markdown

    return markdown()


def spec() -> ProviderSpec:
    """The provider for real accounts."""
    from connector_abnormal.capabilities import CAPABILITIES
    from connector_abnormal.guide import GUIDE

    return ProviderSpec(
        id="emailsecurity_abnormal",
        name="Abnormal Security",
        fullname="Abnormal Security (Abnormal AI) Email Security",
        vendor="Abnormal AI",
        description="Attack campaigns and mail from the Abnormal Security REST API.",
        capabilities=CAPABILITIES,
        config=_config,
        factory=_provider,
        mapping=_mapping,
        setup=GUIDE,
        api_version=1,
    )


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    """The provider for real accounts."""
    return [spec()]
