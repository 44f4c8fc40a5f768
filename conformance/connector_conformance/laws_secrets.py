"""Laws of secrets: what opens the vendor's door is shown to the vendor alone."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import orjson
import pytest

from connector_conformance.bench import Scene
from connector_conformance.faults import FAULTS, Fault, request_ids
from connector_conformance.leaks import (
    everything_logged,
    leaking,
    record_texts,
    spellings,
    texts_of,
)
from connector_conformance.promise import promise
from connector_conformance.reading import Task, read, tasks, wiring
from connector_conformance.subject import Subject, canary
from connector_conformance.wire import Exchange, Wire
from connector_core import Connector, ConnectorError
from connector_core.provider import Context

SIGNING: Final = ("authorization", "proxy-authorization", "x-api-key", "api-key", "cookie")
"""Headers of requests that may hold what the vendor knows the connector by."""


def _echo(exchange: Exchange, request: httpx.Request) -> httpx.Response:
    """A careless vendor: it says back what it was sent."""
    sent = {name: request.headers.get(name, "") for name in SIGNING}
    said = f"not allowed: {json.dumps(sent)} {exchange.asked.decode('utf-8', 'replace')}"
    body = orjson.dumps({"error": {"code": "Forbidden", "message": said}, "message": said})
    headers = {"content-type": "application/json"} | request_ids(exchange)
    return httpx.Response(403, headers=headers, content=body)


ECHO: Final = Fault(name="an echo", spoil=_echo, errors=(ConnectorError,))


class SecretLaws:
    """A secret reaches the vendor and nobody else."""

    @promise("secrets", "No error, log record or answer holds a secret or a token.")
    def test_what_goes_well_shows_no_secret(self, subject: Subject) -> None:
        """Answers, explanations, the check, cursors, reprs, and all that is logged."""
        wires: list[Wire] = []
        shown: list[str] = []
        with (
            everything_logged() as records,
            subject.open(wrap=wiring(subject, wires)) as connector,
        ):
            for task in tasks(subject):
                shown += _answers(connector, task)
            shown += [
                repr(connector.check()),
                repr(connector),
                str(connector),
                repr(connector.spec),
            ]
        secrets = _secrets(subject, wires)
        assert not leaking(shown, secrets), "an answer, a cursor or a repr holds a secret"
        _quiet(records, secrets)

    @promise("secrets", "Neither the configuration nor the provider shows a secret.")
    def test_configuration_and_provider_show_no_secret(self, subject: Subject) -> None:
        """Their repr and str, and what a configuration writes of itself."""
        config = subject.spec.config().model_validate(dict(subject.settings))
        provider = subject.spec.factory(config, Context(subject.clock()))
        shown = [repr(config), str(config), repr(provider), str(provider), provider.identity]
        shown += [repr(provider.auth), repr(provider.hosts), repr(config.model_dump())]
        shown.append(config.model_dump_json())
        assert not leaking(shown, spellings(_canaries(subject)))

    @promise("secrets", "A configuration that is refused is refused without its secrets.")
    def test_a_refused_configuration_shows_no_secret(self, subject: Subject) -> None:
        """One setting too many; every setting of a wrong type."""
        settings = dict(subject.settings)
        wrong: list[dict[str, Any]] = [settings | {"no_such_setting": canary("unknown")}]
        wrong += [settings | {name: [value]} for name, value in settings.items()]
        secrets = spellings([*_canaries(subject), canary("unknown")])
        for each in wrong:
            error = _refusal(subject, each)
            assert not leaking(texts_of(error), secrets), "the error shows a secret"

    @promise("secrets", "No error and no log record of a failure holds a secret or a token.")
    @pytest.mark.parametrize("fault", [*FAULTS, ECHO], ids=lambda fault: fault.name)
    def test_what_goes_wrong_shows_no_secret(self, subject: Subject, fault: Fault) -> None:
        """For requests for data, and for those that sign in."""
        task = tasks(subject)[0]
        for sign_in in (False, True) if subject.cases.sign_in else (False,):
            wires: list[Wire] = []
            clock = subject.clock()
            wrap = wiring(subject, wires, spoil=fault.spoil, lasting=True, sign_in=sign_in)
            with (
                everything_logged() as records,
                subject.open(wrap=wrap, clock=clock) as connector,
            ):
                outcome = read(connector, task, clock)
            secrets = _secrets(subject, wires)
            if outcome.error is not None:
                said = f"{type(outcome.error).__name__} holds a secret"
                assert not leaking(texts_of(outcome.error), secrets), said
            assert not leaking([*outcome.told, *outcome.reasons], secrets), "a message holds one"
            _quiet(records, secrets)

    @promise(
        "secrets", "Requests go to the declared hosts alone, by https, without secrets in URLs."
    )
    def test_requests_go_to_the_declared_hosts_alone(self, subject: Subject) -> None:
        """Every request of every operation and of the check."""
        config = subject.spec.config().model_validate(dict(subject.settings))
        hosts = subject.spec.factory(config, Context(subject.clock())).hosts
        wires: list[Wire] = []
        clock = subject.clock()
        with subject.open(wrap=wiring(subject, wires), clock=clock) as connector:
            connector.check()
            for task in tasks(subject):
                read(connector, task, clock)
        secrets = _secrets(subject, wires)
        assert wires[0].exchanges
        for exchange in wires[0].exchanges:
            url = exchange.url
            assert url.scheme == "https", url.host
            assert (url.host if url.port is None else f"{url.host}:{url.port}") in hosts
            assert not leaking([str(url)], secrets), f"a secret in a URL of {url.host}"

    @promise("secrets", "The vendor takes no other secret, and its refusal is an error.")
    def test_another_secret_does_not_open_the_door(self, subject: Subject) -> None:
        """The bench's vendor refuses a wrong secret, and the refusal is an error."""
        if not _canaries(subject):
            pytest.skip("the configuration holds no secret")
        clock = subject.clock()
        scene = Scene(clock=clock, mails=subject.mails, secret=canary)
        wrong = subject.bench.settings(_wrong)
        with (
            subject.bench.vendor(scene) as vendor,
            Connector.open(
                subject.provider,
                wrong,
                transport=Wire(vendor, subject.cases),
                clock=clock,
            ) as connector,
        ):
            outcome = read(connector, tasks(subject)[0], clock)
        assert isinstance(outcome.error, ConnectorError), "a wrong secret reads mail"
        assert not leaking(texts_of(outcome.error), spellings(_canaries(subject, _wrong)))


