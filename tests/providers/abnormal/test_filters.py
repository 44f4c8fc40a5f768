"""What the vendor is told of a filter, and what `explain` says about it."""

import json
from typing import Any

import pytest

from abnormal_script import Script, ids, message, result, results, threat
from connector_core.errors import UnknownField


def explained(operation: str, *filters: str, **settings: Any) -> tuple[str, list[str]]:
    """The native query, and what becomes of each filter; nothing is sent."""
    script = Script({})
    plan = script.connector(**settings).explain(operation, filters)  # type: ignore[arg-type]
    assert script.requests == []
    return plan.native_query, [each["disposition"] for each in plan.plan["filters"]]


PUSHED = [
    ("query_threats", "email.from[eq]a@evil.example", "sender", "a@evil.example"),
    ("query_threats", "email.to[like]contoso", "recipient", "contoso"),
    ("query_threats", "email.subject[like]pay, now", "subject", "pay, now"),
    ("query_threats", "finding_info.types[eq]malware", "attackType", "Malware"),
    ("query_threats", "finding_info.types[in]qr code", "attackVector", "QR Code"),
    ("query_events", "email.from[eq]a@evil.example", "sender_email", "a@evil.example"),
    ("query_events", "email.to[eq]b@contoso.example", "recipient_email", "b@contoso.example"),
    ("query_events", "email.subject[like]pay", "subject", "pay"),
    ("query_events", "email.message_uid[eq]<1@b.example>", "internet_message_id", "<1@b.example>"),
    ("query_events", "email.urls.url_string[like]evil.example/", "body_link", "evil.example/"),
    ("query_events", "email.files.name[eq]a.zip", "attachment_name", "a.zip"),
    ("query_events", "email.files.hashes.value[eq]00ff", "attachment_md5_hash", "00ff"),
    ("query_events", "src_endpoint.ip[eq]192.0.2.1", "sender_ip", "192.0.2.1"),
]  # fmt: skip


def sent(operation: str, text: str, **settings: Any) -> dict[str, Any]:
    """The parameters of the first request."""
    script = Script(
        {"/threats": ids(), "/search abnormal": results(), "/search quarantine": results()}
    )
    getattr(script.connector(**settings), operation)(text)
    request = script.requests[0]
    if operation == "query_threats":
        return dict(request.url.params)
    found: dict[str, Any] = json.loads(request.content)["filters"]
    return found


@pytest.mark.parametrize(("operation", "text", "name", "value"), PUSHED)
def test_a_filter_whose_rule_is_not_published_is_told_only_on_request(
    operation: str, text: str, name: str, value: str
) -> None:
    assert name not in sent(operation, text)
    assert sent(operation, text, push_text=True)[name] == value
    assert explained(operation, text)[1] == ["local"]
    assert explained(operation, text, push_text=True)[1] == ["narrowed"]


@pytest.mark.parametrize(
    "text",
    [
        "email.from[ne]a@evil.example",
        "email.from[in]a@evil.example,b@evil.example",
        "email.subject[not like]pay",
        "finding_info.types[like]malware",
        "finding_info.types[eq]Unheard of",
        "finding_info.types[in]Malware,Scam",
        "severity[eq]High",
        "email.urls.url_string[like]evil.example",
    ],
)
def test_what_the_vendor_cannot_be_told_stays_here(text: str) -> None:
    assert sent("query_threats", text, push_text=True).keys() == {
        "filter",
        "pageSize",
        "pageNumber",
    }


def test_one_parameter_takes_one_value_and_the_rest_stays_here() -> None:
    two = ("email.from[like]evil", "email.from[like]billing", "from[like]x")
    text, dispositions = explained("query_events", *two, push_text=True)
    assert '"sender_email": "evil"' in text
    assert dispositions == ["narrowed", "local", "local"]


