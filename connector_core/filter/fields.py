"""The vocabulary of filters: operators, value types, and the declaration of one filter field."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Operator(StrEnum):
    """An operator as a caller writes it between square brackets."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NOT_IN = "not in"
    LIKE = "like"
    NOT_LIKE = "not like"


class ValueType(StrEnum):
    """How the values of a field are written, and how two of them compare."""

    TEXT = "text"
    """Any text; compares without case (see `fold`)."""
    ENUM = "enum"
    """A caption such as ``High``; compares without case."""
    INTEGER = "integer"
    """A whole number of at most 64 bits."""
    BOOLEAN = "boolean"
    """``true`` or ``false``."""
    TIME = "time"
    """RFC 3339, a date alone, or epoch milliseconds; held as integer milliseconds UTC."""
    IP = "ip"
    """An IPv4 or IPv6 address; two spellings of one address are equal."""
    MESSAGE_ID = "message_id"
    """An internet Message-ID; compares without case and without angle brackets at its ends."""


EQUALITY = (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN)
RANGE = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
CONTAINS = (Operator.LIKE, Operator.NOT_LIKE)

OPERATORS: Mapping[ValueType, tuple[Operator, ...]] = {
    ValueType.TEXT: EQUALITY + CONTAINS,
    ValueType.ENUM: EQUALITY,
    ValueType.INTEGER: EQUALITY + RANGE,
    ValueType.BOOLEAN: (Operator.EQ, Operator.NE),
    ValueType.TIME: EQUALITY + RANGE,
    ValueType.IP: EQUALITY + CONTAINS,
    ValueType.MESSAGE_ID: EQUALITY + CONTAINS,
}
"""Operators that make sense for a value type; a provider may declare fewer."""

Mode = Literal["pushed", "local"]
"""``pushed``: the vendor narrows the answer. ``local``: the core decides, after reading more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """One declared filter field: its name, its type, and where its values stand in an event."""

    name: str
    """What a caller writes, usually the OCSF path itself."""
    type: ValueType
    paths: tuple[str, ...] = ()
    """OCSF paths whose values are compared, list elements included; ``(name,)`` when left out."""
    operators: tuple[Operator, ...] = ()
    """Allowed operators; all that the type allows when left out."""
    values: tuple[str, ...] = ()
    """Known values of an enum, in the spelling of the events."""
    open: bool = False
    """Whether an enum may hold the vendor's own words beside `values`."""
    mode: Mode = "pushed"
    description: str = ""

    def __post_init__(self) -> None:
        """Fill what was left out from the name and the type."""
        object.__setattr__(self, "paths", self.paths or (self.name,))
        object.__setattr__(self, "operators", self.operators or OPERATORS[self.type])
