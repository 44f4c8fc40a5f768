"""The repository's files: small, about the product alone, and naming nobody real."""

import ipaddress
import re
from pathlib import Path

from architecture.tree import ROOT

LONG = {
    "connector_core/ocsf/models.py": "generated from the OCSF schema",
    "connector_core/ocsf/enums.py": "generated from the OCSF schema",
    "connector_core/settings.py": "one file format, read and written in one place",
    "scripts/generate_ocsf.py": "one generator, run by hand",
    "scripts/bench.py": "one benchmark, run by hand",
    "providers/connector_defender_office365/provider.py": "the operations, side by side",
    "providers/connector_defender_office365/inverse.py": "one reader for every kind of mapping row",
    "providers/connector_defender_office365/filters.py": "one table: a row for every filter",
    "providers/connector_defender_office365/mock/engine/translate.py": "one visitor of one syntax",
}
"""Files above 300 lines, and why."""
LONGEST = 300

SKIPPED = {
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "node_modules",
    "__pycache__", "dist", "build",
}  # fmt: skip
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".mjs", ".yml", ".yaml", ".sh", ".cfg", ""}


def files() -> list[Path]:
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not SKIPPED.intersection(parts) and path.suffix in TEXT:
            found.append(path)
    return found


FILES = files()


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_tree_is_seen() -> None:
    assert len(FILES) > 100


def sources() -> list[Path]:
    return [path for path in FILES if path.suffix == ".py" and not name(path).startswith("tests/")]


def test_long_files_have_a_reason() -> None:
    long = {name(path) for path in sources() if len(path.read_text("utf-8").splitlines()) > LONGEST}
    assert long <= LONG.keys()


# Written in pieces, so that this file does not find itself.
MAKING = re.compile(
    r"/wor" + r"k/|/tmp/" + r"(?:brief|snap)|" + r"\bsub" + r"agent|\bthe br" + r"ief\b|"
    r"\bhelper[- ]\d|" + r"\bChat" + r"GPT|\bClau" + r"de\b|\bAnthro" + r"pic|\bLLM-gen|"
    r"design\." + r"md|/shared/" + r"ref|artifac" + r"tory|dev" + r"pi\b|nexu" + r"s\.",
)


def test_every_file_speaks_of_the_product_alone() -> None:
    found = {name(path): MAKING.search(path.read_text("utf-8", "replace")) for path in FILES}
    assert not {path: match[0] for path, match in found.items() if match}


HOSTS = re.compile(r"https?://([A-Za-z0-9.-]+)")
RESERVED = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)\.?$", re.IGNORECASE
)
ALLOWED_HOSTS = {
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
    "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn",
    "microsoftgraph.chinacloudapi.cn", "sts.windows.net", "pas.windows.net", "aka.ms",
    "learn.microsoft.com", "docs.microsoft.com", "security.microsoft.com", "security.microsoft.us",
    "security.microsoft", "entra.microsoft.com",
    "portal.azure.com", "127.0.0.1", "localhost",
    "api.abnormalplatform.com", "eu.rest.abnormalsecurity.com", "portal.abnormalsecurity.com",
}  # fmt: skip
"""The vendors' own, and this machine."""
DOCUMENTED_HOSTS = {
    "schema.ocsf.io", "github.com", "www.apache.org", "keepachangelog.com", "semver.org",
    "docs.astral.sh", "json-schema.org", "pypi.org", "packaging.python.org", "docs.python.org",
}  # fmt: skip
"""Named in documents, licences and generated files; no request goes there."""
DISGUISED = "0xc0.0x00.0x02.0x01"
"""192.0.2.1, as a hostile message may spell it."""
NETS = [
    ipaddress.ip_network(net)
    for net in (
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/32",
        "10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    )
]  # fmt: skip
IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")


def fixtures() -> list[Path]:
    """Code and data that tests and the emulator run on."""
    places = ("tests/", "providers/", "connector_core/", "conformance/")
    return [
        path
        for path in FILES
        if name(path).startswith(places)
        and "kql_judge" not in path.parts
        and name(path) not in ("connector_core/ocsf/models.py", "tests/hostile.py")
    ]


def test_no_address_of_anybody_real_is_used() -> None:
    known = ALLOWED_HOSTS | DOCUMENTED_HOSTS | {DISGUISED}
    strange: dict[str, set[str]] = {}
    for path in fixtures():
        text = path.read_text("utf-8", "replace")
        hosts = {host.lower().strip(".") for host in HOSTS.findall(text)}
        named = {host for host in hosts if "." in host and not IPV4.fullmatch(host)}
        found = {host for host in named - known if not RESERVED.search(host)}
        found |= {address for address in IPV4.findall(text) if not documented(address)}
        if found:
            strange[name(path)] = found
    assert not strange


def documented(address: str) -> bool:
    """Whether an address is nobody's; what only looks like one (a version) is not meant."""
    if max(map(int, address.split("."))) > 255:
        return True
    return any(ipaddress.ip_address(address) in net for net in NETS)
