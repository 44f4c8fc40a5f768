"""The one hook of a plugin, and the marker that implements it."""

from collections.abc import Iterable

import pluggy

from connector_core.provider import ProviderSpec

PROJECT = "connector_core"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's `connector_providers`."""


@hookspec
def connector_providers() -> Iterable[ProviderSpec]:  # type: ignore[empty-body]
    """Return the cards of the providers that this plugin brings.

    Called once per process, also when nobody uses the plugin: import vendor packages inside
    `config` and `factory`, not here. A plugin is a module named by an entry point. In
    ``pyproject.toml``::

        [project.entry-points."connector_core.providers"]
        emailsecurity_acme = "acme_connector.plugin"

    and in ``acme_connector/plugin.py``::

        from collections.abc import Iterable
        from typing import Any

        from connector_core.hookspecs import hookimpl
        from connector_core.provider import (
            Capabilities, Context, EmailSecurityProvider, OperationCapabilities, ProviderSpec,
        )

        def config() -> type:
            from acme_connector.config import AcmeConfig
            return AcmeConfig

        def factory(config: Any, context: Context) -> EmailSecurityProvider:
            from acme_connector.provider import AcmeProvider
            return AcmeProvider(config, context.clock)

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
                api_version=1,
            )
    """
