"""Which cases each argument of a standard test takes, for one provider."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from connector_conformance.laws_paging import page_sizes
from connector_conformance.questions import declared
from connector_conformance.subject import Subject

Cases = Callable[[Subject], list[object]]


def _operations(subject: Subject) -> list[object]:
    return [pytest.param(operation, id=operation) for operation in subject.listings]


def _filters(subject: Subject) -> list[object]:
    return [pytest.param(case, id=case.id) for case in declared(subject)]


def _page_sizes(subject: Subject) -> list[object]:
    return [pytest.param(size, id=f"pages_of_{size}") for size in page_sizes(subject)]


ARGUMENTS: Final[Mapping[str, Cases]] = {
    "operation": _operations,
    "filter_case": _filters,
    "page_size": _page_sizes,
}
"""Argument -> its cases."""
