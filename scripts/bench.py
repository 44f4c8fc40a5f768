"""Measure speed and memory, side by side in one run, and print a table.

    python scripts/bench.py            # some two minutes
    python scripts/bench.py --quick    # fewer rounds, to see that everything runs

A measurement, not a test: nothing fails when a figure is missed. Every figure is the median of
several rounds with the garbage collector off, in processor time; rounds of different subjects take
turns, so that a busy machine slows all of them alike. Ratios mean more than absolute figures.
"""

import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import orjson

from connector_core import convert
from connector_core.filter import parse_all, resolve
from connector_core.filter.evaluate import compile_predicate
from connector_core.filter.fields import FilterField
from connector_core.ocsf.models import EmailActivity
from connector_core.provider import Record
from connector_core.query import Query, Window
from connector_defender_office365 import filters, graph, normalize, translate
from connector_defender_office365.discovery import DOCUMENTED
from connector_defender_office365.mock.encode import encode
from connector_defender_office365.normalize import Normalizers

ROWS: Final = 10_000
NOW: Final = 1_793_491_200_000
"""2026-11-01T00:00:00Z in milliseconds."""
GRAPH: Final = "https://graph.microsoft.com"
TENANT: Final = "11111111-2222-4333-8444-555555555555"

# -- rows ----------------------------------------------------------------------------------------

_SUBJECTS: Final = (
    "Your mailbox is full",
    "Relevé de compte",
    "Q3 report",
    "Re: offer {}",
    "発注 {}",
)
_VERDICTS: Final = (
    ("", "", "", ""),
    ("", "", "", ""),
    (
        "Phish",
        "",
        '{"Phish":["URL malicious reputation","Mixed analysis detection"]}',
        '{"Phish":"High"}',
    ),
    ("Spam", "", '{"Spam":["Advanced filter"]}', '{"Spam":"9"}'),
    (
        "Malware, Phish",
        "Trojan_PDF_Phish",
        '{"Malware":["File detonation"],"Phish":["Advanced filter"]}',
        '{"Malware":"High","Phish":"Normal"}',
    ),
)
_OUTCOMES: Final = (
    ("Delivered", "Inbox/folder"), ("Delivered", "Inbox/folder"), ("Delivered", "Junk folder"),
    ("Junked", "Junk folder"), ("Blocked", "Quarantine"), ("Replaced", "Inbox/folder"),
)  # fmt: skip
_AUTHENTICATION: Final = tuple(
    json.dumps({"SPF": spf, "DKIM": dkim, "DMARC": dmarc, "CompAuth": comp})
    for spf in ("pass", "fail", "softfail", "none")
    for dkim in ("pass", "fail", "none")
    for dmarc in ("pass", "fail", "bestguesspass", "none")
    for comp in ("pass", "fail")
)


