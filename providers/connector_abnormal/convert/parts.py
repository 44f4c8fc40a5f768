"""Attachments, links and reasons."""

import re
from typing import Any, Final

from connector_abnormal.keep import kept
from connector_core.convert import url, url_parts
from connector_core.ocsf.enums import FileType, HashAlgorithm

_EXTENSION: Final = re.compile(r"[^.].*\.([A-Za-z0-9]{1,16})", re.DOTALL)
Objects = list[dict[str, Any]]


def _file(name: str) -> dict[str, Any]:
    kind = FileType.REGULAR_FILE
    found = {"name": name, "type_id": int(kind), "type": kind.caption}
    match = _EXTENSION.fullmatch(name)
    return found | {"ext": match[1]} if match else found


def file_name(name: str) -> tuple[str, str | None]:
    """The name, and the extension in it."""
    match = _EXTENSION.fullmatch(name)
    return name or "unknown", match[1] if match else None


def files(names: Any) -> Objects | None:
    """A file for each name, with the extension in it."""
    return [_file(name) for name in names or () if name] or None


def links(urls: Any) -> Objects | None:
    """Each link as received, with its parts where it can be parsed; user and password in none."""
    return [url(text) for text in urls or () if text] or None


LinkParts = tuple[str | None, str | None, str | None, int | None, str | None, str | None]


def link(text: str) -> LinkParts | None:
    """The link as received and its parts where it can be parsed; user and password in none."""
    if not text:
        return None
    scheme, host, port, path, query = url_parts(text)
    return text, host, scheme, port, path, query


def insights(texts: Any) -> str | None:
    """The reasons, one a line; over all messages, each once."""
    return "\n".join(dict.fromkeys(filter(None, texts or ()))) or None


def result_files(value: Any) -> tuple[Objects | None, Any] | None:
    """A file for each entry, with its MD5 as fingerprint; what else an entry holds under unmapped,
    with the entry's name.
    """
    pairs = value.items() if isinstance(value, dict) else enumerate(value or ())
    found: Objects = []
    rest: Objects = []
    for key, entry in pairs:
        left = dict(entry) if isinstance(entry, dict) else {"value": entry}
        name = _taken(left, "name")
        digest = _taken(left, "md5_hash")
        if isinstance(key, str) and name and name != key:
            left["key"] = key
        name = name or (key if isinstance(key, str) else "")
        left = {field: part for field, part in left.items() if part not in (None, "")}
        if name or digest:
            made = _file(name or "unknown")
            if digest:
                made["hashes"] = [_md5(digest)]
            found.append(made)
        if left:
            rest.append(({"name": name} if name else {}) | left)
    return (found or None, kept(rest)) if found or rest else None


def _taken(entry: dict[str, Any], name: str) -> str:
    """A text, taken out; anything else stays."""
    value = entry.get(name)
    if not isinstance(value, str):
        return ""
    del entry[name]
    return value


def _md5(value: str) -> dict[str, Any]:
    kind = HashAlgorithm.MD5
    return {"algorithm_id": int(kind), "algorithm": kind.caption, "value": value}
