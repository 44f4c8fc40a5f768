"""Attachments and links: the kinds that mail carries, ordinary and odd."""

import hashlib
from dataclasses import dataclass
from typing import Final

from .draws import Deck


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file. `content` names the bytes: equal content gives an equal SHA-256."""

    name: str
    kind: str
    extension: str
    content: str = ""
    infected: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256((self.content or self.name).encode()).hexdigest()

    @property
    def size(self) -> int:
        return int(self.sha256[:5], 16) + 20


@dataclass(frozen=True, slots=True)
class Link:
    """One address in a message. `chain` is the id of its redirect chain, or empty."""

    url: str
    host: str
    chain: str = ""
    position: int | None = 0


_A = Attachment
# fmt: off
CLEAN_FILES: Final = Deck(
    (
        _A("Agenda.docx", "docx;zip", ".docx"), _A("Q3 report.pdf", "pdf", ".pdf"),
        _A("scan0001.pdf", "pdf", ".pdf", "one scan"),
        _A("scan0002.pdf", "pdf", ".pdf", "one scan"),
        _A("", "png", ""), _A("AttachedImage", "jpeg", ""), _A("README", "txt;text", ""),
        _A("logo.PNG", "png", ".PNG"), _A("minutes.txt", "txt;text", ".txt"),
        _A("archive.tar.gz", "gzip;tar", ".gz"), _A("invite.ics", "txt;text", ".ics"),
        _A("Angebot für Köln.pdf", "pdf", ".pdf"), _A("請求書.xlsx", "xlsx;zip", ".xlsx"),
        _A("empty.bin", "", ".bin"), _A("a" * 240 + ".pdf", "pdf", ".pdf"),
        _A('quote"and\\slash.txt', "txt;text", ".txt"), _A("..\\..\\up.txt", "txt;text", ".txt"),
        _A("forwarded.eml", "eml;msg", ".eml"), _A(".hidden", "unknown", ""),
    ),
    per_day=8,
)
RISKY_FILES: Final = Deck(
    (
        _A("invoice.pdf.exe", "exe;pe", ".exe"), _A("library.dll", "dll;pe", ".dll"),
        _A("saver.scr", "exe;pe", ".scr"), _A("tool.com", "com;exe", ".com"),
        _A("setup.msi", "msi", ".msi"), _A("order.js", "js;text", ".js"),
        _A("macro.vbs", "vbs;text", ".vbs"), _A("update.ps1", "ps1;text", ".ps1"),
        _A("run.bat", "bat;text", ".bat"), _A("run.cmd", "cmd;text", ".cmd"),
        _A("applet.jar", "jar;zip", ".jar"), _A("disguised", "exe;pe", ""),
        _A("gpj.\u202eexe", "exe", ".exe"), _A("statement.html", "html;text", ".html"),
        _A("payload.iso", "iso", ".iso"), _A("secrets.zip", "zip", ".zip"),
        _A("LOUD.EXE", "EXE", ".EXE"), _A("", "exe;pe", ".exe", "nameless"),
        _A("sheet.xlsm", "xlsm;zip", ".xlsm"), _A("notes.one", "one", ".one"),
    ),
    per_day=6,
)


def _link(url: str, host: str | None = None, chain: str = "", position: int | None = 0) -> Link:
    return Link(url, url.split("/")[2] if host is None else host, chain, position)


LINKS: Final = Deck(
    (
        _link("https://www.fabrikam.example/"), _link("https://woodgrove.example/orders?id=7&lang=en"),
        _link("https://img.relecloud.example/u/logo%402x.png"), _link("http://example.com"),
        _link("https://docs.example.org/guide#part-2"), _link("HTTPS://WWW.Fabrikam.EXAMPLE/Upper"),
        _link("https://portal.woodgrove.example:8443/login", "portal.woodgrove.example"),
        _link("http://evil.example:80/a.gif?k1=v1&k2=v2#frag", "evil.example"),
        _link("https://www.adatum.example:65535/", "www.adatum.example"),
        _link("http://user:password@evil.example/login", "evil.example"),
        _link("https://contoso.example@evil.example/", "evil.example"),
        _link("https://login-contoso.example/owa/?u=alia.abernoth%40contoso.example"),
        _link("http://203.0.113.99/pay", "203.0.113.99"),
        _link("http://3221225985/", "3221225985"), _link("http://0xC0.0x00.0x02.0x01/"),
        _link("http://[2001:db8::bad]:8080/x", "2001:db8::bad"),
        _link("http://[2001:db8::1/broken", ""),
        _link("https://müller.example/straße?q=ä"), _link("https://xn--mller-kva.example/"),
        _link("https://соntoso.example/login"), _link("https://例子.example/路径"),
        _link("http://", ""), _link("not a url", ""), _link("", ""), _link("http:///nohost", ""),
        _link("https://evil.example:notaport/", "evil.example"),
        _link("https://evil.example:99999/", "evil.example"),
        _link("mailto:orders@woodgrove.example", ""), _link("tel:+15550100", ""),
        _link("javascript:alert(1)", ""), _link("data:text/html;base64,PGI+", ""),
        _link("file:///c:/windows/system32", ""), _link("ftp://files.adatum.example/pub/a.zip"),
        _link("//evil.example/no-scheme", "evil.example"),
        _link("evil.example/bare", "evil.example"),
        _link("https://evil.example/%00%0d%0aSet-Cookie:x"), _link("https://evil.example/a b\tc"),
        _link("https://evil.example/?next=https://woodgrove.example/?a=1&b=2"),
        _link('https://evil.example/"quoted\'\\path'), _link("https://evil.example/<script>"),
        _link("https://evil.example/" + "p" * 1500), _link("https://evil.example/?a[]=1&a[]=2;c"),
        _link("https://" + "a." * 40 + "example/"), _link("https://evil.example./dot"),
        _link("https://evil_under.example/"), _link("https://-dash.example/"),
        _link("https://r.relecloud.example/1", chain="chain-1", position=0),
        _link("https://post-tracking.test/2", chain="chain-1", position=1),
        _link("https://secure-mail.test/3", chain="chain-1", position=2),
        _link("https://docs.woodgrove.example/share", position=None),
    ),
    per_day=24,
)
# fmt: on
