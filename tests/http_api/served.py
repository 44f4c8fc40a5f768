"""A real uvicorn on loopback, in a thread of the test's process, over embedded tenants."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from connector_core import ManualClock
from connector_core.http_api import Host, make_app
from connector_core.http_api.run import options
from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from connector_defender_office365.mock.config import default_settings
from opened import PROVIDER, Site

SECRET_VARIABLE = "WORK_CLIENT_SECRET"


@dataclass
class Desktop:
    """A configuration file with integrations, and the tenants behind them."""

    path: Path
    clock: ManualClock
    transports: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, site: Site) -> str:
        """Serve a tenant under a name; returns the integration's token."""
        token = new_token()
        config: dict[str, Any] = default_settings()
        secret = config["credential"].pop("client_secret")
        variable = f"{name.upper()}_CLIENT_SECRET"
        config["credential"]["client_secret"] = {"env": variable}
        self.environ[variable] = secret
        self.transports[name] = site.tenant.transport()
        write_integration(
            self.path, name, provider=PROVIDER, config=config, token_hashes=[TokenHash.of(token)]
        )
        return token

    def host(self) -> Host:
        """The host of this file as it is now."""
        return Host(self.path, environ=self.environ, clock=self.clock, transports=self.transports)


@contextmanager
def serving(host: Host, **changed: Any) -> Iterator[str]:
    """Serve until the block ends; gives the base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(make_app(host), **(options(host.config) | changed))
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="uvicorn", daemon=True
        )
        started = threading.Event()
        before = server.startup

        async def startup(sockets: Any = None) -> None:
            await before(sockets)
            started.set()

        server.startup = startup  # type: ignore[method-assign]
        thread.start()
        try:
            assert started.wait(30)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}
