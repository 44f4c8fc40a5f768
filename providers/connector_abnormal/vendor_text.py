"""Where Abnormal's answers say what is wrong, and which request it was."""

from typing import TYPE_CHECKING, Any, Final

from connector_core.vendor_text import safe_id, shown

if TYPE_CHECKING:
    import httpx

_FAILURES: Final = ("detail", "message", "error", "errors")
"""What stands in an error alone. Published are `detail`, `message` and `error`, one at a time."""
_WORDS: Final = (*_FAILURES, "title", "description")
"""Where an error's text stands."""


def tells_of_failure(body: dict[str, Any]) -> bool:
    """Whether an answer is an error in one of the shapes, whatever else it holds."""
    return any(body.get(word) for word in _FAILURES)


def told(body: dict[str, Any]) -> str:
    """The message in an error's body, in any of its shapes; empty when there is none."""
    for word in _WORDS:
        value = body.get(word)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            value = next((value[name] for name in _WORDS if name in value), "")
        if isinstance(value, list) and value:
            value = value[0]
        if text := shown(value):
            return text
    return ""


def trace_id(body: dict[str, Any], headers: "httpx.Headers") -> str:
    """The vendor's id of a request, from the body's metadata or from a header."""
    metadata = body.get("metadata")
    found = metadata.get("trace_id") if isinstance(metadata, dict) else None
    for value in (found, body.get("trace_id"), headers.get("x-request-id")):
        if known := safe_id(value):
            return known
    return ""
