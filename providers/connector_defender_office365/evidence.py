"""What one row of AlertEvidence shows, by its EntityType.

AdditionalFields is JSON text whose keys vary with the type and the product; what is used is taken
out, the rest is kept. Keys from rows seen in live tenants (2021 to 2026).
"""

from typing import Any, Final

from connector_core.convert import email_address, ip_address, json_object, url
from connector_core.ocsf.enums import DeviceType, FileType, HashAlgorithm, Verdict
from connector_defender_office365.convert import fingerprint

_VERDICTS: Final = {
    "malicious": Verdict.TRUE_POSITIVE,
    "suspicious": Verdict.SUSPICIOUS,
    "nothreatsfound": Verdict.BENIGN,
}
Object = dict[str, Any]


def _filled(**values: Any) -> Object:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _fields(text: Any) -> Object:
    return dict(json_object(text))


def _text(fields: Object, key: str) -> str:
    """Take a text out of `fields`; anything else stays."""
    return fields.pop(key) if isinstance(fields.get(key), str) else ""


def verdict(additional: str) -> tuple[int, str] | None:
    """LastVerdict of AdditionalFields: malicious 2, suspicious 4, noThreatsFound 5, else 0."""
    last = json_object(additional).get("LastVerdict")
    if not isinstance(last, str) or not last:
        return None
    found = _VERDICTS.get(last.lower(), Verdict.UNKNOWN)
    return int(found), found.caption


def mail_message(
    message: str, subject: str, additional: str
) -> tuple[Object | None, Object | None, str | None, Object | None, Object | None]:
    """The message: addresses, subject, ids and links; `data` when no address is known."""
    fields = _fields(additional)
    sender = _text(fields, "P2Sender") or _text(fields, "Sender")
    recipient = _text(fields, "Recipient")
    subject = _text(fields, "Subject") or subject
    uid = _text(fields, "NetworkMessageId") or message
    links = fields.get("Urls")
    email = _filled(
        to=[recipient] if email_address(recipient) else None,
        to_mailboxes=[recipient] if recipient and not email_address(recipient) else None,
        from_mailbox=sender if sender and not email_address(sender) else None,
        subject=subject,
        message_uid=_text(fields, "InternetMessageId"),
    )
    if email_address(sender):
        email["from"] = sender
    if isinstance(links, list):
        email["urls"] = [url(link) for link in links if isinstance(link, str) and link]
        fields.pop("Urls")
        email = _filled(**email)
    ip = fields.get("SenderIP")
    endpoint = {"ip": ip} if isinstance(ip, str) and ip_address(ip) else None
    if endpoint:
        fields.pop("SenderIP")
    if "from" in email or "to" in email:
        return email, endpoint, uid or None, None, fields or None
    data = _filled(**email, uid=uid)
    return None, endpoint, uid or None, data or None, fields or None


def user(
    name: str, domain: str, sid: str, object_id: str, upn: str, additional: str
) -> tuple[Object | None, Object | None]:
    """The account or mailbox: name, domain, ids, address and full name."""
    fields = _fields(additional)
    mailbox = _text(fields, "MailboxPrimaryAddress")
    found = _filled(
        name=name or _text(fields, "Name") or upn or mailbox,
        domain=domain,
        uid=object_id or _text(fields, "AadUserId"),
        uid_alt=sid or _text(fields, "Sid"),
        full_name=_text(fields, "DisplayName"),
    )
    for address in (mailbox, upn):
        if email_address(address):
            found["email_addr"] = address
            break
    rest = _filled(**fields)
    if upn and upn not in found.values():
        rest["AccountUpn"] = upn
    usable = "name" in found or "uid" in found
    if not usable:
        rest |= found
    return found if usable else None, rest or None


def link(text: str) -> Object | None:
    """The URL, without the literal prefix ``uri=``."""
    plain = text.removeprefix("uri=")
    return url(plain) if plain else None


def address(
    remote: str, local: str, direction: str, additional: str
) -> tuple[Object | None, Object | None, Object | None]:
    """The IP as source, or as destination when EvidenceDirection says so; with its location."""
    fields = _fields(additional)
    ip = remote or local or _text(fields, "Address")
    if not ip_address(ip):
        return None, None, _filled(**fields, RemoteIP=remote, LocalIP=local) or None
    endpoint: Object = {"ip": ip}
    place = _location(fields.get("Location"))
    if place:
        endpoint["location"] = place
        fields.pop("Location")
    rest = _filled(**fields, LocalIP=local if local != ip else "", EvidenceDirection=direction)
    if direction.lower() == "destination":
        return None, endpoint, rest or None
    return endpoint, None, rest or None


def _location(value: Any) -> Object:
    if not isinstance(value, dict):
        return {}
    found = _filled(country=value.get("CountryCode"), city=value.get("City"))
    found = {key: text for key, text in found.items() if isinstance(text, str)}
    latitude, longitude = value.get("Latitude"), value.get("Longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        found |= {"lat": float(latitude), "long": float(longitude)}
    return found


def file(name: str, folder: str, size: Any, sha1: str, sha256: str) -> Object | None:
    """The file with its folder, size and hashes."""
    hashes = [
        fingerprint(algorithm, value)
        for algorithm, value in ((HashAlgorithm.SHA_1, sha1), (HashAlgorithm.SHA_256, sha256))
        if value
    ]
    if not (name or hashes):
        return None
    return {
        "name": name or "unknown",
        "type_id": int(FileType.REGULAR_FILE),
        "type": FileType.REGULAR_FILE.caption,
    } | _filled(
        parent_folder=folder,
        path=_path(folder, name),
        size=size if size.__class__ is int else None,
        hashes=hashes,
    )


def _path(folder: str, name: str) -> str:
    if not (folder and name):
        return ""
    separator = "/" if "/" in folder else "\\"
    return f"{folder.rstrip(separator)}{separator}{name}"


def machine(name: str, uid: str) -> Object | None:
    """The device by name and id."""
    found = _filled(hostname=name, uid=uid)
    if not found:
        return None
    return found | {"type_id": int(DeviceType.UNKNOWN), "type": DeviceType.UNKNOWN.caption}


def process(
    command: str, name: str, folder: str, additional: str
) -> tuple[Object | None, Object | None]:
    """The process, when its number is known; else it stays in `data`."""
    fields = _fields(additional)
    text = str(fields.get("ProcessId") or "")
    if not (text.isascii() and text.isdigit()):
        return None, _filled(**fields, ProcessCommandLine=command, FileName=name, FolderPath=folder)
    fields.pop("ProcessId")
    found = {"pid": int(text)} | _filled(name=name, cmd_line=command, path=_path(folder, name))
    return found, fields or None
