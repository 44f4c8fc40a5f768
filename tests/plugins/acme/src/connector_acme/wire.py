"""Acme's REST API: makes requests, reads answers, sends nothing."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from .errors import decoded, refuse

Parameters = Mapping[str, str | int | Sequence[str]]
TROUBLE: Final = frozenset({"errors", "message", "detail"})
"""Names under which gateways complain; beside them a list may be empty for want of an answer."""


class KeyAuth(httpx.Auth):
    """Signs requests with the API key."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the key as a bearer token."""
        request.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        yield request


@dataclass(frozen=True, slots=True)
class Answer:
    """A part of a list."""

    records: Sequence[Any] = field(repr=False)
    next: str | None = None
    """Goes into `after` to read on; None at the end of the list."""
    partial: bool = False
    """Whether a part of Acme's index did not answer."""
    strange: Sequence[str] = ()
    """Names that stand beside these and are not in the documentation."""


def path_of(path: str, parameters: Parameters) -> str:
    """A path with its query; a parameter with several values stands there several times."""
    return f"{path}?{urlencode(parameters, doseq=True)}"


def request(host: str, path: str) -> httpx.Request:
    """A request for a path, query included."""
    return httpx.Request("GET", f"https://{host}{path}", headers={"Accept": "application/json"})


def read_list(response: httpx.Response) -> Answer:
    """A part of a list; an answer that is anything else raises, since none is not no record."""
    body = decoded(response)
    records, following, partial = body.get("items"), body.get("next", ""), body.get("partial")
    if not isinstance(records, list) or not isinstance(partial, bool):
        refuse(response)
    if following is not None and not (isinstance(following, str) and following):
        refuse(response)
    if body.keys() & TROUBLE:
        refuse(response)
    return Answer(records, following, partial, sorted(body.keys() - {"items", "next", "partial"}))


def read_record(response: httpx.Response) -> dict[str, Any]:
    """One record."""
    return decoded(response)
