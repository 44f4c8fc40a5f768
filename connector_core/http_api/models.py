"""The shapes of all answers, for the OpenAPI document; no answer is built from them or checked."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from connector_core.ocsf.models import DetectionFinding, EmailActivity


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ProblemParameter(_Shape):
    """The part of the request that is at fault."""

    id: str
    location: Literal["query", "path", "header", "body"]
    value: str | None = None
    """What the caller wrote there."""


class ProblemContext(_Shape):
    """Where the problem was met."""

    parameter: ProblemParameter | None = None
    provider_details: dict[str, str] | None = None
    """Of a vendor's fault: `provider`, `operation`, `status`, `code`, `request_id` (quote it in a
    support case), `resume_at`. Of a filter's: `suggestions`, `position`."""


class Problem(_Shape):
    """Why a request was refused or failed, or what the caller should know about an answer."""

    message: str
    remediation: str | None = None
    """What would help."""
    context: ProblemContext | None = None
    type: str
    """A stable word for programs: `urn:connector:error:...` or `urn:connector:notice:...`."""
    status: int
    occurred_at: str = Field(json_schema_extra={"format": "date-time"})
    instance: str
    """`urn:request:` and the id of the request, as in the header `x-request-id`."""


class Messages(_Shape):
    """What the caller should know although the answer stands."""

    problems: list[Problem]


class PrimaryReply(_Shape):
    """The vendor's reply to the first request of the operation itself."""

    endpoint: str
    response: str
    """As the vendor wrote it."""


class Replies(_Shape):
    """Of `api/response(primary)` and `api/response(all)`."""

    primary: PrimaryReply | None = None
    """Absent when nothing was asked but what serves all operations."""
    list_: dict[str, list[str]] | None = Field(None, alias="list")
    """Endpoint -> its replies, as the vendor wrote them."""


class VendorReplies(_Shape):
    """What the vendor answered."""

    response: Replies


class Stats(_Shape):
    """Of `stats/count()`."""

    count: dict[str, int]
    """`*`: objects in this answer."""


class Queried(_Shape):
    """Of `query/native` and `query/plan`."""

    native: str | None = None
    """The vendor's query, or the requests that stand for one."""
    plan: dict[str, Any] | None = None
    """Range, order, limit, and what becomes of each filter."""


class Span(_Shape):
    """`start` belongs to it, `end` does not."""

    start: str
    end: str


class DecidedFilter(_Shape):
    """Who decided a filter."""

    filter: str
    disposition: Literal["pushed", "narrowed", "local"]
    """By the vendor, by both, or by this program."""


class Completeness(_Shape):
    """How an answer came about, and whether it is whole."""

    complete: bool
    """False as soon as anything says that objects may be missing."""
    reasons: list[str]
    effective_range: Span | None = None
    """What was really searched; absent for one finding."""
    filters: list[DecidedFilter]
    calls: int
    retries: int
    rows_read: int
    rows_kept: int
    throttled_ms: int
    drift: dict[str, int]
    """Columns and values that the mapping does not know -> how often each was met."""


class Meta(_Shape):
    """What the meta functions say; empty when none was asked for."""

    api: VendorReplies | None = None
    stats: Stats | None = None
    query: Queried | None = None
    completeness: Completeness | None = None


class Threats(_Shape):
    """A page of findings."""

    result: list[DetectionFinding]
    cursor: str
    """Asks for the next page; empty on the last one."""
    meta: Meta
    messages: Messages


class Threat(_Shape):
    """One finding."""

    result: DetectionFinding
    meta: Meta
    messages: Messages


class EmailEvents(_Shape):
    """A page of email activities."""

    result: list[EmailActivity]
    cursor: str
    """Asks for the next page; empty on the last one."""
    meta: Meta
    messages: Messages


class Filter(_Shape):
    """A field that can be filtered by."""

    name: str
    type: Literal["string", "datetime", "enum", "boolean", "number"]
    operators: list[str]
    values: list[str] | None = None
    docs: str | None = None


class OrderBy(_Shape):
    """An order that can be asked for, as `name[direction]`."""

    name: str
    directions: list[Literal["asc", "desc"]]


class OperationCapabilities(_Shape):
    """What one operation of a provider offers."""

    id: str
    name: str
    fullname: str
    request_method: str
    request_path: str
    supported: bool
    required_fields: list[str]
    supported_response_fields: list[str] | None = None
    filters: list[Filter] | None = None
    orders: list[OrderBy] | None = None
    traits: dict[str, Any] | None = None
    """Limits of pages and ranges, lateness, and what counts as a threat."""


class ConnectorRelease(_Shape):
    """How mature it is."""

    availability: str


class ProviderRelease(ConnectorRelease):
    """How mature it is, and for what."""

    environments: list[Literal["prod", "test"]]


class ConnectorCapabilities(_Shape):
    """A kind of product."""

    id: str
    name: str
    connector: str
    fullname: str
    description: str
    provider_ids: list[str]
    release: ConnectorRelease
    providers: "list[ProviderCapabilities] | None" = None


class ProviderLimits(_Shape):
    """What the vendor allows."""

    rate_budget: str
    concurrency: int | None = None
    """Requests at once; absent where no such limit is known."""


class ProviderCapabilities(_Shape):
    """One product."""

    id: str
    name: str
    fullname: str
    vendor: str
    description: str
    connector_id: str
    connector: str | ConnectorCapabilities
    """Its id, or itself with `expand=connector`."""
    release: ProviderRelease
    limits: ProviderLimits
    operations: list[OperationCapabilities] | None = None
    provider_config: dict[str, Any] | None = None
    """JSON schema of the provider's configuration."""


class Providers(_Shape):
    """The installed providers."""

    result: list[ProviderCapabilities]
    messages: Messages


class Provider(_Shape):
    """One provider."""

    result: ProviderCapabilities
    messages: Messages


class Connectors(_Shape):
    """The kinds of product."""

    result: list[ConnectorCapabilities]
    messages: Messages


class State(_Shape):
    """How the process is."""

    status: str


ANSWERS: tuple[type[BaseModel], ...] = (
    Threats, Threat, EmailEvents, Providers, Provider, Connectors, State, Problem,
)  # fmt: skip
"""What stands at the top of an answer."""
