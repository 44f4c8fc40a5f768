"""From a provider id and settings to a provider that can be asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from connector_core.clock import Clock
from connector_core.errors import BrokenProvider, ConfigurationError
from connector_core.filter.suggest import nearest
from connector_core.provider import Context, EmailSecurityProvider, ProviderSpec
from connector_core.registry import registry
from connector_core.wording import plain


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

    model = spec.config()
    try:
        return model.model_validate(dict(settings))
    except ValidationError as error:
        raise configuration_error(error, f"Provider {spec.id}", model.model_fields) from None


def configuration_error(error: Any, what: str, known: Iterable[str] = ()) -> ConfigurationError:
    """A pydantic validation error as ours: the first fault named, no input shown.

    `known` are the settings of the outermost table, for a hint where one is misspelt.
    """
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    first = faults[0]
    setting = ".".join(str(part) for part in first["loc"])
    reason = plain(str(first["msg"])).rstrip(".")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    subject = f"setting {setting}" if setting else "the configuration"
    colon = ":" if first["type"] == "value_error" else ""
    near = nearest(setting, known) if first["type"] == "extra_forbidden" else ()
    return ConfigurationError(
        f"{what}: {subject}{colon} {reason}{more}.",
        setting=setting,
        remediation=f"Did you mean {' or '.join(near)}?" if near else "",
    )
