"""What a bench says in data: the file `bench.toml` in the provider's folder of cases.

now = 2026-11-15T12:00:00Z      # the vendor's clock in every test
slow = true                     # optional: a new question takes long, so the kit asks fewer

[another_customer]              # settings that make the configuration somebody else's
account = "initech"

[[sign_in]]                     # requests that sign in; all others ask for data
host = "login.vendor.example"   # and, where the host is the same, path = "/token"

[[not_data]]                    # parts of an answer that say nothing about mail
path = "nextPageNumber"         # names joined by dots; `*` is any one name, `**` any number
reason = "says where the list goes on"
# Places in lists are left out, JSON inside a text is entered: `results.To` is each of its texts.
# `results[FileName].ReportId` is meant only in records that have a FileName, too.

[[faults]]                      # refusals in the vendor's own words, beside those of the kit
name = "an error inside a 200"
status = 200
body = '{"error": {"code": "Busy"}}'
expects = "ResponseInvalidError"  # an error of `connector_core.errors`, "recovers", "announced"

[[conditions]]                  # states of the vendor in which something is missing
name = "no_licence"
operation = "query_events"
says = "one table is not licensed"
expects = "announced"           # or the name of an error

[[expected_failures]]           # a standard test that must fail, and why; else it is an error
test = "test_name[id]"
reason = "..."
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable
from typing import Any

from connector_core.query import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Which requests sign in."""

    host: str
    path: str = "*"

    def matches(self, host: str, path: str) -> bool:
        """Whether a request is one of them."""
        return host == self.host and fnmatchcase(path, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotData:
    """A part of an answer that says nothing about mail."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorFault:
    """A refusal in the vendor's own words."""

    name: str
    status: int
    expects: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A state of the vendor in which something is missing."""

    name: str
    operation: Operation
    says: str
    expects: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFailure:
    """A standard test that must fail for this provider."""

    test: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """All that `bench.toml` says."""

    now: float
    """Seconds since 1970 UTC."""
    slow: bool = False
    """Whether the offline vendor takes long for a question that it has not met before."""
    sign_in: tuple[SignIn, ...] = ()
    not_data: tuple[NotData, ...] = ()
    faults: tuple[VendorFault, ...] = ()
    conditions: tuple[Condition, ...] = ()
    expected_failures: tuple[ExpectedFailure, ...] = ()
    another_customer: Mapping[str, Any] = field(default_factory=dict)
    """Settings that make the configuration somebody else's."""


def load(folder: Traversable) -> Cases:
    """Read the file; raises ValueError naming what is wrong in it."""
    said: dict[str, Any] = tomllib.loads(folder.joinpath("bench.toml").read_text("utf-8"))
    now = said.pop("now", None)
    if not isinstance(now, datetime):
        raise ValueError("bench.toml: `now` must be a time such as 2026-11-15T12:00:00Z")
    slow = said.pop("slow", False)
    if not isinstance(slow, bool):
        raise ValueError("bench.toml: `slow` must be true or false")
    other = said.pop("another_customer", {})
    if not isinstance(other, dict):
        raise ValueError("bench.toml: `another_customer` must be a table of settings")
    kinds: dict[str, type[Any]] = {
        "sign_in": SignIn,
        "not_data": NotData,
        "faults": VendorFault,
        "conditions": Condition,
        "expected_failures": ExpectedFailure,
    }
    if unknown := said.keys() - kinds.keys():
        raise ValueError(f"bench.toml: unknown part {sorted(unknown)[0]!r}")
    parts = {name: tuple(_read(kinds[name], name, row) for row in said[name]) for name in said}
    return Cases(now=now.astimezone(UTC).timestamp(), slow=slow, another_customer=other, **parts)


def _read(kind: type[Any], name: str, row: dict[str, Any]) -> Any:
    if "headers" in row:
        row = row | {"headers": tuple((str(k), str(v)) for k, v in row["headers"].items())}
    try:
        return kind(**row)
    except TypeError as error:
        raise ValueError(f"bench.toml: [[{name}]]: {error}") from None
