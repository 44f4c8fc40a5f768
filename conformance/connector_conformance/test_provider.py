"""The suite without any code: ``pytest --pyargs connector_conformance --provider ID``."""

import pytest

from connector_conformance.plugin import chosen
from connector_conformance.suite import ProviderConformance, Subject

if not chosen():
    pytest.skip("say which provider to prove: --provider ID", allow_module_level=True)


class TestProvider(ProviderConformance):
    """The provider that the command line names."""

    @classmethod
    def make_subject(cls) -> Subject:
        """The installed provider, over its bench or, with ``--live``, its real vendor."""
        subject = chosen()
        assert subject is not None
        return subject