def _wrong(name: str) -> str:
    return canary(f"wrong-{name}")


def _refusal(subject: Subject, settings: Mapping[str, Any]) -> ConnectorError | None:
    """The error of a configuration, if it is refused."""
    try:
        Connector.open(subject.provider, settings, clock=subject.clock()).close()
    except ConnectorError as error:
        return error
    return None


def _canaries(subject: Subject, text: Callable[[str], str] = canary) -> list[str]:
    """The secrets of the configuration, as `text` makes them."""
    found: list[str] = []

    def secret(name: str) -> str:
        found.append(text(name))
        return found[-1]

    subject.bench.settings(secret)
    return found


def _secrets(subject: Subject, wires: list[Wire]) -> set[str]:
    """The secrets of the configuration, and what signed the requests that were sent."""
    found = _canaries(subject)
    for exchange in wires[0].exchanges:
        for name in SIGNING:
            value = exchange.sent.get(name, "")
            scheme, _, token = value.partition(" ")
            found += [value, token]
            if scheme.lower() == "basic":
                found.append(base64.b64decode(token).decode("utf-8", "replace").partition(":")[2])
    return spellings(found)


def _answers(connector: Connector, task: Task) -> list[str]:
    if task.operation == "get_threat":
        detail = connector.get_threat(task.uid)
        return [detail.json().decode(), repr(detail)]
    ask = connector.query_threats if task.operation == "query_threats" else connector.query_events
    page = ask(task.filters, limit=5)
    plan = connector.explain(task.operation, task.filters)
    return [page.json().decode(), repr(page), page.cursor, repr(page.meta), plan.json().decode()]


def _quiet(records: list[Any], secrets: set[str]) -> None:
    for record in records:
        if leaking(record_texts(record), secrets):
            raise AssertionError(
                f"a log record of {record.name} ({record.funcName}) holds a secret"
            )
