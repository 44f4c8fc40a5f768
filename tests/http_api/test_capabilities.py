"""What the host says can be asked, read by Synqly's own management client."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for
from pydantic import TypeAdapter
from synqly.management import AsyncSynqlyManagement, SynqlyManagement
from synqly.management.capabilities import (
    FilterOperation,
    FilterType,
    ListConnectorsCapabilitiesResponse,
    ListProvidersCapabilitiesResponse,
    ProviderCapabilities,
)
from synqly.management.common import BadRequestError, NotFoundError, UnauthorizedError

from connector_core.provider import ProviderSpec
from connector_core.registry import registry
from connector_defender_office365.mock.config import default_settings
from http_api.site import Served, plugins, served

pytestmark = pytest.mark.xdist_group("http_api_capabilities")

ALL = ["connector", "operations", "provider_config"]
SPECS = [one.spec for one in registry().providers() if one.spec]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture
def client(host: Served) -> Iterator[Any]:
    with httpx.Client(timeout=60) as http:
        yield SynqlyManagement(
            base_url=host.url, token=host.token, httpx_client=http, max_retries=0
        ).capabilities


def operation(card: ProviderCapabilities, name: str) -> Any:
    (found,) = [one for one in card.operations or [] if one.name == name]
    return found


def test_every_installed_provider_is_listed(client: Any) -> None:
    cards = client.list_providers().result
    assert [card.id for card in cards] == [spec.id for spec in SPECS]
    for card, spec in zip(cards, SPECS, strict=True):
        assert (card.fullname, card.vendor) == (spec.fullname, spec.vendor)
        assert (card.connector_id.value, card.connector.value) == ("emailsecurity", "emailsecurity")
        assert (card.operations, card.provider_config) == (None, None)
        test_only = [one.value for one in card.release.environments] == ["test"]
        assert test_only is card.id.endswith("_mock")


def test_what_is_expanded_comes_along(client: Any) -> None:
    for card in client.list_providers(expand=ALL).result:
        assert card.connector.provider_ids == [spec.id for spec in SPECS]
        assert [one.name for one in card.operations] == [
            "query_threats", "get_threat", "query_events",
        ]  # fmt: skip
        assert card.provider_config["type"] == "object"


def test_the_clients_models_hold_strictly_too(host: Served) -> None:
    """The client itself takes anything."""
    for expand in ([], ALL):
        told = host.get("/v1/capabilities/providers", expand=expand)
        TypeAdapter(ListProvidersCapabilitiesResponse).validate_python(told.json())
    for expand in ([], ["providers"]):
        told = host.get("/v1/capabilities/connectors", expand=expand)
        TypeAdapter(ListConnectorsCapabilitiesResponse).validate_python(told.json())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_filters_are_declared_as_the_provider_declares_them(
    client: Any, spec: ProviderSpec
) -> None:
    card = client.get_provider(spec.id, expand=["operations", "request_body"]).result
    for name in ("query_threats", "query_events"):
        offered, told = spec.capabilities.operations[name], operation(card, name)
        assert told.supported
        assert [one.name for one in told.filters] == [field.name for field in offered.filters]
        for one, field in zip(told.filters, offered.filters, strict=True):
            assert one.type.value in set(FilterType)
            assert set(one.operators) <= {member.value for member in FilterOperation}
            assert len(one.operators) == len(field.operators)
            assert tuple(one.values or ()) == field.values
        assert told.supported_response_fields == list(offered.response_fields)
        most = offered.page_limit_max
        assert told.traits["limit"] == {"default": min(1_000, most), "maximum": most}
    assert operation(card, "get_threat").filters is None


def test_a_declared_filter_can_be_used_as_it_is_spelled(host: Served, client: Any) -> None:
    card = client.get_provider("emailsecurity_defender_for_office", expand="operations").result
    told = operation(card, "query_events")
    (severity,) = [one for one in told.filters if one.name == "severity"]
    assert severity.operators[1] == "neq"
    for word in ("neq", "ne"):
        asked = host.get(told.request_path, filter=f"severity[{word}]Low", limit=1)
        assert asked.status_code == 200
    assert told.request_method == "GET"


def test_orders_are_told_where_there_are_any(client: Any) -> None:
    orders = {
        card.id: operation(card, "query_threats").orders
        for card in client.list_providers(expand="operations").result
    }
    (time,) = orders["emailsecurity_defender_for_office"]
    assert (time.name, [one.value for one in time.directions]) == ("time", ["desc", "asc"])
    assert orders["emailsecurity_abnormal"] == []


def test_the_configuration_schema_tells_right_from_wrong(client: Any) -> None:
    card = client.get_provider("emailsecurity_defender_for_office", expand="provider_config").result
    schema = validator_for(card.provider_config)
    right = default_settings()
    assert schema.is_valid(right)
    assert not schema.is_valid({"tenant_id": right["tenant_id"]})
    assert not schema.is_valid(right | {"colour": "red"})
    assert right["credential"]["client_secret"] not in str(card.provider_config)


def test_there_is_one_connector(client: Any) -> None:
    (bare,) = client.list_connectors().result
    (whole,) = client.list_connectors(expand="providers").result
    assert bare.providers is None
    assert bare.id.value == "emailsecurity"
    assert bare.provider_ids == [card.id for card in whole.providers]
    assert all(card.operations for card in whole.providers)


async def test_the_asynchronous_client_reads_the_same(host: Served, client: Any) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        here = AsyncSynqlyManagement(
            base_url=host.url, token=host.token, httpx_client=http, max_retries=0
        ).capabilities
        assert await here.list_providers(expand=ALL) == client.list_providers(expand=ALL)
        one = await here.get_provider("emailsecurity_abnormal", expand=ALL)
        assert one == client.get_provider("emailsecurity_abnormal", expand=ALL)
        assert await here.list_connectors() == client.list_connectors()


def test_what_cannot_be_asked_is_refused(host: Served, client: Any) -> None:
    with pytest.raises(NotFoundError) as unknown:
        client.get_provider("emailsecurity_exchange_online")
    assert unknown.value.body.context.parameter.location.value == "path"
    with pytest.raises(BadRequestError, match="provider_config"):
        client.list_providers(expand="everything")
    assert host.get("/v1/capabilities/providers", token="no").status_code == 401
    with pytest.raises(UnauthorizedError), httpx.Client(timeout=60) as http:
        SynqlyManagement(
            base_url=host.url, token="no", httpx_client=http, max_retries=0
        ).capabilities.list_connectors()


def test_a_plugin_that_cannot_be_loaded_harms_no_other(host: Served, client: Any) -> None:
    with plugins("import_error", "good"):
        told = host.get("/v1/capabilities/providers", expand=ALL).json()
        lame = host.get("/v1/capabilities/providers/lame")
    ids = [card["id"] for card in told["result"]]
    assert set(ids) >= {"emailsecurity_acme", *(spec.id for spec in SPECS)}
    (problem,) = told["messages"]["problems"]
    assert "lame-connector" in problem["message"]
    assert "lame_vendor_sdk" not in str(told)  # why not is for the operator
    (acme,) = [card for card in told["result"] if card["id"] == "emailsecurity_acme"]
    assert "provider_config" not in acme  # its vendor package is not installed
    supported = [one["supported"] for one in acme["operations"]]
    assert supported == [False, False, True]
    assert lame.status_code == 404
