"""What one row of AlertEvidence shows, by its EntityType.

AdditionalFields is JSON text whose keys vary with the type and the product: what is used is taken
out, what repeats a column is dropped, the rest is kept. Keys from rows seen in live tenants (2021
to 2026).
"""

from typing import Any, Final

from connector_core.convert import email_address, ip_address, json_object, kept_json, url
from connector_core.ocsf.enums import DeviceType, HashAlgorithm, Verdict
from connector_defender_office365.convert.parts import file_extension, file_kind, fingerprint

_VERDICTS: Final = {
    "malicious": Verdict.TRUE_POSITIVE,
    "suspicious": Verdict.SUSPICIOUS,
    "nothreatsfound": Verdict.BENIGN,
}
_LARGEST_PID: Final = 2**31 - 1
Object = dict[str, Any]


def _filled(**values: Any) -> Object:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


class _Fields:
    """The AdditionalFields of one row, from which values are taken."""

    def __init__(self, additional: Any) -> None:
        value = kept_json(additional)
        self.left: Object = value if isinstance(value, dict) else {}
        self.other = None if isinstance(value, dict) else value

    def text(self, key: str) -> str:
        """A text, looked at; anything else is none."""
        value = self.left.get(key)
        return value if isinstance(value, str) else ""

    def take(self, key: str) -> str:
        """A text, taken out; anything else stays."""
        return self.left.pop(key) if self.text(key) else ""

    def drop(self, value: str, *keys: str) -> None:
        """Leave out the keys that repeat this value."""
        for key in keys:
            if value and self.text(key) == value:
                del self.left[key]

    def rest(self) -> Any:
        """What was not taken; None when nothing is left."""
        return self.left or self.other


def verdict(additional: Any) -> tuple[int, str] | None:
    """LastVerdict in AdditionalFields: malicious 2 True Positive, suspicious 4 Suspicious,
    noThreatsFound 5 Benign, any other word 0 Unknown.
    """
    last = json_object(additional).get("LastVerdict")
    if not isinstance(last, str) or not last:
        return None
    found = _VERDICTS.get(last.lower(), Verdict.UNKNOWN)
    return int(found), found.caption


Mail = tuple[Object | None, Object | None, str | None, Object | None, str | None, str | None, Any]


def mail_message(message: str, subject: str, additional: Any) -> Mail:
    """The message with From (P2Sender, or else Sender), Recipient, Subject, Message-ID and Urls,
    and SenderIP as source; a row without any of these shows its fields as data.
    """
    fields = _Fields(additional)
    sender = fields.text("P2Sender") or fields.text("Sender")
    recipient = fields.text("Recipient")
    uid = message or fields.text("NetworkMessageId")
    fields.drop(uid, "NetworkMessageId")
    if email_address(sender):  # any other stays here too, where filters find it without a name
        fields.drop(sender, "P2Sender", "Sender")
    fields.drop(recipient, "Recipient")
    told = fields.take("Subject") or subject
    email = _filled(
        to=[recipient] if email_address(recipient) else None,
        to_mailboxes=[recipient] if recipient and not email_address(recipient) else None,
        from_mailbox=sender if sender and not email_address(sender) else None,
        subject=told,
        message_uid=fields.take("InternetMessageId"),
        urls=_links(fields),
    )
    ip = fields.take("SenderIP") if ip_address(fields.text("SenderIP")) else ""
    if email_address(sender):
        email["from"] = sender
    elif email and "to" not in email:  # Defender XDR names links and no address
        email["to"] = []  # the object needs one of the two; an address is never made up
    other_subject = subject if subject and subject != told else None
    if not (email or ip):
        data = _filled(NetworkMessageId=uid) | fields.left
        return None, None, uid or None, data or None, None, None, fields.other
    source = {"ip": ip} if ip else None
    return email or None, source, uid or None, None, None, other_subject, fields.rest()


def _links(fields: _Fields) -> list[Object]:
    """The texts among the Urls; what is no text stays."""
    told = fields.left.get("Urls")
    if not isinstance(told, list):
        return []
    fields.left["Urls"] = [item for item in told if not isinstance(item, str)]
    if not fields.left["Urls"]:
        del fields.left["Urls"]
    return [url(item) for item in told if isinstance(item, str)]


User = tuple[Object | None, str | None, str | None, Any]


