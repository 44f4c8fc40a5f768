"""The report in the documents is that of the providers as they are declared today."""

import json
from pathlib import Path

import pytest

from connector_conformance.report import KIT_VERSION
from connector_core.provider import API_VERSION
from connector_core.registry import registry

ROOT = Path(__file__).resolve().parents[2]
REPORT = json.loads((ROOT / "docs" / "conformance-report.json").read_text("utf-8"))
PROVIDERS = {part["provider"]: part for part in REPORT["providers"]}


def test_it_is_of_this_kit_and_this_contract() -> None:
    assert (REPORT["kit"], REPORT["contract"]) == (KIT_VERSION, API_VERSION)
    assert {"emailsecurity_defender_for_office", "emailsecurity_abnormal"} <= PROVIDERS.keys()


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_declared_operator_was_proved(provider: str) -> None:
    declared = {
        f"{operation}-{field.name}-{operator.replace(' ', '_')}"
        for operation, offered in registry().get(provider).capabilities.operations.items()
        for field in offered.filters
        for operator in field.operators
    }
    filters = PROVIDERS[provider]["filters"]
    assert filters.keys() == declared
    assert set(filters.values()) == {"passed"}


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_nothing_in_it_failed(provider: str) -> None:
    assert "failed" not in PROVIDERS[provider]["counts"]
