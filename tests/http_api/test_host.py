"""The host and its configuration file: what changes in it counts at once, and harms nobody else."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector_core import ManualClock
from connector_core.errors import ConfigurationError, CursorError
from connector_core.http_api import Host
from connector_core.http_api.host import DOUBT_SECONDS
from connector_core.http_api.warm import warmed
from connector_core.settings import remove_integration, write_integration, write_tokens
from connector_core.tokens import TokenHash, new_token
from http_api.held import PATIENCE, Held
from http_api.served import Desktop, bearer, serving
from http_api.site import plugins
from opened import PROVIDER, Site, ids

EVENTS = "/v1/email-security/email-events"
DAY = ["time[gte]2026-10-31T00:00:00Z", "time[lt]2026-11-01T00:00:00Z"]


class Door(Held):
    """Tells, too, when the connector behind it was closed."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.tenant.transport())
        self.closed_for_good = threading.Event()

    async def aclose(self) -> None:
        self.closed_for_good.set()


class Here:
    """A served host with the integrations ``work`` and ``home``."""

    def __init__(self, folder: Path) -> None:
        self.site, other = Site(3), Site(2)
        self.desktop = Desktop(folder / "config.toml", self.site.clock)
        self.path = self.desktop.path
        self.tokens = {
            "work": self.desktop.add("work", self.site),
            "home": self.desktop.add("home", other),
        }
        self.door = Door(self.site)
        self.desktop.transports["work"] = self.door
        self.url = ""
        self.host = self.desktop.host()
        self._before = self.path.read_bytes(), dict(self.desktop.environ)

    def restore(self) -> None:
        """The file and the environment as they were at first."""
        text, environ = self._before
        self.path.write_bytes(text)
        self.desktop.environ.clear()
        self.desktop.environ.update(environ)
        self.door.closed = False
        self.site.fails()

    def ask(self, name: str = "work", token: str = "") -> httpx.Response:
        headers = bearer(token or self.tokens[name])
        return httpx.get(
            f"{self.url}{EVENTS}", headers=headers, params={"filter": DAY}, timeout=PATIENCE
        )

    def ready(self) -> int:
        answer = httpx.get(f"{self.url}/readyz", timeout=PATIENCE)
        assert ("retry-after" in answer.headers) is (answer.status_code == 503)
        return answer.status_code

    def signed_in(self) -> int:
        """How many sign-ins there were since the test began."""
        return self.site.asked("/oauth2/v2.0/token")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    here = Here(tmp_path_factory.mktemp("host"))
    with serving(here.host) as url:
        here.url = url
        yield here


@pytest.fixture
def here(everything: Here) -> Here:
    everything.restore()
    return everything


# --- tokens


def test_no_token_or_a_wrong_one_opens_nothing(here: Here) -> None:
    for token in (new_token(), here.tokens["work"][:-1], "x" * 5_000, TokenHash.of("x").sha256):
        answer = here.ask(token=token)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert token not in answer.text
    assert httpx.get(f"{here.url}{EVENTS}", timeout=PATIENCE).status_code == 401


def test_a_replaced_token_ends_at_once_and_the_new_one_holds_at_once(here: Here) -> None:
    assert here.ask().status_code == 200
    here.site.fails()
    token = new_token()
    write_tokens(here.path, "work", [TokenHash.of(token)])
    assert here.ask().status_code == 401
    assert here.ask(token=token).status_code == 200
    assert here.signed_in() == 0  # the connector is the same


def test_a_token_with_an_end_holds_until_then(here: Here) -> None:
    now = datetime.fromtimestamp(here.site.clock.now(), UTC)
    ends = TokenHash(TokenHash.of(here.tokens["work"]).sha256, now + timedelta(seconds=30))
    write_tokens(here.path, "work", [ends])
    assert here.ask().status_code == 200
    here.site.clock.advance(31)
    assert here.ask().status_code == 401


def test_without_tokens_an_integration_is_not_served(here: Here) -> None:
    write_tokens(here.path, "work", [])
    assert here.ask().status_code == 401
    assert here.ask("home").status_code == 200


# --- the file


