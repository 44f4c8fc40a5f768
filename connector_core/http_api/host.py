"""The integrations of one configuration file, each with a connector of its own.

The file is looked at before every request and read again when it changed, so that a token that was
made or removed counts at once. A file that became unreadable, or went away, changes nothing: what
was last read goes on, and ``/readyz`` says so.
"""

import asyncio
import hashlib
import hmac
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connector_core.clock import Clock, SystemClock
from connector_core.connector import AsyncConnector
from connector_core.errors import ConfigurationError, ConnectorError, PluginError
from connector_core.http_api.config import ServerConfig, hex_key, server_config
from connector_core.http_api.errors import Unauthorized
from connector_core.http_api.frames import frames
from connector_core.http_api.integration import OpenIntegration, unusable
from connector_core.http_api.metrics import Metrics
from connector_core.private_files import cursor_key
from connector_core.references import Environment
from connector_core.settings import Integration, Settings
from connector_core.tokens import LONGEST, TokenHash
from connector_core.transport import Network

if TYPE_CHECKING:
    import httpx

_Known = tuple[Settings, list[tuple[str, TokenHash]]]
DOUBT_SECONDS: Final = 60.0
"""How long an integration was open at least when it is opened anew with the secrets it had."""

_log = logging.getLogger(__name__)
_NOBODY = "The token is missing, or it opens no integration."


