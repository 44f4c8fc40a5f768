"""From a provider id and settings to a provider that can be asked."""

from collections.abc import Mapping
from typing import Any

from connector_core.clock import Clock
from connector_core.errors import BrokenProvider, ConfigurationError
from connector_core.provider import Context, EmailSecurityProvider, ProviderSpec
from connector_core.registry import registry


def open_provider(
    provider_id: str, settings: Mapping[str, Any], clock: Clock
) -> tuple[ProviderSpec, EmailSecurityProvider, Any]:
    """The provider's card, the provider, and the transport it brings along (usually None).

    Raises `PluginError` or `ConfigurationError`.
    """
    spec = registry().get(provider_id)
    context = Context(clock)
    try:
        config = validated(spec, settings)
        provider = spec.factory(config, context)
        transport = spec.transport(config, context) if spec.transport else None
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("connector_"):
            raise  # a fault in a provider's own package, not a missing one
        raise BrokenProvider(
            f"Provider {spec.id} needs a package that is not installed ({error.name}).",
            remediation=f"pip install '{spec.extra}'" if spec.extra else "",
        ) from None
    return spec, provider, transport


def validated(spec: ProviderSpec, settings: Mapping[str, Any]) -> Any:
    """The provider's configuration model, filled; raises `ConfigurationError` without values."""
    from pydantic import ValidationError

    try:
        return spec.config().model_validate(dict(settings))
    except ValidationError as error:
        raise configuration_error(error, f"Provider {spec.id}") from None


def configuration_error(error: Any, what: str) -> ConfigurationError:
    """A pydantic validation error as ours: the first fault named, no input shown."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    first = faults[0]
    setting = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    reason = str(first["msg"]).removeprefix("Value error, ")
    return ConfigurationError(
        f"{what}: setting {setting or 'configuration'}: {reason}{more}.".replace("..", "."),
        setting=setting,
    )
