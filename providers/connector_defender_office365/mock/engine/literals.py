"""KQL literals read exactly: every string form, and datetimes down to the 100 ns tick."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from .errors import semantic, syntax, unsupported

_SIMPLE: Final = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f",
    "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|(?P<o>[0-3][0-7]{2}|[0-7]{1,2})|(?P<s>.)|$)",
    re.DOTALL,
)
_FENCES: Final = ("```", "~~~")


def string_value(text: str) -> str:
    r"""The value of one string literal as written, quotes included.

    Regular ("..." or '...', with escapes), verbatim (@"..."), multi-line (``` or ~~~ fences) and
    obfuscated (h prefix) forms. Raises KqlError "syntax" for an escape that KQL does not have.

    >>> string_value(r'"caf\u00e9"')
    'café'
    """
    if text[:1] in ("h", "H"):
        text = text[1:]
    if text[:3] in _FENCES:
        return text[3:-3]
    if text[:1] == "@":
        quote = text[1]
        return text[2:-1].replace(quote * 2, quote)
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        raise syntax("A string literal is not closed")
    value = _ESCAPE.sub(_unescape, text[1:-1])
    try:
        # Escaped surrogate pairs become one character; a lone half is no text at all.
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise semantic("A string literal holds half of a surrogate pair") from None


def _unescape(match: re.Match[str]) -> str:
    for group, base in (("x", 16), ("u", 16), ("o", 8)):
        if digits := match[group]:
            return chr(int(digits, base))
    character = match["s"]
    if character not in _SIMPLE:
        raise syntax(f"A string literal holds the escape \\{character or ''}, which KQL lacks")
    return _SIMPLE[character]


_DATETIME: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hm>\d{2}:\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,7}))?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_FIRST_YEAR: Final = 1678  # whole years that signed 64-bit nanoseconds can hold
_LAST_YEAR: Final = 2261


def timestamp(text: str) -> str:
    """An ISO 8601 instant as the text DuckDB reads without loss: UTC, 7 decimals, no zone.

    A missing zone means UTC. Raises KqlError "semantic" for text that is no date, "unsupported"
    for one outside the years 1678 to 2261.

    >>> timestamp("2024-01-01T02:00:00.1234567+02:00")
    '2024-01-01 00:00:00.1234567'
    """
    found = _DATETIME.fullmatch(text.strip())
    if found is None:
        raise semantic(f"'{text}' is not a datetime in ISO 8601 form with at most 7 decimals")
    clock = f"{found['hm'] or '00:00'}:{found['s'] or '00'}"
    try:
        moment = datetime.strptime(f"{found['day']} {clock}", "%Y-%m-%d %H:%M:%S").replace(
            tzinfo=UTC
        )
        zone = found["zone"]
        if zone and zone != "Z":
            shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
            moment = moment - shift if zone[0] == "+" else moment + shift
    except (ValueError, OverflowError):
        raise semantic(f"'{text}' is not a date of the calendar") from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise unsupported(f"datetimes outside the years {_FIRST_YEAR} to {_LAST_YEAR} ('{text}')")
    return f"{moment:%Y-%m-%d %H:%M:%S}.{(found['f'] or '').ljust(7, '0')}"
