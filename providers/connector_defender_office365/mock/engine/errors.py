"""The one error of the engine, worded as the service words it where that wording is known."""

from typing import Final, Literal

Kind = Literal["syntax", "semantic", "unsupported", "limits", "result_size", "timeout"]

_FIX_SYNTAX: Final = "Fix syntax errors in your query."
_FIX_SEMANTIC: Final = "Fix semantic errors in your query."
_OUT_OF_RESOURCES: Final = (
    "Query execution has exceeded the allowed limits. Optimize your query and try again."
)


class KqlError(Exception):
    """A query that was not answered.

    `kind` says why: "syntax" and "semantic" are faults the service reports too, "unsupported" is
    legal KQL that this engine refuses rather than answer wrongly, "limits" is memory or size,
    "timeout" is the time limit.
    """

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message


def syntax(text: str) -> KqlError:
    return KqlError("syntax", f"{text}. {_FIX_SYNTAX}")


def semantic(text: str) -> KqlError:
    return KqlError("semantic", f"{text}. {_FIX_SEMANTIC}")


def unsupported(text: str) -> KqlError:
    return KqlError("unsupported", f"This engine does not support {text}.")


def out_of_resources() -> KqlError:
    return KqlError("limits", _OUT_OF_RESOURCES)


def timed_out() -> KqlError:
    return KqlError("timeout", "Query exceeded the timeout period.")


def unknown_table(name: str, operator: str | None) -> KqlError:
    """The answer for a table that does not exist or that the tenant is not licensed for."""
    where = f"'{operator}' operator: " if operator else ""
    return semantic(f"{where}Failed to resolve table or column expression named '{name}'")


def unknown_column(name: str, operator: str) -> KqlError:
    return semantic(f"'{operator}' operator: Failed to resolve scalar expression named '{name}'")
