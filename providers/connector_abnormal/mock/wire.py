"""Requests and answers without an HTTP library, and the shapes of refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

SHAPES: Final = ("detail", "message", "error")
"""The key that holds the words of a refusal; public clients have met each of them."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; `url` is absolute, header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def path(self) -> str:
        """As it was sent: not unquoted."""
        return urlsplit(self.url).path

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        """The parameters of the query, each with its values."""
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    def header(self, name: str) -> str:
        """A header's value; empty when it was not sent."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"


def answered(value: object, status: int = 200) -> Answer:
    """An answer with `value` as JSON."""
    return Answer(status, orjson.dumps(value))


class RefusalError(Exception):
    """Ends the work on a request; the vendor writes it in one of its shapes."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words

    def answer(self, shape: str, **beside: Any) -> Answer:
        """The refusal, with its words under the key `shape`."""
        return answered({shape: self.words, **beside}, self.status)
