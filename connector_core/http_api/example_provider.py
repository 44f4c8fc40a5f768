"""An invented provider, described as the capabilities endpoints describe every other."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connector_core.filter.fields import FilterField, ValueType
from connector_core.http_api import cards
from connector_core.provider import Capabilities, OperationCapabilities, ProviderSpec


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", title="Mailguard")

    account: str = Field(description="The account's name, as in the address of its console.")
    api_key: SecretStr


_FILTERS: Final = (
    FilterField(name="time", type=ValueType.TIME),
    FilterField(name="severity", type=ValueType.ENUM, values=("Low", "High")),
    FilterField(name="email.subject", type=ValueType.TEXT, mode="local"),
)
_SPEC: Final = ProviderSpec(
    id="emailsecurity_mailguard",
    name="Mailguard",
    fullname="Example Mailguard",
    vendor="Example",
    description="Detections and mail of Mailguard.",
    capabilities=Capabilities(
        operations={
            "query_threats": OperationCapabilities(
                filters=_FILTERS,
                threat_granularity=("message",),
                lateness_minutes=5,
                response_fields=("finding_info.uid", "severity", "time"),
            ),
        },
        rate_budget="60 requests a minute.",
        concurrency=2,
    ),
    config=lambda: _Config,
    factory=lambda config, context: None,  # type: ignore[arg-type,return-value]  # never opened
    api_version=1,
)
_MESSAGES: Final[dict[str, Any]] = {"messages": {"problems": []}}
_CARD: Final = cards.provider(_SPEC, ("operations", "provider_config"), ())
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "Providers": {"result": [cards.provider(_SPEC, (), ())], **_MESSAGES},
    "Provider": {"result": _CARD, **_MESSAGES},
    "Connectors": {"result": [cards.connector([_SPEC.id])], **_MESSAGES},
}
"""By the name of the answer's schema."""
