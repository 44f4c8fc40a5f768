"""A stranger's provider of mail events alone, which fails as its configuration says."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from connector_core import errors
from connector_core.filter.fields import FilterField, ValueType
from connector_core.hookspecs import hookimpl
from connector_core.provider import (
    Batch,
    Capabilities,
    Context,
    Flow,
    OperationCapabilities,
    Plan,
    ProviderSpec,
)
from connector_core.query import Operation, Query

CANARY = "canary-subject-of-a-mail"


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    fails: Literal["", "bug", "opening"] = ""
    raises: str = ""
    """A class of the core's errors."""


class ListingOnly:
    """Holds no mail."""

    auth = None
    hosts: frozenset[str] = frozenset()
    identity = "nobody"

    def __init__(self, config: Config, context: Context) -> None:
        self._config = config
        if config.fails == "opening":
            raise ValueError(CANARY)

    def query_events(self, query: Query) -> Flow[Batch]:
        if self._config.raises:
            raise getattr(errors, self._config.raises)("Not with /srv/canary.pem.")
        if self._config.fails:
            raise ValueError(CANARY)
        return Batch(records=[], native_query="ALL")
        yield

    def explain(self, operation: Operation, query: Query) -> Plan:
        return Plan(native_query="ALL")


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    time = FilterField(name="time", type=ValueType.TIME)
    listing = OperationCapabilities(filters=(time,), page_limit_default=4, page_limit_max=5)
    yield ProviderSpec(
        id="emailsecurity_listing_only",
        name="Listing",
        fullname="Listing Only",
        vendor="Example",
        description="No mail in memory.",
        capabilities=Capabilities(operations={"query_events": listing}),
        config=lambda: Config,
        factory=ListingOnly,  # type: ignore[arg-type]  # it offers less than a provider
        api_version=1,
    )
