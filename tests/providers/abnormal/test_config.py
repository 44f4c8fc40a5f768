"""Settings that cannot be right are refused before anything is sent, and never shown."""

import pickle
from typing import Any

import pytest

from abnormal_script import TOKEN, Script, ids
from connector_abnormal.config import AbnormalConfig
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


def test_a_configuration_shows_no_token_and_cannot_be_pickled() -> None:
    config = AbnormalConfig.model_validate({"token": SECRET})
    assert SECRET not in f"{config!r}{config}{config.account}"
    with pytest.raises(TypeError):
        pickle.dumps(config)
