"""The pages that people read, taken apart: code blocks, commands, links, headings."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(
    sorted(
        page
        for pattern in ("*.md", "docs/**/*.md", "providers/*/*.md")
        for page in ROOT.glob(pattern)
    )
)

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PLAIN_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_INLINE = re.compile(r"`(email-security [a-z][^`]*)`")
_SHELLS = ("sh", "console", "shell")
_OPERATORS = ("|", ">", "2>", "&&", ";")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block, and where it stands."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"


def name(page: Path) -> str:
    """A page's path from the root."""
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    """A page's text."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path, *languages: str) -> list[Block]:
    """The code blocks of these languages, in order."""
    text = read(page)
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in _BLOCK.finditer(text)
        if found[1] in languages
    ]


def commands(page: Path) -> list[list[str]]:
    """The arguments of every `email-security` command that a page shows."""
    found = []
    texts = [block.text.replace("\\\n", " ") for block in blocks(page, *_SHELLS)]
    lines = [line for text in texts for line in text.splitlines()]
    lines += _INLINE.findall(_PLAIN_BLOCK.sub("", read(page)))
    for line in lines:
        words = shlex.split(line, comments=True)
        if not words or not words[0].endswith("email-security"):
            continue
        ends = [index for index, word in enumerate(words) if word in _OPERATORS]
        found.append(words[1 : ends[0]] if ends else words[1:])
    return found


def make_targets(page: Path) -> list[str]:
    """The targets of every `make` command that a page shows."""
    lines = [line for block in blocks(page, *_SHELLS) for line in block.text.splitlines()]
    return [line.split()[1] for line in lines if line.startswith("make ")]


def links(page: Path) -> list[str]:
    """The targets of all links."""
    return _LINK.findall(_PLAIN_BLOCK.sub("", read(page)))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = _HEADING.findall(_PLAIN_BLOCK.sub("", read(page)))
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}
