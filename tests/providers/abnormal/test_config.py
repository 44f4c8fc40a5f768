"""Settings that cannot be right are refused before anything is sent, and never shown."""

import json
import pickle
from typing import Any

import pytest

from abnormal_script import TOKEN, Script, ids, results
from connector_abnormal.config import AbnormalConfig
from connector_abnormal.guide import GUIDE
from connector_core.errors import ConfigurationError

SECRET = "canary-4d1f"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"token": ""},
        {"token": f"Bearer {SECRET}"},
        {"token": f"{SECRET}\n"},
        {"token": f" {SECRET}"},
        {"token": SECRET * 1_000},
        {"token": TOKEN, "region": SECRET},
        {"token": TOKEN, "unknown": SECRET},
        {"token": TOKEN, "base_url": f"http://{SECRET}.example/v1"},
        {"token": TOKEN, "base_url": f"https://user:{SECRET}@vendor.example"},
        {"token": TOKEN, "base_url": f"https://vendor.example/v1?{SECRET}"},
        {"token": TOKEN, "base_url": f"https://vendor.example/v1#{SECRET}"},
        {"token": TOKEN, "base_url": f"https://vendor.example/../{SECRET}"},
        {"token": TOKEN, "base_url": "https://vendor.example:0/v1"},
        {"token": TOKEN, "base_url": "https://vendor.example:99999/v1"},
        {"token": TOKEN, "base_url": "https://"},
        {"token": TOKEN, "base_url": "https://[::1/v1"},
        {"token": TOKEN, "base_url": "https://vendor.example", "region": "us"},
        {"token": TOKEN, "page_size": 0},
        {"token": TOKEN, "page_size": 1_001},
        {"token": TOKEN, "push_text": "yes"},
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_unseen(settings: dict[str, Any]) -> None:
    script = Script({})
    with pytest.raises(ConfigurationError) as caught:
        script.connector(**({"token": None} | settings))
    assert SECRET not in f"{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"


@pytest.mark.parametrize(
    ("base_url", "host", "path"),
    [
        ("https://vendor.example", "vendor.example", "/threats"),
        ("https://vendor.example:443/v1/", "vendor.example", "/v1/threats"),
        ("https://127.0.0.1:8443/api/v1", "127.0.0.1", "/api/v1/threats"),
        ("https://[::1]:8443", "::1", "/threats"),
    ],
)
def test_another_address_gets_every_request(base_url: str, host: str, path: str) -> None:
    script = Script({path: ids(), path.removeprefix("/v1"): ids()})
    script.connector(base_url=base_url).query_threats()
    assert (script.requests[0].url.host, script.requests[0].url.path) == (host, path)


@pytest.mark.parametrize(
    ("operation", "text", "named"),
    [
        ("query_threats", "email.subject[like]pay", "subject"),
        ("query_threats", "finding_info.types[eq]Malware", "attackType"),
        ("query_events", "email.from[eq]a@evil.example", "sender_email"),
    ],
)
def test_what_the_vendor_chose_by_an_unpublished_rule_is_never_complete(
    operation: str, text: str, named: str
) -> None:
    answers = {"/threats": ids(), "/search abnormal": results(), "/search quarantine": results()}
    with Script(answers).connector(push_text=True) as connector:
        page = getattr(connector, operation)(text)
        plan = connector.explain(operation, text)  # type: ignore[arg-type]
    assert [notice.code for notice in page.messages] == ["unpublished_rule"]
    assert not page.meta.complete
    assert named in page.meta.reasons[0]
    assert "push_text" in page.meta.reasons[0]
    assert page.meta.reasons[0] in json.dumps(plan.plan)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("query_threats", "severity[eq]High"),
        ("query_events", "metadata.event_code[eq]attack"),
        ("query_events", "metadata.log_source[eq]quarantine"),
    ],
)
def test_a_question_that_push_text_does_not_narrow_is_complete(operation: str, text: str) -> None:
    answers = {"/threats": ids(), "/search abnormal": results(), "/search quarantine": results()}
    page = getattr(Script(answers).connector(push_text=True), operation)(text)
    assert (page.messages, page.meta.complete) == ([], True)


@pytest.mark.parametrize("typed", [TOKEN, f" Bearer {TOKEN}\n"])
def test_the_set_up_takes_a_token_as_it_is_copied(typed: str) -> None:
    assert _validate(typed) == TOKEN


@pytest.mark.parametrize("typed", [f"{SECRET} {SECRET}", f"Bearer {SECRET}\nx", SECRET * 1_000])
def test_the_set_up_and_the_configuration_refuse_the_same_tokens(typed: str) -> None:
    with pytest.raises(ValueError, match="the token") as caught:
        _validate(typed)
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigurationError):
        Script({}).connector(token=typed)


def _validate(typed: str) -> str:
    (question,) = [each for each in GUIDE.questions if each.setting == "token"]
    assert question.validate is not None
    return question.validate(typed)


def test_a_configuration_shows_no_token_and_cannot_be_pickled() -> None:
    config = AbnormalConfig.model_validate({"token": SECRET})
    assert SECRET not in f"{config!r}{config}{config.account}"
    with pytest.raises(TypeError):
        pickle.dumps(config)