def mails(rng: random.Random) -> Iterator[dict[str, object]]:
    """EmailEvents rows without end: what a busy tenant's mail looks like, few columns empty."""
    for number in count():
        pick, word = rng.choice, f"{rng.getrandbits(64):016x}"
        uid = f"{word[:8]}-{word[8:12]}-4{word[12:15]}-8{word[13:16]}-08de{rng.getrandbits(32):08x}"
        sender, name = f"user{rng.randrange(900)}", f"Person {rng.randrange(900)}"
        domain, to = (
            f"partner{rng.randrange(80)}.example",
            f"employee{rng.randrange(2_000)}@example.com",
        )
        threats, names, methods, level = pick(_VERDICTS)
        action, place = pick(_OUTCOMES)
        at = datetime.fromtimestamp(NOW / 1_000 - number * 0.7, UTC)
        yield {
            "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z",
            "NetworkMessageId": uid,
            "InternetMessageId": f"<{word}.{number}@mail.{domain}>",
            "SenderMailFromAddress": f"bounce+{word[:6]}@{domain}",
            "SenderFromAddress": f"{sender}@{domain}",
            "SenderDisplayName": name,
            "SenderObjectId": uid[::-1],
            "SenderMailFromDomain": domain,
            "SenderFromDomain": domain,
            "SenderIPv4": f"192.0.2.{rng.randrange(1, 255)}",
            "SenderIPv6": "",
            "RecipientEmailAddress": to,
            "RecipientObjectId": uid,
            "Subject": pick(_SUBJECTS).format(number),
            "EmailClusterId": rng.getrandbits(32),
            "EmailDirection": pick(("Inbound", "Inbound", "Inbound", "Outbound", "Intra-org")),
            "DeliveryAction": action,
            "DeliveryLocation": place,
            "ThreatTypes": threats,
            "ThreatNames": names,
            "DetectionMethods": methods,
            "ConfidenceLevel": level,
            "BulkComplaintLevel": rng.randrange(10),
            "EmailAction": "Move message to junk mail folder" if threats else "",
            "EmailActionPolicy": "Antispam phishing" if threats else "",
            "EmailActionPolicyGuid": TENANT if threats else "",
            "AuthenticationDetails": pick(_AUTHENTICATION),
            "AttachmentCount": rng.randrange(3),
            "UrlCount": rng.randrange(6),
            "EmailLanguage": pick(("en", "de", "fr", "ja")),
            "Connectors": "Inbound from partner",
            "OrgLevelAction": "Allow" if number % 10 == 0 else "",
            "OrgLevelPolicy": "Tenant allow list" if number % 10 == 0 else "",
            "UserLevelAction": "Block" if number % 25 == 0 else "",
            "UserLevelPolicy": "Blocked senders" if number % 25 == 0 else "",
            "ReportId": f"{uid}-{rng.getrandbits(64)}-1",
            "AdditionalFields": "",
            "LatestDeliveryLocation": place,
            "LatestDeliveryAction": action,
            "OriginalThreatTypes": threats,
            "OriginalDetectionMethods": methods,
            "OriginalConfidenceLevel": level,
            "DistributionList": f"team{rng.randrange(40)}@example.com",
            "ExchangeTransportRule": "Mark external",
            "ForwardingInformation": "",
            "Context": "",
            "To": json.dumps([to, f"employee{rng.randrange(2_000)}@example.com"]),
            "Cc": "[]",
            "ThreatClassification": "Credential phishing" if threats else "",
            "RecipientDomain": "example.com",
            "EmailSize": rng.randrange(2_000, 400_000),
            "IsFirstContact": rng.randrange(2),
            "Topics": "Invoice",
        }  # fmt: skip


def _files(rng: random.Random) -> list[object]:
    return [
        {
            "FileName": f"report {rng.randrange(10_000)}.pdf",
            "FileType": "pdf",
            "FileExtension": ".pdf",
            "SHA256": f"{rng.getrandbits(256):064x}",
            "FileSize": rng.randrange(400_000),
            "ThreatTypes": "",
            "ThreatNames": "",
            "DetectionMethods": "",
            "ReportId": "",
            "AdditionalFields": "",
        }
        for _ in range(rng.choice((0, 0, 0, 1, 2)))
    ]


def _links(rng: random.Random) -> list[object]:
    hosts = [f"www{rng.randrange(500)}.partner.example" for _ in range(rng.choice((0, 0, 1, 2, 4)))]
    return [
        {
            "Url": f"https://{host}/page/{rng.randrange(10_000)}?id={rng.getrandbits(32):x}",
            "UrlDomain": host,
            "UrlLocation": "Body",
            "UrlChainId": "",
            "UrlChainPosition": 0,
            "ReportId": f"{rng.getrandbits(64):x}",
        }
        for host in hosts
    ]


@dataclass(frozen=True)
class Answer:
    """A result to be encoded as Graph does."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]


@lru_cache
def reply(rows: int, parts: bool) -> bytes:
    """The body of a hunting answer; with `parts` it is one of the product's own page queries."""
    rng = random.Random(1)  # noqa: S311
    columns = list(DOCUMENTED["EmailEvents"].items())
    found = [list(row.values()) for row, _ in zip(mails(rng), range(rows), strict=False)]
    if parts:
        columns += [("Kind", "string"), ("EventKey", "string")]
        columns += [("Files", "dynamic"), ("Links", "dynamic")]
        for row in found:
            row += ["delivery", f"delivery|{row[1]}|{row[11]}|{row[35]}", _files(rng), _links(rng)]
    return encode(Answer(columns, found), GRAPH)


