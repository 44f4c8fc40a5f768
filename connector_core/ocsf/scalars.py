"""The scalar types of OCSF 1.8.0 as pydantic types, one name for each type of its dictionary.

Every type is strict: text is never made from a number, and `True` or `1.0` is no integer.
"""

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict

# The patterns of the schema's own dictionary, with `\\d` and `\\s` held to ASCII.
_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BASE64 = re.compile(
    r"(?:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
    r"|(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(text: str) -> tuple[int, bool]:
    """A `datetime_t` as milliseconds since 1970 UTC, and whether its text has a fraction.

    Raises ValueError when the text is no calendar date and time with an offset.
    """
    if not _DATETIME.fullmatch(text):
        raise ValueError("is not an RFC 3339 date and time with an offset")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        # fromisoformat's own message would repeat the value
        raise ValueError("is not a date and time of the calendar") from None
    return (moment - _EPOCH) // _MILLISECOND, "." in text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("is not an e-mail address (ASCII, with a dot in its domain)")
    return text


def _ip(text: str) -> str:
    # Stricter than the schema's pattern, which also takes 1a2b3c4 and blanks.
    if len(text) > 40:
        raise ValueError("is longer than the 40 characters of an IP address")
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("is not an IP address") from None
    return text


def _datetime(text: str) -> str:
    milliseconds(text)
    return text


def _mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise ValueError("is not a MAC address")
    return text


def _uuid(text: str) -> str:
    if not _UUID.search(text):
        raise ValueError("holds no UUID")
    return text


def _base64(text: str) -> str:
    if not _BASE64.fullmatch(text):
        raise ValueError("is not padded Base64 text")
    return text


def _exact_int(value: Any) -> Any:
    # A Literal compares with ==, so it would take True and 1.0 for 1.
    if value.__class__ is not int:
        raise ValueError("must be an integer")
    return value


Exact = BeforeValidator(_exact_int)
"""Put beside the Literal of an enum id: only an integer passes, never `True` or `1.0`."""

Boolean = Annotated[bool, Strict()]
Float = Annotated[float, Strict()]
Integer = Annotated[int, Strict(), Field(ge=-(2**31), lt=2**31)]
Long = Annotated[int, Strict(), Field(ge=-(2**63), lt=2**63)]
Timestamp = Annotated[int, Strict(), Field(ge=-(2**63), lt=2**63)]
"""Milliseconds since 1970-01-01 UTC."""
Port = Annotated[int, Strict(), Field(ge=0, le=65535)]

String = Annotated[str, Strict()]
Bytestring = Annotated[str, Strict(), AfterValidator(_base64)]
Datetime = Annotated[str, Strict(), AfterValidator(_datetime)]
Email = Annotated[str, Strict(), AfterValidator(_email)]
FileHash = String
FileName = String
FilePath = String
Hostname = String
Ip = Annotated[str, Strict(), AfterValidator(_ip)]
Mac = Annotated[str, Strict(), AfterValidator(_mac)]
ProcessName = String
ResourceUid = String
Subnet = Annotated[str, Strict(), Field(max_length=42)]
Url = String
Username = String
Uuid = Annotated[str, Strict(), AfterValidator(_uuid)]
