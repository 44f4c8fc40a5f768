"""Rows of AlertEvidence: one function for each kind of entity."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from .clock import at_second
from .mail import Mail, Row
from .people import Person
from .today import Today

NEVER: Final = "0001-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Scene:
    """What an alert's entities are taken from: two messages of the day, a user, a number."""

    today: Today
    mail: Mail
    other: Mail
    person: Person
    number: int


def _fields(role: int | None, **fields: object) -> dict[str, object]:
    """AdditionalFields as text, and the EvidenceRole that goes with its Role."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True)
    key = hashlib.blake2b(text.encode(), digest_size=20).hexdigest().upper()
    extra: dict[str, object] = {} if role is None else {"Role": role}
    everything = {"$id": "1", **fields, **extra, "MergeByKeyHex": key}
    roles = {0: "Impacted", 1: "Related"}
    return {
        "AdditionalFields": json.dumps(everything, separators=(",", ":")),
        "EvidenceRole": roles.get(role, "") if role is not None else "",
    }


def _times(scene: Scene) -> dict[str, object]:
    start = at_second(scene.today.day, scene.mail.second)
    match scene.number % 3:
        case 0:
            return {"StartTimeUtc": NEVER, "EndTimeUtc": NEVER}
        case 1:
            return {"StartTimeUtc": start, "EndTimeUtc": start}
        case _:
            end = at_second(scene.today.day, scene.mail.second + 90)
            return {"StartTimeUtc": start, "EndTimeUtc": end, "FirstSeen": NEVER}


def _verdict(scene: Scene) -> dict[str, object]:
    words = ("Malicious", "Suspicious", "NoThreatsFound", "Unknown", "")
    word = words[scene.number % len(words)]
    return {"LastVerdict": word} if word else {}


def mail_full(scene: Scene) -> Row:
    """Office 365's form: the recipient stands nowhere else."""
    mail = scene.mail
    fields = {
        "Recipient": mail.copies[0].address,
        "Sender": mail.sender.mail_from,
        "P2Sender": mail.sender.address,
        "SenderIP": mail.sender.ipv4 or mail.sender.ipv6,
        "ReceivedDate": at_second(scene.today.day, mail.second),
        "NetworkMessageId": mail.network_id,
        "InternetMessageId": mail.internet_id,
        "Subject": mail.subject,
        "Urls": [link.url for link, _ in mail.links],
        "SourceThreatType": "Phish, Malicious",
        "Type": "mailMessage",
        "Urn": None,
        **_times(scene),
        **_verdict(scene),
    }
    return {
        "EntityType": "MailMessage",
        "NetworkMessageId": mail.network_id,
        "EmailSubject": mail.subject,
        **_fields(1, **fields),
    }


def mail_other(scene: Scene) -> Row:
    """A second message of the same alert."""
    return mail_full(replace(scene, mail=scene.other))


def mail_xdr(scene: Scene) -> Row:
    """Defender XDR's form: no address at all."""
    mail = scene.mail
    urls = [link.url for link, _ in mail.links]
    fields = _fields(
        1, Urls=urls, NetworkMessageId=mail.network_id, Asset=False, Type="mailMessage",
        AttachmentCount=len(mail.files), UrlCount=len(urls),
    )  # fmt: skip
    return {"EntityType": "MailMessage", "NetworkMessageId": mail.network_id, **fields}


def mail_bare(scene: Scene) -> Row:
    return {
        "EntityType": "MailMessage",
        "NetworkMessageId": scene.mail.network_id,
        "EmailSubject": scene.mail.subject,
        "EvidenceRole": "Related",
    }


def mail_cluster(scene: Scene) -> Row:
    fields = _fields(
        1, Query="ContentType:1", MailCount=14, Threats=["Phish"], Type="mailCluster",
        NetworkMessageIds=[scene.mail.network_id], **_times(scene),
    )  # fmt: skip
    return {"EntityType": "MailCluster", **fields}


def _account(person: Person) -> Row:
    name, _, domain = person.upn.partition("@")
    return {
        "AccountName": name,
        "AccountDomain": domain,
        "AccountSid": person.sid,
        "AccountObjectId": person.object_id,
        "AccountUpn": person.upn,
    }


def mailbox(scene: Scene) -> Row:
    person = scene.person
    fields = _fields(
        0, MailboxPrimaryAddress=person.address, DisplayName=person.name, Upn=person.upn,
        AadId=person.object_id, RiskLevel="None", Type="mailbox", **_times(scene),
    )  # fmt: skip
    return {"EntityType": "Mailbox", **_account(person), **fields}


def user(scene: Scene) -> Row:
    person = scene.person
    fields = _fields(
        0, Name=person.upn.partition("@")[0], UPNSuffix=scene.today.dataset.tenant_domain,
        Sid=person.sid, AadUserId=person.object_id, DisplayName=person.name, Type="account",
        IsDomainJoined=True, **_verdict(scene),
    )  # fmt: skip
    return {"EntityType": "User", **_account(person), **fields}


def user_by_sid(scene: Scene) -> Row:
    fields = _fields(1, Sid=scene.person.sid, Type="account")
    return {"EntityType": "User", "AccountSid": scene.person.sid, **fields}


def url(scene: Scene) -> Row:
    address = scene.mail.links[0][0].url if scene.mail.links else "https://evil.example/pay"
    fields = _fields(1, Url=address, Type="url", **_times(scene), **_verdict(scene))
    return {"EntityType": "Url", "RemoteUrl": address, **fields}


def url_prefixed(scene: Scene) -> Row:
    address = "uri=https://secure-mail.test/click?next=https://evil.example/&uri=x"
    return {"EntityType": "Url", "RemoteUrl": address, **_fields(1, Url=address, Type="url")}


