"""Which words can be ids of threats."""

import re
from typing import Final

_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,200}", re.ASCII)
"""Ids are UUIDs; whatever is no such word is never put into a path."""


def plausible(threat: str) -> bool:
    """Whether a threat can have this id."""
    return _ID.fullmatch(threat) is not None