def test_a_file_that_was_replaced_by_one_of_the_same_time_and_size_is_read(here: Here) -> None:
    assert here.ask().status_code == 200
    before, (good, bad) = here.path.stat(), map(TokenHash.of, (here.tokens["work"], new_token()))
    here.path.write_text(here.path.read_text().replace(good.sha256, bad.sha256))
    os.utime(here.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = here.path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert here.ask().status_code == 401


def test_a_file_that_goes_away_while_it_is_looked_at_changes_nothing(tmp_path: Path) -> None:
    class Fleeting(type(tmp_path)):  # type: ignore[misc]
        """A file that is gone as soon as its second look is over."""

        looks = 0

        def stat(self, **how: Any) -> os.stat_result:
            found: os.stat_result = super().stat(**how)
            Fleeting.looks += 1
            if Fleeting.looks == 2:
                self.unlink()
            return found

    desktop = Desktop(tmp_path / "config.toml", ManualClock(0))
    token = desktop.add("work", Site(0))
    host = desktop.host()
    host.path = Fleeting(desktop.path)
    desktop.path.write_text(desktop.path.read_text() + "\n# another\n")
    Fleeting.looks = 1
    assert host.admit(token) == "work"
    assert not desktop.path.exists()
    assert "cannot be read" in host.trouble or "is gone" in host.trouble
    assert host.admit(token) == "work"


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"[integrations"),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text('[integrations.work]\ntoken_hashes = ["sha256:0"]\n'),
        lambda path: path.write_text("integrations = 3\n"),
        lambda path: path.write_text(f"deep = {'[' * 50_000}"),
        lambda path: path.write_text(f"port = {'1' * 5_000}"),
        lambda path: path.unlink(),
    ],
    ids=["no TOML", "no text", "no hash", "no table", "too deep", "too long", "gone"],
)
def test_a_file_that_became_unusable_changes_nothing_but_readiness(
    here: Here, damage: Callable[[Path], Any]
) -> None:
    assert here.ready() == 200
    damage(here.path)
    assert here.ready() == 503
    assert here.ask().status_code == 200
    assert here.ask("home").status_code == 200
    here.restore()
    assert here.ready() == 200
    assert here.ask().status_code == 200


def test_a_token_of_two_integrations_is_refused_by_both_names(here: Here) -> None:
    write_tokens(here.path, "home", [TokenHash.of("other"), TokenHash.of(here.tokens["work"])])
    assert here.ready() == 503
    with pytest.raises(ConfigurationError, match="both home and work") as caught:
        here.desktop.host()
    assert "rotate work" in caught.value.remediation
    assert here.tokens["work"] not in str(caught.value)
    assert len(here.ask().json()["result"]) == 3
    assert len(here.ask("home").json()["result"]) == 2


def test_a_changed_integration_is_opened_anew_and_no_other(here: Here) -> None:
    assert here.ask().status_code == 200
    here.site.fails()
    write_integration(here.path, "more", provider="emailsecurity_x", config={"a": "b"})
    assert here.ask().status_code == 200
    assert here.signed_in() == 0
    here.path.write_text(f"[network]\ntimeout = 50\n{here.path.read_text()}")
    assert here.ask().status_code == 200
    assert here.signed_in() == 1


def test_a_removed_integration_is_closed_when_its_last_operation_ended(here: Here) -> None:
    with ThreadPoolExecutor(1) as other:
        here.door.closed = True
        under_way = other.submit(here.ask)
        assert here.door.arrived.get(timeout=PATIENCE)
        here.door.closed_for_good.clear()
        remove_integration(here.path, "work")
        assert here.ask().status_code == 401
        assert not here.door.closed_for_good.is_set()
        here.door.open()
        answer = under_way.result(PATIENCE)
    assert len(answer.json()["result"]) == 3
    assert here.door.closed_for_good.wait(PATIENCE)


def test_settings_of_the_host_itself_count_at_the_next_start(here: Here) -> None:
    here.path.write_text(f"[server]\nmax_url = 1024\n{here.path.read_text()}")
    long = httpx.get(f"{here.url}/healthz?{'x' * 2_000}", timeout=PATIENCE)
    assert long.status_code == 200
    assert here.ready() == 200


# --- an integration that does not work


