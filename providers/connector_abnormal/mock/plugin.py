"""Offers the emulated vendor: the same provider, answered from memory."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import Context, ProviderSpec

if TYPE_CHECKING:
    from connector_abnormal.mock.config import MockConfig
    from connector_abnormal.mock.transport import VendorTransport
    from connector_abnormal.provider import AbnormalProvider


def _config() -> "type[MockConfig]":
    from connector_abnormal.mock.config import MockConfig

    return MockConfig


def _provider(config: Any, context: Context) -> "AbnormalProvider":
    from connector_abnormal.config import AbnormalConfig
    from connector_abnormal.mock.config import default_settings
    from connector_abnormal.provider import AbnormalProvider

    return AbnormalProvider(AbnormalConfig.model_validate(default_settings()), context)


def _transport(config: Any, context: Context) -> "VendorTransport":
    from connector_abnormal.mock.dataset import DATASETS, Dataset, Generated
    from connector_abnormal.mock.vendor import AbnormalVendor

    dataset = DATASETS[config.dataset]
    if config.seed is not None:
        dataset = Dataset(dataset.name, config.seed)
    return AbnormalVendor(Generated(dataset), clock=context.clock).transport()


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    """The provider that needs no tenant."""
    from connector_abnormal.plugin import spec

    return [
        replace(
            spec(),
            id="emailsecurity_abnormal_mock",
            name="Abnormal (emulated)",
            fullname="Abnormal Email Security, emulated",
            description="The same provider over an emulated vendor with invented mail.",
            config=_config,
            factory=_provider,
            transport=_transport,
            needs_configuration=False,
            setup=None,
        )
    ]
