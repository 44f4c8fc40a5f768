"""Who wrote to whom, from where.

OCSF takes only ASCII addresses with a dot in the domain: ``<>``, "MAILER-DAEMON", X.500 paths and
internationalized addresses stand as mailboxes, their column also under `unmapped`.
"""

import re
from typing import Any, Final

from connector_core.convert import (
    EMAIL,
    ip_address,
    is_email_address,
    kept_json,
    mailbox,
    text_list,
)

_is_plain_list: Final = re.compile(rf'\["{EMAIL}"(?:, ?"{EMAIL}")*\]').fullmatch


def sender(address: str, name: str) -> tuple[str | None, str | None, str | None]:
    """The address if it is valid; as mailbox the display name with the address, or an invalid
    address.
    """
    if not address:
        return None, name or None, None
    if is_email_address(address):
        return address, mailbox(name, address) if name else None, None
    return None, mailbox(name, address) if name else address, address


def only_sender(address: str) -> tuple[str | None, str | None, str | None]:
    """The address if it is valid, else the text as mailbox and under unmapped."""
    return sender(address, "")


def envelope_sender(address: str) -> tuple[str | None, str | None] | None:
    """The address if it is valid, else under unmapped."""
    if not address:
        return None
    return (address, None) if is_email_address(address) else (None, address)


def envelope_recipient(address: str) -> tuple[list[str] | None, str | None] | None:
    """A list of the one address if it is valid, else under unmapped."""
    if not address:
        return None
    return ([address], None) if is_email_address(address) else (None, address)


def only_recipient(address: str) -> tuple[list[str] | None, list[str] | None] | None:
    """A list of the one address if it is valid, else the text as mailbox."""
    if not address:
        return None
    return ([address], None) if is_email_address(address) else (None, [address])


Recipients = tuple[list[str] | None, list[str] | None, Any]


def header_to(header: Any, recipient: str) -> Recipients | None:
    """The valid addresses of the To header, or else the recipient; the rest as mailboxes, and then
    the column under unmapped too.
    """
    listed = _plain_list(header)
    if listed:
        return listed, None, None
    valid, odd, raw = header_cc(header) or (None, None, None)
    if valid or odd:
        return valid, odd, raw
    found = only_recipient(recipient)
    if found is None:
        return (None, None, raw) if raw is not None else None
    return (*found, raw)


def header_cc(header: Any) -> Recipients | None:
    """The valid addresses of the Cc header; the rest as mailboxes, and then the column under
    unmapped too.
    """
    if header == "[]":
        return None
    listed = _plain_list(header)
    if listed:
        return listed, None, None
    raw = kept_json(header)
    if not isinstance(raw, str | list):
        return None if raw is None else (None, None, raw)
    texts = _addresses(raw)
    valid = [text for text in texts if is_email_address(text)]
    odd = [text for text in texts if not is_email_address(text)]
    told = isinstance(raw, str) or len(texts) == len(raw)
    return valid or None, odd or None, None if told and not odd and valid else raw


def _plain_list(header: Any) -> list[str] | None:
    """The list that a JSON text holds when all of it is valid addresses, as nearly always."""
    if header.__class__ is str and _is_plain_list(header):
        return header.split('"')[1::2]  # a valid address has nothing that JSON escapes
    return None


def _addresses(header: Any) -> list[str]:
    """The items of a list, or of a text with commas or semicolons between valid addresses."""
    if isinstance(header, str):
        items = [item.strip() for item in header.replace(";", ",").split(",") if item.strip()]
        if all(is_email_address(item) for item in items):
            return items
    return text_list(header)


def sender_ip(ipv4: str, ipv6: str) -> tuple[str | None, str | None, str | None]:
    """The IPv4 address of the last relay, or else its IPv6 address; the other one, and 0.0.0.0,
    under unmapped.
    """
    four, six = ip_address(ipv4) if ipv4 else None, ip_address(ipv6) if ipv6 else None
    return (
        four or six,
        None if four or not ipv4 else ipv4,
        None if (six and not four) or not ipv6 else ipv6,
    )


def click_ip(text: str) -> tuple[str | None, str | None]:
    """The address clicked from, if it is one, else under unmapped."""
    found = ip_address(text)
    return found, text if text and not found else None
