"""What a person is shown, and what a program is told, where nothing is served."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from http_api.pages import browser, read
from http_api.served import Desktop, bearer, serving
from http_api.site import Served
from http_api.test_web import judge_elements, judge_headers
from opened import Site

pytestmark = pytest.mark.xdist_group("http_api_refusals")

THREATS = "/v1/email-security/threats"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LONG = "x" * 1100
MUCH = {f"x-{number}": "y" * 4000 for number in range(9)}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("host") / "config.toml"
    path.write_text("[server]\nmax_url = 1024\nmax_body = 1024\n")
    site = Site(1)
    desktop = Desktop(path, site.clock)
    token = desktop.add("work", site)
    with serving(desktop.host()) as url:
        yield Served(site, desktop, url, token)


# fmt: off
WRONG: dict[str, tuple[str, dict[str, Any], int]] = {
    "no such page":         ("/nowhere",               {},                                  404),
    "deep down":            ("/a/b/c",                 {},                                  404),
    "deep and encoded":     ("/a%2Fb/",                {},                                  404),
    "hostile":              ("/<script>alert(1)/x",    {},                                  404),
    "no such asset":        ("/assets/none.css",       {},                                  404),
    "another method":       ("/results",               {"method": "POST"},                  405),
    "a long address":       (f"/results?filters={LONG}", {},                                414),
    "a large form":         ("/login",                 {"method": "POST", "content": LONG}, 413),
    "large headers":        ("/",                      {"headers": MUCH},                   431),
}
FOR_PROGRAMS: dict[str, tuple[str, dict[str, Any], int]] = {
    "no such operation":    ("/v1/nowhere",            {},                                  404),
    "the interface's root": ("/v1",                    {},                                  404),
    "without a token":      (THREATS,                  {},                                  401),
    "another method":       (THREATS,                  {"method": "POST"},                  405),
    "a long query":         (f"{THREATS}?filter={LONG}", {},                                414),
    "probe":                ("/healthz",               {"method": "POST"},                  405),
    "readiness":            ("/readyz",                {"method": "POST"},                  405),
    "metrics":              ("/metrics",               {"method": "POST"},                  405),
    "document":             ("/openapi.json",          {"method": "POST"},                  405),
}
# fmt: on


def ask(host: Served, path: str, asked: dict[str, Any], **more: str) -> httpx.Response:
    headers = {**asked.get("headers", {}), **more}
    rest = {key: value for key, value in asked.items() if key != "headers"}
    with browser(host.url) as client:
        return client.request(rest.pop("method", "GET"), path, headers=headers, **rest)


@pytest.mark.parametrize("name", WRONG)
def test_a_person_is_shown_a_page_that_leads_back(host: Served, name: str) -> None:
    path, asked, status = WRONG[name]
    answer = ask(host, path, asked, **BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    judge_headers(answer)
    page = read(answer)
    judge_elements(page)
    assert answer.headers["x-request-id"] in page.text
    assert "<script" not in answer.text
    addresses = [node["href"] for node in page.all() if "href" in node.attributes]
    leads = {str(answer.url.join(one).path) for one in addresses if not one.startswith("#")}
    assert leads == {"/", "/assets/style.css", "/assets/icon.svg"}


@pytest.mark.parametrize(
    "name", sorted(WRONG.keys() - {"no such asset"})
)  # it is a part of the pages
def test_a_program_is_told_the_same_as_a_problem(host: Served, name: str) -> None:
    path, asked, status = WRONG[name]
    judge_problem(ask(host, path, asked, Accept="application/json"), status)


@pytest.mark.parametrize("name", FOR_PROGRAMS)
def test_the_interface_answers_with_problems_whoever_asks(host: Served, name: str) -> None:
    path, asked, status = FOR_PROGRAMS[name]
    judge_problem(ask(host, path, asked, **BROWSER), status)


def judge_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == f"urn:request:{answer.headers['x-request-id']}"


@pytest.mark.parametrize(
    "path",
    ["/", "/providers", "/assets/style.css", "/healthz", "/readyz", "/metrics", "/openapi.json",
     THREATS, f"{THREATS}/none", "/v1/capabilities/providers", "/nowhere"],
)  # fmt: skip
def test_every_answer_has_the_id_of_its_request(host: Served, path: str) -> None:
    for headers in (bearer(host.token), {}):
        answer = ask(host, path, {}, **headers, **{"X-Request-Id": "given-by-the-caller"})
        assert answer.headers.get_list("x-request-id") == ["given-by-the-caller"]


def test_who_is_no_person_and_no_program_is_told_as_a_program(host: Served) -> None:
    judge_problem(ask(host, "/nowhere", {}, Accept="image/avif,*/*"), 404)
    judge_problem(ask(host, "/nowhere", {}, Accept=""), 404)