class Host:
    """What all requests share. Raises `ConfigurationError` when the file cannot be used.

    `transports` replaces the way to the network, by name of integration. `inherited` is what
    another process of the same host read before: its table ``server`` holds, and the rest of it as
    long as the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        *,
        environ: Environment = os.environ,
        clock: Clock | None = None,
        transports: "Mapping[str, httpx.AsyncBaseTransport] | None" = None,
        inherited: Settings | None = None,
    ) -> None:
        self.path = path
        self.clock: Clock = clock or SystemClock()
        self.metrics = Metrics()
        self._environ = environ
        self._transports = transports or {}
        self._open: dict[str, OpenIntegration] = {}
        self._retired: set[OpenIntegration] = set()
        self._stopping = False
        self._trouble = ""
        self._seen = self._stamp()
        self._settings, self._hashes = self._first(inherited)
        self._running = inherited or self._settings
        self.config: ServerConfig = server_config(self._running, environ)
        self.keeps_keys = True
        """Whether other processes of the same file open the same cursors."""
        self._keys = self._cursor_keys()

    # -- who is asking

    def admit(self, token: str) -> str:
        """The name of the integration that a token opens; raises `Unauthorized`."""
        self._refresh()
        given = TokenHash.of(token[:LONGEST])
        now = self.clock.now()
        # Every hash is compared, so that the time taken tells nothing.
        fits = [name for name, known in self._hashes if known.matches(given, now)]
        if not fits or len(token) > LONGEST:
            raise Unauthorized(
                _NOBODY,
                parameter="Authorization",
                location="header",
                remediation="Send Authorization: Bearer TOKEN, with a token made by: "
                "email-security integrations rotate NAME",
            )
        return fits[0]

    def still_admits(self, name: str, given: TokenHash) -> bool:
        """Whether the token of this hash opens the integration now: for sessions of the page."""
        self._refresh()
        now = self.clock.now()
        fits = [one for one, known in self._hashes if known.matches(given, now)]
        return name in fits

    def keys_for(self, purpose: str) -> list[bytes]:
        """32-byte keys of the host for one purpose alone: the first seals, all open."""
        return [hmac.digest(key, purpose.encode() + b"\0", hashlib.sha256) for key in self._keys]

    def names(self) -> list[str]:
        """The integrations that are served."""
        now = self.clock.now()
        return sorted({name for name, one in self._hashes if one.holds(now)})

    @property
    def trouble(self) -> str:
        """Why the host cannot serve, or only by what it read before; empty when all is well."""
        if self._stopping:
            return "The host is stopping."
        self._refresh()
        return self._trouble

    def inheritance(self) -> Settings:
        """What a new process of this host begins with: what was last read and could be used."""
        self._refresh()
        server = self._running.document.get("server", {})
        return Settings(self.path, {**self._settings.document, "server": server})

    # -- integrations

    def integration(self, name: str) -> OpenIntegration:
        """The integration, opened on first use. Raises `ConfigurationError`, see `unusable`."""
        known = self._open.get(name)
        if known is not None and known.doubted:
            known = self._looked_after(known)
        if known is None:
            known = self._open[name] = self._opened(self._source(name))
        return known

    def doubt(self, name: str) -> None:
        """The vendor refused the credential: before the next operation its secrets are read again.

        The integration is opened anew if they changed, or once it was open for `DOUBT_SECONDS`:
        not for every refusal, each of which would sign in from the very beginning.
        """
        if (known := self._open.get(name)) is not None:
            known.doubted = True

    def forget(self, name: str) -> None:
        """Open an integration anew next time, its secrets read again."""
        self._retired = {one for one in self._retired if not one.closed}
        if (known := self._open.pop(name, None)) is not None:
            known.retire()
            self._retired.add(known)

    async def aclose(self) -> None:
        """Give all connections back; the host is not ready any more."""
        self._stopping = True
        known = (*self._open.values(), *self._retired)
        for end in await asyncio.gather(*(one.aclose() for one in known), return_exceptions=True):
            if isinstance(end, Exception):
                _log.error("A connector could not be closed: %s", type(end).__name__)
        self._open.clear()
        self._retired.clear()

    def _looked_after(self, known: OpenIntegration) -> OpenIntegration | None:
        old = self.clock.monotonic() - known.since >= DOUBT_SECONDS
        if not old and self._source(known.name) == known.source:
            return known
        self.forget(known.name)
        return None

    def _source(self, name: str) -> Integration:
        try:
            return self._settings.integration(name, self._environ)
        except ConnectorError as error:
            raise unusable(name, error) from None

    def _opened(self, integration: Integration) -> OpenIntegration:
        name = integration.name
        for warning in integration.warnings:
            _log.warning("%s", warning)
        try:
            connector = AsyncConnector.open(
                integration.provider,
                integration.config,
                transport=self._transports.get(name),
                clock=self.clock,
                cursor_key=[_own_key(key, name) for key in self._keys],
                network=Network(**integration.network),
                observers=[self.metrics.observer(name)],
            )
        except ConnectorError as error:
            raise unusable(name, error) from None
        except Exception as error:  # a fault of the provider; its message may quote a setting
            kind = type(error).__name__
            _log.error("unexpected %s", kind, extra={"traceback": frames(error)})
            raise unusable(name, PluginError(f"its provider fails with {kind}.")) from None
        opened = OpenIntegration(name, connector, self.config)
        opened.source, opened.since = integration, self.clock.monotonic()
        return opened

    # -- the file

    def _refresh(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            settings, hashes = self._read(stamp)
        except ConfigurationError as error:
            self._go_on(error)
            return
        if self._trouble:
            _log.info("The configuration file can be used again.")
            self._trouble = ""
        before, self._settings, self._hashes = self._settings, settings, hashes
        if before.document.get("server") != settings.document.get("server"):
            _log.warning("The table server changed: it counts when the host is started again.")
        for name in list(self._open):
            if _section(before, name) != _section(settings, name):
                self.forget(name)

    def _first(self, inherited: Settings | None) -> _Known:
        if inherited is None:
            settings = Settings.load(self.path)
            return settings, _hashes(settings)
        try:
            return self._read(self._seen)
        except ConfigurationError as error:
            self._go_on(error)
            return inherited, _hashes(inherited)

    def _read(self, stamp: tuple[int, ...]) -> _Known:
        if not stamp:
            raise ConfigurationError(f"The configuration file {self.path} is gone.")
        settings = Settings.load(self.path, required=True)
        return settings, _hashes(settings)

    def _go_on(self, error: ConfigurationError) -> None:
        self._trouble = error.message
        _log.error("%s Going on with what was read before.", error.message)

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        # The last one because a copy may take over the time of its original.
        return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)

    def _cursor_keys(self) -> Sequence[bytes]:
        config = self.config
        if config.cursor_key is None:
            first, warning = cursor_key(self.path)
            self.keeps_keys = not warning
            if warning:
                _log.warning("%s", warning)
        else:
            first = hex_key(config.cursor_key, "server.cursor_key")
        where = "server.previous_cursor_keys"
        return [first, *(hex_key(secret, where) for secret in config.previous_cursor_keys)]


def _hashes(settings: Settings) -> list[tuple[str, TokenHash]]:
    """Every hash with its integration; raises `ConfigurationError` for one that has two."""
    found = [(name, one) for name in settings.names() for one in settings.token_hashes(name)]
    owners: dict[str, str] = {}
    for name, one in found:
        if (other := owners.setdefault(one.sha256, name)) != name:
            raise ConfigurationError(
                f"One token opens both {other} and {name} in {settings.path}.",
                setting=f"integrations.{name}.token_hashes",
                remediation=f"Make another: email-security integrations rotate {name}",
            )
    return found


def _section(settings: Settings, name: str) -> object:
    """All of the file that decides how an integration is opened."""
    try:
        table = settings.document.get("integrations", {}).get(name, {})
        own = {key: value for key, value in table.items() if key != "token_hashes"}
    except (AttributeError, ConnectorError):
        return None
    return own, settings.document.get("network")


def _own_key(key: bytes, name: str) -> bytes:
    """A key for one integration's cursors alone."""
    return hmac.digest(key, b"connector-core integration cursor\0" + name.encode(), hashlib.sha256)
