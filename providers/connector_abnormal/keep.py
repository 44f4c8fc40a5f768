"""What has no attribute is kept under `unmapped`, JSON-ready."""

from typing import Any, Final

from connector_core.convert import kept_json

SIXTY_FOUR: Final = 2**63
"""Whole numbers from here on are no number of 64 bits."""


def kept(value: Any) -> Any:
    """A value as it stands under `unmapped`: JSON-ready, without its empty parts; None for none."""
    if isinstance(value, str):
        return value or None
    return _bounded(kept_json(value))


def _bounded(value: Any) -> Any:
    """The same with whole numbers of more than 64 bits as text, which JSON writers refuse."""
    match value:
        case dict():
            return {key: _bounded(part) for key, part in value.items()}
        case list():
            return [_bounded(part) for part in value]
        case bool():
            return value
        case int():
            return value if -SIXTY_FOUR <= value < SIXTY_FOUR else str(value)
        case _:
            return value
