"""One card, offered through two entry points of one distribution."""

from collections.abc import Iterable

from connector_core.hookspecs import hookimpl
from connector_core.provider import Capabilities, ProviderSpec


def nothing(*_: object) -> type:
    raise NotImplementedError


CARD = ProviderSpec(
    id="emailsecurity_twice",
    name="Twice",
    fullname="Twice",
    vendor="Example",
    description="",
    capabilities=Capabilities(operations={}),
    config=nothing,
    factory=nothing,  # type: ignore[arg-type]
    api_version=1,
)


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    return [CARD]
