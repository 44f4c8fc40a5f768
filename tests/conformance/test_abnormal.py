"""The kit, unchanged, for Abnormal: as a real account is configured, and as the mock provider."""

from connector_abnormal.mock.bench import BENCH, MOCK
from connector_conformance.suite import ProviderConformance, Subject

PROVIDER = "emailsecurity_abnormal"


class TestAbnormal(ProviderConformance):
    """The provider over the emulated vendor."""

    subject = Subject(PROVIDER, BENCH)


class TestAbnormalMock(ProviderConformance):
    """The provider that brings its own vendor."""

    subject = Subject(f"{PROVIDER}_mock", MOCK)
