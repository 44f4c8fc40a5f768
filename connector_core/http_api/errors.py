"""What goes wrong between a caller and the host, before any provider is asked."""

from connector_core.errors import ConnectorError


class HostError(ConnectorError):
    """The host refuses a request."""

    status = 400
    """The HTTP status of the answer."""
    code = "bad_request"
    """A stable word for programs; the last part of the Problem's ``type``."""
    retry_after: float | None = None

    def __init__(
        self,
        message: str,
        *,
        parameter: str = "",
        location: str = "query",
        value: str | None = None,
        remediation: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remediation=remediation)
        self.parameter = parameter
        """Which part of the request is at fault."""
        self.location = location
        """Where that part stands: query, path, header or body."""
        self.value = value
        """What the caller wrote there, told back to that caller alone; None tells nothing."""
        if retry_after is not None:
            self.retry_after = retry_after


class Ambiguous(HostError):  # noqa: N818
    """The request says two different things, and who is on the way may hear the other one."""


class Unauthorized(HostError):  # noqa: N818
    """No token, or one that opens no integration."""

    status = 401
    code = "unauthorized"


class NoSuchPath(HostError):  # noqa: N818
    """Nothing is served there."""

    status = 404
    code = "no_such_path"


class NoSuchProvider(HostError):  # noqa: N818
    """The host has no provider with this id."""

    status = 404
    code = "provider_not_found"


class MethodNotAllowed(HostError):  # noqa: N818
    """The path takes other methods."""

    status = 405
    code = "method_not_allowed"


class TooSlow(HostError):  # noqa: N818
    """The request's body did not arrive in time."""

    status = 408
    code = "too_slow"


class BodyTooLarge(HostError):  # noqa: N818
    """The request's body is larger than the host takes."""

    status = 413
    code = "body_too_large"


class UrlTooLong(HostError):  # noqa: N818
    """Path and query string are longer than the host takes."""

    status = 414
    code = "url_too_long"


class Busy(HostError):  # noqa: N818
    """Too many operations of the integration are under way."""

    status = 429
    code = "busy"
    retry_after = 1.0


class HeadersTooLarge(HostError):  # noqa: N818
    """The request's headers are larger than the host takes."""

    status = 431
    code = "headers_too_large"


class ClientGone(HostError):  # noqa: N818
    """The client went away before it was answered: a status for the log, nobody receives it."""

    status = 499
    code = "client_gone"


class NotReady(HostError):  # noqa: N818
    """The host is starting or stopping."""

    status = 503
    code = "not_ready"
    retry_after = 1.0


class TookTooLong(HostError):  # noqa: N818
    """The operation did not end in time."""

    status = 504
    code = "took_too_long"
