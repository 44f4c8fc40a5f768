"""The connection check names the step that fails, and what would help."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from abnormal_script import Script, ids, results
from connector_abnormal.regions import REGIONS
from connector_core.provider import CheckItem

PAGE = Path(__file__).resolve().parents[3] / "docs" / "providers" / "abnormal.md"
WELL = {"/threats": ids(), "/search abnormal": results(), "/search quarantine": results()}


def checked(answers: dict[str, Any], **settings: Any) -> dict[str, CheckItem]:
    report = Script(WELL | answers).connector(**settings).check()
    assert report.ok is not any(item.status == "failed" for item in report.items)
    return {item.name: item for item in report.items}


def states(items: dict[str, CheckItem]) -> str:
    return " ".join(item.status for item in items.values())


def test_an_account_in_good_order_passes_every_step() -> None:
    items = checked({})
    assert list(items) == [
        "configuration", "connection", "token", "permission", "threats", "search", "quarantine",
    ]  # fmt: skip
    assert states(items) == "ok " * 6 + "ok"


def test_the_first_request_asks_for_canned_data_and_no_request_for_more_than_one_item() -> None:
    script = Script(WELL)
    script.connector().check()
    assert [request.headers.get("mock-data") for request in script.requests] == (
        ["True", None, None, None]
    )
    assert {request.url.params["pageSize"] for request in script.requests} == {"1"}


@pytest.mark.parametrize(
    ("answer", "step", "remedy"),
    [
        (httpx.Response(401), "token", "is the account in eu?"),
        (httpx.Response(403), "permission", "allowed addresses"),
        (httpx.Response(503), "connection", "status page"),
        (httpx.Response(200, text="<html>"), "connection", "proxy"),
        (httpx.Response(404), "threats", "time range"),
        (httpx.Response(429), "threats", "side by side"),
    ],
)
def test_the_step_that_fails_is_named_with_a_remedy(
    answer: httpx.Response, step: str, remedy: str
) -> None:
    items = checked({"/threats": answer})
    assert [name for name, item in items.items() if item.status == "failed"] == [step]
    assert remedy in items[step].remedy
    assert items["search"].status == "skipped" or step == "threats"


def test_the_other_region_is_named_when_the_token_is_unknown() -> None:
    items = checked({"/threats": httpx.Response(401)}, region="eu")
    assert "is the account in us?" in items["token"].remedy


def test_a_wrong_path_of_another_address_is_named() -> None:
    items = checked({"/threats": httpx.Response(404)}, base_url="https://vendor.example/v1")
    assert "base_url" in items["threats"].remedy


def test_a_search_that_is_not_enabled_is_a_warning() -> None:
    refused = httpx.Response(403, json={"error": "Search is not enabled"})
    items = checked({"/search abnormal": refused, "/search quarantine": refused})
    assert (items["search"].status, items["quarantine"].status) == ("warning", "warning")
    assert "Search is not enabled" in items["search"].detail
    assert items["threats"].status == "ok"


def test_a_search_that_is_broken_fails() -> None:
    items = checked({"/search abnormal": httpx.Response(400)})
    assert (items["search"].status, items["quarantine"].status) == ("failed", "ok")


def test_the_page_names_the_steps_of_the_check_in_their_order() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## When it does not work")[2]
    steps = re.findall(r"^\| `(\w+)` \|", table.partition("\n\nOften")[0], re.MULTILINE)
    assert steps == list(checked({}))


def test_the_page_names_the_regions_and_their_addresses() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("### Regions")[2].partition("\n\nOne")[0]
    for region, root in REGIONS.items():
        (line,) = [line for line in table.splitlines() if f"| `{region}`" in line]
        assert f"`{root}`" in line