@pytest.mark.parametrize(
    ("provider", "config"),
    [
        ("emailsecurity_missing", {}),
        (PROVIDER, {"tenant_id": "common"}),
        (PROVIDER, {"credential": {"client_secret": {"env": "CANARY_VARIABLE"}}}),
        (PROVIDER, {"credential": {"client_secret": {"file": "canary.file"}}}),
    ],
    ids=["no provider", "refused", "no variable", "no file"],
)
def test_what_is_wrong_with_one_integration_is_for_the_log_alone(
    here: Here, provider: str, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    write_integration(
        here.path,
        "work",
        provider=provider,
        config=config,
        token_hashes=[TokenHash.of(here.tokens["work"])],
    )
    answer = here.ask()
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (500, "urn:connector:error:configuration")
    assert "integrations check work" in problem["remediation"]
    for hidden in ("CANARY", "canary", "common", "missing", str(here.path.parent)):
        assert hidden not in answer.text
    assert any("work cannot be opened" in record.getMessage() for record in caplog.records)
    assert here.ask("home").status_code == 200
    assert here.ready() == 200


def test_what_was_put_right_works_without_a_new_start(here: Here) -> None:
    here.path.write_text(here.path.read_text() + "\n[network]\n")
    secret = here.desktop.environ.pop("WORK_CLIENT_SECRET")
    assert here.ask().status_code == 500
    here.desktop.environ["WORK_CLIENT_SECRET"] = secret
    assert here.ask().status_code == 200


def test_secrets_are_read_again_once_the_vendor_refused_one(here: Here) -> None:
    here.path.write_text(here.path.read_text() + "\n[network]\ndeadline = 100\n")
    secret = here.desktop.environ["WORK_CLIENT_SECRET"]
    here.desktop.environ["WORK_CLIENT_SECRET"] = "expired-canary-secret"
    refused = here.ask()
    assert (refused.status_code, refused.json()["type"]) == (
        403,
        "urn:connector:error:vendor_authentication",
    )
    assert "canary" not in refused.text
    here.desktop.environ["WORK_CLIENT_SECRET"] = secret
    assert here.ask().status_code == 200


def test_a_credential_that_stays_wrong_does_not_open_the_integration_for_every_request(
    here: Here,
) -> None:
    here.path.write_text(here.path.read_text() + "\n[network]\ndeadline = 90\n")
    secret = here.desktop.environ["WORK_CLIENT_SECRET"]
    here.desktop.environ["WORK_CLIENT_SECRET"] = "expired-canary-secret"
    assert here.ask().status_code == 403
    here.door.closed_for_good.clear()
    for _ in range(3):
        assert here.ask().status_code == 403
    assert not here.door.closed_for_good.is_set()
    here.site.clock.advance(DOUBT_SECONDS)
    assert here.ask().status_code == 403
    assert here.door.closed_for_good.wait(PATIENCE)
    here.desktop.environ["WORK_CLIENT_SECRET"] = secret
    assert here.ask().status_code == 200


def test_late_refusals_of_an_old_secret_close_nothing_that_was_opened_with_a_new_one(
    here: Here,
) -> None:
    here.path.write_text(here.path.read_text() + "\n[network]\ndeadline = 80\n")
    assert here.ask().status_code == 200
    host = here.host
    good = host.integration("work")
    host.doubt("work")
    assert host.integration("work") is good


def test_a_provider_that_fails_when_it_is_opened_harms_no_other(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    with plugins("listing_only"):
        write_integration(
            here.path,
            "more",
            provider="emailsecurity_listing_only",
            config={"fails": "opening"},
            token_hashes=[TokenHash.of("est_more")],
        )
        answer = here.ask(token="est_more")
        assert answer.status_code == 500
        assert "integrations check more" in answer.json()["remediation"]
        warmed(here.desktop.host())
        gc.unfreeze()
    assert here.ask().status_code == 200
    assert "canary" not in answer.text + caplog.text


# --- cursors

FIRST, SECOND = "01" * 32, "02" * 32


class Keys:
    """Hosts of one file with different keys of cursors."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(3)
        self.desktop = Desktop(folder / "config.toml", self.site.clock)
        self.desktop.add("work", self.site)
        self.desktop.environ.update({"FIRST": FIRST, "SECOND": SECOND})
        self._text = self.desktop.path.read_text()

    def page(self, server: str, cursor: str = "") -> tuple[list[str], str]:
        """One page of a host with these settings, and the next cursor."""
        self.desktop.path.write_text(f"[server]\n{server}\n{self._text}")

        async def ask() -> tuple[list[str], str]:
            host = self.desktop.host()
            try:
                async with host.integration("work").turn() as connector:
                    page = await connector.query_events(DAY, limit=2, cursor=cursor)
                    return ids(page.events), page.cursor
            finally:
                await host.aclose()

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def test_hosts_of_one_file_take_each_others_cursors(keys: Keys) -> None:
    first, cursor = keys.page("")
    rest, end = keys.page("", cursor)
    assert len({*first, *rest}) == 3
    assert not end


def test_a_cursor_outlives_its_key_as_long_as_the_key_is_named(keys: Keys) -> None:
    first, cursor = keys.page('cursor_key = { env = "FIRST" }')
    both = 'cursor_key = { env = "SECOND" }\nprevious_cursor_keys = [{ env = "FIRST" }]'
    rest, _ = keys.page(both, cursor)
    assert len({*first, *rest}) == 3
    with pytest.raises(CursorError):
        keys.page('cursor_key = { env = "SECOND" }', cursor)
    _, newer = keys.page(both)
    assert keys.page('cursor_key = { env = "SECOND" }', newer)[0] == rest


@pytest.mark.parametrize(
    ("server", "says"),
    [
        ('cursor_key = "01"', "holds a secret"),
        ('cursor_key = { env = "NOWHERE" }', "NOWHERE, which is not set"),
        ('cursor_key = { env = "SHORT" }', "64 hexadecimal digits"),
        ('cursor_key = { env = "FIRST" }\nprevious_cursor_keys = [{ env = "SHORT" }]', "64 hex"),
        ("concurrency = 0", "concurrency"),
        ("prot = 80", "prot"),
    ],
)
def test_a_host_that_cannot_be_right_does_not_start(keys: Keys, server: str, says: str) -> None:
    keys.desktop.environ["SHORT"] = "canary-key"
    with pytest.raises(ConfigurationError, match=says) as caught:
        keys.page(server)
    assert "canary" not in f"{caught.value}{caught.value.remediation}"


def test_a_host_that_was_closed_is_not_ready(keys: Keys) -> None:
    async def close() -> Host:
        host = keys.desktop.host()
        host.integration("work")
        host.forget("work")
        host.integration("work")
        await host.aclose()
        return host

    keys.page("")
    assert asyncio.run(close()).trouble == "The host is stopping."
