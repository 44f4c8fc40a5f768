"""Values: from text to typed, and the keys by which two of them compare."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address

from connector_core.errors import InvalidValue
from connector_core.filter.fields import FilterField, ValueType
from connector_core.filter.predicate import Value
from connector_core.filter.suggest import nearest

MAX_VALUE = 4_096
"""Characters of one value."""
MAX_TIME = 253_402_300_800_000
"""Milliseconds from 1970 to the end of the year 9999."""

_EPOCH = datetime(1970, 1, 1)
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_EPOCH_MS = re.compile(r"[0-9]{12,14}")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2})))?"
)
_TIME_FORMS = (
    "Write 2026-11-01T00:00:00Z, 2026-11-01T00:00:00+02:00, 2026-11-01 (midnight UTC), "
    "or milliseconds since 1970."
)


# --- text ---------------------------------------------------------------------------------------


class _Folding(dict[int, int]):
    """Fills itself: the representative of each character that was met."""

    def __missing__(self, code: int) -> int:
        result = ord(_representative(chr(code)))
        if len(self) < 0x10000:  # bounded, whatever mail may hold
            self[code] = result
        return result


def _representative(char: str) -> str:
    """Return the lower case of a character if upper-casing would unite the same characters."""
    lower, upper = _simple(char.lower(), char), _simple(char.upper(), char)
    united = _simple(lower.upper(), lower) == upper and _simple(upper.lower(), upper) == lower
    return lower if united else char


def _simple(mapped: str, char: str) -> str:
    return mapped if len(mapped) == 1 else char


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return the text by which two texts compare without case.

    Works character by character and never changes the length. Two characters fold alike only if
    engines that lower-case and engines that upper-case both call them equal; so the Kelvin sign is
    not ``k``, ``ſ`` not ``s``, ``ς`` not ``σ``, ``ß`` not ``ẞ``, and neither ``İ`` nor ``ı`` is
    ``i``. A vendor that folds more answers with more, and the core re-checks.

    >>> fold("Évil@Example.COM")
    'évil@example.com'
    """
    return text.lower() if text.isascii() else text.translate(_FOLDING)


@lru_cache(4_096)
def alike(character: str) -> tuple[str, ...]:
    """Return all characters that fold as this one does, itself among them.

    For a query language whose own folding is narrower, or not known. What is alike to a character
    of ASCII is of ASCII.

    >>> alike("K"), alike("ß")
    (('K', 'k'), ('ß',))
    """
    near = {character, character.lower(), character.upper(), character.title()}
    folded = fold(character)
    return tuple(sorted(each for each in near if len(each) == 1 and fold(each) == folded))


def printable(text: str) -> str:
    """Return the text with lone surrogates, which no encoding takes, as question marks."""
    return text if text.isascii() else _SURROGATE.sub("?", text)


def check_text(text: str) -> None:
    """Refuse what cannot stand in any query: too long, NUL, lone surrogates.

    Newlines, tabs and all other controls are legal. Raises `InvalidValue`, with the index into
    the text as `position`.
    """
    if len(text) > MAX_VALUE:
        raise InvalidValue(
            f"a value takes at most {MAX_VALUE:,} characters, this has {len(text):,}"
        )
    check_characters(text)


def check_characters(text: str) -> None:
    """Refuse NUL and lone surrogates; raises `InvalidValue` with `position`."""
    if "\0" in text:
        raise InvalidValue(
            "the character NUL cannot stand in a filter: query languages end text there",
            position=text.index("\0"),
        )
    if not text.isascii() and (found := _SURROGATE.search(text)):
        raise InvalidValue(
            f"U+{ord(found[0]):04X} is half of a surrogate pair: it cannot be sent as UTF-8",
            position=found.start(),
        )


# --- time ---------------------------------------------------------------------------------------


def parse_time(text: str) -> tuple[int, bool]:
    """Return milliseconds since 1970 UTC, rounded down, and whether nothing was rounded.

    Raises `InvalidValue`.
    """
    if _EPOCH_MS.fullmatch(text):
        return int(text), True
    found = _TIME.fullmatch(text)
    if not found:
        raise InvalidValue(f"{_shown(text)} is not a time", remediation=_time_hint(text))
    year, month, day, hour, minute, second, fraction, sign, *offset = found.groups()
    clock = (int(hour), int(minute), int(second)) if hour else ()
    try:
        moment = datetime(int(year), int(month), int(day), *clock) - _EPOCH
    except ValueError as error:
        raise InvalidValue(f"{_shown(text)} is not a time: {error}") from None
    ms, exact = moment.days * 86_400_000 + moment.seconds * 1_000, True
    if fraction:
        nanos = fraction.ljust(9, "0")
        ms, exact = ms + int(nanos[:3]), nanos.endswith("000000")
    if sign:
        hours, minutes = map(int, offset)
        if hours > 23 or minutes > 59:
            raise InvalidValue(f"{_shown(text)} has an impossible offset from UTC")
        ms -= int(f"{sign}1") * (hours * 60 + minutes) * 60_000
    if not 0 <= ms < MAX_TIME:
        raise InvalidValue(f"{_shown(text)} is outside the years 1970 to 9999")
    return ms, exact


