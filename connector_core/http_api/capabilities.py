"""What can be asked of each installed provider, at the paths of Synqly's management interface."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from connector_core.http_api import cards
from connector_core.http_api.access import AnyIntegration, host_of
from connector_core.http_api.envelope import json_response
from connector_core.http_api.errors import HostError, NoSuchProvider
from connector_core.http_api.problems import warning_of
from connector_core.provider import Notice
from connector_core.registry import InstalledProvider, registry

router = APIRouter(prefix="/v1/capabilities", tags=["capabilities"])

OF_PROVIDERS: Final = ("connector", "operations", "provider_config", "request_body")
OF_CONNECTORS: Final = ("providers",)


def _choice(names: Sequence[str]) -> Any:
    items = {"type": "string", "enum": list(names)}
    return Query(description="What else to tell.", json_schema_extra={"items": items})


Expand = Annotated[list[str], _choice(OF_PROVIDERS)]
ExpandConnectors = Annotated[list[str], _choice(OF_CONNECTORS)]
ProviderId = Annotated[str, Path(description="As the list of providers has it.")]


# These are no coroutines: the first one loads every installed provider, which takes a moment.
@router.get("/providers", operation_id="capabilities_list_providers")
def list_providers(request: Request, token: AnyIntegration, expand: Expand = []) -> Response:  # noqa: B006
    """The installed providers."""
    wanted = _checked(expand, OF_PROVIDERS)
    found = registry().providers()
    result = [cards.provider(spec, wanted, _usable(found)) for one in found if (spec := one.spec)]
    return _answer(request, result, found)


@router.get("/providers/{providerId}", operation_id="capabilities_get_provider")
def get_provider(
    request: Request,
    token: AnyIntegration,
    providerId: ProviderId,  # noqa: N803
    expand: Expand = [],  # noqa: B006
) -> Response:
    """One provider."""
    wanted = _checked(expand, OF_PROVIDERS)
    usable = _usable(registry().providers())
    if providerId not in usable:
        raise NoSuchProvider(
            "No provider that can be used has this id.",
            parameter="providerId",
            location="path",
            value=providerId,
            remediation=f"Installed: {', '.join(usable)}.",
        )
    return _answer(request, cards.provider(registry().get(providerId), wanted, list(usable)), ())


@router.get("/connectors", operation_id="capabilities_list_connectors")
def list_connectors(
    request: Request,
    token: AnyIntegration,
    expand: ExpandConnectors = [],  # noqa: B006
) -> Response:
    """The kinds of product that can be asked: one, email security."""
    wanted = _checked(expand, OF_CONNECTORS)
    found = registry().providers()
    specs = [one.spec for one in found if one.spec]
    card = cards.connector(_usable(found))
    if "providers" in wanted:
        card["providers"] = [
            cards.provider(spec, ("operations", "provider_config"), ()) for spec in specs
        ]
    return _answer(request, [card], found)


def _usable(found: Sequence[InstalledProvider]) -> list[str]:
    return [one.id for one in found if one.spec]


def _checked(expand: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    for name in expand:
        if name not in known:
            raise HostError(
                f"{name[:80]!r} cannot be expanded.",
                parameter="expand",
                value=name,
                remediation=f"Known: {', '.join(known)}.",
            )
    return expand


def _answer(request: Request, result: object, found: Sequence[InstalledProvider]) -> Response:
    now = host_of(request).clock.now()
    told = [
        warning_of(_broken(one), request.state.request_id, now) for one in found if not one.spec
    ]
    return json_response({"result": result, "messages": {"problems": told}})


def _broken(one: InstalledProvider) -> Notice:
    """Why not is for the operator: it may name paths of the host."""
    return Notice(
        code="provider_unusable",
        message=f"The provider {one.id} of {one.distribution} {one.version} cannot be used."
        " On the host, `email-security providers` says why.",
    )
