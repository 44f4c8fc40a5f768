"""What Acme's values mean; a value that does not fit its attribute is kept under `unmapped`."""

import re
from typing import Any, Final

from connector_core.convert import email_address, ip_address, mailbox, timestamp, url
from connector_core.ocsf.enums import AnalyticType, FileType, HashAlgorithm

SHA256: Final = HashAlgorithm.SHA_256


def moment(text: str) -> tuple[int, str, str] | None:
    """Milliseconds, RFC 3339 text cut to milliseconds, and the text as it came."""
    found = timestamp(text)
    return None if found is None else (*found, text)


def sender(address: str, name: str) -> tuple[str | None, str | None]:
    """The address, and the mailbox with its display name or whatever stands for an address."""
    valid = email_address(address)
    return valid, (mailbox(name, address) or None) if name or not valid else None


def recipients(addresses: list[Any]) -> tuple[Any, ...]:
    """Valid addresses, other texts as mailboxes, and what is no text."""
    texts = [item for item in addresses if isinstance(item, str)]
    valid = [text for text in texts if email_address(text)]
    odd = [text for text in texts if text and not email_address(text)]
    return valid or None, odd or None, [i for i in addresses if not isinstance(i, str)] or None


def urls(links: list[Any]) -> tuple[Any, ...]:
    """An URL object for each link, and what is no text."""
    texts = [item for item in links if isinstance(item, str) and item]
    return list(map(url, texts)) or None, [i for i in links if not isinstance(i, str)] or None


def files(attachments: list[Any]) -> tuple[Any, ...]:
    """A file object for each attachment with a name, and all that has no place in one."""
    found, rest = [], []
    for attachment in attachments:
        part, left = _file(attachment)
        if part:
            found.append(part)
        if left:
            rest.append(left)
    return found or None, rest or None


def _file(attachment: Any) -> tuple[dict[str, Any], Any]:
    if not isinstance(attachment, dict):
        return {}, attachment
    left = dict(attachment)
    name, digest, size = (left.get(field) for field in ("name", "sha256", "size_bytes"))
    if not isinstance(name, str) or not name:
        return {}, left
    part = {"name": name, "type_id": int(FileType.UNKNOWN), "type": FileType.UNKNOWN.caption}
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        del left["sha256"]
        kind = {"algorithm_id": int(SHA256), "algorithm": SHA256.caption}
        part["hashes"] = [kind | {"value": digest}]
    if type(size) is int and 0 <= size < 2**63:
        part["size"] = left.pop("size_bytes")
    return part, left if left.keys() - {"name"} else {}


def ip(text: str) -> tuple[str | None, str | None]:
    """The address when it is one, else the text for `unmapped`."""
    valid = ip_address(text)
    return valid, None if valid else text or None


def title(verdict: str, subject: str) -> str:
    """The verdict and the subject, with the word Detection where there is no verdict."""
    return f"{verdict.capitalize() or 'Detection'}: {subject or '(no subject)'}"


def types(verdict: str) -> list[str] | None:
    """The verdict as the only type of threat."""
    return [verdict] if verdict else None


def analytic(engine: str) -> dict[str, Any] | None:
    """The engine that decided; Acme does not say how it works."""
    unknown = AnalyticType.UNKNOWN
    return {"name": engine, "type_id": int(unknown), "type": unknown.caption} if engine else None
