"""From the options of a run to the provider under test."""

import pytest

from connector_conformance.subject import Subject
from connector_core.errors import ConnectorError


def choose(provider: str, integration: str, *, live: bool) -> Subject:
    """The provider over its bench, or over its real vendor; raises `pytest.UsageError`."""
    if not live:
        if integration:
            raise pytest.UsageError("--integration names a real vendor: give --live, too")
        try:
            subject = Subject.named(provider)
            _ = subject.spec, subject.cases
        except (LookupError, ValueError, ConnectorError) as error:
            raise pytest.UsageError(str(error)) from None
        return subject
    if not integration:
        raise pytest.UsageError("--live asks a real vendor: say which with --integration NAME")
    from connector_conformance.live import live_subject

    try:
        subject = live_subject(integration)
    except ConnectorError as error:
        raise pytest.UsageError(f"{error} {error.remediation}".strip()) from None
    if provider and provider != subject.provider:
        raise pytest.UsageError(
            f"the integration {integration} is of {subject.provider}, not of {provider}"
        )
    return subject
