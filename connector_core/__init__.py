"""Ask any email-security product the same three questions and get OCSF back.

    from connector_core import Connector

    with Connector.open("emailsecurity_defender_for_office_mock") as email:
        page = email.query_threats(["severity[in]High,Critical"], limit=100)

Names are loaded when they are first used, so that importing this package costs next to nothing
and loads no provider.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector_core.clock import Clock, ManualClock, SystemClock
    from connector_core.connector import AsyncConnector, Connector
    from connector_core.errors import ConnectorError
    from connector_core.federation import (
        AsyncFederation,
        FederatedEvent,
        FederatedPage,
        Federation,
        federate,
    )
    from connector_core.filter.tree import Filter, where
    from connector_core.hookspecs import hookimpl
    from connector_core.page import Detail, Explanation, Page
    from connector_core.provider import Capabilities, EmailSecurityProvider, ProviderSpec
    from connector_core.transport import Network

__version__ = "0.1.0"

_HOMES = {
    "AsyncConnector": "connector",
    "AsyncFederation": "federation",
    "Capabilities": "provider",
    "Clock": "clock",
    "Connector": "connector",
    "ConnectorError": "errors",
    "Detail": "page",
    "EmailSecurityProvider": "provider",
    "Explanation": "page",
    "FederatedEvent": "federation",
    "FederatedPage": "federation",
    "Federation": "federation",
    "Filter": "filter.tree",
    "ManualClock": "clock",
    "Network": "transport",
    "Page": "page",
    "ProviderSpec": "provider",
    "SystemClock": "clock",
    "federate": "federation",
    "hookimpl": "hookspecs",
    "where": "filter.tree",
}

__all__ = [
    "AsyncConnector",
    "AsyncFederation",
    "Capabilities",
    "Clock",
    "Connector",
    "ConnectorError",
    "Detail",
    "EmailSecurityProvider",
    "Explanation",
    "FederatedEvent",
    "FederatedPage",
    "Federation",
    "Filter",
    "ManualClock",
    "Network",
    "Page",
    "ProviderSpec",
    "SystemClock",
    "federate",
    "hookimpl",
    "where",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
