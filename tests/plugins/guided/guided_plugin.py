"""A stranger's whole provider with a guided set-up: a mailbox in memory, no vendor, no network."""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from connector_core.errors import NotFoundError, RateLimitedError
from connector_core.filter.fields import FilterField, ValueType
from connector_core.hookspecs import hookimpl
from connector_core.provider import (
    Batch,
    Capabilities,
    CheckItem,
    CheckReport,
    Context,
    Flow,
    Notice,
    OperationCapabilities,
    Plan,
    ProviderSpec,
    Record,
)
from connector_core.query import Operation, Query
from connector_core.setup import SetupGuide, SetupQuestion

SIZE = 12
HOUR_MS = 3_600_000

EMAIL_ACTIVITY = {
    "category_uid": 4,
    "category_name": "Network Activity",
    "class_uid": 4009,
    "class_name": "Email Activity",
    "activity_id": 2,
    "activity_name": "Receive",
    "type_uid": 400902,
    "type_name": "Email Activity: Receive",
}
FINDING = {
    "category_uid": 2,
    "category_name": "Findings",
    "class_uid": 2004,
    "class_name": "Detection Finding",
    "activity_id": 1,
    "activity_name": "Create",
    "type_uid": 200401,
    "type_name": "Detection Finding: Create",
}


class Credential(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    type: str
    password: SecretStr | None = None
    certificate: str | None = None


class GuidedConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    account: str
    credential: Credential
    broken_after: int = 100
    """The vendor throttles from this event on."""

    @field_validator("account")
    @classmethod
    def _known(cls, account: str) -> str:
        if account.startswith("nobody"):
            raise ValueError("there is no such account")
        return account


class Guided:
    """Twelve events, one an hour, the newest an hour old when the provider was opened."""

    auth = None
    hosts: frozenset[str] = frozenset()

    def __init__(self, config: GuidedConfig, context: Context) -> None:
        self.identity = config.account
        self._config = config
        self._now = int(context.clock.now() * 1000)

    def _common(self, number: int) -> dict[str, Any]:
        high = number % 3 == 0
        return {
            "time": self._now - (number + 1) * HOUR_MS,
            "severity_id": 4 if high else 2,
            "severity": "High" if high else "Low",
            "metadata": {
                "version": "1.8.0",
                "profiles": ["security_control"],
                "product": {"name": "Guided", "vendor_name": "Example"},
                "uid": f"event-{number}",
            },
            "action_id": 2,
            "action": "Denied",
            "disposition_id": 2,
            "disposition": "Blocked",
        }

    def _email(self, number: int) -> dict[str, Any]:
        return {
            "from": "mallory@example.net",
            "to": ["ann@example.com", "bob@example.com", "cy@example.com"],
            "subject": f"\x1b[31m[bold]invoice {number}\u202efdp.exe\x9b2J",
        }

    def _event(self, number: int) -> dict[str, Any]:
        direction = {"direction_id": 1, "direction": "Inbound"}
        return EMAIL_ACTIVITY | self._common(number) | direction | {"email": self._email(number)}

    def _finding(self, number: int) -> dict[str, Any]:
        info = {"uid": f"finding-{number}", "title": "Phish"}
        evidences = [{"email": self._email(number)}]
        return FINDING | self._common(number) | {"finding_info": info, "evidences": evidences}

    def query_events(self, query: Query) -> Flow[Batch]:
        return self._page(query, self._event)
        yield

    def query_threats(self, query: Query) -> Flow[Batch]:
        return self._page(query, self._finding)
        yield

    def _page(self, query: Query, make: Callable[[int], dict[str, Any]]) -> Batch:
        first = int(query.resume[0] or 0) if query.resume else 0
        if first >= self._config.broken_after:
            raise RateLimitedError("The vendor asks for a pause.", remediation="Wait a minute.")
        last = min(first + query.limit, SIZE)
        return Batch(
            records=[Record(make(number), (number + 1,)) for number in range(first, last)],
            resume=(last,) if last < SIZE else None,
            notices=[Notice(code="half", message="One log was not\nreadable.", incomplete=True)],
            native_query="ALL",
            rows_read=last - first,
        )

    def get_threat(self, threat_id: str) -> Flow[Batch]:
        for number in range(SIZE):
            if threat_id == f"finding-{number}":
                return Batch(records=[Record(self._finding(number), ())])
        raise NotFoundError("The mailbox has no such finding.")
        yield

    def explain(self, operation: Operation, query: Query) -> Plan:
        return Plan(native_query="ALL")

    def check(self) -> Flow[CheckReport]:
        credential = self._config.credential
        given = credential.password.get_secret_value() if credential.password else ""
        if given == "expired" or credential.certificate == "expired":
            return CheckReport(
                (
                    CheckItem("sign-in", "failed", "the credential expired", "Make a new one."),
                    CheckItem("read mail", "skipped"),
                )
            )
        return CheckReport((CheckItem("sign-in", "ok"), CheckItem("read mail", "ok", "12 events")))
        yield


def password(text: str) -> str:
    if len(text) < 4:
        raise ValueError("a password has at least 4 characters")
    return text


def pages(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    account = base64.urlsafe_b64encode(answers["account"].encode()).decode()
    return [("Let an administrator consent", f"https://vendor.example/consent/{account}")]


GUIDE = SetupGuide(
    questions=(
        SetupQuestion(setting="account", prompt="Account", help="Shown at the top of the portal."),
        SetupQuestion(
            setting="credential.type",
            prompt="Sign in with",
            kind="choice",
            choices=("password", "certificate"),
            default="password",
        ),
        SetupQuestion(
            setting="credential.password",
            prompt="Password",
            kind="secret",
            validate=password,
            when=lambda answers: answers["credential"]["type"] == "password",
        ),
        SetupQuestion(
            setting="credential.certificate",
            prompt="Certificate",
            kind="file",
            when=lambda answers: answers["credential"]["type"] == "certificate",
        ),
    ),
    links=pages,
)

LISTING = OperationCapabilities(
    filters=(
        FilterField(name="time", type=ValueType.TIME),
        FilterField(name="severity", type=ValueType.ENUM, values=("High", "Low")),
    ),
    page_limit_default=4,
    page_limit_max=5,
)


@hookimpl
def connector_providers() -> Iterable[ProviderSpec]:
    yield ProviderSpec(
        id="emailsecurity_guided",
        name="Guided",
        fullname="Guided Mail",
        vendor="Example",
        description="A mailbox in memory.",
        capabilities=Capabilities(
            operations={
                "query_events": LISTING,
                "query_threats": LISTING,
                "get_threat": OperationCapabilities(),
            }
        ),
        config=lambda: GuidedConfig,
        factory=Guided,
        setup=GUIDE,
        api_version=1,
    )
