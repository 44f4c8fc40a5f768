"""The cursor of a federation: the place of every provider, each sealed by its own connector.

    base64url of JSON: [version, {provider: sealed place, or null while it refuses the question}]

The text around the sealed places holds nothing but names. A place is bound to the provider, its
name in the federation, the tenant, the operation, both orders and the filters; "finished" is a
sealed place like any other, so that no provider can be left out by editing the text.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from connector_core.cursor import LONGEST
from connector_core.errors import CursorError

VERSION: Final = 1

_Parts = dict[str, str | None]


def write(parts: Mapping[str, str | None]) -> str:
    """The cursor's text; `parts` are sealed places by provider name."""
    plain = msgspec.json.encode((VERSION, parts))
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode("ascii")


def read(text: str, names: Collection[str]) -> _Parts:
    """The sealed places; raises `CursorError` unless it is a cursor of these providers."""
    parts = _parts(text, longest=2 * len(names) * LONGEST)
    if parts is None:
        raise CursorError("The cursor is damaged or belongs to another query.")
    if set(parts) != set(names):
        raise CursorError(
            "The cursor belongs to a federation of other providers.",
            remediation="Ask the same providers under the same names, or start again without it.",
        )
    return parts


def _parts(text: str, longest: int) -> _Parts | None:
    if len(text) > longest or not text.isascii():
        return None
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, parts = msgspec.json.decode(plain, type=tuple[int, _Parts])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    return parts if version == VERSION else None
