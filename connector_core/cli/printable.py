"""Makes text from mail safe to look at in a terminal."""

import unicodedata

_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that steer a terminal or reorder, hide or fake text: control, format (which
holds the bidirectional controls and zero-width characters), surrogate, private, unassigned, and
the line and paragraph separators."""


def printable(text: str) -> str:
    r"""The text with every character that does not simply print shown as an escape.

    >>> printable("in\x1b[31mvoice\u202efdp.exe\n")
    'in\\x1b[31mvoice\\u202efdp.exe\\n'
    """
    if text.isprintable():
        return text
    return "".join(_escape(one) if _is_hostile(one) else one for one in text)


def _is_hostile(one: str) -> bool:
    return unicodedata.category(one) in _HOSTILE


def _escape(one: str) -> str:
    return one.encode("unicode_escape", "surrogatepass").decode("ascii")
