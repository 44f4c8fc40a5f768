"""Drive a provider's flow: the only place that sends a request.

`Driver` and `AsyncDriver` differ in nothing but waiting. Each call is sent, read to the end and
understood inside one retried part, so that a broken body or a reply of an unknown shape counts
like a broken connection. What cannot be helped is thrown into the flow, which may ask for less.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpx
import stamina

from connector_core.errors import ConnectorError, Origin, ResponseInvalidError, UnavailableError
from connector_core.provider import Call, Flow
from connector_core.retry import ATTEMPTS, Budget, Trial
from connector_core.transport import NO_RETRY

MAX_BODY_BYTES: Final = 128 * 1024 * 1024
"""Largest reply, decoded; Graph promises at most 50 MB."""
SIDE_BY_SIDE: Final = 4
"""How many requests of one flow are under way at once."""

T = TypeVar("T")


class Driver:
    """Runs flows over an `httpx.Client`."""

    def __init__(self, client: httpx.Client, auth: httpx.Auth | None) -> None:
        self._client = client
        self._auth = auth

    def run(self, flow: Flow[T], budget: Budget) -> T:
        """The flow's result; raises what it raises."""
        step = _start(flow)
        while not isinstance(step, _Done):
            try:
                result = (
                    self._all(step, budget)
                    if isinstance(step, Sequence)
                    else self._one(step, budget)
                )
            except ConnectorError as error:
                step = _advance(flow.throw, error)
            else:
                step = _advance(flow.send, result)
        return step.value  # type: ignore[no-any-return]

    def _all(self, calls: Sequence[Call], budget: Budget) -> list[Any]:
        with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
            return list(pool.map(lambda call: self._one(call, budget), calls))

    def _one(self, call: Call, budget: Budget) -> Any:
        trial = Trial(budget)
        for attempt in stamina.retry_context(trial.again, **_NO_WAIT):
            with attempt, _typed_errors(call.request):
                if trial.pause:
                    budget.clock.sleep(trial.pause)
                _begin(call, trial)
                response = self._client.send(call.request, auth=self._auth, stream=True)
                try:
                    body = _Body(response)
                    if not body.ready:
                        for chunk in response.iter_raw():
                            body.add(chunk)
                finally:
                    response.close()
                return call.read(body.response())
        raise AssertionError  # pragma: no cover - the last attempt raises


class AsyncDriver:
    """Runs flows over an `httpx.AsyncClient`."""

    def __init__(self, client: httpx.AsyncClient, auth: httpx.Auth | None) -> None:
        self._client = client
        self._auth = auth

    async def run(self, flow: Flow[T], budget: Budget) -> T:
        """The flow's result; raises what it raises."""
        step = _start(flow)
        while not isinstance(step, _Done):
            try:
                if isinstance(step, Sequence):
                    result = await self._all(step, budget)
                else:
                    result = await self._one(step, budget)
            except ConnectorError as error:
                step = _advance(flow.throw, error)
            else:
                step = _advance(flow.send, result)
        return step.value  # type: ignore[no-any-return]

    async def _all(self, calls: Sequence[Call], budget: Budget) -> list[Any]:
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(call: Call) -> Any:
            async with places:
                return await self._one(call, budget)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
        return [task.result() for task in tasks]

    async def _one(self, call: Call, budget: Budget) -> Any:
        trial = Trial(budget)
        async for attempt in stamina.retry_context(trial.again, **_NO_WAIT):
            with attempt, _typed_errors(call.request):
                if trial.pause:
                    await budget.clock.asleep(trial.pause)
                _begin(call, trial)
                response = await self._client.send(call.request, auth=self._auth, stream=True)
                try:
                    body = _Body(response)
                    if not body.ready:
                        async for chunk in response.aiter_raw():
                            body.add(chunk)
                finally:
                    await response.aclose()
                return call.read(body.response())
        raise AssertionError  # pragma: no cover - the last attempt raises


# Pauses are ours (`Trial.pause`, on the injected clock); stamina runs the attempts.
_NO_WAIT: Final[dict[str, Any]] = {
    "attempts": ATTEMPTS,
    "timeout": None,
    "wait_initial": 0.0,
    "wait_max": 0.0,
    "wait_jitter": 0.0,
}


