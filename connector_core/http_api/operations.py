"""The three questions at Synqly's paths."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from connector_core.errors import NotFoundError, ResponseInvalidError
from connector_core.http_api import meta as metas
from connector_core.http_api.access import TokenIntegration, host_of
from connector_core.http_api.envelope import detail_response, page_response
from connector_core.http_api.errors import HostError
from connector_core.http_api.integration import OpenIntegration
from connector_core.paging import Listing
from connector_core.provider import OperationCapabilities, ProviderSpec
from connector_core.query import Order

router = APIRouter(prefix="/v1/email-security", tags=["email security"])

MAX_LIMIT: Final = 5_000
"""Objects of a page; a provider's own lower maximum holds in its place."""
ORDERS: Final[dict[str, Order]] = {"time[desc]": "newest_first", "time[asc]": "oldest_first"}
"""How callers name orders -> how providers do."""
FILTER: Final = r"^[A-Za-z0-9_.:@/-]+\[[^\[\]]+\]"
"""How every filter begins, for the document alone; the parser says more."""


def _digits(text: object) -> object:
    """Refuses what Python would read as a number, and other readers of the same URL would not."""
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,20}", text):
        raise PydanticCustomError("int_parsing", "Input should be a whole number in digits")
    return text


Filters = Annotated[
    list[str],
    Query(
        description="`field[operator]value`; several must all hold. Fields and operators of a "
        "provider: `/v1/capabilities/providers/{id}?expand=operations`.",
        json_schema_extra={"items": {"type": "string", "pattern": FILTER}},
    ),
]
Limit = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_LIMIT,
        description="Objects of a page at most, 1000 when left out; where the provider's own "
        "maximum is lower, that holds.",
    ),
    BeforeValidator(_digits),
]
Cursor = Annotated[
    str,
    Query(description="From the page before, with the same filters; empty for the first page."),
]
OrderText = Annotated[
    str,
    Query(
        description="Left out, the provider's first order.",
        json_schema_extra={"enum": ["", *ORDERS]},
    ),
]
Meta = Annotated[
    list[str],
    Query(
        description="What to tell beside the answer.",
        json_schema_extra={"items": {"type": "string", "enum": list(metas.FUNCTIONS)}},
    ),
]
ThreatId = Annotated[str, Path(description="`finding_info.uid` of a finding.")]


@router.get("/threats", operation_id="emailsecurity_query_threats")
async def query_threats(
    request: Request,
    integration: TokenIntegration,
    filter: Filters = [],  # noqa: B006
    limit: Limit = None,
    cursor: Cursor = "",
    order: OrderText = "",
    meta: Meta = [],  # noqa: B006
) -> Response:
    """Detections that the product deemed a threat."""
    return await _page(request, integration, "query_threats", filter, limit, cursor, order, meta)


# An id may hold a slash, which servers decode before any route is looked for.
@router.get("/threats/{threatId:path}", operation_id="emailsecurity_get_threat_details")
async def get_threat_details(
    request: Request,
    integration: TokenIntegration,
    threatId: ThreatId,  # noqa: N803
    meta: Meta = [],  # noqa: B006
) -> Response:
    """One detection in full."""
    functions = metas.parse(meta)
    async with integration.turn(request.state.held) as connector:
        detail = await connector.get_threat(threatId, raw=metas.wants_raw(functions))
        asked = metas.Asked(connector=connector, operation=None, answer=detail)
        told = metas.meta_of(functions, asked)
    now = host_of(request).clock.now()
    return detail_response(detail, told, request.state.request_id, now)


@router.get("/email-events", operation_id="emailsecurity_query_email_events")
async def query_email_events(
    request: Request,
    integration: TokenIntegration,
    filter: Filters = [],  # noqa: B006
    limit: Limit = None,
    cursor: Cursor = "",
    order: OrderText = "",
    meta: Meta = [],  # noqa: B006
) -> Response:
    """What happened to mail."""
    return await _page(request, integration, "query_events", filter, limit, cursor, order, meta)


async def _page(
    request: Request,
    integration: OpenIntegration,
    operation: Listing,
    filters: list[str],
    limit: int | None,
    cursor: str,
    order: str,
    meta: list[str],
) -> Response:
    functions = metas.parse(meta)
    capabilities = _offered(integration.connector.spec, operation)
    chosen = _order(order, capabilities)
    most = None if limit is None else min(limit, capabilities.page_limit_max)
    async with integration.turn(request.state.held) as connector:
        ask = connector.query_threats if operation == "query_threats" else connector.query_events
        try:
            page: Any = await ask(
                filters, limit=most, cursor=cursor, order=chosen, raw=metas.wants_raw(functions)
            )
        except NotFoundError as error:
            raise _no_list(error) from None
        asked = metas.Asked(
            connector=connector, operation=operation, filters=filters, limit=most,
            order=chosen, answer=page,
        )  # fmt: skip
        told = metas.meta_of(functions, asked)
    now = host_of(request).clock.now()
    return page_response(page, told, request.state.request_id, now)


def _no_list(error: NotFoundError) -> ResponseInvalidError:
    """A list is always there: its 404 would tell callers that what they ask for is not."""
    return ResponseInvalidError(
        error.message, origin=error.origin, remediation=error.remediation, details=error.details
    )


def _offered(spec: ProviderSpec, operation: Listing) -> OperationCapabilities:
    """What the provider declares; for an operation that it lacks, something to be refused with."""
    return spec.capabilities.operations.get(operation) or OperationCapabilities(supported=False)


def _order(text: str, capabilities: OperationCapabilities) -> Order | None:
    if not text:
        return None
    offered = [name for name, order in ORDERS.items() if order in capabilities.orders]
    if text not in offered:
        raise HostError(
            f"Unknown order {text[:80]!r}.",
            parameter="order",
            value=text,
            remediation=f"Known: {', '.join(offered)}."
            if offered
            else "Leave it out: this provider lists as its vendor does.",
        )
    return ORDERS[text]
