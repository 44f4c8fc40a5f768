"""Meta functions: what a caller wants to know beside the answer.

meta=api/response(primary)&meta=stats/count()&meta=completeness
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connector_core.connector import AsyncConnector
from connector_core.http_api.errors import HostError
from connector_core.page import Detail, Page
from connector_core.paging import Listing
from connector_core.retry import RawReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer, and how it was asked for."""

    connector: AsyncConnector
    operation: Listing | None
    """None for `get_threat`, which has no plan."""
    filters: Sequence[str] = ()
    limit: int | None = None
    order: Any = None
    answer: Page[Any] | Detail = field(repr=False)


def _primary(asked: Asked) -> dict[str, Any]:
    found = [reply for reply in asked.answer.raw if not reply.supporting]
    if not found:
        return {"api": {"response": {}}}
    first = found[0]
    return {
        "api": {"response": {"primary": {"endpoint": first.endpoint, "response": _text(first)}}}
    }


def _all(asked: Asked) -> dict[str, Any]:
    by_endpoint: dict[str, list[str]] = {}
    for reply in asked.answer.raw:
        by_endpoint.setdefault(reply.endpoint, []).append(_text(reply))
    return {"api": {"response": {"list": by_endpoint}}}


def _text(reply: RawReply) -> str:
    """As the vendor wrote it: the contract has text here, not the JSON that it spells."""
    return reply.body.decode("utf-8", "replace")


def _count(asked: Asked) -> dict[str, Any]:
    answer = asked.answer
    return {"stats": {"count": {"*": len(answer.events) if isinstance(answer, Page) else 1}}}


def _native(asked: Asked) -> dict[str, Any]:
    return {"query": {"native": asked.answer.meta.native_query}}


def _plan(asked: Asked) -> dict[str, Any]:
    if asked.operation is None:
        return {"query": {"plan": {"operation": "get_threat"}}}
    explained = asked.connector.explain(
        asked.operation, asked.filters, limit=asked.limit, order=asked.order
    )
    # A cursor goes on in the window of its first page, whatever a new question would ask now.
    searched = {"effective_range": asked.answer.meta.as_dict()["effective_range"]}
    return {"query": {"plan": {**explained.plan, **searched}}}


def _completeness(asked: Asked) -> dict[str, Any]:
    known = asked.answer.meta.as_dict()
    del known["native_query"]
    return {"completeness": {key: value for key, value in known.items() if value is not None}}


FUNCTIONS: Final[Mapping[str, Callable[[Asked], dict[str, Any]]]] = {
    "api/response(primary)": _primary,
    "api/response(all)": _all,
    "stats/count()": _count,
    "query/native": _native,
    "query/plan": _plan,
    "completeness": _completeness,
}
"""By name as callers write them; empty parentheses may be left out, or added."""


def parse(names: Sequence[str]) -> list[str]:
    """The functions asked for, each once. Raises `HostError` for one that is not known."""
    found = []
    for name in names:
        bare = name.strip().removesuffix("()")
        known = next((one for one in (bare, f"{bare}()") if one in FUNCTIONS), None)
        if known is None:
            raise HostError(
                f"Unknown meta function {name[:80]!r}.",
                parameter="meta",
                value=name,
                remediation=f"Known: {', '.join(FUNCTIONS)}.",
            )
        if known not in found:
            found.append(known)
    return found


def wants_raw(names: Sequence[str]) -> bool:
    """Whether the vendor's replies are needed."""
    return any(name.startswith("api/response") for name in names)


def meta_of(names: Sequence[str], asked: Asked) -> dict[str, Any]:
    """What all the functions say, as one object."""
    result: dict[str, Any] = {}
    for name in names:
        _join(result, FUNCTIONS[name](asked))
    return result


def _join(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _join(into[key], value)
        else:
            into[key] = value
