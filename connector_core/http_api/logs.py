"""The host's log: one line for each event, as JSON or as text, on stderr.

Every line has time, level, logger, message, request id and integration. What else a line may hold
stands in `FIELDS`; an error is shown by class and frames, never with its message.
"""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final

import stamina.instrumentation
from pythonjsonlogger.json import JsonFormatter

from connector_core.errors import ConfigurationError
from connector_core.http_api.frames import frames
from connector_core.http_api.requests import current

FORMATS: Final = ("json", "text")
LEVELS: Final = ("debug", "info", "warning", "error")
FIELDS: Final = (
    "method", "route", "status", "duration_ms", "bytes", "broken_off", "error",
    "vendor_status", "vendor_code", "vendor_request_id", "traceback",
)  # fmt: skip
"""What a line may hold beside what every line has."""
OURS: Final = ("connector_core", "uvicorn")
"""Loggers that speak at the level asked for; all others from WARNING on, since what they say of
requests holds URLs and bodies."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN_WORDS: Final = re.compile(r"[A-Za-z ]*[A-Za-z]")


def configure(format: str, level: str) -> None:
    """Send all log lines of this process to stderr in `FORMATS`, from one of `LEVELS` on.

    Replaces what was configured before. Raises `ConfigurationError` for other words.
    """
    if format not in FORMATS:
        raise ConfigurationError(
            f"Unknown log format {format!r}.", remediation=f"Known: {', '.join(FORMATS)}."
        )
    if level not in LEVELS:
        raise ConfigurationError(
            f"Unknown log level {level!r}.", remediation=f"Known: {', '.join(LEVELS)}."
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    chosen = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(chosen, logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(chosen)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # It would say every retry once more, with the message of the error.
    stamina.instrumentation.set_on_retry_hooks(())


def line(record: logging.LogRecord) -> dict[str, Any]:
    """What is written of a log record, in the order in which it is written."""
    state = current.get()
    known = {
        "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "level": record.levelname.lower(),
        "logger": record.name.removesuffix(".error"),  # uvicorn's for all that it says
        "message": _message(record),
        "request_id": state.get("request_id", ""),
        "integration": state.get("integration", ""),
    }
    extra = {name: vars(record)[name] for name in FIELDS if name in vars(record)}
    if record.exc_info and record.exc_info[1] is not None:
        extra["traceback"] = frames(record.exc_info[1])
    return known | extra


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    if record.name == "asyncio":  # goes on with the repr of a task or of a call's arguments
        match = _PLAIN_WORDS.match(message)
        return match[0] if match else ""
    return message


class _Json(JsonFormatter):
    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data.update(line(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return ""  # `line` says it in its own way


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        words = line(record)
        traceback = words.pop("traceback", "")
        head = [words.pop(name) for name in ("time", "level", "logger", "message")]
        rest = [f"{name}={value}" for name, value in words.items() if value != ""]
        text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", " ".join([*head, *rest]))
        return "\n".join([text, *(f"  {one}" for one in traceback.splitlines())])
