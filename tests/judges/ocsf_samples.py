"""Two valid events written by hand, and a table of mistakes to plant in them."""

import copy
from typing import Any, Final, NamedTuple

Event = dict[str, Any]

_METADATA = {
    "version": "1.8.0",
    "profiles": ["security_control", "datetime"],
    "product": {"name": "Example Mail Filter", "vendor_name": "Example"},
    "uid": "7666cedd-1bb2-5ac0-8c60-87200b333a6e",
}
_FILE = {
    "name": "invoice.pdf.exe",
    "type_id": 8,
    "type": "Executable File",
    "hashes": [{"algorithm_id": 3, "algorithm": "SHA-256", "value": "ab" * 32}],
}

EMAIL: Final[Event] = {
    "category_uid": 4,
    "category_name": "Network Activity",
    "class_uid": 4009,
    "class_name": "Email Activity",
    "activity_id": 3,
    "activity_name": "Scan",
    "type_uid": 400903,
    "type_name": "Email Activity: Scan",
    "severity_id": 4,
    "severity": "High",
    "time": 1784383736123,
    "time_dt": "2026-07-18T14:08:56.123Z",
    "timezone_offset": 0,
    "direction_id": 1,
    "direction": "Inbound",
    "action_id": 4,
    "action": "Modified",
    "disposition_id": 99,
    "disposition": "Junked",
    "confidence_score": 6,
    "is_alert": True,
    "malware": [
        {
            "name": "Trojan_Example",
            "classification_ids": [18, 99],
            "classifications": ["Trojan", "Example family"],
            "files": [_FILE],
        }
    ],
    "from": "bounce@example.com",
    "to": ["ann@example.org"],
    "src_endpoint": {"ip": "2001:db8::25", "location": {"country": "NL", "lat": 52.5}},
    "email": {
        "from": "billing@example.com",
        "to": ["ann@example.org", "bob@example.org"],
        "subject": "Rechnung \N{PAGE FACING UP}",
        "message_uid": "<1@example.com>",
        "size": 99000,
        "files": [_FILE],
        "urls": [{"url_string": "https://login.example.net:8443/a", "port": 8443}],
    },
    "metadata": _METADATA,
    "unmapped": {"UrlCount": 1, "FileName": None},
    "observables": [
        {
            "name": "email.from",
            "type_id": 5,
            "type": "Email Address",
            "value": "billing@example.com",
        }
    ],
}

FINDING: Final[Event] = {
    "category_uid": 2,
    "category_name": "Findings",
    "class_uid": 2004,
    "class_name": "Detection Finding",
    "activity_id": 1,
    "activity_name": "Create",
    "type_uid": 200401,
    "type_name": "Detection Finding: Create",
    "severity_id": 99,
    "severity": "Very bad",
    "time": 1784383736000,
    "time_dt": "2026-07-18T16:08:56+02:00",
    "finding_info": {
        "uid": "f-1",
        "title": "Phish: Rechnung",
        "created_time": 1784383736000,
        "created_time_dt": "2026-07-18T14:08:56Z",
        "analytic": {"name": "Fingerprint", "type_id": 5, "type": "Fingerprinting"},
    },
    "evidences": [
        {"email": {"from": "billing@example.com"}, "src_endpoint": {"ip": "192.0.2.7"}},
        {"user": {"name": "ann", "uid": "o-1", "email_addr": "ann@example.org"}},
        {"data": {"anything": [1, None, "x"]}, "name": "CloudApplication"},
    ],
    "resources": [{"name": "ann@example.org", "uid": "o-1", "role_id": 1, "role": "Target"}],
    "metadata": _METADATA,
}


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


class Mistake(NamedTuple):
    """A change that makes a sample invalid. `models`: the pydantic models promise to refuse it."""

    name: str
    sample: Event
    path: str
    value: Any
    models: bool = True

    def planted(self) -> Event:
        """A copy of the sample with the mistake in it; digits in the path are list indices."""
        return changed(self.sample, self.path, self.value)


def changed(sample: Event, path: str, value: Any) -> Event:
    """A deep copy of the event with one value set, or taken out when it is ABSENT."""
    event: Any = copy.deepcopy(sample)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    item = event
    for step in steps:
        item = item[step]
    if value is ABSENT:
        del item[last]
    else:
        item[last] = value
    result: Event = event
    return result


