"""A headless Chromium that notes what it must never do."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARTEFACTS = Path(
    os.environ.get("EMAIL_SECURITY_ARTEFACTS") or Path(__file__).parent.parent / ".artefacts"
)
"""Where screenshots are kept."""
PROGRAM = shutil.which("chromium") or ""
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 30_000
"""How long, in ms, a page may take on a busy machine."""
LOOKS = ((1280, "light"), (1280, "dark"), (375, "light"), (375, "dark"))
"""Width of the window in pixels, and what the reader's system asks for."""

UNNAMED = """() =>
  [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]
  .filter(one => one.checkVisibility())
  .filter(one => !(one.ariaLabel || one.labels?.length || one.innerText.trim()))
  .map(one => one.outerHTML.slice(0, 200))"""
"""What can be used but has no name that a screen reader could say."""

PALE = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const found = parse(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll('*')].filter(one =>
    one.checkVisibility() && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim())
  ).map(one => {
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return ratio < 4.5 ? `${ratio.toFixed(2)}: ${one.outerHTML.slice(0, 200)}` : '';
  }).filter(Boolean);
}"""
"""Text whose contrast is below what WCAG asks for at level AA."""


@dataclass
class Look:
    """One page of a browser, and what went wrong in it."""

    page: "Page"
    faults: list[str] = field(default_factory=list)
    """Dialogs, script errors, refusals of the content security policy."""
    addresses: list[str] = field(default_factory=list)
    """Of every request."""

    def arrive(self, heading: str) -> None:
        """Wait for the page with this one heading; a click returns before the next page is here."""
        from playwright.sync_api import expect

        expect(self.page.locator("h1")).to_have_text(heading, timeout=PATIENCE)
        self.page.wait_for_load_state()

    def check(self, name: str, heading: str) -> None:
        """Judge the page with this heading, wide and narrow, light and dark; keep screenshots."""
        self.arrive(heading)
        for width, scheme in LOOKS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self._keep(ARTEFACTS / f"{name}-{width}-{scheme}.png")
            unnamed, pale = self.page.evaluate(UNNAMED), self.page.evaluate(PALE)
            assert not unnamed, unnamed
            assert not pale, pale
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide in a window of {width}"
        assert not self.faults, self.faults

    def _keep(self, path: Path) -> None:
        """A screenshot; on a busy machine Chromium now and then has no picture to give yet."""
        from playwright.sync_api import Error

        path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(4):
            try:
                self.page.screenshot(path=path)
                return
            except Error as error:
                if attempt == 3 or "Unable to capture screenshot" not in error.message:
                    raise


@contextmanager
def look(browser: "Browser", url: str) -> Iterator[Look]:
    """Open a page of a browser of its own; nothing is shared with another."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    seen = Look(page)

    def dialog(one: object) -> None:
        seen.faults.append("a dialog opened")
        one.dismiss()  # type: ignore[attr-defined]

    def said(text: str) -> None:
        if re.search("content security policy|refused|blocked", text, re.IGNORECASE):
            seen.faults.append(text)

    page.on("dialog", dialog)
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    page.on("console", lambda message: said(message.text))
    page.on("request", lambda request: seen.addresses.append(request.url))
    try:
        yield seen
    finally:
        context.close()