# -- measuring -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """Something to be timed, `times` things in one go."""

    name: str
    run: Callable[[], object]
    times: int
    unit: str = "event"
    against: str = ""
    """The subject whose time this one's is divided by."""
    target: str = ""


def medians(subjects: Sequence[Subject], rounds: int) -> dict[str, float]:
    """Median processor seconds of each subject; rounds take turns, the garbage collector is off."""
    found: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds + 1):  # the first round is for warming up and is dropped
        for subject in subjects:
            forget()
            gc.collect()
            gc.disable()
            start = time.process_time()
            subject.run()
            found[subject.name].append(time.process_time() - start)
            gc.enable()
    return {name: statistics.median(times[1:]) for name, times in found.items()}


def forget() -> None:
    """Empty the converters' memories: each round meets its times, addresses and links anew."""
    for function in vars(convert).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def table(subjects: Sequence[Subject], rounds: int) -> Iterator[Sequence[str]]:
    """Rows of the printed table."""
    found = medians(subjects, rounds)
    for subject in subjects:
        each = found[subject.name] / subject.times
        ratio = ""
        if subject.against:
            ratio = f"{found[subject.name] / found[subject.against]:.2f} x"
        yield subject.name, f"{each * 1e6:.1f} us", f"{1 / each:,.0f}/s", ratio, subject.target


def show(title: str, rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"\n{title}\n")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")


# -- subjects ------------------------------------------------------------------------------------


def answer_to_json(tables: Normalizers, body: bytes) -> bytes:
    """What happens to an answer on the way to a page: bytes in, JSON bytes out."""
    result = graph.read_result(httpx.Response(200, content=body))
    rows, bad = graph.decode_fast(result, graph.row_type(result.columns))
    if bad:
        raise SystemExit(f"a generated row cannot be read: {bad[0]}")
    records = [Record(normalize.email_event(tables, row), ()) for row in rows]
    return orjson.dumps([record.event for record in records])


def mapping_subjects(rows: int, parts: bool) -> list[Subject]:
    """The way from an answer to events, beside the least that any program must do.

    Nothing else is kept alive meanwhile: a heap full of objects slows both.
    """
    tables, body = Normalizers(TENANT, DOCUMENTED), reply(rows, parts)
    output = answer_to_json(tables, body)
    events = orjson.loads(output)
    alike = _alike(parts)
    print(
        f"{alike}: {rows:,} rows, {len(body) // rows:,} bytes a row in, {len(output) // rows:,} out"
    )

    def yardstick() -> None:
        orjson.loads(body)
        orjson.dumps(events)

    yard = f"orjson.loads of the answer + orjson.dumps of the events, {alike}"
    return [
        Subject(yard, yardstick, rows),
        Subject(
            f"answer -> OCSF JSON, {alike}", lambda: answer_to_json(tables, body), rows,
            against=yard, target="2.5 x" if not parts else "",
        ),
    ]  # fmt: skip


def step_subjects(rows: int, parts: bool) -> list[Subject]:
    """The steps of that way, each by itself."""
    tables, body = Normalizers(TENANT, DOCUMENTED), reply(rows, parts)
    result = graph.read_result(httpx.Response(200, content=body))
    decoded, _ = graph.decode_fast(result, graph.row_type(result.columns))
    alike = _alike(parts)
    return [
        Subject(
            f"  of this: reading and decoding, {alike}",
            lambda: graph.decode_fast(
                graph.read_result(httpx.Response(200, content=body)), graph.row_type(result.columns)
            ),
            rows,
        ),
        Subject(
            f"  of this: rows to events, {alike}",
            lambda: [normalize.email_event(tables, row) for row in decoded], rows,
        ),
    ]  # fmt: skip


def _alike(parts: bool) -> str:
    return "with files and links" if parts else "plain rows"


def other_subjects(rows: int) -> list[Subject]:
    """Typed models, and deciding a filter on events."""
    events = orjson.loads(answer_to_json(Normalizers(TENANT, DOCUMENTED), reply(rows, True)))
    holds = compile_predicate(resolve(parse_all(FILTERS[0]), FIELDS))
    return [
        Subject(
            "events -> typed models (page.result)",
            lambda: [EmailActivity.model_validate(event) for event in events], rows,
        ),
        Subject(
            "three conditions decided on an event",
            lambda: [holds(event) for event in events], rows,
        ),
    ]  # fmt: skip


