"""Whether the process lives, and whether it can serve."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from connector_core.http_api.access import host_of

router = APIRouter(tags=["health"])

RETRY_SECONDS: Final = 5
"""After this time it is worth asking again whether the host is ready."""


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", operation_id="healthz")
async def healthz() -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", operation_id="readyz")
async def readyz(request: Request) -> Response:
    """200 when requests can be served, 503 when the host stops or its file is unusable."""
    host = host_of(request)
    if host.trouble:
        return JSONResponse({"status": "not ready"}, 503, {"Retry-After": str(RETRY_SECONDS)})
    return JSONResponse({"status": "ok"})
