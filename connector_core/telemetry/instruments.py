"""The metrics of operations: one table, which OpenTelemetry and the HTTP host both read."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from connector_core.telemetry.outcome import Outcome
from connector_core.telemetry.spans import PREFIX, listened

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0)
"""Upper bounds in seconds of the durations' histograms."""
OTHER: Final = "other"
"""The label of whatever has no name of its own."""

_SOURCE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(?=[.=:])", re.ASCII)
_SOURCES: Final = 200
"""Different sources of drift that are told apart in one process."""
_seen: set[str] = set()


class Instrument(NamedTuple):
    """One metric."""

    name: str
    """After ``email_security.``, in the form of OpenTelemetry."""
    kind: Literal["counter", "histogram"]
    unit: str
    description: str
    label: str
    """What tells its amounts apart, beside provider and operation; empty for nothing."""
    amounts: Callable[[Outcome], Mapping[str, float]]
    """By value of the label."""


def _one(of: Callable[[Outcome], float]) -> Callable[[Outcome], Mapping[str, float]]:
    return lambda outcome: {"": of(outcome)}


def _errors(outcome: Outcome) -> Mapping[str, float]:
    return {outcome.error: 1} if outcome.error else {}


def _drift(outcome: Outcome) -> Mapping[str, float]:
    found: Counter[str] = Counter()
    for key, times in outcome.drift.items():
        found[source(key)] += times
    return {name: float(times) for name, times in found.items()}


def source(key: str) -> str:
    """The provider's own part of a key of `Outcome.drift`: a table, or a known column.

    What follows may be any word of the vendor's answer, the name of a new field included.

    >>> source("Threat.newField"), source("EmailDirection=Sideways"), source("anna@b.example")
    ('Threat', 'EmailDirection', 'other')
    """
    match = _SOURCE.match(key)
    if match is None or (match[0] not in _seen and len(_seen) >= _SOURCES):
        return OTHER
    _seen.add(match[0])
    return match[0]


# fmt: off
TABLE: Final = (
    Instrument("operation.duration", "histogram", "s",
               "Time from the question to the answer or the error, pauses included.",
               "", _one(lambda o: o.seconds)),
    Instrument("pages", "counter", "{page}",
               "Pages handed out.", "", _one(lambda o: o.pages)),
    Instrument("rows.read", "counter", "{row}",
               "Rows of the vendor's answers.", "", _one(lambda o: o.rows_read)),
    Instrument("rows.kept", "counter", "{event}",
               "Events and findings handed out.", "", _one(lambda o: o.rows_kept)),
    Instrument("answers.incomplete", "counter", "{answer}",
               "Answers that say that something may be missing.",
               "", _one(lambda o: not o.complete)),
    Instrument("vendor.requests", "counter", "{request}",
               "Requests to the vendor, retries included, sign-in not.",
               "", _one(lambda o: o.calls)),
    Instrument("vendor.retries", "counter", "{retry}",
               "Further attempts after a failure, those of the sign-in included.",
               "", _one(lambda o: o.retries)),
    Instrument("vendor.throttled", "counter", "s",
               "Pauses that the vendor asked for.", "", _one(lambda o: o.throttled)),
    Instrument("drift", "counter", "{occurrence}",
               "Columns and words met that the mapping does not know, by table or known column.",
               "source", _drift),
    Instrument("errors", "counter", "{error}",
               "Operations that ended in an error, by class of error.",
               "error.type", _errors),
    Instrument("operations.cancelled", "counter", "{operation}",
               "Operations given up before they ended: the caller went away, or time was up.",
               "", _one(lambda o: o.cancelled)),
)
# fmt: on


def record(outcome: Outcome) -> None:
    """Tell OpenTelemetry of an operation, if anybody listens."""
    if not listened():
        return
    common = {f"{PREFIX}provider": outcome.provider, f"{PREFIX}operation": outcome.operation}
    for (*_, label, amounts), note in zip(TABLE, _notes(), strict=True):
        name = label if "." in label else f"{PREFIX}{label}"
        for value, amount in amounts(outcome).items():
            note(amount, {**common, name: value} if label else common)


@cache
def _notes() -> list[Callable[[float, Mapping[str, str]], Any]]:
    """What takes the amounts of each instrument of `TABLE`."""
    from opentelemetry import metrics

    from connector_core import __version__

    meter = metrics.get_meter("connector_core", __version__)  # a proxy until an SDK is set
    notes: list[Callable[[float, Mapping[str, str]], Any]] = []
    for one in TABLE:
        name = f"{PREFIX}{one.name}"
        if one.kind == "counter":
            notes.append(meter.create_counter(name, one.unit, one.description).add)
        else:
            histogram = meter.create_histogram(
                name, one.unit, one.description, explicit_bucket_boundaries_advisory=BUCKETS
            )
            notes.append(histogram.record)
    return notes