class _Done:
    def __init__(self, value: Any) -> None:
        self.value = value


_Step = Call | Sequence[Call] | _Done


def _start(flow: Flow[Any]) -> _Step:
    return _advance(flow.send, None)


def _advance(step: Callable[[Any], Call | Sequence[Call]], value: Any) -> _Step:
    try:
        return step(value)
    except StopIteration as stop:
        return _Done(stop.value)


def _begin(call: Call, trial: Trial) -> None:
    trial.attempts += 1
    trial.pause = 0.0
    trial.budget.calls += 1
    if trial.budget.left <= 0:
        raise UnavailableError(
            "The time for this page is used up.",
            remediation="Ask for a shorter time range or a smaller page.",
            details={"permanent": "deadline"},
        )
    call.request.extensions = {**call.request.extensions, **NO_RETRY}


class _Body:
    """Collects a reply's bytes, undoing at most one gzip coding, never beyond the size limit."""

    def __init__(self, response: httpx.Response) -> None:
        self._head = response
        self._parts: list[bytes] = []
        self._size = 0
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"gzip", "identity", ""}:
            raise ResponseInvalidError(
                f"The reply has an unexpected content coding ({coding[:40]!r})."
            )
        self._gunzip = zlib.decompressobj(31) if coding == "gzip" else None
        self.ready = response.is_stream_consumed
        if self.ready:  # an in-process transport gave the whole body, decoded
            self._gunzip = None
            self.add(response.content)

    def add(self, chunk: bytes) -> None:
        room = MAX_BODY_BYTES - self._size + 1
        try:
            plain = self._gunzip.decompress(chunk, room) if self._gunzip else chunk
        except zlib.error:
            raise ResponseInvalidError("The reply's gzip coding is damaged.") from None
        self._parts.append(plain)
        self._size += len(plain)
        if self._size > MAX_BODY_BYTES:
            raise ResponseInvalidError(
                f"The reply is larger than {MAX_BODY_BYTES} bytes.",
                details={"permanent": "size"},
                remediation="Ask for a smaller page.",
            )

    def response(self) -> httpx.Response:
        if self._gunzip is not None and not self._gunzip.eof:
            raise ResponseInvalidError("The reply ends in the middle of its gzip coding.")
        headers = [
            (name, value)
            for name, value in self._head.headers.multi_items()
            if name.lower() not in {"content-encoding", "content-length", "transfer-encoding"}
        ]
        return httpx.Response(
            self._head.status_code,
            headers=headers,
            content=b"".join(self._parts),
            request=self._head.request,
        )


@contextmanager
def _typed_errors(request: httpx.Request) -> Iterator[None]:
    """Turn httpx's exceptions, which carry whole requests, into our own, which carry none."""
    try:
        yield
    except httpx.HTTPError as error:
        raise _unavailable(error, request.url.host) from None


def _unavailable(error: httpx.HTTPError, host: str) -> UnavailableError:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return UnavailableError(
            f"The TLS certificate of {host} was not accepted.",
            origin=Origin(code=type(error).__name__),
            remediation="If a proxy opens TLS on the way, name its authority in network.ca_file.",
            details={"cause": "tls", "permanent": "tls"},
        )
    for kind, cause, what, remedy in _CAUSES:
        if isinstance(error, kind):
            return UnavailableError(
                f"{what} {host}.",
                origin=Origin(code=type(error).__name__),
                remediation=remedy,
                details={"cause": cause},
            )
    return UnavailableError(
        f"The exchange with {host} broke off.",
        origin=Origin(code=type(error).__name__),
        remediation="Try again; if it lasts, look at the network between here and there.",
        details={"cause": "network"},
    )


_CAUSES: Final[tuple[tuple[type[httpx.HTTPError], str, str, str], ...]] = (
    (
        httpx.ProxyError,
        "proxy",
        "The proxy refused the way to",
        "Check network.proxy and whether it allows this host.",
    ),
    (
        httpx.ConnectError,
        "connect",
        "There is no connection to",
        "Check the network, DNS, and whether a proxy must be set in network.proxy.",
    ),
    (
        httpx.TimeoutException,
        "timeout",
        "No answer in time from",
        "Try again, or ask for a shorter time range.",
    ),
)
