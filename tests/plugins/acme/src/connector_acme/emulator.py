"""Acme Mail Guard in memory: it executes the API, so that nothing needs a network or an account."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import httpx

from connector_core.clock import Clock
from connector_core.convert import timestamp

Record = Mapping[str, Any]
TIMES: Final = {"messages": "received_at", "detections": "detected_at"}
LARGEST_LIMIT: Final = 200
LONGEST_QUERY: Final = 8_000
KEPT_MS: Final = 90 * 86_400_000
KNOWN: Final = frozenset(
    {"from", "to", "sender", "recipient", "subject_contains", "verdict", "limit", "after"}
)


class Refused(Exception):  # noqa: N818
    """An answer with an error."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass(eq=False)
class Emulator(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """One account; an httpx transport for blocking and asyncio clients alike."""

    host: str
    api_key: str
    clock: Clock
    records: Mapping[str, Sequence[Record]]
    """By the name of the list."""
    forbidden: frozenset[str] = frozenset()
    """Lists that the key may not read."""
    lost: Callable[[Record], bool] = lambda record: False
    """Which records are on a part of the index that does not answer."""
    _requests: Any = field(default_factory=lambda: count(1), repr=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = {"x-request-id": f"acme-{next(self._requests):06d}"}
        try:
            status, body = 200, self._answer(request)
        except Refused as no:
            status, body = no.status, {"error": {"code": no.code, "message": no.message}}
        content = json.dumps(body, ensure_ascii=False).encode()
        headers["content-type"] = "application/json"
        return httpx.Response(status, headers=headers, content=content, request=request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return self.handle_request(request)

    def _answer(self, request: httpx.Request) -> Any:
        if request.url.host != self.host:
            raise Refused(404, "no_such_account")
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            raise Refused(401, "invalid_key", "The key is unknown or was withdrawn.")
        if request.method != "GET":
            raise Refused(405, "method_not_allowed")
        match request.url.path.strip("/").split("/"):
            case ["v1", ("messages" | "detections") as name]:
                return self._list(self._readable(name), TIMES[name], request.url)
            case ["v1", "detections", uid]:
                for record in self._readable("detections"):
                    if record["id"] == uid:
                        return record
        raise Refused(404, "not_found")

    def _readable(self, name: str) -> list[Record]:
        """What the account holds now, newest first."""
        if name in self.forbidden:
            raise Refused(403, "right_missing", f"The key may not read {name}.")
        time, now = TIMES[name], int(self.clock.now() * 1_000)
        held = [row for row in self.records[name] if now - KEPT_MS <= _ms(row[time]) <= now]
        return sorted(held, key=lambda row: (_ms(row[time]), row["id"]), reverse=True)

    def _list(self, rows: list[Record], time: str, url: httpx.URL) -> Any:
        if len(url.query) > LONGEST_QUERY:
            raise Refused(414, "query_too_long")
        asked: dict[str, list[str]] = {}
        for name, value in url.params.multi_items():
            if name not in KNOWN:
                raise Refused(400, "unknown_parameter", f"There is no parameter {name}.")
            if value:
                asked.setdefault(name, []).append(value)
        limit = asked.get("limit", ["50"])[-1]
        if not limit.isdecimal() or not 1 <= int(limit) <= LARGEST_LIMIT:
            raise Refused(400, "invalid_limit", f"1 to {LARGEST_LIMIT}")
        found = [row for row in rows if _matches(row, time, asked)]
        if "after" in asked:
            when, _, uid = asked["after"][-1].rpartition(",")
            found = [row for row in found if (_ms(row[time]), row["id"]) < (_ms(when), uid)]
        part = found[: int(limit)]
        more = len(found) > len(part)
        return {
            "items": [row for row in part if not self.lost(row)],
            "next": f"{part[-1][time]},{part[-1]['id']}" if more else None,
            "partial": any(self.lost(row) for row in part),
        }


def _matches(row: Record, time: str, asked: Mapping[str, Sequence[str]]) -> bool:
    """Whether a record passes every parameter; of several values of one, any will do."""
    when = _ms(row[time])
    if "from" in asked and when < _ms(asked["from"][-1]):
        return False
    if "to" in asked and when >= _ms(asked["to"][-1]):
        return False
    held = {
        "sender": [row["sender"]],
        "recipient": row["recipients"],
        "verdict": [row["verdict"] or ""],
    }
    for name, values in held.items():
        wanted = {value.casefold() for value in asked.get(name, ())}
        if wanted and wanted.isdisjoint(value.casefold() for value in values):
            return False
    parts = [value.casefold() for value in asked.get("subject_contains", ())]
    return not parts or any(part in row["subject"].casefold() for part in parts)


def _ms(text: str) -> int:
    found = timestamp(text)
    if found is None:
        raise Refused(400, "invalid_time", "Write times like 2026-11-15T12:00:00Z.")
    return found[0]
