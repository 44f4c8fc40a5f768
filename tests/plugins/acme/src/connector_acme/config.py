"""What a person has to say to reach an account."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AcmeConfig(BaseModel):
    """One account of Acme Mail Guard, and a key that may read it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    account: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    """The account's short name: the first label of its host."""
    region: Literal["eu", "us"] = "eu"
    api_key: SecretStr = Field(min_length=1, max_length=256)
    """From Settings, API keys; needs the rights to read messages and detections."""

    @property
    def host(self) -> str:
        """The account's own host; requests go nowhere else."""
        return f"{self.account}.{self.region}.mailguard.example"
