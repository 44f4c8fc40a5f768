"""The web page: questions, answers, findings and errors, and that mail cannot do anything in it."""

import json
import re
import unicodedata
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connector_core.http_api.web import router
from connector_core.http_api.web.histogram import histogram
from connector_core.registry import registry
from connector_defender_office365.mock.faults import Fault, Status
from hostile import HOSTILE
from http_api.pages import Node, browser, log_in, read
from http_api.served import Desktop, bearer, serving
from opened import Site, message

CANARY = "canary-in-an-exception"
FILE_HASH = "7fce819343166ae7ec4403d3205f4e5ad02820f4639f92f085e6c7813d71342d"
MAIL_ID = message(0)["NetworkMessageId"]
LINK = "https://pаypal.example/login?next=<b>"  # the first a is Cyrillic
PAGES = {
    "/": 200, "/?operation=events": 200, "/providers": 200, "/results": 200,
    "/results?operation=events&limit=2": 200, "/results?explain=1": 200,
    "/results?filters=x": 400, f"/finding?uid={MAIL_ID}": 200, "/finding?uid=none": 404,
}  # fmt: skip
"""Address -> status."""


class Broken(httpx.AsyncBaseTransport):
    """A fault of this program, not of the vendor."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise LookupError(CANARY)


def rich() -> dict[str, list[dict[str, Any]]]:
    """Five messages; the first has a file and a link, and two are quarantined."""
    mails = [message(number) for number in range(5)]
    for mail in mails[3:]:
        mail |= {"DeliveryAction": "Blocked", "DeliveryLocation": "Quarantine"}
    shared = {"Timestamp": mails[0]["Timestamp"], "NetworkMessageId": MAIL_ID}
    file = {"FileName": "invoice.pdf.exe", "SHA256": FILE_HASH, "FileSize": 1_234_567,
            "RecipientEmailAddress": "anna@contoso.example"}  # fmt: skip
    return {
        "EmailEvents": mails,
        "EmailAttachmentInfo": [shared | file],
        "EmailUrlInfo": [shared | {"Url": LINK, "UrlDomain": "pаypal.example"}],
    }


def hostile_mail() -> list[dict[str, Any]]:
    return [
        message(number, Subject=value, SenderFromAddress=value)
        for number, (_, value) in enumerate(HOSTILE)
    ]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """One host: a small tenant, a hostile one, one that lacks tables, and a broken way."""
    site = Site(rows=rich())
    desktop = Desktop(tmp_path_factory.mktemp("web") / "config.toml", site.clock)
    tokens = {
        "work": desktop.add("work", site),
        "hostile": desktop.add("hostile", Site(rows={"EmailEvents": hostile_mail()})),
        "partial": desktop.add("partial", Site(2, tables=("EmailEvents",))),
        "broken": desktop.add("broken", Site(0)),
    }
    desktop.transports["broken"] = Broken()
    with serving(desktop.host()) as url:
        yield SimpleNamespace(url=url, site=site, tokens=tokens)


@pytest.fixture
def client(desk: SimpleNamespace) -> Iterator[httpx.Client]:
    desk.site.fails()
    with browser(desk.url, desk.tokens["work"]) as client:
        yield client


def column(page: Node, label: str) -> list[str]:
    return [cell.text.strip() for cell in page.all("td", data_label=label)]


def api(desk: SimpleNamespace, path: str, **asked: Any) -> Any:
    answer = httpx.get(
        f"{desk.url}/v1/email-security/{path}",
        params=asked,
        headers=bearer(desk.tokens["work"]),
        timeout=60,
    )
    assert answer.status_code == 200
    return answer.json()


# --- every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/assets/style.css", "/assets/icon.svg", "/assets/x"])
def test_assets_are_as_strict_as_pages(client: httpx.Client, path: str) -> None:
    judge_headers(client.get(path))


@pytest.mark.parametrize(("path", "status"), PAGES.items())
def test_every_page_stands_alone_and_is_in_order(
    client: httpx.Client, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    judge_headers(answer)
    judge_elements(read(answer))


def judge_headers(answer: httpx.Response) -> None:
    headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "style-src": "'self'", "img-src": "'self'",
        "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-request-id"]


def judge_elements(page: Node) -> None:
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == len(page.one("head").all("title")) == 1
    assert not {node.tag for node in page.all()} & {"script", "style", "img", "iframe", "object"}
    ids = [node["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in page.all():
        assert "style" not in node.attributes
        assert not [name for name in node.attributes if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            if name in node.attributes:
                assert not urlsplit(node[name]).netloc
                assert not urlsplit(node[name]).scheme
        for other in (node.attributes.get("aria-labelledby") or "").split():
            assert other in ids
    assert all("scope" in head.attributes for head in page.all("th"))
    named = {label["for"] for label in page.all("label")}
    for field in [*page.all("input"), *page.all("select"), *page.all("textarea")]:
        hidden = field.attributes.get("type") == "hidden"
        assert hidden or "aria-label" in field.attributes or field["id"] in named


def test_no_address_and_no_page_holds_a_token(desk: SimpleNamespace) -> None:
    token = desk.tokens["work"]
    with httpx.Client(base_url=desk.url, follow_redirects=True, timeout=60) as client:
        answers = [log_in(client, token)]
        seen, ahead = set[str](), list(PAGES)
        while ahead and len(answers) < 60:
            answer = client.get(ahead.pop())
            answers.append(answer)
            if answer.headers["content-type"].startswith("text/html"):
                links = {str(answer.url.join(node["href"])) for node in read(answer).all("a")}
                ahead += [link for link in links - seen if "/finding?" not in link]
                seen |= links
        assert len(answers) > 15
        for answer in answers:
            assert token not in str(answer.url)
            assert token not in answer.text
            assert token not in str(answer.headers)


def test_the_pages_are_no_part_of_the_api() -> None:
    assert router.routes
    assert not any(route.include_in_schema for route in router.routes)  # type: ignore[attr-defined]


# --- questions ------------------------------------------------------------------------------------


def test_the_form_offers_what_the_provider_declares(client: httpx.Client) -> None:
    spec = registry().get("emailsecurity_defender_for_office")
    for name, operation in (("threats", "query_threats"), ("events", "query_events")):
        page = read(client.get("/", params={"operation": name}))
        offered = spec.capabilities.operations[operation]  # type: ignore[index]
        for box in page.all("select", name="field"):
            options = [option.text for option in box.all("option")]
            assert options == ["no field", *(field.name for field in offered.filters)]
        orders = [option["value"] for option in page.one("select", name="order").all("option")]
        assert orders == list(offered.orders)


def test_results_are_those_of_the_api(client: httpx.Client, desk: SimpleNamespace) -> None:
    page = read(client.get("/results?operation=events"))
    events = api(desk, "email-events")["result"]
    assert column(page, "Subject") == [event["email"]["subject"] for event in events]
    assert column(page, "Severity") == [event["severity"] for event in events]
    assert column(page, "Disposition") == [event["disposition"] for event in events]
    assert column(page, "Sender") == [event["email"]["from"] for event in events]
    assert column(page, "Recipients") == [event["to"][0] for event in events]
    times = [time["datetime"] for time in page.all("time")]
    assert times == [event["time_dt"] for event in events]


def test_boxes_lines_and_times_are_filters(client: httpx.Client, desk: SimpleNamespace) -> None:
    asked = {
        "operation": "events",
        "field": ["disposition", "", "email.from"],
        "op": ["ne", "eq", "like"],
        "value": ["Quarantined", "", "billing"],
        "filters": 'email.subject[in]"Invoice 1",Invoice 2\r\n\r\nis_alert[eq]true',
        "since": "2026-10-31T12:00",
        "until": "2026-10-31T12:00:02",
        "limit": "10",
        "order": "oldest_first",
    }
    page = read(client.get("/results", params=asked))
    assert column(page, "Subject") == ["Invoice 1"]
    kept = [one.text for one in page.all("dd", class_="code")]
    assert kept == [
        "disposition[ne]Quarantined", "email.from[like]billing",
        "email.subject[in]Invoice 1,Invoice 2", "is_alert[eq]true",
        "time[gte]2026-10-31T12:00:00Z", "time[lt]2026-10-31T12:00:02Z",
    ]  # fmt: skip
    boxes = [box["value"] for box in page.all("input", name="value")]
    assert boxes == ["Quarantined", "", "billing", ""]
    assert page.one("textarea").text.lstrip("\n").splitlines() == asked["filters"].splitlines()  # type: ignore[attr-defined]
    chosen = [one.text for one in page.all("option") if "selected" in one.attributes]
    assert chosen == ["disposition", "is not", "is", "email.from", "contains", "oldest first"]
    assert page.one("input", name="since")["value"] == "2026-10-31T12:00"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("field=from&op=eq&value=", "has no value"),
        ("field=&op=eq&value=a", "has a value but no field"),
        ("field=severty&op=eq&value=High", "did you mean severity"),
        ("field=severity&op=like&value=High", "severity"),
        ("field=severity&op=eq", "do not come in threes"),
        ("filters=severity", "severity"),
        ("limit=0", "from 1 to 500"),
        ("limit=501", "from 1 to 500"),
        ("limit=ten", "from 1 to 500"),
        ("limit=%D9%A3", "from 1 to 500"),
        pytest.param(f"limit={'9' * 5_000}", "from 1 to 500", id="limit=9..."),
        ("since=yesterday", "is not a time"),
        ("since=2026-10-31", "is not a time"),
        ("since=2026-13-31T12:00", "time"),
        ("since=2026-11-01T00:00&until=2026-10-01T00:00", "time"),
        ("order=random", "Unknown order"),
        ("cursor=AAAA", "The cursor is damaged"),
        ("filter=severity[eq]High", "Unknown parameter 'filter'"),
        ("since=2026-10-31T12:00&since=2026-10-31T13:00", "more than once"),
        ("filters=a%00b[eq]c", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_the_form(
    client: httpx.Client, address: str, told: str
) -> None:
    answer = client.get(f"/results?{address}")
    assert answer.status_code == 400
    page = read(answer)
    assert told.lower() in page.one("div", role="alert").text.lower()
    assert page.one("form", class_="search")
    assert not page.all("td", data_label="Subject")


def test_a_refused_question_can_be_corrected(client: httpx.Client) -> None:
    """A value comes back exactly as it was typed, however odd."""
    for value in ('a"b<c>&d', "in\u202evoice", "a\u00a0b", "'", "\u200b", "</textarea><b>"):
        asked = {"field": "nothing", "op": "odd op", "value": value, "filters": f"x[eq]{value}"}
        page = read(client.get("/results", params=asked))
        assert page.all("input", name="value")[0]["value"] == value
        assert page.one("textarea").text.removeprefix("\n") == f"x[eq]{value}"
        chosen = [one for one in page.all("option") if "selected" in one.attributes]
        assert [one["value"] for one in chosen[:2]] == ["nothing", "odd op"]


def test_what_was_typed_does_not_steer_the_page(client: httpx.Client) -> None:
    asked = {"field": "a\u202eb", "op": "c\u2066d", "value": "e"}
    page = read(client.get("/results", params=asked))
    chosen = [one for one in page.all("option") if "selected" in one.attributes]
    assert [one["value"] for one in chosen[:2]] == ["a\u202eb", "c\u2066d"]
    assert [one.text for one in chosen[:2]] == ["a\\u202eb", "c\\u2066d"]


def test_text_that_is_not_utf8_is_not_searched_for_in_another_spelling(
    client: httpx.Client,
) -> None:
    for path in ("/results?filters=email.subject%5Beq%5Dcaf%E9", "/finding?uid=%FF"):
        answer = client.get(path)
        assert answer.status_code == 400
        assert "not percent-encoded UTF-8" in read(answer).text


def test_an_unknown_operation_is_refused(client: httpx.Client) -> None:
    for path in ("/", "/results"):
        answer = client.get(path, params={"operation": "query_threats"})
        assert answer.status_code == 400
        assert "Known: threats, events." in read(answer).text


def test_showing_the_query_sends_nothing(client: httpx.Client, desk: SimpleNamespace) -> None:
    asked = {"field": "email.subject", "op": "eq", "value": "Invoice 1", "explain": "1"}
    page = read(client.get("/results", params=asked))
    assert 'Subject in~ ("Invoice 1")' in page.one("pre").text
    assert desk.site.tenant.log == []
    assert page.all("input", name="value")[0]["value"] == "Invoice 1"


# --- answers --------------------------------------------------------------------------------------


def test_next_page_goes_on_until_all_is_read(client: httpx.Client, desk: SimpleNamespace) -> None:
    path, subjects, pages = "/results?operation=events&limit=2", list[str](), 0
    while path and pages < 5:
        answer = client.get(path)
        page = read(answer)
        subjects += column(page, "Subject")
        links = page.all("a", rel="next")
        path = links[0]["href"] if links else ""
        assert not path or dict(parse_qsl(urlsplit(path).query))["limit"] == "2"
        assert bool(page.all("a", href="results?operation=events&limit=2")) == (pages > 0)
        pages += 1
    events = api(desk, "email-events")["result"]
    assert subjects == [event["email"]["subject"] for event in events]
    assert pages == 3
    assert "This is the last page." in page.text


def test_the_cursor_of_another_integration_is_refused(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.tokens["work"]) as own:
        following = read(own.get("/results?operation=events&limit=2")).one("a", rel="next")["href"]
    with browser(desk.url, desk.tokens["partial"]) as other:
        answer = other.get(f"/{following}")
    assert answer.status_code == 400
    assert "The cursor is damaged" in read(answer).text


def test_beside_the_results_stands_how_they_came_about(
    client: httpx.Client, desk: SimpleNamespace
) -> None:
    asked = {"field": "disposition", "op": "eq", "value": "Quarantined"}
    page = read(client.get("/results", params=asked))
    meta = api(
        desk, "threats",
        filter="disposition[eq]Quarantined", meta=["query/native", "completeness"], limit=50,
    )["meta"]  # fmt: skip
    assert page.one("pre").text == meta["query"]["native"]
    how = " ".join(page.one("section", aria_labelledby="completeness").text.split())
    told = meta["completeness"]
    assert "Complete: everything" in how
    assert f"{told['rows_read']} read from the vendor, {told['rows_kept']} kept" in how
    assert told["effective_range"]["start"] in how
    assert told["effective_range"]["end"] in how
    assert "disposition[eq]Quarantined" in how


def test_an_incomplete_answer_says_so_and_why(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.tokens["partial"]) as client:
        page = read(client.get("/results"))
    assert "not complete: events may be missing" in page.one("p", class_="bad").text
    how = page.one("section", aria_labelledby="completeness")
    assert any("AlertInfo" in reason.text for reason in how.all("li"))
    assert "everything" not in how.text


def test_the_histogram_counts_the_events_of_the_page(client: httpx.Client) -> None:
    page = read(client.get("/results?operation=events"))
    figure = page.one("figure")
    assert "5 results of this page over time, 1 s to a bar" in figure.text
    rows = [(row.one("th").text, row.one("td").text) for row in figure.one("tbody").all("tr")]
    assert rows == [(f"2026-10-31T12:00:0{second}Z", "1") for second in range(5)]
    assert [bar.one("title").text for bar in figure.all("rect")] == [": ".join(one) for one in rows]


def test_nothing_found_is_said(client: httpx.Client) -> None:
    page = read(client.get("/results?operation=events&until=2026-10-20T00:00"))
    assert "0 results on this page" in page.text
    assert "Nothing was found" in page.text
    assert not page.all("table")
    assert not page.all("svg")


# --- one finding ----------------------------------------------------------------------------------


def test_a_finding_is_shown_with_its_evidence(client: httpx.Client, desk: SimpleNamespace) -> None:
    results = read(client.get("/results"))
    last = results.all("a")[-1:] and results.all("td", data_label="Finding")[-1].one("a")["href"]
    page = read(client.get(f"/{last}"))
    finding = api(desk, f"threats/{MAIL_ID}")["result"]
    assert page.one("h1").text == finding["finding_info"]["title"]
    assert json.loads(page.all("pre")[-1].text) == finding
    recipients = page.one("section", aria_labelledby="recipients")
    assert [one.text for one in recipients.all("li")] == ["anna@contoso.example"]
    files = page.one("section", aria_labelledby="files")
    assert column(files, "Name") == ["invoice.pdf.exe"]
    assert column(files, "Bytes") == ["1,234,567"]
    assert FILE_HASH in column(files, "Hashes")[0]
    links = page.one("section", aria_labelledby="links")
    assert links.one("code").text == LINK
    assert "non-ASCII" in links.text
    assert not links.all("a")
    facts = page.one("section", aria_labelledby="facts").text
    assert finding["severity"] in facts
    assert finding["disposition"] in facts


@pytest.mark.parametrize(
    ("uid", "status"),
    [("00000000-0000-4000-8000-999999999999", 404), ("", 400), ("x" * 2_000, 400)],
)
def test_a_finding_that_is_not_there(client: httpx.Client, uid: str, status: int) -> None:
    answer = client.get("/finding", params={"uid": uid})
    assert answer.status_code == status
    assert read(answer).one("div", role="alert")


# --- providers ------------------------------------------------------------------------------------


def test_every_installed_provider_is_listed_with_what_it_supports(client: httpx.Client) -> None:
    page = read(client.get("/providers"))
    titles = [title.text for title in page.all("h2")]
    specs = [one.spec for one in registry().providers() if one.spec]
    assert sorted(title.removesuffix(" yours") for title in titles) == sorted(
        spec.fullname for spec in specs
    )
    assert titles[0] == "Microsoft Defender for Office 365 yours"
    shown = {
        (region["aria-label"], row.one("code").text, mark_at)
        for region in page.all("div", role="region")
        for row in region.one("tbody").all("tr")
        for mark_at, mark in enumerate(row.all("td", class_="mark"))
        if "yes" in mark.text
    }
    heads = [head.text for head in page.all("thead")[0].all("th")][2:-1]
    declared = {
        (f"Filters of {name} of {spec.fullname}", field.name, heads.index(operator))
        for spec in specs
        for name, offered in spec.capabilities.operations.items()
        for field in offered.filters
        for operator in field.operators
    }
    assert shown == declared


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "seen"),
    [
        (403, "Forbidden", 403),
        (400, "BadRequest", 502),
        (503, "Unknown", 503),
        (429, "TooManyRequests", 429),
    ],
)
def test_a_vendors_refusal_is_told_with_its_request_id(
    client: httpx.Client, desk: SimpleNamespace, status: int, code: str, seen: int
) -> None:
    headers = {"Retry-After": "7200"}
    desk.site.fails(
        Fault(endpoint="graph", effect=Status(status, code, headers=headers), times=None)
    )
    try:
        listed = client.get("/results?operation=events&limit=3")
        single = client.get("/finding", params={"uid": MAIL_ID})
    finally:
        desk.site.fails()
    for answer in (listed, single):
        assert answer.status_code == seen
        alert = read(answer).one("div", role="alert").text
        assert re.search(r"Vendor's request id[0-9a-f-]{36}\n", alert)
        assert answer.headers["x-request-id"] in alert
        assert ("retry-after" in answer.headers) == (seen in (429, 503))
    assert "EmailEvents" in read(listed).one("pre").text  # the query that was refused


def test_a_fault_of_the_host_is_a_page_that_tells_nothing(desk: SimpleNamespace) -> None:
    with browser(desk.url, desk.tokens["broken"]) as client:
        answer = client.get("/results")
    assert answer.status_code == 500
    assert "The host failed." in read(answer).text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["content-security-policy"]
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


# --- hostile mail ---------------------------------------------------------------------------------

STEERING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.fixture(scope="module")
def hostile(desk: SimpleNamespace) -> httpx.Response:
    with browser(desk.url, desk.tokens["hostile"]) as client:
        return client.get("/results?limit=500&order=oldest_first")


def test_hostile_subjects_are_text(hostile: httpx.Response) -> None:
    page = read(hostile)
    cells = page.all("td", data_label="Subject")
    assert len(cells) == len(HOSTILE)
    for cell, (name, value) in zip(cells, HOSTILE, strict=True):
        assert {node.tag for node in cell.all()} <= {"span", "bdi"}, name
        if len(value) > 160:
            assert f"{len(value):,} characters" in cell.text, name
        elif value.strip():
            assert unescaped(cell.one("bdi")) == value, name


def unescaped(shown: Node) -> str:
    """What was mail: marked characters are given by their number."""
    return "".join(
        one if isinstance(one, str) else chr(int(one.text[2:], 16)) for one in shown.children
    )


def test_no_character_of_mail_steers_the_page(
    hostile: httpx.Response, desk: SimpleNamespace
) -> None:
    with browser(desk.url, desk.tokens["hostile"]) as client:
        answers = [hostile]
        for link in read(hostile).all("td", data_label="Finding")[::40]:
            answers.append(client.get(f"/{link.one('a')['href']}"))
    assert len(answers) > 3
    for answer in answers:
        assert answer.status_code == 200
        steering = {one for one in answer.text if unicodedata.category(one) in STEERING}
        assert steering <= {"\n"}
        assert not re.search(r"[\u0300-\u036f]{4}", answer.text)
        assert not {node.tag for node in read(answer).all()} & {"script", "b1", "img"}


def test_the_json_of_a_hostile_finding_means_the_same(
    hostile: httpx.Response, desk: SimpleNamespace
) -> None:
    names = [name for name, _ in HOSTILE]
    picked = [names.index(one) for one in ("right-to-left override", "interlinear and tags")]
    links = [cell.one("a")["href"] for cell in read(hostile).all("td", data_label="Finding")]
    headers = bearer(desk.tokens["hostile"])
    with browser(desk.url, desk.tokens["hostile"]) as client:
        for at in picked:
            page = read(client.get(f"/{links[at]}"))
            uid = dict(parse_qsl(urlsplit(links[at]).query))["uid"]
            answer = client.get(f"/v1/email-security/threats/{uid}", headers=headers)
            assert json.loads(page.all("pre")[-1].text) == answer.json()["result"]


# --- the histogram --------------------------------------------------------------------------------


@pytest.mark.parametrize("span", [0, 1, 999, 39_999, 40_000, 3_600_000, 86_400_000 * 400, 10**13])
def test_a_histogram_counts_everything_in_few_bars(span: int) -> None:
    begin = 1_793_448_000_123
    times = [begin, begin + span // 3, begin + span // 2, begin + span, begin + span]
    drawn = histogram([*times, None, "x"])
    assert drawn is not None
    assert sum(bar.count for bar in drawn.bars) == drawn.total == 5
    assert len(drawn.bars) <= 40
    assert max(bar.count for bar in drawn.bars) == drawn.highest
    assert all(0 <= bar.x < bar.x + bar.width <= drawn.width for bar in drawn.bars)
    assert all(bar.y + bar.height == pytest.approx(drawn.height) for bar in drawn.bars)


def test_without_times_there_is_no_histogram() -> None:
    assert histogram([]) is None
    assert histogram([None]) is None
