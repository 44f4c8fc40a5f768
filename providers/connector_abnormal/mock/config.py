"""Configuration of the emulated vendor."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from connector_abnormal.mock.vendor import DEFAULT_TOKEN


class MockConfig(BaseModel):
    """Which data the emulated vendor holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dataset: Literal["basic_v0"] = "basic_v0"
    seed: int | None = None
    """Another number is another tenant of the same shape; by default the data set's own."""


def default_settings() -> dict[str, Any]:
    """The real provider's configuration for the emulated vendor's own token."""
    return {"token": DEFAULT_TOKEN}
