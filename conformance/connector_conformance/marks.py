"""What the kit knows of a standard test beside its promise."""

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def read_only(test: Test) -> Test:
    """Let a test run against a real vendor: it reads, and knows nothing of planted mail."""
    vars(test)["__read_only__"] = True
    return test
