"""Several providers asked as one: the same filters side by side, one answer in time order.

    from connector_core import Connector, federate

    with federate({"office": Connector.open(...), "gateway": Connector.open(...)}) as mail:
        page = mail.query_threats(["severity[in]High,Critical"], limit=100)

A provider that fails, is late or cannot serve a filter is reported by name; the others answer.
"""

from connector_core.federation.facade import AsyncFederation, Federation, federate
from connector_core.federation.page import FederatedEvent, FederatedPage, ProviderAnswer

__all__ = [
    "AsyncFederation",
    "FederatedEvent",
    "FederatedPage",
    "Federation",
    "ProviderAnswer",
    "federate",
]
