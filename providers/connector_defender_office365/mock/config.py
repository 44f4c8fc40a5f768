"""Configuration of the embedded tenant."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from connector_defender_office365.mock.applications import (
    DEFAULT_CLIENT_ID,
    DEFAULT_SECRET,
    DEFAULT_TENANT_ID,
)


class MockConfig(BaseModel):
    """Which data set the embedded tenant holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dataset: Literal["basic_v0"] = "basic_v0"


def default_settings() -> dict[str, Any]:
    """The real provider's configuration for the embedded tenant's own application."""
    return {
        "tenant_id": DEFAULT_TENANT_ID,
        "credential": {
            "type": "o_auth_client",
            "client_id": DEFAULT_CLIENT_ID,
            "client_secret": DEFAULT_SECRET,
        },
    }
