"""What tests do with the web page: log in as a browser does, and read pages."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import httpx

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says when a form of the host's own page is sent."""
TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody; reading the machine's certificates takes longer than most tests."""
VOID = {"meta", "link", "input", "br"}


@contextmanager
def browser(url: str, token: str = "") -> Iterator[httpx.Client]:
    """A client that keeps cookies; with a token it is logged in."""
    with httpx.Client(base_url=url, timeout=60, verify=TRUST) as client:
        if token:
            answer = log_in(client, token)
            assert answer.status_code == 303
        yield client


def log_in(client: httpx.Client, token: str, **fields: str) -> httpx.Response:
    """Send the form."""
    return client.post("/login", data={"token": token, **fields}, headers=SAME_SITE)


class Node:
    """An element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""

    def all(self, tag: str = "", **attributes: str) -> "list[Node]":
        """Elements inside this one, in order; `class_` for a class, `data_label` for a dash."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            node
            for node in self._inside()
            if tag in ("", node.tag)
            and all(
                value in (node.attributes.get(key) or "").split()
                if key == "class"
                else node.attributes.get(key) == value
                for key, value in wanted.items()
            )
        ]

    def one(self, tag: str = "", **attributes: str) -> "Node":
        """The only element of this kind."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """All text inside."""
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    def _inside(self) -> "Iterator[Node]":
        for one in self.children:
            if isinstance(one, Node):
                yield one
                yield from one._inside()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(answer: httpx.Response) -> Node:
    """The elements of a page, all of them closed."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    (root,) = reader.open
    return root
