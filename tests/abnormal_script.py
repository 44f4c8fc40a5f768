"""An Abnormal account whose answers a test writes down, and connectors to it."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from connector_core import AsyncConnector, Connector, ManualClock

PROVIDER = "emailsecurity_abnormal"
TOKEN = "a-token-of-a-test"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
Answer = Mapping[str, Any] | httpx.Response | Callable[[httpx.Request], httpx.Response]


def message(number: int = 1, **fields: Any) -> dict[str, Any]:
    """One message of a threat, received `number` minutes before noon."""
    return {
        "abxMessageIdStr": f"{number}",
        "subject": f"Subject {number}",
        "fromAddress": "billing@evil.example",
        "recipientAddress": f"user{number}@contoso.example",
        "receivedTime": f"2026-11-20T{11 - number // 60:02d}:{59 - number % 60:02d}:00Z",
        "attackType": "Malware",
    } | fields


def threat(uid: str, *messages: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """One page of a threat."""
    return {"threatId": uid, "messages": list(messages), "pageNumber": 1} | fields


def result(number: int = 1, **fields: Any) -> dict[str, Any]:
    """One search result, received `number` minutes before noon."""
    return {
        "abnormal_message_uuid": f"uuid-{number}",
        "received_time": f"2026-11-20T{11 - number // 60:02d}:{59 - number % 60:02d}:00Z",
        "sender": "billing@evil.example",
        "mailbox_name": "anna@contoso.example",
        "subject": f"Subject {number}",
    } | fields


def ids(*uids: object, **fields: Any) -> dict[str, Any]:
    """One page of the list of threats."""
    return {"threats": [{"threatId": uid} for uid in uids], "pageNumber": 1} | fields


def results(*found: object, **fields: Any) -> dict[str, Any]:
    """One page of search results."""
    return {
        "results": list(found),
        "total": len(found),
        "pageNumber": 1,
        "nextPageNumber": None,
    } | (fields)


class Script(httpx.MockTransport):
    """Answers each path with what was written down for it; 404 for any other.

    The search is written down by its source: ``/search abnormal``. With `together` requests wait
    for each other, so that `most` tells how many were under way at once.
    """

    def __init__(self, answers: Mapping[str, Answer], together: int = 0) -> None:
        super().__init__(self._answer)
        self.answers = dict(answers)
        self.requests: list[httpx.Request] = []
        self.clock = ManualClock(NOW)
        self.most = 0
        self._lock = threading.Lock()
        self._under_way = 0
        self._gate = threading.Barrier(together) if together else None

    def connector(self, **settings: Any) -> Connector:
        """A new connector."""
        return Connector.open(
            PROVIDER,
            {"token": TOKEN} | settings,
            transport=self,
            clock=self.clock,
            cursor_key=bytes(32),
        )

    def async_connector(self, **settings: Any) -> AsyncConnector:
        """The same for asyncio."""
        settings = {"token": TOKEN} | settings
        return AsyncConnector.open(PROVIDER, settings, transport=self, clock=self.clock)

    def asked(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(path_of(request) for request in self.requests)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = path_of(request)
        with self._lock:
            self.requests.append(request)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        try:
            if self._gate is not None and path.startswith("/threats/"):
                self._gate.wait(timeout=5)
            answer = self.answers.get(path, httpx.Response(404, json={"message": "unknown"}))
            if callable(answer):
                return answer(request)
            if isinstance(answer, httpx.Response):
                return httpx.Response(
                    answer.status_code, headers=answer.headers, content=answer.content
                )
            return httpx.Response(200, json=answer)
        finally:
            with self._lock:
                self._under_way -= 1


def path_of(request: httpx.Request) -> str:
    """A request's path after the base URL; a search with its source."""
    path = request.url.path.removeprefix("/v1")
    return f"{path} {json.loads(request.content)['source']}" if path == "/search" else path


def pages(
    *answers: Mapping[str, Any], number: str = "pageNumber"
) -> Callable[[httpx.Request], httpx.Response]:
    """Answers page after page by the number asked for; beyond the last, an empty list."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params[number])
        if page > len(answers):
            empty: dict[str, Any] = {
                name: [] for name, value in answers[0].items() if isinstance(value, list)
            }
            return httpx.Response(200, json=empty | {"pageNumber": page})
        following = {"nextPageNumber": page + 1} if page < len(answers) else {}
        return httpx.Response(200, json=dict(answers[page - 1]) | {"pageNumber": page} | following)

    return answer


def account(count: int, size: int, **more: Answer) -> Script:
    """An account with `count` threats of one message, listed `size` to a page."""
    uids = [f"t{number}" for number in range(1, count + 1)]
    listed = [ids(*uids[start : start + size]) for start in range(0, count, size)]
    details: dict[str, Answer] = {
        f"/threats/{uid}": threat(uid, message(number)) for number, uid in enumerate(uids, 1)
    }
    return Script({"/threats": pages(*listed)} | details | more)
