"""Runs the host under uvicorn: one process, or several that share a port."""

import errno
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from connector_core.errors import ConfigurationError, ConnectorError
from connector_core.http_api import logs
from connector_core.http_api.app import make_app
from connector_core.http_api.connections import KEEP_ALIVE_SECONDS, MAX_UNFINISHED, PatientEnough
from connector_core.http_api.frames import frames
from connector_core.http_api.host import Host
from connector_core.http_api.metrics import SHARED
from connector_core.http_api.warm import warmed
from connector_core.http_api.workers import Supervisor
from connector_core.registry import registry
from connector_core.settings import Settings, config_path

_log = logging.getLogger(__name__)
_BACKLOG: Final = 2048
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served, and where."""

    url: str
    host: str
    """The address as it was chosen; 0.0.0.0 stands for all of this machine."""
    names: list[str]
    """The integrations."""


def _say(serving: Serving) -> None:
    _log.info("Serving on %s", serving.url)


def serve(
    path: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int = 1,
    log_format: str = "json",
    log_level: str = "info",
    certificate: Path | None = None,
    key: Path | None = None,
    ready: Callable[[Serving], None] = _say,
) -> None:
    """Serve the integrations of a configuration file until SIGINT or SIGTERM, then return.

    `host` and `port` replace those of the file, 0 takes a free port; with `certificate` and `key`
    (PEM files) over TLS. `ready` is called once connections are taken.
    Raises `ConfigurationError` before anything is served. Call it in the main thread.
    """
    served = Host(path)
    _refuse_useless(served, workers)
    _check_certificate(certificate, key)
    chosen = host or served.config.host
    with (
        _quiet_end(),
        _shared_metrics(workers),
        _listening(chosen, served.config.port if port is None else port) as listener,
    ):
        logs.configure(log_format, log_level)
        scheme = "https" if certificate else "http"
        url = f"{scheme}://{_address(chosen, listener.getsockname()[1])}"
        ready(Serving(url=url, host=chosen, names=served.names()))

        def app() -> Callable[[], ASGIApp]:
            return partial(application, path, log_format, log_level, served.inheritance())

        alone = workers == 1
        config = uvicorn.Config(
            make_app(warmed(served)) if alone else app(),
            factory=not alone,
            workers=workers,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            **options(served.config),
        )
        if alone:
            uvicorn.Server(config).run([listener])
        else:
            _supervise(Supervisor(config, [listener], app))


def options(config: Any) -> dict[str, Any]:
    """How uvicorn is run, whoever runs it."""
    return {
        "access_log": False,  # its lines hold query strings, and those hold addresses
        "log_config": None,
        "server_header": False,
        "ws": "none",
        "http": PatientEnough,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "h11_max_incomplete_event_size": MAX_UNFINISHED,
        "timeout_graceful_shutdown": config.shutdown_seconds,
    }


def application(
    path: Path | None = None,
    log_format: str = "json",
    log_level: str = "info",
    inherited: Settings | None = None,
) -> ASGIApp:
    """The application of one worker process; `path` is the usual configuration file if None.

    For `inherited` see `Host`. Ends the process when it cannot be made, and says why in one line.
    """
    logs.configure(log_format, log_level)
    try:
        return make_app(warmed(Host(path or config_path(), inherited=inherited)))
    except ConnectorError as error:
        _log.error("This worker cannot serve: %s", f"{error.message} {error.remediation}".rstrip())
    except Exception as error:
        kind = type(error).__name__
        _log.error("unexpected %s", kind, extra={"traceback": frames(error)})
    sys.exit(STARTUP_FAILURE)


def _refuse_useless(host: Host, workers: int) -> None:
    if not host.names():
        raise ConfigurationError(
            f"No integration of {host.path} is served.",
            remediation=_first_token(Settings.load(host.path).names()),
        )
    if workers > 1 and not host.keeps_keys:
        raise ConfigurationError(
            f"Several workers need one key for cursors, and none can be kept beside {host.path}.",
            setting="server.cursor_key",
            remediation='Set [server] cursor_key = { env = "NAME" }, or let the folder be written.',
        )


def _first_token(names: list[str]) -> str:
    """What to type so that something is served."""
    if names:
        return f"Make a token: email-security integrations rotate {names[0]}"
    free = registry().without_account()
    trial = f"; without an account: --provider {free[0]}" if free else ""
    return f"Make a token: email-security integrations add NAME --provider ID{trial}"


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise ConfigurationError("A certificate and its key belong together.", setting="tls")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password="")  # never asks for one
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, OSError) else ""
        raise ConfigurationError(
            f"The certificate {certificate} cannot be used with the key {key}: "
            f"{reason or type(error).__name__}.",
            setting="tls",
            remediation="Both are PEM files; the key has no passphrase and fits the certificate.",
        ) from None


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that takes connections already; one for all workers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "another program serves there"
        elif isinstance(error, socket.gaierror):
            reason = "there is no such host"
        else:
            reason = os.strerror(error.errno or errno.EADDRNOTAVAIL)
        raise ConfigurationError(
            f"Cannot serve on {host}, port {port}: {reason}.",
            setting="server.port",
            remediation="Choose others with --host and --port; --port 0 takes a free one.",
        ) from None
    with listener:
        yield listener


def _supervise(supervisor: Supervisor) -> None:
    supervisor.run()
    if supervisor.failed:
        raise ConnectorError(
            "A worker could not start.", remediation="The lines of log above say why."
        )


@contextmanager
def _quiet_end() -> Iterator[None]:
    """SIGINT and SIGTERM, which uvicorn raises again once it has stopped, end the block alone."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """A folder in which several workers count together; before the first of them starts."""
    if workers == 1 or os.environ.get(SHARED):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="email-security-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


def _address(host: str, port: int) -> str:
    """Where the host can be reached from this machine."""
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