def _ip(address: str, direction: str, **fields: object) -> Row:
    extra = _fields(1, Address=address, Type="ip", **fields)
    column = "LocalIP" if direction == "Destination" else "RemoteIP"
    return {"EntityType": "Ip", column: address, "EvidenceDirection": direction, **extra}


def ip(scene: Scene) -> Row:
    return _ip("203.0.113.77", "", **_verdict(scene))


def ip_source(scene: Scene) -> Row:
    place = {"CountryCode": "ZZ", "State": "Nordmark", "City": "Fjellby", "Longitude": 4.65,
             "Latitude": -52.733, "Asn": 64_500 + scene.number % 10}  # fmt: skip
    return _ip(f"2001:db8:77::{scene.number % 50_000 + 1:x}", "Source", Location=place)


def ip_destination(scene: Scene) -> Row:
    place = {"CountryCode": "ZZ", "Longitude": 0, "Latitude": 0}
    return _ip("192.0.2.177", "Destination", Location=place, **_times(scene))


def file(scene: Scene) -> Row:
    name = ("invoice.pdf.exe", "Angebot für Köln.docm", "archive.tar.gz")[scene.number % 3]
    digest = hashlib.sha256(name.encode()).hexdigest()
    sha1 = hashlib.blake2b(name.encode(), digest_size=20).hexdigest()
    row: Row = {
        "EntityType": "File",
        "FileName": name,
        "FolderPath": "C:\\Users\\Public\\Downloads",
        "SHA1": sha1,
        "SHA256": digest,
        "FileSize": 5_000_000_000 if scene.number % 4 == 0 else 73_412,
        "ThreatFamily": ("Contosteal", "")[scene.number % 2],
    }
    return row | _fields(1, Name=name, Type="file", **_times(scene), **_verdict(scene))


def file_name_only(scene: Scene) -> Row:
    name = scene.mail.files[0].name if scene.mail.files else "notes"
    return {"EntityType": "File", "FileName": name, "EvidenceRole": "Related"}


def machine(scene: Scene) -> Row:
    name = f"ws-{scene.number % 90 + 10:03d}.{scene.today.dataset.tenant_domain}"
    device = hashlib.blake2b(name.encode(), digest_size=20).hexdigest()
    fields = _fields(0, HostName=name.partition(".")[0], OSFamily="Windows", Type="host")
    return {"EntityType": "Machine", "DeviceName": name, "DeviceId": device, **fields}


def process_with_id(scene: Scene) -> Row:
    row = process(scene)
    fields = {"ProcessId": "0x1a4c" if scene.number % 2 else 6732, "Type": "process"}
    return row | _fields(1, **fields, CreationTimeUtc=at_second(scene.today.day, 60))


def process(scene: Scene) -> Row:
    command = '"C:\\Windows\\System32\\cmd.exe" /c "echo %PATH% & whoami > out.txt"'
    row: Row = {
        "EntityType": "Process",
        "FileName": "cmd.exe",
        "FolderPath": "C:\\Windows\\System32",
        "ProcessCommandLine": command,
        "AccountName": scene.person.upn.partition("@")[0],
    }
    return row | _fields(1, CommandLine=command, Type="process")


def registry(scene: Scene) -> Row:
    key = "HKEY_CURRENT_USER\\Software\\Contoso\\Run"
    row: Row = {"EntityType": "RegistryValue", "RegistryKey": key, "RegistryValueName": "start"}
    return row | {"RegistryValueData": f"run{scene.number}.exe -s"} | _fields(1, Type="registry")


def logon(scene: Scene) -> Row:
    person = scene.person
    fields = _fields(1, RequestId=f"request-{scene.number}", Type="cloud-logon-request",
                     AadUserId=person.object_id, **_times(scene))  # fmt: skip
    application: Row = {"Application": "Microsoft 365", "ApplicationId": 11161}
    return {"EntityType": "CloudLogonRequest", **_account(person), **application, **fields}


def oauth(scene: Scene) -> Row:
    client = f"0a{scene.number % 100:02d}7c11-77aa-4b1e-8d55-3f2a9b6c4d01"
    row: Row = {"EntityType": "OAuthApplication", "OAuthApplicationId": client}
    row |= {"Application": "Calendar Helper", "ApplicationId": None}
    return row | _fields(1, OAuthAppId=client, Name="Calendar Helper", Type="oauth-application")


def cloud(scene: Scene) -> Row:
    subscription = "9f1c2d3e-4b5a-4c6d-8e7f-001122334455"
    return {
        "EntityType": "CloudResource",
        "CloudResource": "mail-archive",
        "CloudPlatform": ("Azure", "AWS", "GCP")[scene.number % 3],
        "ResourceType": "Storage account",
        "ResourceID": f"/subscriptions/{subscription}/resourceGroups/rg/storage/mail-archive",
        "SubscriptionId": subscription,
        **_fields(0, Type="azure-resource"),
    }


def unknown(scene: Scene) -> Row:
    return {"EntityType": "QuantumDevice", "AdditionalFields": '{"broken": ', "EvidenceRole": ""}


KINDS: Final[Mapping[str, Callable[[Scene], Row]]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            mail_full, mail_other, mail_xdr, mail_bare, mail_cluster, mailbox, user, user_by_sid,
            url, url_prefixed, ip, ip_source, ip_destination, file, file_name_only, machine,
            process_with_id, process, registry, logon, oauth, cloud, unknown,
        )
    }
)  # fmt: skip
"""Name of an evidence kind, as alerts.py uses it, -> the function that makes its row."""
