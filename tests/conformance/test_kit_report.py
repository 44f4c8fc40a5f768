"""The report of a run, and the matrix that documentation is made of."""

import json

from connector_conformance.report import Result, matrix, report, to_json, to_markdown
from connector_core.filter import FilterField, Operator, ValueType
from connector_core.provider import Capabilities, OperationCapabilities, ProviderSpec

SELECTS = "test_a_filter_selects_what_the_evaluator_selects"
FIELD = FilterField(
    name="email.from", type=ValueType.TEXT, operators=(Operator.EQ, Operator.NOT_LIKE)
)


def spec(id: str, *fields: FilterField) -> ProviderSpec:
    return ProviderSpec(
        id=id,
        name=id.title(),
        fullname=id,
        vendor=id,
        description=id,
        capabilities=Capabilities(
            operations={"query_events": OperationCapabilities(filters=fields)}
        ),
        config=lambda: object,  # type: ignore[arg-type,return-value]
        factory=lambda config, context: None,  # type: ignore[arg-type,return-value]
        api_version=1,
    )


def result(test: str, outcome: str, **more: object) -> Result:
    return Result(
        provider="one",
        law="filters",
        sentence="A filter selects.",
        test=test,
        outcome=outcome,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


RESULTS = [
    result(f"{SELECTS}[query_events-email.from-eq]", "passed"),
    result(f"{SELECTS}[query_events-email.from-not_like]", "failed", reason="two are missing"),
    result("test_another", "passed", undeclared=("email.cc",)),
]


def test_a_report_counts_promises_and_names_failures() -> None:
    (one,) = report(RESULTS)["providers"]
    assert one["counts"] == {"failed": 1, "passed": 2}
    (promise,) = one["promises"]
    assert promise["failures"][0]["reason"] == "two are missing"
    assert one["filters"]["query_events-email.from-not_like"] == "failed"
    assert one["undeclared"] == ["email.cc"]


def test_a_report_is_the_same_for_the_same_results() -> None:
    assert to_json(report(RESULTS)) == to_json(report(reversed(RESULTS)))
    assert json.loads(to_json(report(RESULTS)))["contract"] == 1


def test_a_page_says_what_failed_and_what_is_not_declared() -> None:
    page = to_markdown(report(RESULTS))
    assert "two are missing" in page
    assert "not declared: email.cc" in page


def test_a_matrix_shows_each_provider_in_a_column() -> None:
    lines = matrix([spec("one", FIELD), spec("two")]).splitlines()
    assert "| Filter | One | Two |" in lines
    assert "| `email.from` | pushed: eq, not like | - |" in lines


def test_a_matrix_with_a_report_marks_what_failed() -> None:
    page = matrix([spec("one", FIELD)], report(RESULTS))
    assert "pushed: eq; FAILED: not like" in page


def test_a_matrix_with_a_report_marks_what_was_never_tried() -> None:
    page = matrix([spec("one", FIELD)], report(RESULTS[:1]))
    assert "pushed: eq; declared: not like" in page
