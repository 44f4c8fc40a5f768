"""What single texts of Defender mean, form by form."""

import doctest
import importlib
from typing import Any

import pytest

from connector_defender_office365 import convert

MODULES = ["addresses", "alerts", "identity", "methods", "parts", "policies", "verdicts"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    module = importlib.import_module(f"connector_defender_office365.convert.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("level", "threats", "found"),
    [
        ('{"Spam":"9"}', "Spam", (3, "High", 9)),
        ('{"Spam":5}', "Spam", (2, "Medium", 5)),
        ('{"Spam":"1"}', "Spam", (1, "Low", 1)),
        ('{"Spam":-1}', "Spam", (0, "Unknown", None)),
        ('{"Spam":"7"}', "Spam", (99, "7", 7)),
        ('{"Phish":"Normal"}', "Phish", (2, "Medium", None)),
        ('{"phish":"HIGH","Spam":"9"}', "Spam, Phish", (3, "High", None)),
        ('{"Phish":"Low"}', "Malware|Phish", None),
        ('{"Spam":"9"}', "Malware, Spam", None),
        ('{"Hoax":"High","Spam":"1"}', "Spam, Hoax", (3, "High", None)),
        ('{"Phish":"Utter"}', "Phish", (99, "Utter", None)),
        ('{"Phish":"Other"}', "Phish", (99, "other", None)),
        ('{"Phish":{"odd":1}}', "Phish", None),
        ("High", "Phish", (3, "High", None)),
        ("6", "Spam", (2, "Medium", 6)),
        ("{}", "Phish", None),
        ('{"Spam":"1"}', "", None),
        ({"Phish": "High"}, "Phish", (3, "High", None)),
    ],
)
def test_confidence_is_that_of_the_worst_threat(level: Any, threats: str, found: Any) -> None:
    assert convert.confidence(level, threats) == found


@pytest.mark.parametrize(
    ("methods", "message", "kind"),
    [
        ('{"Phish":["URL detonation"]}', "Phish: URL detonation", 2),
        ('{"Phish":["URL detonation reputation"]}', "Phish: URL detonation reputation", 1),
        ('{"Spam":["Fingerprint matching","Bulk"]}', "Spam: Fingerprint matching, Bulk", 5),
        ('{"Phish":["Mailbox intelligence X"]}', "Phish: Mailbox intelligence X", 4),
        ('{"Phish":"Spoof DMARC"}', "Phish: Spoof DMARC", 1),
        ('{"Phish":[],"Spam":["Bulk"]}', "Spam: Bulk", 1),
        ('["Advanced filter"]', "Advanced filter", 4),
        ("Mail bombing", "Mail bombing", 99),
    ],
)
def test_detection_methods_in_every_form(methods: str, message: str, kind: int) -> None:
    assert convert.methods_message(methods) == message
    found, _ = convert.analytics(methods)
    assert found is not None
    assert found["type_id"] == kind
    assert found["name"] in message


NAMELESS = ["", "{}", "[]", "null", '{"Phish":[]}', '{"Phish":{"x":1}}', "5"]


@pytest.mark.parametrize("methods", NAMELESS)
def test_detection_methods_that_name_nothing(methods: str) -> None:
    assert convert.methods_message(methods) is None
    assert convert.analytics(methods) == (None, None)


def test_the_worst_threats_technology_is_the_analytic_and_the_others_are_related() -> None:
    told = '{"Spam":["Bulk"],"Hoax":["Bulk","X"],"Phish":["URL detonation","Spoof DMARC"]}'
    first, others = convert.analytics(told)
    assert first == {"name": "URL detonation", "type_id": 2, "type": "Behavioral"}
    assert [other["name"] for other in others or ()] == ["Spoof DMARC", "Bulk", "X"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TrojanDownloader:Win32/A", 6),
        ("TrojanDropper.B", 7),
        ("Trojan:Win32/C", 18),
        ("Ransom_D", 10),
        ("Worm:E", 22),
        ("Virus.F", 19),
        ("Backdoor:G", 2),
        ("Adware.H", 1),
        ("PWS:I", 17),
        ("Exploit:J", 8),
        ("Sample", 0),
    ],
)
def test_a_familys_prefix_classifies_it(name: str, kind: int) -> None:
    (family,) = (convert.malware(name, "Malware") or ([], None))[0] or []
    assert family["classification_ids"] == [kind]


def test_names_of_a_threat_that_is_no_malware_are_kept_aside() -> None:
    assert convert.malware("Kit.A", "Phish") == (None, "Kit.A")


@pytest.mark.parametrize(
    ("name", "extension", "kinds", "ext", "kind"),
    [
        ("a.PDF.exe", "", "", "exe", 8),
        ("a.txt", ".JS", "", "JS", 8),
        ("a", "", "exe;zip", None, 8),
        ("notes.txt", ".txt", "txt;text", "txt", 1),
        (".profile", "", "", None, 1),
        ("Invoice No. 5 (final)", "", "", None, 1),
        ("", "", "", None, 1),
    ],
)
def test_extension_and_kind_of_a_file(
    name: str, extension: str, kinds: str, ext: str | None, kind: int
) -> None:
    assert convert.file_extension(extension, name) == ext
    assert convert.file_kind(kinds, name, extension)[0] == kind


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("Microsoft Defender for Office 365", convert.PRODUCT),
        ("MicrosoftDefenderforOffice365", convert.PRODUCT),
        ("", convert.PRODUCT),
        ("Microsoft Defender XDR", "Microsoft Defender XDR"),
    ],
)
def test_a_service_is_named_as_it_is(service: str, name: str) -> None:
    assert convert.product(service) == (name, {"name": name, "vendor_name": "Microsoft"})


@pytest.mark.parametrize(
    ("region", "page"),
    [
        ("global", "https://security.microsoft.com/alerts/fa%2F1"),
        ("gcc", "https://security.microsoft.com/alerts/fa%2F1"),
        ("gcc_high", "https://security.microsoft.us/alerts/fa%2F1"),
        ("dod", "https://security.microsoft.us/alerts/fa%2F1"),
    ],
)
def test_an_alerts_page_stands_in_its_regions_portal(region: str, page: str) -> None:
    assert convert.alert_page(convert.portal(region), "fa/1") == page


def test_two_actions_of_one_moment_have_ids_of_their_own() -> None:
    at = ("m-1", "Ann@example.com", "2026-03-02T09:15:00.5000000Z", "Phish ZAP", "Moved")
    failed = convert.post_delivery_uid(*at, "Special", "Error", "Inbox", "r")
    moved = convert.post_delivery_uid(*at, "Special", "Success", "Quarantine", "r")
    assert failed != moved
    again = ("m-1", "ann@EXAMPLE.com", "2026-03-02T09:15:00.5Z", "Phish ZAP", "Moved")
    assert convert.post_delivery_uid(*again, "Special", "Error", "Inbox", "r") == failed
