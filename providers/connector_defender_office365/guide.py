"""How a person connects a tenant: the questions of `email-security setup`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector_core.setup import SetupGuide, SetupQuestion
from connector_defender_office365.regions import REGIONS


def _tenant(text: str) -> str:
    from .config import tenant  # needs pydantic, which whoever lists the questions does not

    return tenant(text.strip().lower())


def _client(text: str) -> str:
    from .config import client_id

    return client_id(text.strip().lower())


def _with_secret(answers: Mapping[str, Any]) -> bool:
    return bool(answers.get("credential", {}).get("type") == "o_auth_client")


def _with_certificate(answers: Mapping[str, Any]) -> bool:
    return not _with_secret(answers)


def _links(answers: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    endpoints = REGIONS[answers.get("region", "global")]
    client_id = answers.get("credential", {}).get("client_id", "")
    consent = endpoints.consent_url(answers.get("tenant_id", ""), client_id)
    return [("An administrator grants ThreatHunting.Read.All here", consent)]


GUIDE: Final = SetupGuide(
    questions=(
        SetupQuestion(
            setting="region",
            prompt="Microsoft cloud",
            kind="choice",
            choices=tuple(REGIONS),
            default="global",
            help="global serves every commercial tenant and GCC; gcc_high and dod have hosts of"
            " their own.",
        ),
        SetupQuestion(
            setting="tenant_id",
            prompt="Directory (tenant) ID",
            help="Entra admin center, Overview.",
            validate=_tenant,
        ),
        SetupQuestion(
            setting="credential.client_id",
            prompt="Application (client) ID",
            help="Entra admin center, App registrations, your application, Overview.",
            validate=_client,
        ),
        SetupQuestion(
            setting="credential.type",
            prompt="Credential",
            kind="choice",
            choices=("o_auth_client", "certificate"),
            default="o_auth_client",
            help="o_auth_client is a client secret. A certificate lives longer and is safer.",
        ),
        SetupQuestion(
            setting="credential.client_secret",
            prompt="Client secret",
            kind="secret",
            help="Certificates & secrets: the column Value, shown once. The Secret ID is no secret"
            " and does not work.",
            when=_with_secret,
        ),
        SetupQuestion(
            setting="credential.private_key",
            prompt="Private key (PEM file)",
            kind="file",
            when=_with_certificate,
        ),
        SetupQuestion(
            setting="credential.certificate",
            prompt="Certificate (PEM file)",
            kind="file",
            help="The certificate that was uploaded to the application.",
            when=_with_certificate,
        ),
    ),
    links=_links,
)
"""Region, tenant, application and credential; the consent link; then `check`."""
