"""Applications of the embedded tenant, and how each may prove who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

# Values of the emulator. They open nothing outside it.
DEFAULT_TENANT_ID: Final = "5d1c7a52-2f0b-4f5e-9d0e-6c8f0a1b2c3d"
DEFAULT_TENANT_DOMAIN: Final = "contoso.example"
DEFAULT_CLIENT_ID: Final = "a7c1e3f2-6b54-4f7d-9d0a-1c2b3d4e5f60"
DEFAULT_SECRET_ID: Final = "0b9e8d7c-6a5f-4e3d-8c2b-1a0f9e8d7c6b"  # noqa: S105
DEFAULT_SECRET: Final = "emulator-secret-worth-nothing"  # noqa: S105

HUNTING_ROLE: Final = "ThreatHunting.Read.All"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A client secret; `expires` is in seconds since 1970 UTC."""

    value: str = field(repr=False)
    id: str = ""
    expires: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedCredential:
    """Trust in the tokens that another issuer signs for one subject."""

    issuer: str
    subject: str
    public_key: str
    """PEM."""
    audience: str = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A registered application and its credentials."""

    name: str = "email-security"
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[str, ...] = ()
    """X.509 certificates, PEM."""
    federated: tuple[FederatedCredential, ...] = ()
    roles: tuple[str, ...] = (HUNTING_ROLE,)
    """Application permissions that an administrator has consented to."""
    enabled: bool = True
    in_tenant: bool = True
    """Whether the tenant has a service principal for it."""


DEFAULT_APPLICATIONS: Final[Mapping[str, Application]] = MappingProxyType(
    {DEFAULT_CLIENT_ID: Application(secrets=(Secret(id=DEFAULT_SECRET_ID, value=DEFAULT_SECRET),))}
)