def time_text(ms: int) -> str:
    """Return milliseconds as RFC 3339 text in UTC.

    >>> time_text(1_793_491_200_000)
    '2026-11-01T00:00:00Z'
    """
    moment = _EPOCH + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds" if ms % 1_000 else "seconds") + "Z"


def _time_hint(text: str) -> str:
    """Say what most likely went wrong."""
    if _TIME.fullmatch(f"{text}Z"):
        return f"The time zone is missing: write {text}Z for UTC."
    if " " in text and _TIME.fullmatch(text.replace(" ", "+")):
        return f"Write {text.replace(' ', '+')}; in a URL the + must be sent as %2B."
    for better in (text.replace(" ", "T", 1), text.replace(" ", "T", 1) + "Z"):
        if _TIME.fullmatch(better):
            return f"Write {better}: a T between date and time, and an offset or Z."
    if re.fullmatch(r"[0-9]{9,10}", text):
        return f"These look like seconds; milliseconds would be {text}000."
    return _TIME_FORMS


# --- all types ----------------------------------------------------------------------------------


def parse_value(type: ValueType, text: str) -> Value:
    """Return the typed value of a text; times finer than a millisecond are rounded down.

    The names an enum may take belong to its field: see `enum_value`. Raises `InvalidValue`.
    """
    check_text(text)
    match type:
        case ValueType.TEXT | ValueType.ENUM | ValueType.MESSAGE_ID:
            return text
        case ValueType.TIME:
            return parse_time(text)[0]
        case ValueType.INTEGER:
            if _INTEGER.fullmatch(text) and -(2**63) <= (number := int(text)) < 2**63:
                return number
            raise InvalidValue(f"{_shown(text)} is not a whole number of at most 64 bits")
        case ValueType.BOOLEAN:
            if (lower := text.lower()) in ("true", "false"):
                return lower == "true"
            raise InvalidValue(f"{_shown(text)} is neither true nor false")
        case ValueType.IP:
            try:
                ip_address(text)
            except ValueError:
                raise InvalidValue(
                    f"{_shown(text)} is not an IPv4 or IPv6 address",
                    remediation="Write one whole address; like finds a part of its text.",
                ) from None
            return text


def enum_value(field: FilterField, text: str) -> str:
    """Return the declared spelling of an enum's value; raises `InvalidValue` for an unknown one."""
    check_text(text)
    if text in field.values:
        return text
    for known in field.values:
        if fold(known) == fold(text):
            return known
    if field.open:
        return text
    near = nearest(text, field.values)
    known_values = f"It takes {', '.join(field.values)}." if len(field.values) <= 12 else ""
    if "," in text:
        known_values = f"Write [in] for a list of values. {known_values}".rstrip()
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    raise InvalidValue(
        f"{_shown(text)} is not a value of {field.name}{meant}",
        suggestions=near,
        remediation=known_values,
    )


@lru_cache(4_096)
def _ip_key(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return fold(text)


def message_id_key(text: str) -> str:
    """Return a Message-ID folded, without blanks round it, nor ``<`` before it and ``>`` after it.

    Each end by itself, since vendors cut ids off: ``<a@example.com`` is ``a@example.com`` too.
    """
    return fold(text).strip(" ").removeprefix("<").removesuffix(">")


TEXT_KEYS: Mapping[ValueType, Callable[[str], str]] = {
    ValueType.TEXT: fold,
    ValueType.ENUM: fold,
    ValueType.IP: _ip_key,
    ValueType.MESSAGE_ID: message_id_key,
}
"""How the texts of a type become comparable; other types hold no text."""


def key(type: ValueType, value: Value) -> Value:
    """Return what stands for a value when two of them are compared for equality."""
    if isinstance(value, str) and (text_key := TEXT_KEYS.get(type)):
        return text_key(value)
    return value


def _shown(text: str) -> str:
    """Return a value as an error quotes it: short, and on one line."""
    return repr(text) if len(text) <= 80 else f"{text[:80]!r}…"
