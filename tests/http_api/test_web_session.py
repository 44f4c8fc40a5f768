"""Who may see the page: logging in, the session's cookie, and what ends it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from connector_core.settings import write_tokens
from connector_core.tokens import TokenHash, new_token
from http_api.pages import SAME_SITE, browser, log_in, read
from http_api.served import Desktop, serving
from opened import Site

HOURS = 3_600


@contextmanager
def served(folder: Path) -> Iterator[SimpleNamespace]:
    site = Site(2)
    desktop = Desktop(folder / "config.toml", site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url:
        yield SimpleNamespace(url=url, token=token, desktop=desktop, clock=site.clock)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A served integration that all tests share."""
    with served(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A served integration for a test that revokes or waits."""
    with served(tmp_path) as desk:
        yield desk


def test_a_stranger_sees_the_form_and_no_more(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        answer = client.get("/")
        assert answer.status_code == 200
        assert read(answer).one("input")["type"] == "password"
        assert "work" not in read(answer).text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/results", "/providers", "/finding?uid=1"])
def test_without_a_session_every_other_page_is_refused(desk: SimpleNamespace, path: str) -> None:
    with browser(desk.url) as client:
        answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Log in to see this page." in read(answer).text


def test_a_good_token_opens_a_session(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        answer = log_in(client, desk.token)
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        assert "Integration work" in read(client.get("/")).text


@pytest.mark.parametrize("token", ["", "est_wrong", "x" * 5_000, "\0", "\ud7ff\U0010ffff"])
def test_a_wrong_token_is_told_so(desk: SimpleNamespace, token: str) -> None:
    with browser(desk.url) as client:
        answer = log_in(client, token)
        assert answer.status_code == 401
        assert "This token opens no integration." in read(answer).one("div", role="alert").text
        assert not client.cookies
        assert len(token) < 5 or token not in answer.text


def test_the_cookie_is_for_this_host_and_this_browser_session_alone(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        name, *flags = log_in(client, desk.token).headers["set-cookie"].split("; ")
    assert name.startswith("email-security=")
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=strict"}  # no Max-Age, no Expires


def test_by_https_the_cookie_is_never_sent_without(desk: SimpleNamespace) -> None:
    with httpx.Client(base_url=desk.url, headers={"X-Forwarded-Proto": "https"}) as client:
        name, *flags = log_in(client, desk.token).headers["set-cookie"].split("; ")
        assert name.startswith("__Host-email-security=")
        assert set(flags) == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}
        assert client.get("/results", headers={"Cookie": name}).status_code == 200
        plain = name.removeprefix("__Host-")
        assert client.get("/results", headers={"Cookie": plain}).status_code == 401


def test_the_cookie_tells_nothing(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.token) as client:
        sealed = base64.urlsafe_b64decode(client.cookies["email-security"])
    for secret in (b"work", b"est_", desk.token.encode(), TokenHash.of(desk.token).sha256.encode()):
        assert secret not in sealed


def test_a_changed_cookie_opens_nothing(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.token) as client:
        good = client.cookies["email-security"]
    raw = base64.urlsafe_b64decode(good)
    changed = [
        base64.urlsafe_b64encode(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]).decode()
        for at in (0, 11, 12, len(raw) // 2, len(raw) - 1)
    ]
    with httpx.Client(base_url=desk.url) as client:
        for cookie in [*changed, good[:-4], good[:8], "A", "A" * 9_000, "%00", f"{good}AAAA"]:
            answer = client.get("/providers", headers={"Cookie": f"email-security={cookie}"})
            assert answer.status_code == 401
            assert "The session is over." in read(answer).text
            assert 'email-security=""' in answer.headers["set-cookie"]  # taken back
        answer = client.get("/providers", headers={"Cookie": f"email-security={good}"})
        assert answer.status_code == 200


def test_the_cookie_of_another_host_opens_nothing(desk: SimpleNamespace, tmp_path: Path) -> None:
    """The same integration, the same token; the key is another one."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_bytes(desk.desktop.path.read_bytes())
    twin = Desktop(other / "config.toml", desk.clock, desk.desktop.transports, desk.desktop.environ)
    with serving(twin.host()) as url, browser(url, desk.token) as client:
        cookie = {"Cookie": f"email-security={client.cookies['email-security']}"}
        assert httpx.get(f"{url}/providers", headers=cookie).status_code == 200
        assert httpx.get(f"{desk.url}/providers", headers=cookie).status_code == 401


def test_workers_with_one_key_share_sessions(desk: SimpleNamespace) -> None:
    with serving(desk.desktop.host()) as second, browser(desk.url, desk.token) as client:
        cookie = {"Cookie": f"email-security={client.cookies['email-security']}"}
        assert httpx.get(f"{second}/providers", headers=cookie).status_code == 200


def test_a_revoked_token_ends_its_session(own: SimpleNamespace) -> None:
    with browser(own.url, own.token) as client:
        assert client.get("/providers").status_code == 200
        fresh = new_token()
        write_tokens(own.desktop.path, "work", [TokenHash.of(fresh)])
        answer = client.get("/")
        assert answer.status_code == 401
        assert "The session is over." in read(answer).text
        assert not client.cookies
        assert log_in(client, fresh).status_code == 303


def test_a_token_that_is_still_good_for_a_while_keeps_its_session_so_long(
    own: SimpleNamespace,
) -> None:
    until = TokenHash.of(own.token).parse(
        f"{TokenHash.of(own.token)} until 2026-11-02T01:00:00Z", "token"
    )
    with browser(own.url, own.token) as client:
        write_tokens(own.desktop.path, "work", [until, TokenHash.of(new_token())])
        assert client.get("/providers").status_code == 200
        own.clock.advance(1 * HOURS)
        assert client.get("/providers").status_code == 401


def test_a_session_ends_after_twelve_hours(own: SimpleNamespace) -> None:
    with browser(own.url, own.token) as client:
        own.clock.advance(12 * HOURS - 1)
        assert client.get("/providers").status_code == 200
        own.clock.advance(1)
        assert client.get("/providers").status_code == 401


def test_logging_out_takes_the_cookie_back(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.token) as client:
        answer = client.post("/logout", headers=SAME_SITE)
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        assert not client.cookies
        assert read(client.get("/")).one("input")["type"] == "password"


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1"},  # the same machine, another port
    ],
)
def test_forms_of_other_sites_are_refused(
    desk: SimpleNamespace, path: str, headers: dict[str, str]
) -> None:
    with browser(desk.url, desk.token) as client:
        before = dict(client.cookies)
        answer = client.post(path, data={"token": desk.token}, headers=headers)
        assert answer.status_code == 403
        assert "not sent from a page of this host" in read(answer).text
        assert dict(client.cookies) == before


