"""Drive a provider's flow: the only place that sends a request.

`Driver` and `AsyncDriver` differ in nothing but waiting. Each call is sent, read to the end and
understood inside one retried part, so that a broken body or a reply of an unknown shape counts
like a broken connection. What cannot be helped is thrown into the flow, which may ask for less.
The requests that sign in go out below the call they are for (see `sign_in_retry`) and spend the
same attempts.
"""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

import httpx
import stamina

from connector_core.errors import ConnectorError, UnavailableError
from connector_core.failures import unavailable
from connector_core.once import AsyncOnce, Once
from connector_core.provider import Call, Flow
from connector_core.reply import Reply
from connector_core.retry import NO_WAIT, Budget, RawReply, Trial
from connector_core.sign_in_retry import NO_RETRY, SignInRetry
from connector_core.telemetry import pause

SIDE_BY_SIDE: Final = 4
"""How many requests of one flow are under way at once."""

T = TypeVar("T")


class Driver:
    """Runs flows over an `httpx.Client`."""

    def __init__(
        self, client: httpx.Client, auth: httpx.Auth | None, concurrency: int | None = None
    ) -> None:
        self._client = client
        self._auth = auth
        self._turn: AbstractContextManager[object] = (
            threading.BoundedSemaphore(concurrency) if concurrency else nullcontext()
        )
        self._once = Once()

    def run(self, flow: Flow[T], budget: Budget) -> T:
        """The flow's result; raises what it raises. The flow is closed in the end, come what may.

        A `ConnectorError` of a call is thrown into the flow; anything else ends it.
        """
        try:
            step = _advance(flow, None, None)
            while not isinstance(step, _Done):
                result: Any = None
                failure: ConnectorError | None = None
                try:
                    if isinstance(step, Call):
                        result = self._ask(step, Trial(budget))
                    else:
                        result = self._all(step, budget)
                except ConnectorError as error:
                    failure = error
                step = _advance(flow, result, failure)
            return step.value
        finally:
            flow.close()

    def _all(self, calls: Sequence[Call], budget: Budget) -> list[Any]:
        """Every result; the first failure stops the calls that wait or would be tried again."""
        halt = threading.Event()
        with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
            tries = [  # each with the caller's context: its span, its request's id
                pool.submit(copy_context().run, self._ask, call, Trial(budget, halt.is_set))
                for call in calls
            ]
            try:
                done, _ = wait(tries, return_when=FIRST_EXCEPTION)
            finally:
                halt.set()
                for one in tries:
                    one.cancel()
        # Without a failure all are done; with one, it is among those that are, and is raised.
        return [one.result() for one in tries if one in done]

    def _ask(self, call: Call, trial: Trial) -> Any:
        if call.once:
            return self._once.run(call.once, lambda: self._one(call, trial))
        return self._one(call, trial)

    def _one(self, call: Call, trial: Trial) -> Any:
        for attempt in stamina.retry_context(trial.again, **NO_WAIT):
            with attempt:
                if trial.pause:
                    with pause(trial.reason, trial.pause):
                        trial.budget.clock.sleep(trial.pause)
                with self._turn:
                    number = _begin(call, trial, self._client.timeout)
                    response = self._exchange(call.request)
                    return _understand(call, response, number, trial.budget)
        raise AssertionError("the last attempt raises")  # pragma: no cover

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._client.send(request, auth=self._auth, stream=True)
            try:
                reply = Reply(response)
                if not reply.ready:
                    for chunk in response.iter_raw():
                        reply.add(chunk)
            finally:
                response.close()
        except httpx.HTTPError as error:
            failure = unavailable(error, request.url.host)
        else:
            return reply.whole()
        raise failure


