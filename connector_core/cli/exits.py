"""Exit codes: one table that the program, its help and the documentation share."""

from typing import Final, NamedTuple

from connector_core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    CursorError,
    FilterError,
    MappingError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    QueryError,
    QueryRejectedError,
    RateLimitedError,
    ResponseInvalidError,
    UnavailableError,
)

OK: Final = 0
UNEXPECTED: Final = 1
USAGE: Final = 2
CHECK_FAILED: Final = 13
PARTIAL: Final = 14
OUTPUT_FAILED: Final = 15
INTERRUPTED: Final = 130
OUTPUT_CLOSED: Final = 141


class Row(NamedTuple):
    """One exit code."""

    code: int
    meaning: str
    errors: tuple[type[ConnectorError], ...] = ()


# fmt: off
TABLE: Final = (
    Row(OK,            "success"),
    Row(UNEXPECTED,    "a fault of this program, or a failure of no known kind"),
    Row(USAGE,         "the command line was not understood"),
    Row(3,             "a setting is missing or cannot be right", (ConfigurationError,)),
    Row(4,             "the filter, range or limit cannot be served",
        (FilterError, QueryError, QueryRejectedError)),
    Row(5,             "the cursor is damaged, too old or of another query", (CursorError,)),
    Row(6,             "the provider is not installed or is broken", (PluginError,)),
    Row(7,             "the credential was not accepted", (AuthenticationError,)),
    Row(8,             "a right, a consent or a licence is missing", (PermissionDeniedError,)),
    Row(9,             "the vendor has no such object", (NotFoundError,)),
    Row(10,            "too many calls: try again later", (RateLimitedError,)),
    Row(11,            "the vendor, or the way to it, is down", (UnavailableError,)),
    Row(12,            "the vendor's answer was not understood",
        (ResponseInvalidError, MappingError)),
    Row(CHECK_FAILED,  "the check found something wrong"),
    Row(PARTIAL,       "of several providers asked together, some did not answer"),
    Row(OUTPUT_FAILED, "the output cannot be written, such as to a full disk"),
    Row(INTERRUPTED,   "interrupted from the keyboard"),
    Row(OUTPUT_CLOSED, "the reader of the output went away"),
)
# fmt: on


def code_of(error: BaseException) -> int:
    """The exit code of an exception."""
    for row in TABLE:
        if isinstance(error, row.errors):
            return row.code
    return UNEXPECTED


def table_text() -> str:
    """The table in lines, for the help text."""
    return "\n".join(f"  {row.code:>3}  {row.meaning}" for row in TABLE)
