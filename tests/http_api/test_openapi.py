"""The OpenAPI document: whole, small enough, and true of what is answered."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from jsonschema_rs import ValidationError, meta, validator_for

from connector_conformance.ocsf_judge import judge
from connector_core.http_api import examples
from connector_core.http_api.documented import OPERATIONS
from connector_core.http_api.meta import FUNCTIONS
from connector_core.http_api.problems import TABLE
from http_api.site import Served, served
from opened import DAY

pytestmark = pytest.mark.xdist_group("http_api_openapi")

THREATS = "/v1/email-security/threats"
EVENTS = "/v1/email-security/email-events"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture(scope="module")
def document(host: Served) -> Document:
    answer = host.get("/openapi.json", token="")
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.content) < 200_000
    return answer.json()  # type: ignore[no-any-return]


def nodes(node: Any) -> Iterator[Any]:
    yield node
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in below:
        yield from nodes(one)


def operations(document: Document) -> dict[str, Document]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def complaints(document: Document, schema: Mapping[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": document["components"]}
    return [str(error) for error in validator_for(whole).iter_errors(value)]


def named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


# -- whole


def test_every_operation_is_in_it(document: Document) -> None:
    assert operations(document).keys() == OPERATIONS.keys()
    assert document["openapi"].startswith("3.1")


def test_it_is_openapi_3_1(document: Document) -> None:
    """As schemathesis knows that specification, and its schemas as JSON Schema is specified."""
    schemathesis.openapi.from_dict(document).validate()
    for schema in document["components"]["schemas"].values():
        meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})


@pytest.mark.parametrize("spoilt", [{"info": {"title": 1}}, {"more": 1}, {"paths": {"x": {}}}])
def test_a_document_that_is_none_would_be_noticed(document: Document, spoilt: Document) -> None:
    with pytest.raises(ValidationError):
        schemathesis.openapi.from_dict(document | spoilt).validate()


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = [
        node["$ref"] for node in nodes(document) if isinstance(node, dict) and "$ref" in node
    ]
    assert len(references) > 100
    for reference in set(references):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_names_of_components_are_allowed(document: Document) -> None:
    for kind in document["components"].values():
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in kind)
    assert "connector_core" not in str(document["components"]["schemas"].keys())


def test_only_probes_are_answered_without_a_token(document: Document) -> None:
    assert document["components"]["securitySchemes"] == {
        "integrationToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "Made by `email-security integrations add` or `rotate`.",
        }
    }
    for id, operation in operations(document).items():
        assert ("security" in operation) is (id not in ("healthz", "readyz"))


def test_parameters_have_limits_and_examples(document: Document) -> None:
    asked = operations(document)["emailsecurity_query_threats"]["parameters"]
    parameters = {one["name"]: one for one in asked}
    assert parameters.keys() == {"filter", "limit", "cursor", "order", "meta"}
    limit = parameters["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["maximum"]) == ("integer", 1, 5000)
    assert parameters["meta"]["schema"]["items"]["enum"] == list(FUNCTIONS)
    for one in parameters.values():
        for example in one["examples"].values():
            assert not complaints(document, one["schema"], example["value"])


def test_every_status_of_the_table_is_documented(document: Document) -> None:
    asked = operations(document)["emailsecurity_get_threat_details"]["responses"]
    statuses = {str(row.status) for row in TABLE} | {
        "200",
        "401",
        "408",
        "413",
        "414",
        "501",
        "504",
    }
    assert statuses <= asked.keys()
    for operation in operations(document).values():
        assert all(HTTPStatus(int(status)) for status in operation["responses"])
        assert "422" not in operation["responses"]


def test_every_answer_and_refusal_has_a_true_example(document: Document) -> None:
    responses = [
        response
        for operation in operations(document).values()
        for response in operation["responses"].values()
        if "$ref" not in response
    ]
    responses += document["components"]["responses"].values()
    told = [one["content"]["application/json"] for one in responses]
    assert len(told) > 20
    for one in told:
        assert not complaints(document, one["schema"], one["example"])


@pytest.mark.parametrize(
    "event", [examples.FINDING, examples.ACTIVITY], ids=["finding", "activity"]
)
def test_the_mail_of_the_examples_is_ocsf(event: dict[str, Any]) -> None:
    assert judge().problems(event) == []


# -- true


@pytest.mark.parametrize(
    ("path", "schema", "asked"),
    [
        (EVENTS, "EmailEvents", {"filter": DAY, "limit": 2, "meta": list(FUNCTIONS)}),
        (THREATS, "Threats", {"filter": DAY, "limit": 2, "meta": list(FUNCTIONS)}),
        (f"{THREATS}/00000000-0000-4000-8000-000000000001", "Threat", {"meta": list(FUNCTIONS)}),
        ("/v1/capabilities/providers", "Providers", {}),
        ("/v1/capabilities/providers", "Providers", {"expand": ["operations", "connector"]}),
        ("/v1/capabilities/connectors", "Connectors", {"expand": "providers"}),
        ("/healthz", "State", {}),
        ("/readyz", "State", {}),
    ],
)
def test_an_answer_has_the_documented_shape(
    host: Served, document: Document, path: str, schema: str, asked: dict[str, Any]
) -> None:
    answer = host.get(path, **asked)
    assert answer.status_code == 200
    assert not complaints(document, named(schema), answer.json())


def test_an_answer_of_another_shape_would_be_noticed(host: Served, document: Document) -> None:
    page = host.get(EVENTS, filter=DAY, limit=2).json()
    assert not complaints(document, named("EmailEvents"), page)
    for spoilt in (
        page | {"cursor": None},
        page | {"more": 1},
        page | {"result": [{"class_uid": 4009}]},
        {key: value for key, value in page.items() if key != "messages"},
    ):
        assert complaints(document, named("EmailEvents"), spoilt)
    event = page["result"][0]
    assert complaints(document, named("EmailActivity"), event | {"severity": None})
    assert complaints(document, named("EmailActivity"), event | {"class_uid": 2004})
    assert not complaints(document, named("EmailActivity"), event)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in ("filter", "limit", "cursor", "order", "meta")
        for value in examples.PARAMETERS[name].values()
    ],
)
def test_the_examples_of_parameters_can_be_asked(host: Served, name: str, value: Any) -> None:
    asked: dict[str, Any] = {"filter": list(DAY), "limit": 1} | {name: value}
    assert host.get(EVENTS, **asked).status_code == 200


# -- made when it is asked for


def test_starting_the_host_does_not_build_the_document() -> None:
    code = (
        "import sys, connector_core.http_api;"
        "print([name for name in sys.modules if name.endswith(('ocsf.models', 'http_api.models',"
        " 'http_api.examples'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
