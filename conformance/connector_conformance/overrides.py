"""A standard test that must fail for a provider: said with a reason, or not at all."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


def expected_failure(reason: str) -> Callable[[Test], Test]:
    """Allow a subclass to replace a standard test by one that is expected to fail.

    The replacement fails the run when it passes: then the reason is gone. What needs no code is
    said in ``bench.toml``, see `connector_conformance.cases`.
    """
    if not reason.strip():
        raise ValueError("an expected failure needs a reason")

    def mark(test: Test) -> Test:
        vars(test)["__expected_failure__"] = reason
        marked: Test = pytest.mark.xfail(reason=reason, strict=True)(test)
        return marked

    return mark


def overridden(case: type, standard: type) -> list[str]:
    """The standard tests that a class replaces or removes without a reason."""
    return [
        name
        for name in dir(standard)
        if name.startswith("test_")
        and (own := getattr(case, name, None)) is not getattr(standard, name)
        and not getattr(own, "__expected_failure__", "")
    ]
