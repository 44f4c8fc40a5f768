"""What the page on the HTTP interface says is true."""

import re
from collections.abc import Iterator
from json import loads

import pytest

from connector_core.http_api.capabilities import OF_CONNECTORS, OF_PROVIDERS
from connector_core.http_api.errors import ClientGone, HostError
from connector_core.http_api.examples import problem
from connector_core.http_api.meta import FUNCTIONS
from connector_core.http_api.problems import TABLE
from docs.pages import ROOT, blocks, read
from http_api.site import Served, served

pytestmark = pytest.mark.xdist_group("http_api_page")

PAGE = ROOT / "docs" / "http-api.md"
NOT_IN_THE_TABLE = {
    (501, "not_offered"), (500, "unexpected"), (502, "vendor_unavailable"), (504, "vendor_timeout"),
}  # fmt: skip
"""Refusals that no class of errors stands for."""
UNHEARD = {ClientGone}
"""Nobody is there to receive it."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("host")) as host:
        yield host


def below(root: type[HostError]) -> Iterator[type[HostError]]:
    yield root
    for kind in root.__subclasses__():
        yield from below(kind)


def test_the_statuses_are_those_of_the_code() -> None:
    shown = re.findall(r"^\| (\d+) \| `(\w+)` \|", read(PAGE), re.MULTILINE)
    known = {(row.status, row.code) for row in TABLE} | NOT_IN_THE_TABLE
    of_the_interface = [
        kind for kind in below(HostError) if ".web." not in kind.__module__ and kind not in UNHEARD
    ]
    known |= {(kind.status, kind.code) for kind in of_the_interface}
    assert {(int(status), code) for status, code in shown} == known
    assert len(shown) == len(known)


def test_the_meta_functions_are_those_of_the_code() -> None:
    table = read(PAGE).partition("### Meta functions")[2].partition("\n\n`completeness")[0]
    assert re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) == list(FUNCTIONS)


def test_the_problem_that_is_shown_is_the_one_that_comes(host: Served) -> None:
    (shown,) = (told for block in blocks(PAGE, "json") if "status" in (told := loads(block.text)))
    own = {"occurred_at", "instance"}
    for example in (shown, problem(400)):
        asked = example["context"]["parameter"]["value"]
        came = host.get("/v1/email-security/threats", filter=asked).json()
        assert came.keys() == example.keys()
        assert {key: came[key] for key in came.keys() - own} == {
            key: example[key] for key in example.keys() - own
        }


def test_what_can_be_expanded_is_told() -> None:
    told = set(re.findall(r"`expand=(\w+)`", read(PAGE)))
    assert told == {*OF_PROVIDERS, *OF_CONNECTORS} - {"request_body"}


def test_the_program_with_synqlys_sdk_runs(
    host: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONNECTOR_URL", host.url)
    monkeypatch.setenv("TOKEN", host.token)
    (block,) = blocks(PAGE, "py")
    names: dict[str, object] = {}
    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102  # our own page
    assert sorted(names["subjects"]) == [f"Invoice {number}" for number in range(5)]  # type: ignore[call-overload]
    assert "email.from" in capsys.readouterr().out
    names["client"]._client_wrapper.httpx_client.httpx_client.close()  # type: ignore[attr-defined]