def test_the_origin_is_enough_where_browsers_say_no_more(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        sent = {"data": {"token": desk.token}, "headers": {"Origin": desk.url}}
        assert client.post("/login", **sent).status_code == 303


def test_a_form_of_many_fields_is_refused(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        answer = client.post(
            "/login", content=b"&".join([b"a=1"] * 50), headers={"Sec-Fetch-Site": "same-origin"}
        )
    assert answer.status_code == 400
    assert "not the form to log in" in read(answer).text


def test_after_logging_in_the_page_that_was_wanted_comes(desk: SimpleNamespace) -> None:
    wanted = "/results?operation=events&field=email.subject&op=like&value=a%22b%26c&limit=5"
    with browser(desk.url) as client:
        form = read(client.get(wanted))
        to = form.one("input", name="to")["value"]
        answer = log_in(client, desk.token, to=to)
        assert client.get(answer.headers["location"]).url == f"{desk.url}{wanted}"


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
        "results/../../x", "results\r\nSet-Cookie: a=b", "finding@evil.example", ".evil.example",
        "results?\u202e", "v1/email-security/threats",
    ],
)  # fmt: skip
def test_logging_in_leads_nowhere_else(desk: SimpleNamespace, to: str) -> None:
    with browser(desk.url) as client:
        answer = log_in(client, desk.token, to=to)
        assert (answer.status_code, answer.headers["location"]) == (303, "./")


def test_forms_typed_as_addresses_lead_back(desk: SimpleNamespace) -> None:
    with browser(desk.url) as client:
        for path in ("/login", "/logout", f"/login?token={desk.token}"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "./")
            assert not client.cookies


def test_the_cookie_is_no_key_to_the_api(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.token) as client:
        assert client.get("/v1/email-security/threats").status_code == 401


def test_a_new_secret_counts_after_the_vendor_refused_the_old_one(own: SimpleNamespace) -> None:
    good = own.desktop.environ["WORK_CLIENT_SECRET"]
    own.desktop.environ["WORK_CLIENT_SECRET"] = "no-such-secret"
    with browser(own.url, own.token) as client:
        for path in ("/results", "/finding?uid=1"):
            answer = client.get(path)
            assert answer.status_code == 403
            assert "no-such-secret" not in answer.text
        own.desktop.environ["WORK_CLIENT_SECRET"] = good
        assert client.get("/results").status_code == 200


def test_sessions_outlive_a_key_that_was_replaced(own: SimpleNamespace, tmp_path: Path) -> None:
    old = (tmp_path / "cursor.key").read_text("utf-8").strip()
    file = own.desktop.path
    plain = file.read_text("utf-8")
    own.desktop.environ |= {"OLD_KEY": old, "NEW_KEY": "ab" * 32}
    server = '[server]\ncursor_key = { env = "NEW_KEY" }\n'
    with browser(own.url, own.token) as client:
        cookie = {"Cookie": f"email-security={client.cookies['email-security']}"}
    for more, status in (('previous_cursor_keys = [{ env = "OLD_KEY" }]\n', 200), ("", 401)):
        file.write_text(f"{server}{more}\n{plain}", "utf-8")
        with serving(own.desktop.host()) as url:
            assert httpx.get(f"{url}/providers", headers=cookie).status_code == status
