"""What a run proved: per promise, and per filter and operator, as JSON and as a page to read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal

import orjson

from connector_conformance.subject import LISTINGS
from connector_core.filter import FilterField
from connector_core.provider import API_VERSION, Capabilities, ProviderSpec
from connector_core.registry import registry

Outcome = Literal["passed", "failed", "not exercised", "expected failure", "skipped"]
KIT_VERSION: Final = 1
"""Rises when a law is added or means something else."""
FILTER_TEST: Final = "test_a_filter_selects_what_the_evaluator_selects"
SIGNS: Final[Mapping[str, str]] = {
    "passed": "yes",
    "failed": "FAILED",
    "not exercised": "untried",
    "expected failure": "known failure",
    "skipped": "skipped",
    "": "declared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one standard test said about one provider."""

    provider: str
    law: str
    sentence: str
    test: str
    outcome: Outcome
    reason: str = ""
    undeclared: tuple[str, ...] = ()
    """Fields that events carry and the provider does not declare."""
    seconds: float = 0.0
    measured: Mapping[str, Any] = field(default_factory=dict)
    """What else a test wrote down, such as the time of an import."""

    @property
    def case(self) -> str:
        """What stands between the brackets of the test's name."""
        return self.test.partition("[")[2].removesuffix("]")


def report(results: Iterable[Result]) -> dict[str, Any]:
    """The report of a run, JSON-ready; providers, promises and filters in a fixed order."""
    by_provider: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_provider[result.provider].append(result)
    return {
        "kit": KIT_VERSION,
        "distribution": _version(),
        "contract": API_VERSION,
        "providers": [_provider(name, by_provider[name]) for name in sorted(by_provider)],
    }


def _provider(name: str, results: Sequence[Result]) -> dict[str, Any]:
    promises: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        promises[result.law, result.sentence].append(result)
    measured: dict[str, Any] = {}
    undeclared: set[str] = set()
    for result in results:
        measured |= result.measured
        undeclared.update(result.undeclared)
    return {
        "provider": name,
        "counts": dict(sorted(Counter(result.outcome for result in results).items())),
        "promises": [
            {
                "law": law,
                "promise": sentence,
                "counts": dict(sorted(Counter(one.outcome for one in promises[key]).items())),
                "failures": [
                    {"test": one.test, "reason": one.reason}
                    for one in promises[key]
                    if one.outcome in ("failed", "expected failure")
                ],
            }
            for key in sorted(promises)
            for law, sentence in [key]
        ],
        "filters": {
            result.case: result.outcome
            for result in sorted(results, key=lambda one: one.case)
            if result.test.startswith(f"{FILTER_TEST}[")
        },
        "undeclared": sorted(undeclared),
        "measured": measured,
    }


def to_json(found: Mapping[str, Any]) -> bytes:
    """The report as a file."""
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def to_markdown(found: Mapping[str, Any]) -> str:
    """The report as a page: promises first, then the support matrix."""
    lines = [
        "# Conformance report",
        "",
        f"Kit {found['kit']} ({found['distribution']}), provider contract {found['contract']}.",
    ]
    specs = {listing.id: listing.spec for listing in registry().providers() if listing.spec}
    for part in found["providers"]:
        lines += ["", f"## {part['provider']}", "", _counts(part["counts"]), ""]
        lines += ["| Law | Promise | Result |", "| --- | --- | --- |"]
        lines += [
            f"| {one['law']} | {one['promise']} | {_counts(one['counts'])} |"
            for one in part["promises"]
        ]
        for one in part["promises"]:
            for failure in one["failures"]:
                said = failure["reason"].strip().splitlines() or [""]
                lines += ["", f"**{failure['test']}**: {said[-1][:300]}"]
        if part["undeclared"]:
            lines += ["", f"Carried by events, but not declared: {', '.join(part['undeclared'])}."]
        if spec := specs.get(part["provider"]):
            lines += ["", matrix([spec], found).rstrip()]
    return "\n".join(lines) + "\n"


def matrix(specs: Sequence[ProviderSpec], found: Mapping[str, Any] | None = None) -> str:
    """The filters of one or more providers as Markdown tables, one for each operation.

    Without a report (`found`, as `report` or the JSON file gives it) a cell says what is declared;
    with one, operators that failed or were never tried are marked.
    """
    outcomes = {part["provider"]: part["filters"] for part in (found or {}).get("providers", ())}
    parts = []
    for operation in LISTINGS:
        offering = [spec for spec in specs if operation in spec.capabilities.operations]
        columns = [_fields(spec.capabilities, operation) for spec in offering]
        names = sorted({name for fields in columns for name in fields})
        if not names:
            continue
        head = " | ".join(spec.name for spec in offering)
        rows = [
            f"| `{name}` | "
            + " | ".join(
                _cell(fields.get(name), operation, outcomes.get(spec.id))
                for spec, fields in zip(offering, columns, strict=True)
            )
            + " |"
            for name in names
        ]
        rule = "| --- " * (len(offering) + 1) + "|"
        parts.append("\n".join([f"### {operation}", "", f"| Filter | {head} |", rule, *rows]))
    return "\n\n".join(parts) + "\n"


def _fields(capabilities: Capabilities, operation: Any) -> dict[str, FilterField]:
    return {field.name: field for field in capabilities.operations[operation].filters}


def _cell(field: FilterField | None, operation: str, outcomes: Mapping[str, str] | None) -> str:
    if field is None:
        return "-"
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for operator in field.operators:
        case = f"{operation}-{field.name}-{operator.replace(' ', '_')}"
        outcome = "passed" if outcomes is None else outcomes.get(case, "")
        groups[outcome].append(operator.value)
    said = [", ".join(groups.pop("passed"))] if "passed" in groups else []
    said += [f"{SIGNS[outcome]}: {', '.join(groups[outcome])}" for outcome in sorted(groups)]
    return f"{field.mode}: {'; '.join(said)}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.items())


def _version() -> str:
    try:
        return f"connector-core {version('connector-core')}"
    except PackageNotFoundError:
        return "not installed"
