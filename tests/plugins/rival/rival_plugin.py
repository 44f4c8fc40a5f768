"""A plugin that claims the id of another."""

from collections.abc import Iterable

import acme_plugin

from connector_core.hookspecs import hookimpl
from connector_core.provider import ProviderSpec


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    return acme_plugin.connector_providers()
