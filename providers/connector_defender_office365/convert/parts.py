"""Attachments and links, and the people who click on them."""

import re
import uuid
from functools import lru_cache
from typing import Any, Final

from connector_core import convert as core
from connector_core.convert import email_address
from connector_core.ocsf.enums import FileType, HashAlgorithm, ResourceRole, UrlCategory
from connector_defender_office365.convert.verdicts import words

_EXECUTABLE: Final = frozenset(
    ("exe", "dll", "scr", "com", "msi", "js", "vbs", "ps1", "bat", "cmd", "jar")
)
_EXTENSION: Final = re.compile(r"[^.].*\.([A-Za-z0-9]{1,16})", re.DOTALL)


def file_name(name: str) -> tuple[str, str | None]:
    """The file's name; "unknown" when there is none, with the empty text under unmapped."""
    return (name, None) if name else ("unknown", "")


@lru_cache(maxsize=4_096)
def file_kind(kinds: str, name: str, extension: str) -> tuple[int, str, str | None]:
    """8 Executable File when the extension or the content's label says so, else 1 Regular File; the
    label under unmapped.
    """
    labels = (extension.lstrip("."), file_extension(name=name) or "", *kinds.split(";"))
    executable = any(label.strip().lower() in _EXECUTABLE for label in labels)
    found = FileType.EXECUTABLE_FILE if executable else FileType.REGULAR_FILE
    return int(found), found.caption, kinds or None


def file_extension(extension: str = "", name: str = "") -> str | None:
    """The extension without its dot, or else the last part of the name."""
    if extension.strip("."):
        return extension.lstrip(".")
    match = _EXTENSION.fullmatch(name)
    return match[1] if match else None


def sha256(value: str) -> list[dict[str, Any]] | None:
    """The SHA-256 as fingerprint."""
    return [fingerprint(HashAlgorithm.SHA_256, value)] if value else None


def fingerprint(algorithm: HashAlgorithm, value: str) -> dict[str, Any]:
    """An OCSF fingerprint object."""
    return {"algorithm_id": int(algorithm), "algorithm": algorithm.caption, "value": value}


LinkParts = tuple[str | None, str | None, str | None, int | None, str | None, str | None]


def link(text: str, domain: str) -> LinkParts | None:
    """The link as received, its host, and its parts when it can be parsed; user and password in no
    part.
    """
    if not text:
        return (None, domain, None, None, None, None) if domain else None
    scheme, host, port, path, query = core.url_parts(text)
    return text, domain or host, scheme, port, path, query


# -- clicks --------------------------------------------------------------------------------------

_URL_CATEGORIES: Final = {
    "phish": UrlCategory.PHISHING,
    "malware": UrlCategory.MALICIOUS_SOURCES_MALNETS,
    "spam": UrlCategory.SPAM,
}
_NO_MESSAGE: Final = str(uuid.UUID(int=0))


def click_message(action: str, threats: str) -> str | None:
    """What the click met and why: "ClickBlocked: Phish"."""
    return f"{action}: {threats}" if threats and action else action or threats or None


def clicked_message(message: str) -> tuple[str | None, str | None] | None:
    """The message that held the link; an id of zeros, for a click outside received mail, stands
    under unmapped.
    """
    if not message:
        return None
    return (None, message) if message == _NO_MESSAGE else (message, None)


def clicked_url(text: str, threats: Any) -> dict[str, Any] | None:
    """The link and its parts, with the verdict as category: Phish 18, Malware 43, Spam 101."""
    if not text:
        return None
    known = (_URL_CATEGORIES.get(word.lower()) for word in words(threats))
    found = [category for category in known if category is not None]
    if not found:
        return core.url(text)
    return core.url(text) | {
        "category_ids": [int(category) for category in found],
        "categories": [category.caption for category in found],
    }


def clicking_user(upn: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Who clicked, as user and as the targeted resource."""
    if not upn:
        return None
    found = {"name": upn} | ({"email_addr": upn} if email_address(upn) else {})
    return found, [resource(upn, "", "User", ResourceRole.TARGET)]


def resource(name: str, uid: str, kind: str, role: ResourceRole) -> dict[str, Any]:
    """An OCSF resource: who or what a finding is about."""
    found = {"name": name, "uid": uid, "type": kind}
    return {key: value for key, value in found.items() if value} | {
        "role_id": int(role),
        "role": role.caption,
    }
