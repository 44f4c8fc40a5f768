"""The pages and their addresses, all beside each other, so that links need no prefix."""

import re
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.errors import ConnectorError, ProviderError
from connector_core.filter.fields import Operator
from connector_core.http_api.access import host_of
from connector_core.http_api.errors import HostError, NoSuchPath, Unauthorized
from connector_core.http_api.integration import OpenIntegration
from connector_core.http_api.parameters import check_spelling
from connector_core.http_api.web.events import FEW, MOST, finding_of
from connector_core.http_api.web.histogram import histogram
from connector_core.http_api.web.render import page
from connector_core.http_api.web.route import PageRoute, login_page, refusal, say_when
from connector_core.http_api.web.search import (
    LIMIT,
    LIMIT_MAX,
    OPERATIONS,
    OPERATOR_NAMES,
    Search,
    page_of,
)
from connector_core.http_api.web.session import (
    NotLoggedIn,
    log_in,
    log_out,
    refuse_foreign_forms,
    visitor,
)
from connector_core.registry import registry
from connector_core.summary import line_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_HERE: Final = re.compile(r"(?:results|finding|providers)?(?:\?[!-~]*)?")
"""Where to go after a log-in: another page of ours, and nothing that leads elsewhere."""
OPERATORS: Final = [operator.value for operator in Operator]
_ASSETS: Final = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


@router.get("/")
async def home(request: Request) -> Response:
    """The query form; to a stranger, the form to log in."""
    try:
        integration = _opened(request)
    except NotLoggedIn:
        return login_page(request)
    search = Search.of(request.query_params.multi_items())
    return page(request, "home.html", **_form(integration, search))


@router.post("/login")
async def login(request: Request) -> Response:
    """Begin a session."""
    refuse_foreign_forms(request)
    try:
        sent = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        raise HostError(
            "This is not the form to log in: it has too many fields.",
            location="body",
            remediation="Open this host's own page and try again.",
        ) from None
    token, to = (sent.get(name, [""])[0].strip() for name in ("token", "to"))
    to = to if _HERE.fullmatch(to) else ""
    try:
        name = host_of(request).admit(token)
    except Unauthorized:
        refused = Unauthorized(
            "This token opens no integration.",
            remediation="Check that it was copied whole, and not replaced or revoked since.",
        )
        return login_page(request, refused, to)
    response = RedirectResponse(f"./{to}", 303)
    log_in(request, response, name, token)
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session."""
    refuse_foreign_forms(request)
    response = RedirectResponse("./", 303)
    log_out(request, response)
    return response


@router.get("/login")
@router.get("/logout")
async def nothing_here() -> Response:
    """For who types the address of a form."""
    return RedirectResponse("./", 303)


@router.get("/providers")
async def providers(request: Request) -> Response:
    """What every installed provider offers."""
    own = _opened(request).connector.spec.id
    found = sorted(registry().providers(), key=lambda one: (one.id != own, one.id))
    return page(request, "providers.html", listings=found, own=own, operators=OPERATORS)


@router.get("/results")
async def results(request: Request) -> Response:
    """A page of findings or of email activities, and how it came about."""
    integration = _opened(request)
    search = Search.of(request.query_params.multi_items())
    shown = _form(integration, search)
    try:
        found = await _found(request, integration, search)
    except ConnectorError as error:
        problem = refusal(request, error)
        native = _native(integration, search) if isinstance(error, ProviderError) else ""
        response = page(
            request, "refused.html", problem["status"], problem=problem, native=native, **shown
        )
        say_when(response, error)
        return response
    return page(request, "explained.html" if search.explain else "results.html", **found, **shown)


@router.get("/finding")
async def finding(request: Request, uid: str = "") -> Response:
    """One finding with its evidence."""
    integration = _opened(request)
    async with integration.turn(request.state.held) as connector:
        detail = await connector.get_threat(uid)
    return page(
        request,
        "finding.html",
        most=MOST,
        finding=finding_of(detail.event),
        meta=detail.meta.as_dict(),
        notices=detail.messages,
    )


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """The style sheet and the icon."""
    if name not in _ASSETS:
        raise NoSuchPath("Nothing is served here.")
    data = (files("connector_core.http_api.web") / "static" / name).read_bytes()
    headers = {"Cache-Control": "max-age=300"}
    return Response(data, headers=headers, media_type=_ASSETS[name])


def _opened(request: Request) -> OpenIntegration:
    name = visitor(request)
    check_spelling(request)
    return host_of(request).integration(name)


def _form(integration: OpenIntegration, search: Search) -> dict[str, Any]:
    spec = integration.connector.spec
    offered = spec.capabilities.operations
    fields = offered[search.listing].filters if search.listing in offered else ()
    return {
        "spec": spec,
        "search": search,
        "tabs": [name for name, listing in OPERATIONS.items() if listing in offered],
        "offered": offered.get(search.listing),
        "known_fields": {field.name for field in fields},
        "operators": OPERATORS,
        "op_names": OPERATOR_NAMES,
        "limit": LIMIT,
        "limit_max": LIMIT_MAX,
    }


async def _found(request: Request, integration: OpenIntegration, search: Search) -> dict[str, Any]:
    connector = integration.connector
    filters = search.texts()
    limit = _size(integration, search)
    if search.explain:
        order: Any = search.order or None
        plan = connector.explain(search.listing, filters, limit=limit, order=order)
        return {"native": plan.native_query, "plan": plan.plan}
    async with integration.turn(request.state.held) as connector:
        answer = await page_of(connector, search, filters, limit)
    return {
        "few": FEW,
        "lines": [line_of(event) for event in answer.events],
        "histogram": histogram(event.get("time") for event in answer.events),
        "meta": answer.meta.as_dict(),
        "notices": answer.messages,
        "next": search.at(answer.cursor) if answer.cursor else "",
        "first": search.at("") if search.cursor else "",
    }


def _size(integration: OpenIntegration, search: Search) -> int | None:
    offered = integration.connector.spec.capabilities.operations.get(search.listing)
    return None if offered is None else search.size(offered)


def _native(integration: OpenIntegration, search: Search) -> str:
    """The query that the vendor refused."""
    order: Any = search.order or None
    explained = integration.connector.explain(search.listing, search.texts(), order=order)
    return explained.native_query
