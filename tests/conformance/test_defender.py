"""The kit, unchanged, for Defender: in process, and its embedded tenant over real HTTPS."""

from collections import Counter

import pytest

from connector_conformance.subject import uid_of
from connector_conformance.suite import ProviderConformance, Subject
from connector_defender_office365.mock.bench import BENCH, MOCK, SERVED

PROVIDER = "emailsecurity_defender_for_office"
# One process answers each new query once for both classes: compiling KQL is what takes the time.
ONE_PROCESS = pytest.mark.xdist_group("defender conformance")


@ONE_PROCESS
class TestDefender(ProviderConformance):
    """The provider over the embedded tenant."""

    subject = Subject(PROVIDER, BENCH)


@ONE_PROCESS
class TestDefenderServed(ProviderConformance):
    """The provider over HTTPS on the loopback address."""

    subject = Subject(PROVIDER, SERVED)


@ONE_PROCESS
def test_the_mock_provider_gives_what_the_real_one_gives() -> None:
    mock, real = Subject(f"{PROVIDER}_mock", MOCK), TestDefender.subject
    assert mock.spec.capabilities == real.spec.capabilities
    for operation in real.listings:
        told, wanted = mock.everything(operation), real.everything(operation)
        assert Counter(map(uid_of, told)) == Counter(map(uid_of, wanted))
        assert told == wanted
