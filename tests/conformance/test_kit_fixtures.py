"""The kit's look at what a provider ships for its tests."""

import pytest

from connector_conformance.laws_fixtures import real_data


@pytest.mark.parametrize(
    "text",
    [
        "anna@contoso.example, 192.0.2.7, https://www.evil.test/path",
        "mx.example.com at 2001:db8::7, or 127.0.0.1",
        "connector_core.errors.NotFoundError",
        'file_name = "report.pdf"',
        "2026-11-15T12:00:00Z",
    ],
)
def test_reserved_and_documentation_data_passes(text: str) -> None:
    assert list(real_data(text)) == []


def of_somebody(*labels: str) -> str:
    """A name or address that may be real, joined here so that it stands in no file."""
    return ".".join(labels)


COMPANY = of_somebody("fabrikam", "com")
PORTAL = of_somebody("portal", "fabrikam", "io")
TENANT = of_somebody("fabrikam", "onmicrosoft", "com")
MACHINE = of_somebody("8", "8", "8", "8")
MACHINE_V6 = "2a00:1450:4001::200e"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"anna@{COMPANY}", COMPANY),
        (f"https://{PORTAL}/x", PORTAL),
        (f"tenant {TENANT}", TENANT),
        (f"from {MACHINE}", MACHINE),
        (f"from {MACHINE_V6}", MACHINE_V6),
    ],
)
def test_what_may_belong_to_somebody_is_named(text: str, found: str) -> None:
    assert found in set(real_data(text))


def test_the_hosts_of_the_vendor_itself_may_be_named() -> None:
    assert list(real_data(f"https://{PORTAL}/v1", frozenset({PORTAL}))) == []