def test_a_judgement_is_told_because_its_words_are_published() -> None:
    assert sent("query_events", "metadata.event_code[eq]ATTACK")["judgement"] == "attack"
    assert "judgement" not in sent("query_events", "metadata.event_code[eq]suspicious")
    assert "judgement" not in sent("query_events", "metadata.event_code[in]attack,spam")


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("metadata.log_source[eq]Quarantine", ["quarantine"]),
        ("metadata.log_source[like]norm", ["abnormal"]),
        ("metadata.log_source[in]abnormal,quarantine", ["abnormal", "quarantine"]),
        ("metadata.log_source[ne]abnormal", ["abnormal", "quarantine"]),
        ("metadata.log_source[eq]elsewhere", ["abnormal"]),
    ],
)
def test_only_the_sources_that_can_match_are_asked(text: str, sources: list[str]) -> None:
    script = Script(
        {"/search abnormal": results(result()), "/search quarantine": results(result(2))}
    )
    page = script.connector().query_events(text)
    assert [json.loads(request.content)["source"] for request in script.requests] == sources
    found = {event["metadata"]["log_source"] for event in page.events}
    assert found == (set(sources) if "elsewhere" not in text else set()) - (
        {"abnormal"} if "[ne]" in text else set()
    )


def test_time_is_told_and_checked_again() -> None:
    text, dispositions = explained("query_threats", "time[gte]2026-11-20T00:00:00Z")
    assert "receivedTime%20gte%202026-11-20T00:00:00Z" in text
    assert dispositions == ["narrowed"]


@pytest.mark.parametrize("operation", ["query_threats", "query_events"])
def test_what_the_product_does_not_tell_cannot_be_filtered(operation: str) -> None:
    with pytest.raises(UnknownField):
        explained(operation, "direction[eq]Inbound")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("severity[eq]High", ["t1"]),
        ("severity_id[lt]4", ["t2"]),
        ("verdict[eq]Suspicious", ["t2"]),
        ("is_alert[eq]false", ["t2"]),
        ("disposition[eq]Quarantined", ["t1"]),
        ("disposition[eq]Remediation attempted", ["t2"]),
        ("status[in]Resolved,New", ["t1"]),
        ("finding_info.tags.values[eq]VIP", ["t2"]),
        ("malware.name[like]mal", ["t1"]),
        ("src_endpoint.ip[eq]2001:db8:0:0::1", ["t2"]),
        ("email.to[eq]ann@contoso.example", ["t1"]),
        ("email.files.ext[eq]ZIP", ["t2"]),
        ("resources.name[like]user", ["t1", "t2"]),
        ("finding_info.desc[like]first time", ["t2"]),
        ("email.message_uid[eq]m1@evil.example", ["t1"]),
    ],
)
def test_a_filter_on_threats_selects_by_the_finding(text: str, found: list[str]) -> None:
    one = message(
        toAddresses="Ann <ann@contoso.example>",
        remediationStatus="Auto Remediated",
        internetMessageId="<m1@evil.example>",
    )
    two = message(
        attackType="Scam",
        source="Borderline",
        remediationStatus="Remediation attempted",
        impersonatedParty="VIP",
        senderIpAddress="2001:db8::1",
        attachmentNames=["a.zip"],
        summaryInsights=["Seen for the first time"],
    )
    script = Script(
        {
            "/threats": ids("t1", "t2"),
            "/threats/t1": threat("t1", one),
            "/threats/t2": threat("t2", two),
        }
    )
    events = script.connector().query_threats(text).events
    assert [event["finding_info"]["uid"] for event in events] == found


def test_every_attribute_of_an_answer_is_declared() -> None:
    from connector_abnormal.capabilities import CAPABILITIES

    full = message(
        2, attackType="Phishing: Credential", attackVector="Link", urls=["https://a.test"]
    )
    script = Script(
        {
            "/threats": ids("t1"),
            "/threats/t1": threat("t1", message(), full, tenantId=1),
            "/search abnormal": results(result(attachments={"a.b": {"md5_hash": "00"}})),
            "/search quarantine": results(),
        }
    )
    with script.connector() as connector:
        for operation in ("query_threats", "query_events"):
            declared = CAPABILITIES.operations[operation].response_fields
            (event,) = getattr(connector, operation)().events
            for path in _leaves(event):
                assert path in declared or path.startswith("unmapped."), path


def _leaves(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {leaf for key, part in value.items() for leaf in _leaves(part, f"{path}.{key}")}
    if isinstance(value, list):
        return {leaf for part in value for leaf in _leaves(part, path)}
    return {path.removeprefix(".")}
