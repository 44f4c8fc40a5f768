"""A plugin as a stranger would write it."""

from collections.abc import Iterable
from typing import Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import (
    Capabilities,
    Context,
    EmailSecurityProvider,
    OperationCapabilities,
    ProviderSpec,
)


def config() -> type[Any]:
    from acme_connector.config import AcmeConfig  # the vendor package is not installed

    return AcmeConfig  # type: ignore[no-any-return]


def factory(config: Any, context: Context) -> EmailSecurityProvider:
    from acme_connector.provider import AcmeProvider

    return AcmeProvider(config, context.clock)  # type: ignore[no-any-return]


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    yield ProviderSpec(
        id="emailsecurity_acme",
        name="Acme",
        fullname="Acme Mail Guard",
        vendor="Acme",
        description="Threats and mail events of Acme Mail Guard.",
        capabilities=Capabilities(operations={"query_events": OperationCapabilities()}),
        config=config,
        factory=factory,
        extra="acme-connector[vendor]",
        api_version=1,
    )
