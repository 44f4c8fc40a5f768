"""Synqly's own client, pointed at this host."""

from pathlib import Path

import httpx
import pytest
from synqly.engine import SynqlyEngine

from http_api.served import Desktop, serving
from opened import Site


@pytest.fixture
def site() -> Site:
    return Site(5)


def test_threats_come_as_the_sdks_own_objects(tmp_path: Path, site: Site) -> None:
    desktop = Desktop(tmp_path / "config.toml", site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url, httpx.Client() as http:
        client = SynqlyEngine(base_url=url, token=token, httpx_client=http)
        answer = client.emailsecurity.query_threats(limit=3, meta=["stats/count()", "completeness"])
        assert len(answer.result) == 3
        assert answer.cursor
        print(answer.meta)
        rest = client.emailsecurity.query_threats(limit=3, cursor=answer.cursor)
        assert len(rest.result) == 2
        print(repr(rest.cursor), rest.messages)