def user(name: str, domain: str, sid: str, object_id: str, upn: str, additional: Any) -> User:
    """The account or mailbox: name, domain, ids, address and full name."""
    fields = _Fields(additional)
    fields.drop(name, "Name", "AccountName")
    fields.drop(domain, "DomainName")
    fields.drop(sid, "Sid", "UserSid")
    fields.drop(object_id, "AadUserId")
    fields.drop(upn, "Upn")
    mailbox = fields.text("MailboxPrimaryAddress")
    found = _filled(
        name=name or fields.take("Name") or upn or mailbox,
        domain=domain,
        uid=object_id or fields.take("AadUserId") or sid or fields.take("Sid"),
        full_name=fields.text("DisplayName"),
        email_addr=next((text for text in (mailbox, upn) if email_address(text)), None),
    )
    other_id = sid or fields.take("Sid")
    if other_id and other_id != found.get("uid"):
        found["uid_alt"] = other_id
    if "name" not in found and "uid" not in found:
        return None, domain or None, upn or None, fields.rest()
    fields.drop(found.get("full_name", ""), "DisplayName")
    if mailbox in found.values():
        fields.drop(mailbox, "MailboxPrimaryAddress")
    return found, None, upn if upn and upn not in found.values() else None, fields.rest()


def link(text: str, additional: Any) -> tuple[Object | None, Any]:
    """The URL and its parts, without the literal prefix ``uri=`` that some rows carry."""
    fields = _Fields(additional)
    fields.drop(text, "Url")
    plain = (text or fields.take("Url")).removeprefix("uri=")
    return url(plain) if plain else None, fields.rest()


Address = tuple[Object | None, Object | None, str | None, str | None, str | None, Any]


def address(remote: str, local: str, direction: str, additional: Any) -> Address:
    """The IP address as source, or as destination when EvidenceDirection says so, with its
    location.
    """
    fields = _Fields(additional)
    told = next((ip for ip in (remote, local, fields.text("Address")) if ip_address(ip)), "")
    fields.drop(told, "Address")
    left = tuple(ip if ip and ip != told else None for ip in (remote, local))
    if not told:
        return None, None, left[0], left[1], direction or None, fields.rest()
    endpoint = {"ip": told} | _filled(location=_location(fields))
    if direction.lower() == "destination":
        return None, endpoint, left[0], left[1], None, fields.rest()
    known = direction.lower() in ("", "source")
    return endpoint, None, left[0], left[1], None if known else direction, fields.rest()


def _location(fields: _Fields) -> Object:
    """Country, city and coordinates; a place without country and city is none."""
    place = fields.left.get("Location")
    if not isinstance(place, dict):
        return {}
    found = {
        name: place.pop(key)
        for name, key in (("country", "CountryCode"), ("city", "City"))
        if isinstance(place.get(key), str)
    }
    if not found:
        return {}
    for name, key in (("lat", "Latitude"), ("long", "Longitude")):
        if place.get(key).__class__ in (int, float):
            found[name] = float(place.pop(key))
    if not place:
        del fields.left["Location"]
    return found


def file(
    name: str, folder: str, size: Any, sha1: str, sha256: str
) -> tuple[Object | None, str | None, int | None]:
    """The file with its folder, size and hashes; 8 Executable File by its extension."""
    hashes = [
        fingerprint(algorithm, value)
        for algorithm, value in ((HashAlgorithm.SHA_1, sha1), (HashAlgorithm.SHA_256, sha256))
        if value
    ]
    number = size if size.__class__ is int else None
    if not (name or hashes):
        return None, folder or None, number
    type_id, caption, _ = file_kind("", name, "")
    found = {"name": name or "unknown", "type_id": type_id, "type": caption}
    found |= _filled(
        parent_folder=folder, path=_path(folder, name), ext=file_extension("", name), hashes=hashes
    )
    return found if number is None else found | {"size": number}, None, None


def _path(folder: str, name: str) -> str:
    if not (folder and name):
        return ""
    separator = "/" if "/" in folder else "\\"
    return f"{folder.rstrip(separator)}{separator}{name}"


def machine(name: str, uid: str) -> Object | None:
    """The device by name and id; its kind is 0 Unknown."""
    found = _filled(hostname=name, uid=uid)
    if not found:
        return None
    return found | {"type_id": int(DeviceType.UNKNOWN), "type": DeviceType.UNKNOWN.caption}


Process = tuple[Object | None, str | None, str | None, str | None, Any]


def process(command: str, name: str, folder: str, additional: Any) -> Process:
    """The process with its command line and path when AdditionalFields has its ProcessId; else
    the row is shown as data.
    """
    fields = _Fields(additional)
    text = str(fields.left.get("ProcessId", ""))
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= _LARGEST_PID):
        return None, command or None, name or None, folder or None, fields.rest()
    del fields.left["ProcessId"]
    found = {"pid": int(text)} | _filled(name=name, cmd_line=command, path=_path(folder, name))
    return found, None, None, None if name else folder or None, fields.rest()
