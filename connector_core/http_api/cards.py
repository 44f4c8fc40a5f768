"""Providers, operations and filters as the capabilities endpoints describe them.

Beside Synqly's own properties an operation has ``traits`` and a provider ``limits``: what a caller
should know and no property of theirs says.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector_core.filter.fields import FilterField, Operator, ValueType
from connector_core.provider import OperationCapabilities, ProviderSpec
from connector_core.query import Operation, Order

CONNECTOR: Final = "emailsecurity"
_log = logging.getLogger(__name__)

# fmt: off
OPERATIONS: Final[Mapping[Operation, tuple[str, str, str]]] = {
    "query_threats": ("emailsecurity_query_threats", "Query threats",
                      "/v1/email-security/threats"),
    "get_threat":    ("emailsecurity_get_threat_details", "Get threat details",
                      "/v1/email-security/threats/{threatId}"),
    "query_events":  ("emailsecurity_query_email_events", "Query email events",
                      "/v1/email-security/email-events"),
}
"""A provider's operation -> its id, its name for people, and its path."""
TYPES: Final[Mapping[ValueType, str]] = {
    ValueType.TEXT:       "string",
    ValueType.ENUM:       "enum",
    ValueType.INTEGER:    "number",
    ValueType.BOOLEAN:    "boolean",
    ValueType.TIME:       "datetime",
    ValueType.IP:         "string",
    ValueType.MESSAGE_ID: "string",
}
NOTES: Final[Mapping[ValueType, str]] = {
    ValueType.INTEGER:    "A whole number.",
    ValueType.TIME:       "RFC 3339 with an offset, a date alone, or milliseconds since 1970 UTC.",
    ValueType.IP:         "Two spellings of one address are equal.",
    ValueType.MESSAGE_ID: "Compares without case and without angle brackets.",
}
"""What the types of the contract do not say."""
DIRECTIONS: Final[Mapping[Order, str]] = {"newest_first": "desc", "oldest_first": "asc"}
# fmt: on
SPELLED: Final[Mapping[Operator, str]] = {Operator.NE: "neq"}
"""Operators that the contract declares in another spelling; filters may use either."""


def connector(provider_ids: Sequence[str]) -> dict[str, Any]:
    """The one kind of product there is."""
    return {
        "id": CONNECTOR,
        "name": CONNECTOR,
        "connector": CONNECTOR,
        "fullname": "Email security",
        "description": "Threats that email-security products detected, and what happened to mail.",
        "provider_ids": list(provider_ids),
        "release": {"availability": "pre-release"},
    }


def provider(spec: ProviderSpec, expand: Sequence[str], all_ids: Sequence[str]) -> dict[str, Any]:
    """A provider; what `expand` names comes along. `all_ids` are those of the connector."""
    card: dict[str, Any] = {
        "id": spec.id,
        "name": spec.name,
        "fullname": spec.fullname,
        "vendor": spec.vendor,
        "description": spec.description,
        "connector_id": CONNECTOR,
        "connector": connector(all_ids) if "connector" in expand else CONNECTOR,
        "release": {
            "availability": spec.release,
            "environments": ["prod", "test"] if spec.needs_configuration else ["test"],
        },
        "limits": {"rate_budget": spec.capabilities.rate_budget},
    }
    if spec.capabilities.concurrency is not None:
        card["limits"]["concurrency"] = spec.capabilities.concurrency
    if "operations" in expand:
        card["operations"] = [_operation(spec, name) for name in OPERATIONS]
    if "provider_config" in expand and (schema := _configuration(spec)):
        card["provider_config"] = schema
    return card


def _configuration(spec: ProviderSpec) -> dict[str, Any] | None:
    """JSON schema of the provider's configuration; None for one that cannot be described."""
    try:
        return spec.config().model_json_schema()
    except Exception as error:  # a stranger's model may do anything; the others must be listed
        _log.warning("The configuration of %s has no schema: %s", spec.id, type(error).__name__)
        return None


def _operation(spec: ProviderSpec, name: Operation) -> dict[str, Any]:
    id, fullname, path = OPERATIONS[name]
    offered = spec.capabilities.operations.get(name)
    card: dict[str, Any] = {
        "id": id,
        "name": name,
        "fullname": fullname,
        "request_method": "GET",
        "request_path": path,
        "supported": offered is not None and offered.supported,
        "required_fields": [],
    }
    if offered is None or not offered.supported:
        return card
    card["supported_response_fields"] = list(offered.response_fields)
    card["traits"] = _traits(offered)
    if name != "get_threat":
        card["filters"] = [_filter(field) for field in offered.filters]
        card["orders"] = _orders(offered.orders)
        card["traits"] |= _listing_traits(offered)
    return card


def _filter(field: FilterField) -> dict[str, Any]:
    told = [field.description, NOTES.get(field.type, "")]
    if field.open and field.values:
        told.append("The vendor's own words are taken, too.")
    if field.mode == "local":
        told.append("Decided after reading more than is returned.")
    card: dict[str, Any] = {
        "name": field.name,
        "type": TYPES[field.type],
        "operators": [SPELLED.get(operator, str(operator)) for operator in field.operators],
    }
    if field.values:
        card["values"] = list(field.values)
    if docs := " ".join(filter(None, told)):
        card["docs"] = docs
    return card


def _orders(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Empty for a provider that lists as its vendor does."""
    directions = [DIRECTIONS[order] for order in orders if order in DIRECTIONS]
    return [{"name": "time", "directions": directions}] if directions else []


def _traits(offered: OperationCapabilities) -> dict[str, Any]:
    return {
        "visibility": offered.visibility,
        "detail_level": offered.detail_level,
        "threat_granularity": list(offered.threat_granularity),
        "lateness_minutes": offered.lateness_minutes,
    }


def _listing_traits(offered: OperationCapabilities) -> dict[str, Any]:
    return {
        "limit": {"default": offered.page_limit_default, "maximum": offered.page_limit_max},
        "default_range_days": offered.default_range_days,
        "max_range_days": offered.max_range_days,
    }
