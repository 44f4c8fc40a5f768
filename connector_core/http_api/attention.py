"""Works on a request only as long as somebody waits for the answer.

A client that went away before its answer began stops the operation, and with it what goes on at
the vendor: that spends the customer's quota for nobody. When the host itself is told to stop and
time is up, those who still wait are told so.

What a request holds, its place at the integration above all, is given back when the client has
taken the answer: a page that waits for a slow reader is memory like one that is being made.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_core.http_api.errors import ClientGone, HostError, NotReady
from connector_core.http_api.host import Host
from connector_core.http_api.limits import refuse

LARGE: Final = 65_536
"""Bytes of an answer from which on the client is waited for before its last byte goes out: as many
as uvicorn lets wait on a connection before it asks for patience."""


class Attention:
    """The part of the application behind `Limits`, which hands it the body in one piece."""

    def __init__(self, app: ASGIApp, host: Host) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held = AsyncExitStack()
        state = scope.setdefault("state", {})
        state["held"] = held
        presence = _Presence(await receive(), receive, send, held)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        before = task.cancelling()
        watching = asyncio.create_task(presence.watch(task.cancel))
        try:
            await self._app(scope, presence.receive, presence.send)
        except asyncio.CancelledError:
            if presence.started:
                raise
            stopped: HostError = NotReady("The host is stopping.", remediation="Try again.")
            if presence.stopped_for_nobody and task.uncancel() <= before:
                stopped = ClientGone("The client went away.")
            await refuse(stopped, scope, self._host.clock.now(), presence.receive, send)
        finally:
            state["client_left"] = presence.left
            watching.cancel()
            await held.aclose()


class _Presence:
    """Whether the client of one request is still there."""

    def __init__(self, first: Message, receive: Receive, send: Send, held: AsyncExitStack) -> None:
        self._first: Message | None = first
        self._receive = receive
        self._send = send
        self._held = held
        self._gone = asyncio.Event()
        self._sent = 0
        self.started = False
        """Whether the answer has begun."""
        self.stopped_for_nobody = False

    @property
    def left(self) -> bool:
        """Whether the client went away."""
        return self._gone.is_set()

    async def watch(self, stop: Callable[[], object]) -> None:
        """Call `stop` when the client goes away before its answer begins."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        if not self.started:
            self.stopped_for_nobody = True
            stop()

    async def receive(self) -> Message:
        """What the application reads: the body, and at some time that the client is gone."""
        if (first := self._first) is not None:
            self._first = None
            return first
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on; the last one when the client took what went before."""
        self.started = True
        body = message.get("body", b"")
        self._sent += len(body)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            if self._sent > LARGE:
                # The server takes a part of any size, and waits before it takes another one.
                await self._pass_on({**message, "body": body[:-1], "more_body": True})
                await self._pass_on({**message, "body": b"", "more_body": True})
                message = {**message, "body": body[-1:]}
            await self._held.aclose()
            if self.left:
                return
        await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        await self._send(message)
        if message.get("more_body"):
            await asyncio.sleep(0)  # others have their turn, and a client that left is noticed
