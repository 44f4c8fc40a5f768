"""Makes text from mail safe to look at in a browser.

HTML escaping alone lets a subject turn the reading direction around, hide characters, or stack so
many accents that it covers other lines. Such characters are shown by their number.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup, escape

_HOSTILE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Unicode categories that steer, reorder, hide or fake text."""
_UNUSUAL: Final = re.compile(r"[^ -~]")
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 3
"""Accents on one letter; no writing needs more."""
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that look like nothing."""


def plain(text: str) -> str:
    r"""The text with every character that does not simply show replaced by its number.

    >>> plain("in\u202evoice\n")
    'in\\u202evoice\\u000a'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_number(part) if odd else part for odd, part in _parts(text))


def shown(value: object, longest: int = 0) -> Markup:
    """The value as HTML: escaped, isolated from the text around it, odd characters marked.

    With `longest`, no more than so many characters are shown, and how many there are.
    """
    text = str(value)
    cut = text[:longest] if longest else text
    html = Markup().join(
        Markup('<span class="odd">{}</span>').format(_number(part)) if odd else escape(part)
        for odd, part in _parts(cut)
    )
    if len(cut) < len(text):
        html += Markup('<span class="more"> … {:,} characters</span>').format(len(text))
    return Markup("<bdi>{}</bdi>").format(html)


def lines(text: str) -> Markup:
    """Text of several lines as HTML, for ``pre``: only line ends and tabs do what they do."""
    return Markup().join(
        Markup('<span class="odd">{}</span>').format(_number(part))
        if odd and part not in "\n\t"
        else escape(part)
        for odd, part in _parts(text)
    )


def exact(text: str) -> Markup:
    """The text to the letter, only escaped: for what a form sends back."""
    return escape(text)


def strange(value: object) -> bool:
    """Whether an address or a host name has letters that may pass for others."""
    return not str(value).isascii()


def pretty_json(value: Mapping[str, Any]) -> str:
    """The object as indented JSON that means the same, odd characters as ``\\uXXXX``."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(
        _json_number(part) if odd and part != "\n" else part for odd, part in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: runs that simply show, and single characters that do not."""
    begin = marks = 0
    last = -1
    for found in _UNUSUAL.finditer(text):
        one, at = found[0], found.start()
        category = unicodedata.category(one)
        marks = (marks * (at == last + 1) + 1) if category in _MARKS else 0
        last = at
        if category in _HOSTILE or one in _BLANK or marks > _MOST_MARKS:
            if begin < at:
                yield False, text[begin:at]
            yield True, one
            begin = at + 1
    if begin < len(text):
        yield False, text[begin:]


def _number(one: str) -> str:
    code = ord(one)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_number(one: str) -> str:
    return _number(one) if ord(one) < 0x10000 else json.dumps(one)[1:-1]
