"""The exception tree. Catch `ConnectorError` for everything this project raises on purpose.

    ConnectorError
    ├── ConfigurationError            a setting is missing or cannot be right
    ├── FilterError                   a filter cannot be understood or served
    │   ├── FilterSyntaxError             not of the form field[op]value
    │   ├── UnknownField                  no such field for this operation
    │   ├── UnsupportedOperator           the field does not take this operator
    │   └── InvalidValue                  the value is not of the field's type
    ├── QueryError                    the window or the limit cannot be served
    ├── CursorError                   forged, foreign, stale or damaged cursor
    ├── PluginError                   a provider cannot be found or loaded
    │   ├── ProviderNotFound
    │   └── BrokenProvider
    ├── ProviderError                 the vendor refused or failed
    │   ├── AuthenticationError           who we are was not accepted
    │   ├── PermissionDeniedError         we are known, but may not (consent, licence)
    │   ├── NotFoundError                 the vendor has no such object
    │   ├── RateLimitedError              too many calls, or the quota is used up
    │   ├── QueryRejectedError            the vendor cannot run this query
    │   │   └── ResultTooLargeError           a narrower query would work
    │   ├── UnavailableError              the vendor or the way to it is down
    │   └── ResponseInvalidError          the reply has a shape nobody knows
    └── MappingError                  a row cannot become an event

Messages never hold a secret, a token or the content of mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class ConnectorError(Exception):
    """Base of every error of this project: what happened, and in `remediation` what would work."""

    remediation: str = ""
    """One sentence on what the reader can do about it; may be empty."""

    def __init__(self, message: str, *, remediation: str = "") -> None:
        super().__init__(message)
        self.message = message
        if remediation:
            self.remediation = remediation


class ConfigurationError(ConnectorError):
    """A setting is missing or cannot be right; nothing was sent."""

    def __init__(self, message: str, *, setting: str = "", remediation: str = "") -> None:
        super().__init__(message, remediation=remediation)
        self.setting = setting


class FilterError(ConnectorError):
    """A filter cannot be understood or served; nothing was sent."""

    def __init__(
        self,
        message: str,
        *,
        filter: str = "",
        position: int | None = None,
        suggestions: tuple[str, ...] = (),
        remediation: str = "",
    ) -> None:
        super().__init__(message, remediation=remediation)
        self.filter = filter
        self.position = position
        """Index into `filter` (characters, from 0) where the trouble starts."""
        self.suggestions = suggestions


class FilterSyntaxError(FilterError):
    """The text is not of the form ``field[op]value``."""


class UnknownField(FilterError):  # noqa: N818
    """The operation declares no such field."""


class UnsupportedOperator(FilterError):  # noqa: N818
    """The field does not take this operator."""


class InvalidValue(FilterError):  # noqa: N818
    """The value is not of the field's type, too long, or cannot stand in a query."""


class QueryError(ConnectorError):
    """The time window or the limit cannot be served; nothing was sent."""

    def __init__(self, message: str, *, parameter: str = "", remediation: str = "") -> None:
        super().__init__(message, remediation=remediation)
        self.parameter = parameter


class CursorError(ConnectorError):
    """The cursor is forged, damaged, stale, or belongs to another query."""

    remediation = "Start the query again without a cursor."


class PluginError(ConnectorError):
    """A provider cannot be found or loaded."""


class ProviderNotFound(PluginError):  # noqa: N818
    """No installed provider has this id."""


class BrokenProvider(PluginError):  # noqa: N818
    """The provider is installed but could not be loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a vendor's failure was met."""

    provider: str = ""
    operation: str = ""
    status: int | None = None
    """HTTP status, when there was an answer."""
    code: str = ""
    """The vendor's own error code."""
    request_id: str = ""
    """The vendor's id of the failed request: quote it in a support case."""


class ProviderError(ConnectorError):
    """The vendor refused or failed."""

    retryable: bool = False
    """Whether the same call may work later without any change."""

    def __init__(
        self,
        message: str,
        *,
        origin: Origin | None = None,
        retry_after: float | None = None,
        remediation: str = "",
        details: Mapping[str, str] | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message, remediation=remediation)
        if retryable is not None:
            self.retryable = retryable
        self.origin = origin or Origin()
        self.retry_after = retry_after
        """Seconds to wait before trying again, when the vendor said so."""
        self.details = dict(details or {})
        """Facts for programs, such as ``resume_at``: when to ask again, as RFC 3339 text."""

    def __str__(self) -> str:
        if not self.origin.request_id:
            return self.message
        return f"{self.message.removesuffix('.')} (request id {self.origin.request_id})."


class AuthenticationError(ProviderError):
    """The credential was not accepted."""


class PermissionDeniedError(ProviderError):
    """The credential is good but lacks a right or a licence."""


class NotFoundError(ProviderError):
    """The vendor has no such object."""


class RateLimitedError(ProviderError):
    """Too many calls, or the tenant's quota is used up."""

    retryable = True


class QueryRejectedError(ProviderError):
    """The vendor cannot run this query."""


class ResultTooLargeError(QueryRejectedError):
    """The vendor gave up on the size or the cost of the answer; a narrower query would work."""


class UnavailableError(ProviderError):
    """The vendor, or the way to it, is down."""

    retryable = True


class ResponseInvalidError(ProviderError):
    """The reply has a shape that nobody knows: empty is not the same as unparsed."""

    retryable = True


class MappingError(ConnectorError):
    """A vendor row cannot become an event."""

    def __init__(self, message: str, *, table: str = "", column: str = "", row: str = "") -> None:
        super().__init__(message)
        self.table = table
        self.column = column
        self.row = row
        """The row's key; never its content."""
