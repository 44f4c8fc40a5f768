"""The pytest plugin of the kit: its options."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the kit."""
    group = parser.getgroup("connector conformance")
    group.addoption("--provider", default="", help="id of the provider to prove")
