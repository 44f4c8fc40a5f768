"""Which hosts serve which Microsoft cloud.

Source: Microsoft Graph "National cloud deployments" (learn.microsoft.com/graph/deployments). The
moderate government cloud (GCC) is served by the worldwide hosts. The cloud operated by 21Vianet in
China does not offer advanced hunting through Graph and is therefore not a region here.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlencode

Region = Literal["global", "us", "uk", "eu", "gcc", "gcc_high", "dod"]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The two origins of a cloud: scheme, host and, for the emulator, port; no trailing slash."""

    graph: str
    login: str

    @property
    def scope(self) -> str:
        """What an application asks a token for: all rights consented on this cloud's Graph."""
        return f"{self.graph}/.default"

    def authority(self, tenant: str) -> str:
        """The address that stands for one tenant's directory."""
        return f"{self.login}/{tenant}"

    def token_url(self, tenant: str) -> str:
        """Where this cloud issues tokens for `tenant`."""
        return f"{self.authority(tenant)}/oauth2/v2.0/token"

    def consent_url(self, tenant: str, client_id: str) -> str:
        """The page on which an administrator of `tenant` grants the application its rights."""
        return f"{self.authority(tenant)}/adminconsent?{urlencode({'client_id': client_id})}"


_WORLDWIDE: Final = Endpoints("https://graph.microsoft.com", "https://login.microsoftonline.com")

REGIONS: Final[MappingProxyType[Region, Endpoints]] = MappingProxyType(
    {
        "global": _WORLDWIDE,
        "us": _WORLDWIDE,
        "uk": _WORLDWIDE,
        "eu": _WORLDWIDE,
        "gcc": _WORLDWIDE,
        "gcc_high": Endpoints("https://graph.microsoft.us", "https://login.microsoftonline.us"),
        "dod": Endpoints("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    }
)
