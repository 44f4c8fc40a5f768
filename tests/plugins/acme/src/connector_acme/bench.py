"""The offline vendor for the conformance kit: its mail, written as Acme's records."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from connector_conformance.bench import Bench, Mail, Scene
from connector_core.convert import timestamp_text

from .emulator import Emulator, Record

ACCOUNT: Final = "contoso"
HOST: Final = f"{ACCOUNT}.eu.mailguard.example"
KEY: Final = "api_key"


def settings(secret: Callable[[str], str]) -> Mapping[str, Any]:
    """The configuration of the account on the bench."""
    return {"account": ACCOUNT, "region": "eu", "api_key": secret(KEY)}


@contextmanager
def vendor(scene: Scene) -> Iterator[Emulator]:
    """The emulator with the mail of a scene, in the condition of the scene."""
    down = scene.condition == "shard_down"
    yield Emulator(
        host=HOST,
        api_key=scene.secret(KEY),
        clock=scene.clock,
        records={
            "messages": [message(mail) for mail in scene.mails],
            "detections": [detection(mail) for mail in scene.mails if mail.threat],
        },
        forbidden=frozenset({"messages"} if scene.condition == "no_right" else ()),
        lost=lambda record: down and record["id"].endswith("3"),
    )


def message(mail: Mail) -> Record:
    """A message as `/v1/messages` lists it."""
    return _common(mail) | {
        "id": f"msg_{mail.number:06d}",
        "received_at": timestamp_text(mail.time),
        "direction": _pick(mail, "inbound", "outbound", "internal"),
        "action": _pick(mail, "delivered", "quarantined", "rejected"),
        "size_bytes": 2_000 + mail.number,
        "folder": _pick(mail, "Inbox", "Junk"),
    }


def detection(mail: Mail) -> Record:
    """The detection of a message as `/v1/detections` lists it."""
    return _common(mail) | {
        "id": f"det_{mail.number:06d}",
        "detected_at": timestamp_text(mail.time),
        "message": f"msg_{mail.number:06d}",
        "severity": _pick(mail, "low", "medium", "high", "critical"),
        "confidence": 50 + mail.number % 50,
        "engine": _pick(mail, "links", "attachments", "language"),
        "status": _pick(mail, "open", "closed"),
        "campaign": f"cmp_{mail.number % 4}",
    }


def _common(mail: Mail) -> dict[str, Any]:
    verdicts = ("phishing", "malware") if mail.threat else ("clean", "spam")
    return {
        "verdict": _pick(mail, *verdicts),
        "sender": mail.sender,
        "sender_name": _pick(mail, "Jo Doe", ""),
        "recipients": [mail.recipient, *mail.also_to],
        "subject": mail.subject,
        "message_id": mail.message_id,
        "sender_ip": mail.ip,
        "urls": [url for url in (mail.url, *mail.more_urls) if url],
        "attachments": [_file(name) for name in (mail.file_name, *mail.more_files) if name],
    }


def _file(name: str) -> dict[str, Any]:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return {"name": name, "sha256": digest, "size_bytes": 900}


def _pick(mail: Mail, *values: str) -> str:
    """One of the values; each occurs among few messages."""
    return values[mail.number // 3 % len(values)]


BENCH: Final = Bench(cases=files("connector_acme") / "cases", settings=settings, vendor=vendor)