MISTAKES: Final = [
    Mistake("a required attribute is missing", EMAIL, "severity_id", ABSENT),
    Mistake("a required object is missing", FINDING, "finding_info", ABSENT),
    Mistake("a required attribute of an object is missing", FINDING, "finding_info.uid", ABSENT),
    Mistake("the class has no such attribute", EMAIL, "attachment_count", 2),
    Mistake("an object has no such attribute", EMAIL, "email.bcc", ["eve@example.org"]),
    Mistake("a Python name stands for a reserved word", EMAIL, "from_", "a@example.com"),
    Mistake("an id is not in its enum", EMAIL, "severity_id", 7),
    Mistake("an id is true", FINDING, "activity_id", True),
    Mistake("an id is a float", FINDING, "activity_id", 1.0),
    Mistake("an id is text", EMAIL, "direction_id", "1"),
    Mistake("a number is a float", EMAIL, "email.size", 99000.0),
    Mistake("a number is a boolean", EMAIL, "timezone_offset", False),
    Mistake("a 32-bit number is too wide", EMAIL, "timezone_offset", 2**31),
    Mistake("a boolean is a number", EMAIL, "is_alert", 1),
    Mistake("a text is a number", EMAIL, "email.subject", 5),
    Mistake("a list is a text", EMAIL, "to", "ann@example.org"),
    Mistake("a text is a list", EMAIL, "from", ["bounce@example.com"]),
    Mistake("an object is a text", EMAIL, "email", "billing@example.com"),
    Mistake("an array holds null", EMAIL, "email.to", [None]),
    Mistake("a required attribute is null", EMAIL, "metadata", None),
    Mistake("an optional attribute is null", EMAIL, "message", None, models=False),
    Mistake("an address has no dot in its domain", EMAIL, "from", "root@localhost"),
    Mistake("an address is not ASCII", EMAIL, "email.to", ["jürgen@example.org"]),
    Mistake("an address is the empty reverse path", EMAIL, "email.from", "<>"),
    Mistake("an address ends with a line break", EMAIL, "email.from", "a@example.com\n"),
    Mistake("an IP address has a port", EMAIL, "src_endpoint.ip", "192.0.2.7:25"),
    Mistake("an IP address passes only the loose pattern", EMAIL, "src_endpoint.ip", "1a2b3c4"),
    Mistake("a port is out of range", EMAIL, "email.urls.0.port", 65536),
    Mistake("a date has a blank for its T", EMAIL, "time_dt", "2026-07-18 14:08:56.123Z"),
    Mistake("a date is not in the calendar", EMAIL, "time_dt", "2026-02-30T14:08:56.123Z"),
    Mistake("a date has no offset", EMAIL, "time_dt", "2026-07-18T14:08:56.123"),
    Mistake("type_uid does not follow the formula", EMAIL, "type_uid", 400901),
    Mistake("type_uid belongs to the other class", EMAIL, "type_uid", 200401),
    Mistake("class_uid is of a class not asked for", EMAIL, "class_uid", 4001),
    Mistake("category_uid is not the class's", FINDING, "category_uid", 4),
    Mistake("type_name is not the type's", EMAIL, "type_name", "Email Activity: Send"),
    Mistake("class_name is not the class's", EMAIL, "class_name", "Email"),
    Mistake("category_name is not the category's", FINDING, "category_name", "Finding"),
    Mistake("a caption is another id's", EMAIL, "severity", "Low"),
    Mistake("a caption has another case", EMAIL, "direction", "inbound"),
    Mistake("a caption in an object is another id's", EMAIL, "email.files.0.type", "Folder"),
    Mistake("99 carries the word Other", EMAIL, "disposition", "Other"),
    Mistake("99 carries no word", EMAIL, "disposition", ABSENT),
    Mistake("99 carries an empty word", EMAIL, "disposition", ""),
    Mistake("a caption is empty", EMAIL, "severity", ""),
    Mistake("a caption is missing", EMAIL, "severity", ABSENT, models=False),
    Mistake("captions do not line up", EMAIL, "malware.0.classifications", ["Trojan"]),
    Mistake(
        "captions are in the wrong order",
        EMAIL,
        "malware.0.classifications",
        ["Example family", "Trojan"],
    ),
    Mistake("an event is of another OCSF version", EMAIL, "metadata.version", "1.7.0"),
    Mistake("a profile is not declared", EMAIL, "metadata.profiles", ["datetime"]),
    Mistake("no profile is declared", FINDING, "metadata.profiles", ABSENT),
    Mistake("a nested attribute's profile is not declared", FINDING, "metadata.profiles", []),
    Mistake("a profile is declared twice", EMAIL, "metadata.profiles", ["datetime"] * 2),
    Mistake("a profile is unknown", EMAIL, "metadata.profiles.0", "hosts"),
    Mistake("an attribute needs a profile not offered", EMAIL, "actor", {"app_name": "x"}),
    Mistake("the twins of a time are a second apart", EMAIL, "time", 1784383737123),
    Mistake("the twins of a time are a millisecond apart", EMAIL, "time", 1784383736124),
    Mistake("nested twins differ", FINDING, "finding_info.created_time", 1784383739000),
    Mistake("a time has no twin", EMAIL, "time_dt", ABSENT, models=False),
    Mistake("a time is in seconds", FINDING, "start_time", 1784383736, models=False),
    Mistake("e-mail names neither sender nor recipient", FINDING, "evidences.0.email", {}),
    Mistake("an evidence holds nothing", FINDING, "evidences.0", {"name": "MailMessage"}),
    Mistake(
        "an evidence holds only resources",
        FINDING,
        "evidences.0",
        {"resources": [{"name": "ann@example.org"}]},
    ),
    Mistake(
        "an attribute is of the Windows extension",
        FINDING,
        "evidences.0.reg_key",
        {"path": "HKLM\\Software"},
    ),
    Mistake(
        "a vulnerability names two of what it may name one of",
        FINDING,
        "vulnerabilities",
        [{"cve": {"uid": "CVE-2020-1"}, "cwe": {"uid": "CWE-79"}}],
    ),
    Mistake("an attribute is deprecated", EMAIL, "smtp_hello", "mx.example.com", models=False),
    Mistake("an observable's path is unknown", EMAIL, "observables.0.name", "email.x", False),
    Mistake("an observable's value stands nowhere", EMAIL, "observables.0.value", "x", False),
    Mistake("an observable's type is another's", EMAIL, "observables.0.type_id", 6),
    Mistake(
        "an observable's type and caption are another's",
        EMAIL,
        "observables.0",
        {"name": "email.from", "type_id": 6, "type": "URL String", "value": "billing@example.com"},
        models=False,
    ),
    Mistake("an observable is listed twice", EMAIL, "observables", EMAIL["observables"] * 2, False),
]
