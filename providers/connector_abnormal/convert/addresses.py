"""Who wrote to whom, from where.

OCSF takes only ASCII addresses with a dot in the domain. What is none stands as a mailbox, as it
was written, and bare under `unmapped`, where filters named for addresses look too.
"""

import re
from typing import Any, Final

from connector_core.convert import email_address, ip_address, mailbox

CUT: Final = 255
"""Characters after which the vendor cuts a text of addresses, in the middle of one if need be."""

_NAMED: Final = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*", re.DOTALL)
_PIECE: Final = re.compile(r'(?:"(?:\\.|[^"\\<>@])*"|[^,;])+', re.DOTALL)
"""What stands between two separators; one inside a quoted name is none. A quoted name never spans
an address, so that a quote too many in one name swallows no recipient."""


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


Lists = tuple[list[str] | None, list[str] | None, list[str] | None]


def _listed(value: Any) -> Lists:
    """Valid addresses; mailboxes with a name or an invalid address, as written; and every address
    text that is not among the valid ones, bare.
    """
    texts = _PIECE.findall(value) if isinstance(value, str) else value
    pieces = [piece for piece in map(str.strip, texts) if piece]
    torn = [pieces.pop()] if pieces and _is_cut(value) else []
    valid: dict[str, str] = {}
    boxes: list[str] = []
    rest: list[str] = []
    for piece in pieces:
        named = _NAMED.fullmatch(piece)
        text = named[2].strip() if named else piece
        is_valid = email_address(text) is not None
        if not is_valid or valid.setdefault(text.lower(), text) != text:
            rest.append(text)
        if named or not is_valid:
            boxes.append(piece)
    return list(valid.values()) or None, boxes or None, rest + torn or None


def _is_cut(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= CUT and not value.rstrip().endswith((",", ";"))


def recipients(
    header: Any, recipient: str
) -> (
    tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None, str | None] | None
):
    """The valid addresses of toAddresses, and the mailbox that got this copy (which stands in
    delivered_to_list too); the rest as mailboxes, and bare under unmapped. What is left of the
    last item of a text that was cut at 255 characters stands under unmapped alone.
    """
    if not header and not recipient:
        return None
    valid, boxes, rest = _listed(header or [])
    to, odd = valid or [], boxes or []
    address = email_address(recipient)
    if address and address.lower() not in map(str.lower, to):
        to.append(address)
    elif recipient and not address:
        odd.append(recipient)
    delivered = [address] if address else None
    return to or None, odd or None, delivered, rest, None if address else recipient or None


def copies(value: Any) -> Lists | None:
    """The valid addresses; the rest as mailboxes, and bare under unmapped."""
    return _listed(value) if value else None


def replies(value: Any) -> Lists | None:
    """The valid addresses; the rest as mailboxes, and bare under unmapped."""
    return _listed(value) if value else None


def return_path(text: str) -> tuple[str | None, str | None] | None:
    """The address without angle brackets if it is valid, else under unmapped."""
    if not text:
        return None
    bare = text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text
    return (bare, None) if email_address(bare) else (None, bare or text)


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
