"""A process that is made ready before its first request."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connector_core.http_api.warm import warmed
from http_api.served import Desktop, bearer, serving
from opened import Site

EVENTS = "/v1/email-security/email-events"


@pytest.fixture(autouse=True)
def _thaw() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_integrations_are_open_before_the_first_request_as_far_as_they_can_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(1)
    desktop = Desktop(tmp_path / "config.toml", site.clock)
    tokens = {name: desktop.add(name, site) for name in ("good", "broken")}
    del desktop.environ["BROKEN_CLIENT_SECRET"]
    with caplog.at_level(logging.WARNING, "connector_core"):
        host = warmed(desktop.host())
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "The integration broken cannot be opened"
    ]
    assert gc.get_freeze_count() > 0
    desktop.environ.clear()  # nobody reads it again
    with serving(host) as url, httpx.Client(base_url=url) as client:
        answers = {name: client.get(EVENTS, headers=bearer(tokens[name])) for name in tokens}
    assert answers["good"].status_code == 200
    assert answers["broken"].status_code == 500
    assert answers["broken"].json()["type"] == "urn:connector:error:configuration"
