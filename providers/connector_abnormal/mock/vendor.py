"""The emulated vendor: its hosts, its door, its limits, and the way to each endpoint."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import unquote

from connector_core.clock import Clock, SystemClock

from .canned import CANNED
from .records import Campaign, Holdings
from .search import search
from .switches import Switches
from .threats import list_threats, show_attachments, show_links, show_threat
from .times import SECOND, spelled
from .wire import SHAPES, Answer, RefusalError, Request

if TYPE_CHECKING:
    from .transport import VendorTransport

REGIONS: Final = {
    "us": "https://api.abnormalplatform.com/v1",
    "eu": "https://eu.rest.abnormalsecurity.com/v1",
}
DEFAULT_TOKEN: Final = "invented-token-of-the-emulator"  # noqa: S105


class LogEntry(NamedTuple):
    """One request that was answered; never its headers or body."""

    method: str
    url: str
    status: int


class AbnormalVendor:
    """The REST API over what it holds.

    Args:
        holdings: campaigns and mail; by default the generated data set.
        token: the only one it takes.
        region: where the token is at home; the other region's host answers it with 401.
        base_url: one more address that it serves, such as ``https://abnormal.example/v1``.
        clock: says what has appeared yet, and takes the latency.
        switches: what is odd about it; may be replaced at any time.

    >>> vendor = AbnormalVendor()
    >>> vendor.handle(Request("GET", "https://api.abnormalplatform.com/v1/threats")).status
    401
    """

    def __init__(
        self,
        holdings: Holdings | None = None,
        *,
        token: str = DEFAULT_TOKEN,
        region: Literal["us", "eu"] = "us",
        base_url: str = "",
        clock: Clock | None = None,
        switches: Switches | None = None,
    ) -> None:
        from .dataset import DATASETS, Generated

        self.clock = clock or SystemClock()
        self.switches = switches or Switches()
        self.log: list[LogEntry] = []
        self.most_at_once: Counter[str] = Counter()
        """The most requests that were ever under way, by kind of thing."""
        self._holdings = holdings or Generated(DATASETS["basic_v0"])
        self._token = token
        self._region = region
        self._bases = [*REGIONS.values(), *([base_url.rstrip("/")] if base_url else [])]
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._refusals = 0
        self._throttled = 0
        self._traces = 0

    def fail_next_n_with_429(self, count: int) -> None:
        """Refuse the next `count` requests as too many."""
        with self._lock:
            self._throttled = count

    def serves(self, url: str) -> bool:
        """Whether a host of this vendor would take the request."""
        return any(_origin(url) == _origin(base) for base in self._bases)

    def handle(self, request: Request, *, crowded: bool = False) -> Answer:
        """Answer one request at once, or refuse it when too many are under way; see `visit`."""
        try:
            answer = self._answer(request, crowded)
        except RefusalError as refusal:
            answer = self._refused(refusal, request)
        with self._lock:
            self.log.append(LogEntry(request.method, request.url, answer.status))
        return answer

    @contextmanager
    def visit(self, request: Request) -> Iterator[Answer]:
        """Answer one request, which is under way until the context is left."""
        resource = self._resource(request)
        most = self.switches.max_concurrency_per_resource
        with self._lock:
            self._under_way[resource] += 1
            count = self._under_way[resource]
            self.most_at_once[resource] = max(self.most_at_once[resource], count)
        try:
            yield self.handle(request, crowded=most is not None and count > most)
        finally:
            with self._lock:
                self._under_way[resource] -= 1

    def transport(self) -> "VendorTransport":
        """An httpx transport, sync and async, that reaches this vendor and nobody else."""
        from .transport import VendorTransport

        return VendorTransport(self)

    def _resource(self, request: Request) -> str:
        return (self._place(request) or [""])[0]

    def _place(self, request: Request) -> list[str] | None:
        """The parts of the path below the base; None outside of it."""
        url = request.url.split("?")[0]
        for base in self._bases:
            if url.startswith(f"{base}/"):
                return [unquote(part) for part in url[len(base) + 1 :].split("/")]
        return None

    def _answer(self, request: Request, crowded: bool) -> Answer:
        with self._lock:
            throttled = self._throttled > 0
            self._throttled -= throttled
        if crowded or throttled:
            raise RefusalError(429, "Too many concurrent requests.")
        self._let_in(request)
        now = int(self.clock.now() * SECOND)
        match request.method, self._place(request):
            case "GET", ["threats"]:
                if _asks_for_canned(request):
                    return list_threats(request, [CANNED], self.switches)
                return list_threats(request, self._holdings.campaigns(now), self.switches)
            case "GET", ["threats", threat_id]:
                return show_threat(request, self._campaign(request, threat_id, now), self.switches)
            case "GET", ["threats", threat_id, "attachments"]:
                return show_attachments(self._campaign(request, threat_id, now))
            case "GET", ["threats", threat_id, "links"]:
                return show_links(self._campaign(request, threat_id, now))
            case "POST", ["search"]:
                held = self._holdings.mail(now)
                return search(request, held, self.switches, self._trace(), spelled(now))
            case _, ["threats", *_] | ["search"]:
                raise RefusalError(405, "Method Not Allowed")
            case _:
                raise RefusalError(404, "Not Found")

    def _let_in(self, request: Request) -> None:
        other = [base for region, base in REGIONS.items() if region != self._region]
        at_home = not request.url.startswith(tuple(f"{base}/" for base in other))
        if request.header("authorization") != f"Bearer {self._token}" or not at_home:
            raise RefusalError(401, "Unauthorized")
        if not self.switches.address_allowed:
            raise RefusalError(403, "The source address is not on the allow list of this token.")

    def _campaign(self, request: Request, threat_id: str, now: int) -> Campaign:
        if _asks_for_canned(request):
            return CANNED
        if threat_id not in self.switches.missing_details:
            for campaign in self._holdings.campaigns(now):
                if campaign.threat_id == threat_id:
                    return campaign
        raise RefusalError(404, "Not Found")

    def _refused(self, refusal: RefusalError, request: Request) -> Answer:
        with self._lock:
            shape = SHAPES[self._refusals % len(SHAPES)]
            self._refusals += 1
        if self._resource(request) == "search":
            return refusal.answer(shape, metadata={"trace_id": self._trace()})
        return refusal.answer(shape)

    def _trace(self) -> str:
        with self._lock:
            self._traces += 1
            return f"trace-{self._traces:06d}"


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _asks_for_canned(request: Request) -> bool:
    return request.header("mock-data").lower() == "true"