class AsyncDriver:
    """Runs flows over an `httpx.AsyncClient`."""

    def __init__(
        self, client: httpx.AsyncClient, auth: httpx.Auth | None, concurrency: int | None = None
    ) -> None:
        self._client = client
        self._auth = auth
        self._concurrency = concurrency
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )
        self._once = AsyncOnce()

    def _turn(self) -> AbstractAsyncContextManager[object]:
        """Waits until the vendor takes one more request; each event loop counts its own."""
        if self._concurrency is None:
            return nullcontext()
        loop = asyncio.get_running_loop()
        return self._turns.setdefault(loop, asyncio.Semaphore(self._concurrency))

    async def run(self, flow: Flow[T], budget: Budget) -> T:
        """As `Driver.run`."""
        try:
            step = _advance(flow, None, None)
            while not isinstance(step, _Done):
                result: Any = None
                failure: ConnectorError | None = None
                try:
                    if isinstance(step, Call):
                        result = await self._ask(step, Trial(budget))
                    else:
                        result = await self._all(step, budget)
                except ConnectorError as error:
                    failure = error
                step = _advance(flow, result, failure)
            return step.value
        finally:
            flow.close()

    async def _all(self, calls: Sequence[Call], budget: Budget) -> list[Any]:
        """Every result; the first failure cancels the other calls."""
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(call: Call) -> Any:
            async with places:
                return await self._ask(call, Trial(budget))

        try:
            async with asyncio.TaskGroup() as group:
                tries = [group.create_task(one(call)) for call in calls]
        except BaseExceptionGroup as several:
            first = several.exceptions[0]
        else:
            return [task.result() for task in tries]
        raise first

    async def _ask(self, call: Call, trial: Trial) -> Any:
        if call.once:
            return await self._once.run(call.once, lambda: self._one(call, trial))
        return await self._one(call, trial)

    async def _one(self, call: Call, trial: Trial) -> Any:
        async for attempt in stamina.retry_context(trial.again, **NO_WAIT):
            with attempt:
                if trial.pause:
                    with pause(trial.reason, trial.pause):
                        await trial.budget.clock.asleep(trial.pause)
                async with self._turn():
                    number = _begin(call, trial, self._client.timeout)
                    response = await self._exchange(call.request)
                    return _understand(call, response, number, trial.budget)
        raise AssertionError("the last attempt raises")  # pragma: no cover

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._client.send(request, auth=self._auth, stream=True)
            try:
                reply = Reply(response)
                if not reply.ready:
                    async for chunk in response.aiter_raw():
                        reply.add(chunk)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            failure = unavailable(error, request.url.host)
        else:
            return reply.whole()
        raise failure


class _Done(Generic[T]):
    """A flow's end."""

    def __init__(self, value: T) -> None:
        self.value = value


def _advance(
    flow: Flow[T], result: Any, failure: ConnectorError | None
) -> Call | Sequence[Call] | _Done[T]:
    """Give the flow what it asked for, and get what it asks for next."""
    try:
        return flow.send(result) if failure is None else flow.throw(failure)
    except StopIteration as stop:
        return _Done(stop.value)


def _begin(call: Call, trial: Trial, patience: httpx.Timeout) -> int:
    """Count the attempt, and let it take no longer than what is left of the budget."""
    trial.attempts += 1
    left = trial.budget.left
    if left <= 0:
        raise UnavailableError(
            "The time for this page is used up.",
            remediation="Ask for a shorter time range or a smaller page.",
            details={"cause": "deadline"},
            retryable=False,
        )
    number = trial.budget.count_call()
    limits = {name: min(left, seconds or left) for name, seconds in patience.as_dict().items()}
    call.request.extensions = {
        **call.request.extensions,
        "timeout": limits,
        "retry": NO_RETRY,
        "sign_in_retry": SignInRetry(trial),
    }
    return number


def _understand(call: Call, response: httpx.Response, number: int, budget: Budget) -> Any:
    """What the call's reader makes of the reply, which is kept for a caller who wants to see it."""
    result = call.read(response)
    request = call.request
    budget.keep(
        RawReply(
            number=number,
            endpoint=f"{request.method} {request.url.path}",
            body=response.content,
            supporting=bool(call.once),
        )
    )
    return result
