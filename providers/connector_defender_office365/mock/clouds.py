"""Hosts of the clouds that offer advanced hunting, and which of them trust each other.

Source: Microsoft's "National cloud deployments" page of the Graph documentation (2026). GCC uses
the worldwide hosts. The cloud in China does not offer the API.
"""

from dataclasses import dataclass
from typing import Final

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Cloud:
    """One sign-in service and the Graph hosts that accept its tokens."""

    name: str
    region_scope: str
    """What the discovery document calls the region."""
    login: str
    aliases: tuple[str, ...]
    """Other names of the sign-in host."""
    graphs: tuple[str, ...]


WORLDWIDE: Final = Cloud(
    "microsoftonline.com",
    "EU",
    "login.microsoftonline.com",
    ("login.windows.net", "login.microsoft.com", "sts.windows.net"),
    ("graph.microsoft.com",),
)
US_GOVERNMENT: Final = Cloud(
    "microsoftonline.us",
    "USGov",
    "login.microsoftonline.us",
    ("login.usgovcloudapi.net",),
    ("graph.microsoft.us", "dod-graph.microsoft.us"),
)
CLOUDS: Final = (WORLDWIDE, US_GOVERNMENT)
BY_LOGIN_HOST: Final = {h: cloud for cloud in CLOUDS for h in (cloud.login, *cloud.aliases)}
GRAPH_HOSTS: Final = frozenset(host for cloud in CLOUDS for host in cloud.graphs)
