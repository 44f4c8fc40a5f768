"""The mock provider: the real one over the emulated vendor, without any configuration."""

import asyncio
from datetime import UTC, datetime

import pytest

from connector_abnormal.mock.config import default_settings
from connector_abnormal.mock.switches import Switches
from connector_abnormal.mock.vendor import AbnormalVendor
from connector_core import AsyncConnector, Connector, ManualClock
from connector_core.errors import ConfigurationError
from connector_core.registry import registry

MOCK = "emailsecurity_abnormal_mock"
REAL = "emailsecurity_abnormal"
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC).timestamp()
WEEK = "time[gte]2026-11-08T12:00:00Z"


def uids(**settings: object) -> set[str]:
    with Connector.open(MOCK, settings, clock=ManualClock(NOW)) as connector:
        return {event["finding_info"]["uid"] for event in connector.iter_threats([WEEK])}


def test_the_mock_needs_no_configuration() -> None:
    assert not registry().get(MOCK).needs_configuration
    assert len(uids()) > 20


def test_the_same_seed_is_the_same_tenant_and_another_seed_another() -> None:
    assert uids() == uids(dataset="basic_v0")
    assert uids(seed=7) == uids(seed=7)
    assert not uids() & uids(seed=7)


@pytest.mark.parametrize("settings", [{"dataset": "big_v9"}, {"seed": "seven"}, {"token": "x"}])
def test_other_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        uids(**settings)


def test_the_mock_and_the_real_provider_declare_the_same() -> None:
    assert registry().get(MOCK).capabilities == registry().get(REAL).capabilities


def test_a_campaign_too_long_to_be_read_is_told() -> None:
    with Connector.open(MOCK, clock=ManualClock(NOW)) as connector:
        cursor, reasons = "", []
        while True:
            page = connector.query_threats(limit=100, cursor=cursor)
            reasons += page.meta.reasons
            cursor = page.cursor
            if not cursor:
                break
    assert len(reasons) == 1
    assert "2,000" in reasons[0] or "2000" in reasons[0]


def test_the_mock_has_every_right() -> None:
    with Connector.open(MOCK, clock=ManualClock(NOW)) as connector:
        report = connector.check()
    assert report.ok
    assert {item.status for item in report.items} == {"ok"}


async def test_the_provider_keeps_to_the_requests_that_the_vendor_takes_at_once() -> None:
    vendor = AbnormalVendor(
        clock=ManualClock(NOW), switches=Switches(max_concurrency_per_resource=2)
    )
    async with AsyncConnector.open(
        REAL, default_settings(), transport=vendor.transport(), clock=ManualClock(NOW)
    ) as connector:
        pages = await asyncio.gather(
            connector.query_threats([WEEK]), connector.query_threats([WEEK])
        )
    assert all(page.events for page in pages)
    assert vendor.most_at_once["threats"] == 2
    assert {entry.status for entry in vendor.log} == {200}
