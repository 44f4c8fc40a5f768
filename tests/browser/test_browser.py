"""The web page in a real browser: used with keyboard and mouse, and looked at."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from browser.chromium import PATIENCE, PROGRAM, Look, look
from http_api.served import Desktop, serving
from opened import Site, message

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright for Python is not installed", exc_type=ImportError
)
pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TURNED = "invoice\u202efdp.exe"
LONG = "unbroken" * 400


def rows() -> dict[str, list[dict[str, Any]]]:
    mails = [message(number) for number in range(7)]
    mails[4] |= {"Subject": LONG, "SenderFromAddress": f"{LONG}@evil.example"}
    mails[5] |= {"Subject": TURNED, "DeliveryAction": "Blocked", "DeliveryLocation": "Quarantine"}
    mails[6] |= {"Subject": SCRIPT, "SenderFromAddress": '"><svg onload=alert(3)>'}
    shared = {"Timestamp": mails[6]["Timestamp"], "NetworkMessageId": mails[6]["NetworkMessageId"]}
    return {
        "EmailEvents": mails,
        "EmailUrlInfo": [shared | {"Url": "javascript:alert(4)"}, shared | {"Url": LONG}],
        "EmailAttachmentInfo": [shared | {"FileName": f"{SCRIPT}.pdf", "SHA256": "ab" * 32}],
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    site = Site(rows=rows())
    desktop = Desktop(tmp_path_factory.mktemp("browser") / "config.toml", site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url:
        yield SimpleNamespace(url=url, token=token)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from browser.chromium import OPTIONS

    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=PROGRAM, args=OPTIONS)
        yield chromium
        chromium.close()


def enter(seen: Look, token: str) -> Any:
    """Log in; the page, which now asks for a search."""
    page = seen.page
    page.goto("/")
    page.get_by_label("Integration token").fill(token)
    page.get_by_role("button", name="Log in").click()
    seen.arrive("Search")
    return page


def test_every_page_is_in_order(desk: SimpleNamespace, browser: Any) -> None:
    """Names for everything, contrast, no overflow, nothing refused by the policy."""
    with look(browser, desk.url) as seen:
        page = seen.page
        page.goto("/")
        seen.check("log-in", "Log in")
        enter(seen, desk.token)
        seen.check("search", "Search")
        page.get_by_role("button", name="Search").click()
        seen.check("results", "Threats")
        page.get_by_role("link", name="Open finding 1").click()
        seen.check("finding", f"Phish: {SCRIPT}")
        page.get_by_role("link", name="Providers").click()
        seen.check("providers", "Providers")
        page.goto("/results?field=severty&op=eq&value=High")
        seen.check("refused", "No results: the question was refused")
        assert all(address.startswith(desk.url) for address in seen.addresses)
        assert not any(desk.token in address for address in seen.addresses)


def test_filter_next_page_and_finding(desk: SimpleNamespace, browser: Any) -> None:
    expect = playwright.expect
    with look(browser, desk.url) as seen:
        page = enter(seen, desk.token)
        page.get_by_label("Field of filter 1").select_option("disposition")
        page.get_by_label("Operator of filter 1").select_option(label="is not")
        page.get_by_label("Value of filter 1").fill("Quarantined")
        page.get_by_label("Results on a page").fill("4")
        page.get_by_label("Results on a page").press("Enter")
        subjects = page.get_by_role("row").locator("td[data-label=Subject]")
        expect(subjects).to_have_count(4)
        expect(page.get_by_role("img", name="The 4 results of this page over time")).to_be_visible()
        expect(page.get_by_role("heading", level=2, name="Native query")).to_be_visible()
        page.get_by_role("link", name="Next page").click()
        expect(subjects).to_have_text(["Invoice 1", "Invoice 0"])
        expect(page.get_by_text("This is the last page.")).to_be_visible()
        page.get_by_role("link", name="Open finding 1").click()
        seen.arrive("Phish: Invoice 1")
        page.go_back()
        expect(subjects).to_have_count(2)
        page.get_by_role("button", name="Log out").click()
        seen.arrive("Log in")
        page.go_back()
        expect(page.get_by_label("Integration token")).to_be_visible()  # nothing of it was kept
        assert seen.faults == []


def test_hostile_mail_is_text(desk: SimpleNamespace, browser: Any) -> None:
    expect = playwright.expect
    with look(browser, desk.url) as seen:
        page = enter(seen, desk.token)
        page.get_by_role("button", name="Search").click()
        seen.arrive("Threats")
        expect(page.get_by_role("cell", name=SCRIPT, exact=True)).to_be_visible()
        expect(page.get_by_role("cell", name="invoice\\u202efdp.exe", exact=True)).to_be_visible()
        page.get_by_role("link", name="Open finding 1").click()
        seen.arrive(f"Phish: {SCRIPT}")
        expect(page.get_by_text("javascript:alert(4)", exact=True)).to_be_visible()
        page.get_by_text("The whole finding as JSON").click()
        expect(page.locator("pre").last).to_contain_text(SCRIPT)
        here = page.url.split("?")[0]
        hrefs = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
        assert hrefs
        assert all(href.startswith(here.rpartition("/")[0]) for href in hrefs)
        expect(page.locator("script, img, main svg")).to_have_count(0)
        assert seen.faults == []
        assert all(address.startswith(desk.url) for address in seen.addresses)


def test_it_can_be_used_without_a_mouse(desk: SimpleNamespace, browser: Any) -> None:
    expect = playwright.expect
    with look(browser, desk.url) as seen:
        page = seen.page
        page.goto("/")
        page.locator("#token:focus").wait_for()
        page.keyboard.type(desk.token)
        page.keyboard.press("Enter")
        seen.arrive("Search")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        expect(focused).to_have_text("Threats")
        expect(focused).to_have_css("outline-style", "solid")


def test_a_form_on_another_site_cannot_log_anybody_in(desk: SimpleNamespace, browser: Any) -> None:
    form = f'<form action="{desk.url}/login" method="post"><input name="token" value="{desk.token}"><button>go</button></form>'  # noqa: E501
    with look(browser, desk.url) as seen:
        page = seen.page
        page.set_content(form)
        page.get_by_role("button").click()
        page.get_by_text("not sent from a page of this host").wait_for()
        assert page.context.cookies() == []
