"""Cards that cannot be used, and one that can."""

from collections.abc import Callable, Iterable
from typing import Any

from connector_core.hookspecs import hookimpl
from connector_core.provider import Capabilities, ProviderSpec


def nothing(*_: object) -> Any:
    raise NotImplementedError


def card(id: str, api_version: int = 1, config: Callable[[], Any] = nothing) -> ProviderSpec:
    return ProviderSpec(
        id=id,
        name=id,
        fullname=id,
        vendor="Example",
        description="",
        capabilities=Capabilities(operations={}),
        config=config,
        factory=nothing,
        api_version=api_version,
    )


@hookimpl
def connector_providers() -> Iterable[Any]:
    yield card("emailsecurity_outdated", api_version=0)
    yield card("emailsecurity_too_new", api_version=2)
    yield card("Email Security!")
    yield "not a card"
    yield card("emailsecurity_usable")
