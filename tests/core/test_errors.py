"""The exception tree is as it is drawn, and every error can be acted on."""

import inspect
import pickle
import re

import pytest

from connector_core import errors
from connector_core.errors import ConnectorError, Origin, ProviderError, UnavailableError

TREE = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ConnectorError)
]


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(
            r"^([ │├└─]*)(\w+(?:Error|NotFound|Field|Operator|Value|Provider))\b", line
        ):
            depth = len(match[1])
            above = [(at, name) for at, name in above if at < depth]
            drawn[match[2]] = above[-1][1] if above else "Exception"
            above.append((depth, match[2]))
    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in TREE}


@pytest.mark.parametrize("kind", TREE)
def test_every_error_says_what_happened_and_what_would_work(kind: type[ConnectorError]) -> None:
    remedy = {} if kind is errors.MappingError else {"remediation": "Do this."}
    error = kind("It failed.", **remedy)
    assert str(error) == error.message == "It failed."
    assert error.remediation == remedy.get("remediation", "")


def test_a_vendors_failure_shows_the_request_id() -> None:
    error = ProviderError("It failed.", origin=Origin(request_id="abc-1"))
    assert str(error) == "It failed (request id abc-1)."


def test_whether_to_try_again_belongs_to_the_kind_unless_the_error_says_otherwise() -> None:
    assert UnavailableError("x").retryable
    assert not UnavailableError("x", retryable=False).retryable
    assert UnavailableError.retryable


def test_an_error_survives_the_way_between_processes() -> None:
    error = UnavailableError("x", retry_after=3.0, details={"cause": "tls"})
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.retry_after, again.details) == ("x", 3.0, {"cause": "tls"})
