"""The laws of fixtures: what a provider ships for its tests holds nobody's real data."""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from connector_conformance.promise import promise
from connector_conformance.subject import Subject
from connector_core.opening import open_provider

RESERVED: Final = ("example.com", "example.net", "example.org")
RESERVED_TOPS: Final = ("example", "test", "invalid", "localhost")
NETWORKS: Final = tuple(
    ip_network(network)
    for network in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "127.0.0.0/8",
        "0.0.0.0/32",
        "::1/128",
        "::/128",
    )
)
_HOST = re.compile(r"(?<![\w@.-])((?:[a-z0-9-]+\.)+[a-z]{2,18})(?![\w-])", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_LINK = re.compile(r"https?://([^\s\"'/<>\\]+)", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
_IPV6 = re.compile(r"(?<![\w:])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])", re.IGNORECASE)
_PUBLIC: Final = frozenset(
    ("com", "net", "org", "io", "co", "cloud", "info", "biz", "us", "uk", "de", "fr", "eu")
)
"""Top-level domains under which a bare word with dots is taken for somebody's host."""


class FixtureLaws:
    """The provider's folder of cases and the settings of its bench."""

    @promise("fixtures", "Cases hold reserved domains and documentation addresses alone.")
    def test_the_cases_hold_invented_data_alone(self, subject: Subject) -> None:
        allowed = _vendor_hosts(subject)
        texts = dict(_files(subject.bench.cases))
        texts["settings"] = "\n".join(_leaves(subject.settings))
        for name, text in texts.items():
            found = sorted(set(real_data(text, allowed)))
            assert not found, f"{name} holds what may be real: {', '.join(found[:10])}"


def real_data(text: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Domains and addresses in a text that may belong to somebody; `allowed` are hosts."""
    for domain in _ADDRESS.findall(text):
        if not _is_reserved(domain):
            yield domain
    for netloc in _LINK.findall(text):
        host = _hostname(netloc)
        if not _is_reserved(host) and host not in allowed and not _is_ip(host):
            yield host
    for host in _HOST.findall(text):
        top = host.rpartition(".")[2].lower()
        if top in _PUBLIC and not _is_reserved(host) and host.lower() not in allowed:
            yield host
    for address in (*_IPV4.findall(text), *_IPV6.findall(text)):
        if _is_ip(address) and not _is_documentation(address):
            yield address


def _is_reserved(domain: str) -> bool:
    domain = domain.lower().rstrip(".")
    return domain.rpartition(".")[2] in RESERVED_TOPS or any(
        domain == one or domain.endswith(f".{one}") for one in RESERVED
    )


def _hostname(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return netloc


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_documentation(text: str) -> bool:
    address = ip_address(text)
    return any(address in network for network in NETWORKS)


def _vendor_hosts(subject: Subject) -> frozenset[str]:
    """The vendor's own hosts: public facts that cases have to name."""
    _, provider, _ = open_provider(subject.provider, subject.settings, subject.clock())
    signing = {rule.host for rule in subject.cases.sign_in}
    return frozenset({host.partition(":")[0].lower() for host in provider.hosts} | signing)


def _files(folder: Traversable) -> Iterator[tuple[str, str]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files(item)
        else:
            yield item.name, item.read_bytes().decode("utf-8", "replace")


def _leaves(node: Any) -> Iterator[str]:
    match node:
        case dict():
            for value in node.values():
                yield from _leaves(value)
        case list() | tuple():
            for value in node:
                yield from _leaves(value)
        case _:
            yield str(node)
