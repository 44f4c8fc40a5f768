"""The conformance kit, run on this package."""

import pytest

pytest.importorskip("connector_acme", reason="this package is not installed here")

from connector_conformance.subject import Subject
from connector_conformance.suite import ProviderConformance


class TestAcme(ProviderConformance):
    """Every law of the kit."""

    subject = Subject.named("emailsecurity_acme")