FIELDS: Final[Mapping[str, FilterField]] = {field.name: field for field in filters.EVENT_FIELDS}
FILTERS: Final = [
    [
        "severity[in]High,Critical",
        f"email.from[eq]user{n}@partner.example",
        f"email.subject[like]{n}",
    ]
    for n in range(500)
]


def filter_subjects() -> list[Subject]:
    """From the text of filters to query text."""
    month = Window(NOW - 30 * 86_400_000, NOW)
    predicates = [resolve(parse_all(texts), FIELDS) for texts in FILTERS]

    def parsed() -> None:
        for texts in FILTERS:
            resolve(parse_all(texts), FIELDS)

    def translated() -> None:
        for predicate in predicates:
            query = Query(window=month, predicate=predicate)
            translate.page_of_events(DOCUMENTED, translate.slice_of(query, 1_000))

    def both() -> None:
        for texts in FILTERS:
            query = Query(window=month, predicate=resolve(parse_all(texts), FIELDS))
            translate.page_of_events(DOCUMENTED, translate.slice_of(query, 1_000))

    count = len(FILTERS)
    return [
        Subject("three filter texts -> KQL of a page", both, count, target="10,000/s"),
        Subject("  of this: parse, resolve", parsed, count),
        Subject("  of this: plan, translate, render", translated, count),
    ]


# -- fresh processes -----------------------------------------------------------------------------


def fresh(code: str, *arguments: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


_TIMED: Final = """
import sys, time
start = time.perf_counter()
{body}
print(time.perf_counter() - start)
"""
_IMPORT: Final = _TIMED.format(body="import connector_core")
_OPEN: Final = _TIMED.format(
    body="""
from connector_core import Connector
own = {"type": "o_auth_client", "client_id": sys.argv[1], "client_secret": "not-a-secret"}
Connector.open("emailsecurity_defender_for_office", tenant_id=sys.argv[1], credential=own).close()
"""
)


def start_rows(rounds: int) -> Iterator[Sequence[str]]:
    """How long a fresh interpreter takes to be ready."""
    for name, code, target in (
        ("import connector_core", _IMPORT, "120 ms"),
        ("the same, and the first Connector.open", _OPEN, ""),
    ):
        found = statistics.median(float(fresh(code, TENANT)) for _ in range(rounds))
        yield name, f"{found * 1_000:.0f} ms", target


def memory_rows() -> Iterator[Sequence[str]]:
    """Peak memory of a process that reads one page of 5,000 events."""
    child = str(Path(__file__).with_name("bench_memory.py"))
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "answer.json"
        recording.write_bytes(reply(5_000, True))
        for name, mode, target in (
            ("interpreter and imports", "none", ""),
            ("a page of 5,000 events, answer replayed", "replayed", "300 MB"),
            ("the same from the embedded tenant, its engine included", "embedded", ""),
        ):
            command = [sys.executable, child, mode, str(recording), str(NOW)]
            ran = subprocess.run(command, check=True, capture_output=True, text=True)
            events, peak = ran.stdout.split()
            yield name, events, f"{float(peak):.0f} MB", target


def main(arguments: Sequence[str]) -> int:
    """Measure everything and print it."""
    quick = "--quick" in arguments
    rounds, rows = (1, 1_000) if quick else (7, ROWS)
    print(f"Python {sys.version.split()[0]}, medians of {rounds} rounds, garbage collector off")
    head = ("what", "each", "rate", "against the first", "target")
    for parts in (False, True):
        whole = list(table(mapping_subjects(rows, parts), rounds))
        steps = table(step_subjects(rows, parts), rounds)
        show("Answers to events", [head, *whole, *steps])
    show("Filters", [head, *table(filter_subjects(), rounds)])
    show("On events", [head, *table(other_subjects(rows // 5), rounds)])
    show("Starting", [("what", "time", "target"), *start_rows(rounds)])
    show("Memory", [("what", "events", "peak", "target"), *memory_rows()])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
