"""The suite to inherit: every standard test, for one provider.

class TestAcme(ProviderConformance):
    subject = Subject.named("emailsecurity_acme")
"""

from typing import ClassVar

from connector_conformance.laws_completeness import CompletenessLaws
from connector_conformance.laws_detail import DetailLaws
from connector_conformance.laws_errors import ErrorLaws
from connector_conformance.laws_filters import FilterLaws
from connector_conformance.laws_fixtures import FixtureLaws
from connector_conformance.laws_hostile import HostileLaws
from connector_conformance.laws_isolation import IsolationLaws
from connector_conformance.laws_joined import JoinedLaws
from connector_conformance.laws_lists import ListLaws
from connector_conformance.laws_lossless import LosslessLaws
from connector_conformance.laws_ocsf import OcsfLaws
from connector_conformance.laws_paging import PagingLaws
from connector_conformance.laws_planted import PlantedLaws
from connector_conformance.laws_secrets import SecretLaws
from connector_conformance.overrides import expected_failure, overridden
from connector_conformance.promise import promise
from connector_conformance.subject import Subject

__all__ = ["ProviderConformance", "Subject", "expected_failure"]


class ProviderConformance(
    PlantedLaws,
    FilterLaws,
    JoinedLaws,
    PagingLaws,
    DetailLaws,
    OcsfLaws,
    FixtureLaws,
    ErrorLaws,
    CompletenessLaws,
    LosslessLaws,
    ListLaws,
    SecretLaws,
    IsolationLaws,
    HostileLaws,
):
    """Give `subject`, or make one in `make_subject`; replace nothing else."""

    is_conformance: ClassVar = True
    subject: ClassVar[Subject]

    @classmethod
    def make_subject(cls) -> Subject:
        """The provider under test; made once, when tests are collected."""
        found: Subject | None = getattr(cls, "subject", None)
        if found is None:
            raise LookupError(f"{cls.__name__} names no subject: set it, or override make_subject")
        return found

    @promise("overrides", "No standard test is replaced without a reason.")
    def test_no_standard_test_is_overridden(self) -> None:
        replaced = overridden(type(self), ProviderConformance)
        assert not replaced, (
            f"{', '.join(replaced)}: mark the replacement with @expected_failure(reason),"
            " or say so in [[expected_failures]] of bench.toml"
        )

    @promise("overrides", "Every expected failure names a standard test.")
    def test_every_expected_failure_names_a_standard_test(self, subject: Subject) -> None:
        for expected in subject.cases.expected_failures:
            name = expected.test.partition("[")[0]
            assert hasattr(ProviderConformance, name), f"there is no standard test {name}"
            assert expected.reason.strip(), f"{expected.test}: a reason is missing"
