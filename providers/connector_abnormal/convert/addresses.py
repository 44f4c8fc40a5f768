"""Who wrote to whom, from where.

OCSF takes only ASCII addresses with a dot in the domain: what is none stands as a mailbox, its
field also under `unmapped`.
"""

import re
from typing import Any, Final

from connector_core.convert import email_address, ip_address, mailbox

CUT: Final = 255
"""Characters after which the vendor cuts a text of addresses, in the middle of one if need be."""

_NAMED: Final = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*", re.DOTALL)
_SEPARATOR: Final = re.compile(r"[,;]")


def sender(address: str, name: str) -> tuple[str | None, str | None, str | None] | None:
    """The address if it is valid; as mailbox the display name with the address, or an invalid
    address.
    """
    if not address:
        return (None, name, None) if name else None
    if email_address(address):
        return address, mailbox(name, address) if name else None, None
    return None, mailbox(name, address), address


def sender_and_from(
    address: str, name: str
) -> tuple[str | None, str | None, str | None, str | None] | None:
    """The address if it is valid, in both places; as mailbox the display name with the address, or
    an invalid address.
    """
    found = sender(address, name)
    return None if found is None else (found[0], *found)


Lists = tuple[list[str] | None, list[str] | None, Any]


def _listed(value: Any) -> Lists:
    """Valid addresses, mailboxes with a name or an invalid address, and the field if it holds more
    than the addresses.
    """
    cut = isinstance(value, str) and len(value) >= CUT
    pieces = _SEPARATOR.split(value) if isinstance(value, str) else list(value)
    if cut:
        pieces.pop()
    valid: dict[str, str] = {}
    boxes: list[str] = []
    for piece in filter(None, map(str.strip, pieces)):
        named = _NAMED.fullmatch(piece)
        address = email_address(named[2].strip() if named else piece)
        if address:
            valid.setdefault(address.lower(), address)
        if named or not address:
            boxes.append(piece)
    plain = not cut and not boxes and (isinstance(value, str) or len(valid) == len(pieces))
    return list(valid.values()) or None, boxes or None, None if plain else value or None


def recipients(
    header: Any, recipient: str
) -> tuple[list[str] | None, list[str] | None, list[str] | None, Any, str | None] | None:
    """The valid addresses of toAddresses, and the mailbox that got this copy (which stands in
    delivered_to_list too); the rest as mailboxes, and then the field under unmapped. The last item
    of a text that was cut at 255 characters is no address.
    """
    if not header and not recipient:
        return None
    valid, boxes, raw = _listed(header or [])
    to, odd = valid or [], boxes or []
    address = email_address(recipient)
    if address and address.lower() not in map(str.lower, to):
        to.append(address)
    elif recipient and not address:
        odd.append(recipient)
    delivered = [address] if address else None
    return to or None, odd or None, delivered, raw, None if address else recipient or None


def copies(value: Any) -> Lists | None:
    """The valid addresses; the rest as mailboxes, and then the field under unmapped."""
    return _listed(value) if value else None


def replies(value: Any) -> Lists | None:
    """The valid addresses; the rest as mailboxes, and then the field under unmapped."""
    return _listed(value) if value else None


def return_path(text: str) -> tuple[str | None, str | None] | None:
    """The address if it is valid, else under unmapped."""
    if not text:
        return None
    bare = text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text
    return (bare, None) if email_address(bare) else (None, text)


def mailbox_of(
    address: str, name: str
) -> (
    tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None, str | None] | None
):
    """The mailbox's address if it is valid, in three places; else as mailbox and under unmapped. A
    display name makes a mailbox of it too.
    """
    if not address:
        return (None, None, None, [name], None) if name else None
    box = [mailbox(name, address)] if name else None
    if email_address(address):
        return [address], [address], [address], box, None
    return None, None, None, box or [address], address


def sender_ip(text: str) -> tuple[str | None, str | None] | None:
    """The address if it is one, else under unmapped."""
    if not text:
        return None
    found = ip_address(text)
    return found, None if found else text


def sender_ips(values: Any) -> tuple[str | None, list[str] | None, Any] | None:
    """The first address as source, all of them as x_originating_ip; what is none makes the field
    stand under unmapped too.
    """
    if not values:
        return None
    found = [address for address in map(ip_address, values) if address]
    return (
        found[0] if found else None,
        found or None,
        None if len(found) == len(values) else values,
    )
