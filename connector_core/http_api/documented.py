"""The OpenAPI document: FastAPI's, with the answers put in.

Answers are plain dicts that are not looked at again before they are sent; their shapes stand here
alone. The document is made when it is first asked for.
"""

from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

# fmt: off
ANY: Final = (408, 413, 414, 431, 500, 503)
"""What every path may answer, whatever it is for."""
ASKED: Final = (400, 401)
VENDOR: Final = (403, 429, 501, 502, 504)
OPERATIONS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "emailsecurity_query_threats":      ("Threats",     ASKED + VENDOR),
    "emailsecurity_get_threat_details": ("Threat",      (*ASKED, *VENDOR, 404)),
    "emailsecurity_query_email_events": ("EmailEvents", ASKED + VENDOR),
    "capabilities_list_providers":      ("Providers",   ASKED),
    "capabilities_get_provider":        ("Provider",    (*ASKED, 404)),
    "capabilities_list_connectors":     ("Connectors",  ASKED),
    "healthz":                          ("State",       ()),
    "readyz":                           ("State",       ()),
}
"""Operation -> the schema of its answer, and the statuses with which it is refused."""
HEADERS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer."},
    429: {"Retry-After": "Seconds, rounded up."},
    503: {"Retry-After": "Seconds, rounded up."},
}
# fmt: on
TAGS: Final = (
    ("email security", "The three questions."),
    ("capabilities", "What can be asked of which product."),
    ("health", "For whoever keeps the host running."),
)
DESCRIPTION: Final = """\
Ask an email-security product for threats and for what happened to mail, with filters that are the
same for every product, and get OCSF 1.8.0. The token of a request decides which product, of which
tenant, is asked.

Every answer has the header `x-request-id`. Every refusal is a Problem."""
NAMED: Final = frozenset({"properties", "schemas", "headers", "content", "responses"})
"""Mappings of a document whose keys are names that somebody chose."""
SCHEMA: Final = "#/components/schemas/{model}"
REFUSAL: Final = "#/components/responses/Refused{status}"


@router.get("/openapi.json")
def openapi(request: Request) -> Response:  # no coroutine: the first one takes a second
    """This document."""
    app = request.app
    if not hasattr(app.state, "document"):
        app.state.document = orjson.dumps(document(app))
    return Response(app.state.document, media_type="application/json")


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application."""
    told = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS],
    )
    for path in told["paths"].values():
        for operation in path.values():
            _complete(operation)
    told["components"] |= {"schemas": _schemas(), "responses": _refusals()}
    return told | {"paths": _tidy(told["paths"]), "components": _tidy(told["components"])}


def _complete(operation: dict[str, Any]) -> None:
    from connector_core.http_api import examples

    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("description", None)  # stands beside the schema, too
        if known := examples.PARAMETERS.get(parameter["name"]):
            parameter["examples"] = {name: {"value": value} for name, value in known.items()}
    id = operation["operationId"]
    if id not in OPERATIONS:
        operation["responses"].pop("422", None)
        return
    schema, refused = OPERATIONS[id]
    good = _response("The answer.", schema, examples.ANSWERS[schema])
    operation["responses"] = {"200": good} | {
        str(status): {"$ref": REFUSAL.format(status=status)} for status in sorted({*refused, *ANY})
    }
    if id == "readyz":
        operation["responses"]["503"] = _response(
            "Not ready.", schema, {"status": "not ready"}, HEADERS[503]
        )


def _refusals() -> dict[str, Any]:
    from connector_core.http_api.examples import problem

    statuses = {*ANY, *(status for _, refused in OPERATIONS.values() for status in refused)}
    return {
        f"Refused{status}": _response(
            HTTPStatus(status).phrase, "Problem", problem(status), HEADERS.get(status)
        )
        for status in sorted(statuses)
    }


def _response(
    description: str, schema: str, example: object, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    content = {"schema": {"$ref": SCHEMA.format(model=schema)}, "example": example}
    told = {"x-request-id": "The id of the request, for the host's log."} | (headers or {})
    return {
        "description": description,
        "headers": {
            name: {"description": text, "required": True, "schema": {"type": "string"}}
            for name, text in told.items()
        },
        "content": {"application/json": content},
    }


def _schemas() -> dict[str, Any]:
    from pydantic.json_schema import models_json_schema

    from connector_core.http_api.models import ANSWERS

    models = [(model, "validation") for model in ANSWERS]
    _, schemas = models_json_schema(models, ref_template=SCHEMA)  # type: ignore[arg-type]
    return schemas["$defs"]  # type: ignore[no-any-return]


def _tidy(node: Any, *, names: bool = False) -> Any:
    """Without generated titles, and without null: what is absent is left out of an answer.

    `names`: the keys of this mapping are chosen by somebody, not by a specification.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _tidy(value) for key, value in node.items()}
    if "anyOf" in node:
        node = _without_null(node)
    return {
        key: value if key in ("example", "examples") else _tidy(value, names=key in NAMED)
        for key, value in node.items()
        if key != "title"
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    kept = [one for one in node["anyOf"] if one != {"type": "null"}]
    if len(kept) == len(node["anyOf"]):
        return node
    rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
    return rest | (kept[0] if len(kept) == 1 else {"anyOf": kept})
