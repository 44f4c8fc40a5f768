"""The three questions at Synqly's paths."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from connector_core.http_api import meta as metas
from connector_core.http_api.access import TokenIntegration, host_of
from connector_core.http_api.envelope import detail_response, page_response
from connector_core.http_api.errors import HostError
from connector_core.http_api.integration import OpenIntegration
from connector_core.paging import Listing

router = APIRouter(prefix="/v1/email-security", tags=["email security"])

Filters = Annotated[list[str], Query(description="`field[operator]value`; several must all hold.")]
Limit = Annotated[int | None, Query(ge=1, description="Objects of a page; the provider's "
                                    "capabilities tell the default and the maximum.")]  # fmt: skip
Cursor = Annotated[str, Query(description="From the page before; empty for the first page.")]
Order = Annotated[str, Query(description="`time[desc]` or `time[asc]`, where offered.")]
Meta = Annotated[list[str], Query(description=f"Any of: {', '.join(metas.FUNCTIONS)}.")]
ThreatId = Annotated[str, Path(description="`finding_info.uid` of a finding.")]

ORDERS = {"time[desc]": "newest_first", "time[asc]": "oldest_first"}
"""How callers name orders -> how providers do."""


@router.get("/threats", operation_id="emailsecurity_query_threats")
async def query_threats(
    request: Request,
    integration: TokenIntegration,
    filter: Filters = [],  # noqa: B006
    limit: Limit = None,
    cursor: Cursor = "",
    order: Order = "",
    meta: Meta = [],  # noqa: B006
) -> Response:
    """Detections that the product deemed a threat, newest first."""
    return await _page(request, integration, "query_threats", filter, limit, cursor, order, meta)


@router.get("/threats/{threatId}", operation_id="emailsecurity_get_threat_details")
async def get_threat_details(
    request: Request,
    integration: TokenIntegration,
    threatId: ThreatId,  # noqa: N803
    meta: Meta = [],  # noqa: B006
) -> Response:
    """One detection in full."""
    functions = metas.parse(meta)
    async with integration.turn() as connector:
        detail = await connector.get_threat(threatId, raw=metas.wants_raw(functions))
        asked = metas.Asked(connector=connector, operation=None, answer=detail)
        told = metas.meta_of(functions, asked)
    return detail_response(detail, told, host_of(request).clock.now())


@router.get("/email-events", operation_id="emailsecurity_query_email_events")
async def query_email_events(
    request: Request,
    integration: TokenIntegration,
    filter: Filters = [],  # noqa: B006
    limit: Limit = None,
    cursor: Cursor = "",
    order: Order = "",
    meta: Meta = [],  # noqa: B006
) -> Response:
    """What happened to mail, newest first."""
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
    chosen = _order(order)
    async with integration.turn() as connector:
        ask = connector.query_threats if operation == "query_threats" else connector.query_events
        page: Any = await ask(
            filters, limit=limit, cursor=cursor, order=chosen, raw=metas.wants_raw(functions)
        )
        asked = metas.Asked(
            connector=connector, operation=operation, filters=filters, limit=limit,
            order=chosen, answer=page,
        )  # fmt: skip
        told = metas.meta_of(functions, asked)
    return page_response(page, told, host_of(request).clock.now())


def _order(text: str) -> Any:
    if text and text not in ORDERS:
        raise HostError(
            f"There is no order {text[:80]!r}.",
            parameter="order",
            remediation=f"Known: {', '.join(ORDERS)}.",
        )
    return ORDERS.get(text)
