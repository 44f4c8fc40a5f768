"""One open integration: its connector, and how many operations may use it at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from connector_core.connector import AsyncConnector
from connector_core.errors import ConfigurationError, ConnectorError, PluginError
from connector_core.http_api.config import ServerConfig
from connector_core.http_api.errors import Busy, TookTooLong
from connector_core.settings import Integration

_log = logging.getLogger(__name__)


def unusable(name: str, error: ConnectorError) -> ConfigurationError:
    """What a caller is told of an integration that is not set up well.

    What is wrong with it is for the operator's log: callers need not learn of paths and variables
    of this machine.
    """
    why = f"{error.message.removesuffix('.')}. {error.remediation}".rstrip()
    _log.error("The integration %s cannot be opened: %s", name, why)
    return ConfigurationError(
        f"The integration {name} is not configured in a way that works.",
        remediation="The log of the host says why, and so does: "
        f"email-security integrations check {name}",
    )


class OpenIntegration:
    """Hands out turns at a connector, and closes it when it is retired and nobody uses it."""

    def __init__(self, name: str, connector: AsyncConnector, config: ServerConfig) -> None:
        self.name = name
        self.connector = connector
        self.source: Integration | None = None
        """What it was opened with, if anybody needs to compare."""
        self.since = 0.0
        """When it was opened, on the clock's monotonic scale."""
        self.doubted = False
        """Whether the vendor refused its credential."""
        self._config = config
        self._places = asyncio.Semaphore(config.concurrency)
        self._users = 0
        self._retired = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether the connector has given its connections back."""
        return self._closing is not None and self._closing.done()

    @asynccontextmanager
    async def turn(self, held: AsyncExitStack | None = None) -> AsyncIterator[AsyncConnector]:
        """The connector for one operation; raises `Busy` or `TookTooLong`.

        Its place is given back when `held` is closed, since an answer that is still to be sent
        takes as much memory as one that is being made; without it, when the block ends.
        What the operation finds wrong with the configuration is `unusable`.
        """
        async with AsyncExitStack() as block:
            await (held or block).enter_async_context(self._place())
            try:
                async with asyncio.timeout(self._config.operation_seconds) as limit:
                    yield self.connector
            except TimeoutError:
                if not limit.expired():
                    raise
                raise TookTooLong(
                    f"The operation did not end within {self._config.operation_seconds:g} s.",
                    remediation="Ask for a shorter time range or a smaller page.",
                ) from None
            except (ConfigurationError, PluginError) as error:  # found out when it is needed
                raise unusable(self.name, error) from None

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._users >= self._config.concurrency + self._config.queue:
            raise self._busy()
        self._users += 1
        try:
            await self._wait()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._users -= 1
            self._close_when_idle()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._config.queue_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise self._busy() from None

    def _busy(self) -> Busy:
        return Busy(
            f"{self._config.concurrency} operations of this integration are under way or have "
            "answers that are not taken yet, and others wait.",
            remediation="Try again in a moment, with fewer requests at a time, and read each "
            "answer to its end.",
        )

    def retire(self) -> None:
        """Close the connector as soon as nobody uses it."""
        self._retired = True
        self._close_when_idle()

    def _close_when_idle(self) -> None:
        if self._retired and not self._users:
            self._close()

    def _close(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self.connector.aclose())
        return self._closing

    async def aclose(self) -> None:
        """Close the connector now, whoever uses it."""
        await self._close()
