"""One served host for the tests of a module: a tenant, its integration, and clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from connector_core.registry import registry
from connector_core.settings import write_integration
from connector_core.tokens import TokenHash, new_token
from http_api.served import Desktop, bearer, serving
from opened import Site

PLUGINS = Path(__file__).parent.parent / "plugins"


@dataclass(frozen=True)
class Served:
    """Where the host serves, and what opens its integration ``work``."""

    site: Site
    desktop: Desktop
    url: str
    token: str

    def get(self, path: str, token: str | None = None, **asked: object) -> httpx.Response:
        """One request; `asked` are its query parameters, an empty token is not shown."""
        shown = self.token if token is None else token
        headers = bearer(shown) if shown else {}
        params = {name: value for name, value in asked.items() if value is not None}
        return httpx.get(f"{self.url}{path}", headers=headers, params=params, timeout=60)  # type: ignore[arg-type]

    def add(self, name: str, provider: str, **config: object) -> str:
        """Serve another provider as well; returns its integration's token."""
        token = new_token()
        hashes = [TokenHash.of(token)]
        write_integration(
            self.desktop.path, name, provider=provider, config=config, token_hashes=hashes
        )
        return token


@contextmanager
def served(folder: Path, count: int = 5) -> Iterator[Served]:
    """A host over a tenant of `count` messages."""
    site = Site(count)
    desktop = Desktop(folder / "config.toml", site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url:
        yield Served(site, desktop, url, token)


@contextmanager
def plugins(*folders: str) -> Iterator[None]:
    """With the providers of these folders of `tests/plugins` installed."""
    with pytest.MonkeyPatch.context() as patch:
        for folder in folders:
            patch.syspath_prepend(str(PLUGINS / folder))
        registry.cache_clear()
        try:
            yield
        finally:
            registry.cache_clear()
